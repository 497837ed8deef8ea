"""Time off: holidays and policies."""

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.paging import Pages, Unpaged
from source_clockify.streams.base import WorkspaceStream


class Holidays(WorkspaceStream):
    """Holidays. Source: GET /workspaces/{workspaceId}/holidays (getHolidays), which ignores paging."""

    feature = "TIME_OFF"
    endpoint = Endpoint("workspaces/{workspaceId}/holidays", paging=Unpaged())


class TimeOffPolicies(WorkspaceStream):
    """Time off policies, archived ones too.

    Source: GET /workspaces/{workspaceId}/time-off/policies (findPoliciesForWorkspace).
    """

    feature = "TIME_OFF"
    endpoint = Endpoint("workspaces/{workspaceId}/time-off/policies", paging=Pages(200), query={"status": "ALL"})
