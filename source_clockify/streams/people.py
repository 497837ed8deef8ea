"""People: users, their profiles and their groups."""

from collections.abc import Mapping
from functools import cached_property

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import Refused
from source_clockify.api.keys import Row
from source_clockify.api.paging import LARGEST_PAGE, Pages, Unpaged
from source_clockify.streams.base import BY_ID
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.lists import NOT_ACTIVE, ChildStream, WorkspaceStream
from source_clockify.streams.slices import Workspace


def _is_not_active(row: Row) -> bool:
    return (row.get("status") or "ACTIVE") != "ACTIVE"


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
    subsets = {**WorkspaceStream.subsets, NOT_ACTIVE: _is_not_active}  # noqa: RUF012 - data of the class
    ids_only = endpoint.ids_only(Pages(LARGEST_PAGE), {"memberships": "NONE", "include-roles": "false"})


class OwnUser(WorkspaceStream):
    """The key's own user, in every workspace the same. Source: GET /user (getLoggedUser). No stream of the catalog."""

    endpoint = Endpoint("user", paging=Unpaged(), is_single=True)

    def _fetch_ids(self, workspace: Workspace) -> Mapping[str, list[str] | Refused]:
        return self._found

    @cached_property
    def _found(self) -> Mapping[str, list[str] | Refused]:
        return super()._fetch_ids(self.workspaces.chosen()[0])


class MemberProfiles(ChildStream):
    """Capacity, working days and custom fields of every member.

    Source: GET /workspaces/{workspaceId}/member-profile/{userId} (getMemberProfile). The row has no id: `userId` is added.
    `hasPassword` is left out: it says how somebody logs in, which is nothing to analyse.
    """

    primary_key = ["workspaceId", "userId"]  # noqa: RUF012 - as the CDK declares it
    parent_type = Users
    parent_key = "userId"
    endpoint = Endpoint("workspaces/{workspaceId}/member-profile/{userId}", paging=Unpaged(), is_single=True, key=None)

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
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
