"""Workspaces and what belongs to them: people, clients, projects, tasks, tags, custom fields."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

import ijson
import requests
from airbyte_cdk.models import AirbyteMessage, SyncMode
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.errors import Gone, Refused, config_error
from source_clockify.api.paging import LARGEST_PAGE, Pages, Unpaged
from source_clockify.streams.base import BY_ID, ClockifyStream, Sync
from source_clockify.streams.lists import ChildStream, WorkspaceStream
from source_clockify.streams.tally import Tally
from source_clockify.workspaces import Workspace, choose


class Workspaces(ClockifyStream):
    """The chosen workspaces. Source: GET /workspaces (getWorkspacesOfUser).

    A workspace can have thousands of memberships, so the rows are decoded one by one. The list is asked for once per
    sync, whether by this stream or by `chosen`.
    """

    endpoint = Endpoint("workspaces", paging=Unpaged())

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self._chosen: list[Workspace] = []
        self._fault: AirbyteTracedException | None = None

    def chosen(self) -> list[Workspace]:
        """The workspaces to read, in the order of `workspace_ids`, else of the API.

        Raises:
            AirbyteTracedException: config error where one that is wanted is not visible to the key, or none is; the fault
                of the first request again, where that failed.
        """
        if not self._chosen:
            self._read_list()
        return self._chosen

    def administered(self) -> set[str] | None:
        """Ids of the workspaces in which the key's user is an owner or admin; None where Clockify does not say."""
        try:
            response = self.fetch(StreamSlice(partition={}, cursor_slice={}), {"roles": "OWNER,WORKSPACE_ADMIN"})
        except (Refused, Gone, AirbyteTracedException):
            return None
        return {row["id"] for row in _rows(response)}

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        """No slice: this list comes before any workspace is known."""
        return iter(())

    def stream_slices(self, **_: object) -> Iterable[StreamSlice]:
        return [StreamSlice(partition={}, cursor_slice={})]

    def read_records(self, *_: object, **__: object) -> Iterable[AirbyteMessage]:
        tally = Tally(self.name, self.sync.session, self.logger)
        response = self._read_list()
        wanted = {workspace.id for workspace in self._chosen}
        for row in _rows(response):
            if row["id"] in wanted:
                tally.add(None, 1)
                yield from self.messages([row])
        tally.done(None)

    def _read_list(self) -> requests.Response:
        if self._fault:
            raise self._fault  # every stream starts here: one request is enough to learn that none can be read
        try:
            response = self._fetch_list()
            self._chosen = choose(map(Workspace.of, _rows(response)), self.sync.config.workspace_ids)
        except AirbyteTracedException as fault:
            self._fault = fault
            raise
        for workspace in self._chosen:
            self.logger.info(f"Reading {workspace.describe(self.sync.selected)}")
        return response

    def _fetch_list(self) -> requests.Response:
        try:
            response = self.fetch(StreamSlice(partition={}, cursor_slice={}), {})
        except (Refused, Gone) as refusal:
            raise config_error(f"Clockify refused the list of workspaces ({refusal}): check `api_key`.") from refusal
        try:
            is_list = response.content.lstrip().startswith(b"[")
            is_list = is_list and all(row["id"] for row in _rows(response))
        except (ijson.JSONError, KeyError, TypeError) as fault:
            raise self.endpoint.wrong_shape(response) from fault
        if not is_list:
            raise self.endpoint.wrong_shape(response)
        return response


def _rows(response: requests.Response) -> Iterator[Row]:
    yield from ijson.items(BytesIO(response.content), "item", use_float=True)


class Users(WorkspaceStream):
    """Everybody who is or was a member: deactivated, limited and deleted accounts too, with memberships and roles.

    Source: GET /workspaces/{workspaceId}/users (getUsersOfWorkspace). A person can be in several workspaces. A row with
    its memberships can have 70 KB, hence the small page.
    """

    primary_key = ["workspaceId", "id"]  # noqa: RUF012 - as the CDK declares it
    endpoint = Endpoint(
        "workspaces/{workspaceId}/users",
        paging=Pages(100),
        query={
            **BY_ID,
            "status": "ALL",
            "account-statuses": "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED,LIMITED_DELETED",
            "memberships": "ALL",
            "include-roles": "true",
        },
    )
    light = endpoint.lighter(Pages(LARGEST_PAGE), {"memberships": "NONE", "include-roles": "false"})


class MemberProfiles(ChildStream):
    """Capacity, working days and custom fields of every member.

    Source: GET /workspaces/{workspaceId}/member-profile/{userId} (getMemberProfile). The row has no id: `userId` is added.
    `hasPassword` is left out: it says how somebody logs in, which is nothing to analyse.
    """

    primary_key = ["workspaceId", "userId"]  # noqa: RUF012 - as the CDK declares it
    parent_key = "userId"
    endpoint = Endpoint("workspaces/{workspaceId}/member-profile/{userId}", paging=Unpaged(), is_single=True)

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        row.pop("hasPassword", None)
        return super().record(row, stream_slice)


class UserGroups(WorkspaceStream):
    """User groups with their team managers.

    Source: GET /workspaces/{workspaceId}/user-groups (getUserGroups). A row carries the ids of all members, hence the
    smaller page.
    """

    endpoint = Endpoint(
        "workspaces/{workspaceId}/user-groups", paging=Pages(1000), query={**BY_ID, "includeTeamManagers": "true"}
    )


class Clients(WorkspaceStream):
    """Clients, archived ones too. Source: GET /workspaces/{workspaceId}/clients (getClients), sortable by name only."""

    endpoint = Endpoint("workspaces/{workspaceId}/clients", query={"sort-column": "NAME", "sort-order": "ASCENDING"})


class Projects(WorkspaceStream):
    """Projects with their custom fields, archived ones too.

    Source: GET /workspaces/{workspaceId}/projects (getProjects). A row carries all members of the project, hence the
    smaller page.
    """

    endpoint = Endpoint("workspaces/{workspaceId}/projects", paging=Pages(500), query={**BY_ID, "hydrated": "true"})
    light = endpoint.lighter(Pages(LARGEST_PAGE), {"hydrated": "false"})


class Tasks(ChildStream):
    """Tasks of all projects, done ones too.

    Source: GET /workspaces/{workspaceId}/projects/{projectId}/tasks (getTasks).
    """

    parent_key = "projectId"
    endpoint = Endpoint("workspaces/{workspaceId}/projects/{projectId}/tasks", query=BY_ID)


class Tags(WorkspaceStream):
    """Tags, archived ones too. Source: GET /workspaces/{workspaceId}/tags (getTags)."""

    endpoint = Endpoint("workspaces/{workspaceId}/tags", query=BY_ID)


class CustomFields(WorkspaceStream):
    """Custom fields of time entries and of users. Source: GET /workspaces/{workspaceId}/custom-fields (ofWorkspace).

    The list ignores paging, and gives those of users only when asked for them.
    """

    feature = "CUSTOM_FIELDS"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/custom-fields", paging=Unpaged(), variants=({}, {"entity-type": "USER"})
    )


class Webhooks(WorkspaceStream):
    """Webhooks, without the token that signs their calls. Source: GET /workspaces/{workspaceId}/webhooks (getWebhooks).

    The list ignores paging. The session has taken the token's value out of the body already; its key goes here.
    """

    endpoint = Endpoint("workspaces/{workspaceId}/webhooks", paging=Unpaged(), rows_at=("webhooks",))

    def record(self, row: Row, stream_slice: Mapping[str, Any]) -> Row | None:
        row.pop("authToken", None)
        return super().record(row, stream_slice)
