"""Workspaces and what belongs to them: people, clients, projects, tasks, tags, custom fields."""

from collections.abc import Iterable, Iterator
from io import BytesIO

import ijson
import requests
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.errors import Gone, Refused, config_error
from source_clockify.api.paging import LARGEST_PAGE, Pages, Unpaged
from source_clockify.streams.base import BY_ID, ChildStream, ClockifyStream, Sync, WorkspaceStream
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

    def chosen(self) -> list[Workspace]:
        """The workspaces to read, in the order of `workspace_ids`, else of the API.

        Raises:
            AirbyteTracedException: config error where one that is wanted is not visible to the key, or none is.
        """
        if not self._chosen:
            self._read_list()
        return self._chosen

    def slices(self, sync_mode: SyncMode) -> Iterator[StreamSlice]:
        """No slice: this list comes before any workspace is known."""
        return iter(())

    def stream_slices(self, **_: object) -> Iterable[StreamSlice]:
        return [StreamSlice(partition={}, cursor_slice={})]

    def read_records(self, *_: object, **__: object) -> Iterable[Row]:
        tally = Tally(self.name, self.sync.session, self.logger)
        response = self._read_list()
        wanted = {workspace.id for workspace in self._chosen}
        for row in _rows(response):
            if row["id"] in wanted:
                tally.add(None, 1)
                yield row
        tally.done(None)

    def _read_list(self) -> requests.Response:
        try:
            response = self.fetch(StreamSlice(partition={}, cursor_slice={}), {})
        except (Refused, Gone) as refusal:
            raise config_error(f"Clockify refused the list of workspaces ({refusal}): check `api_key`.") from refusal
        try:
            visible = [Workspace.of(row) for row in _rows(response)]
        except (ijson.JSONError, KeyError, TypeError, AttributeError) as fault:
            raise self.endpoint.wrong_shape(response) from fault
        if not response.content.lstrip().startswith(b"["):
            raise self.endpoint.wrong_shape(response)
        self._chosen = choose(visible, self.sync.config.workspace_ids)
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


class UserGroups(WorkspaceStream):
    """User groups with their team managers. Source: GET /workspaces/{workspaceId}/user-groups (getUserGroups)."""

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
