"""Time off: holidays, policies, requests and balances."""

from typing import Final

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row, by
from source_clockify.api.paging import Pages, Parameters, Unpaged
from source_clockify.instants import cut_to_microseconds
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.lists import ChildStream, WorkspaceStream

LARGEST_TIME_OFF_PAGE: Final = 200


class Holidays(WorkspaceStream):
    """Holidays. Source: GET /workspaces/{workspaceId}/holidays (getHolidays), which ignores paging."""

    feature = "TIME_OFF"
    endpoint = Endpoint("workspaces/{workspaceId}/holidays", paging=Unpaged())


class TimeOffPolicies(WorkspaceStream):
    """Time off policies, archived ones too.

    Source: GET /workspaces/{workspaceId}/time-off/policies (findPoliciesForWorkspace).
    """

    feature = "TIME_OFF"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/time-off/policies", paging=Pages(LARGEST_TIME_OFF_PAGE), query={"status": "ALL"}
    )


class TimeOffRequests(WorkspaceStream):
    """Requests for time off in every state, of everybody.

    Source: POST /workspaces/{workspaceId}/time-off/requests (getTimeOffRequest). It is not clear what its dates mean, so
    none are sent; withdrawn requests cannot be asked for. Its times have nanoseconds.
    """

    feature = "TIME_OFF"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/time-off/requests",
        paging=Pages(LARGEST_TIME_OFF_PAGE, size_key="pageSize"),
        rows_at=("requests",),
        total_at=("count",),
        method="POST",
    )

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        return {"statuses": ["ALL"], "users": [], "userGroups": [], **page}

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        if isinstance(status := row.get("status"), dict):
            cut_to_microseconds([status], ["changedAt"])
        return super().record(row, stream_slice)


class TimeOffBalances(ChildStream):
    """Balances of everybody in each policy.

    Source: GET /workspaces/{workspaceId}/time-off/balance/policy/{policyId} (getBalancesForPolicy): there are fewer
    policies than people.
    """

    feature = "TIME_OFF"
    primary_key = ["policyId", "userId"]  # noqa: RUF012 - as the CDK declares it
    parent_type = TimeOffPolicies
    parent_key = "policyId"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/time-off/balance/policy/{policyId}",
        paging=Pages(LARGEST_TIME_OFF_PAGE),
        query={"sort": "USER", "sort-order": "ASCENDING"},
        rows_at=("balances",),
        key=by("userId"),
        total_at=("count",),
    )
