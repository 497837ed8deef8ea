"""Expenses and their categories."""

from source_clockify.api.endpoint import Endpoint
from source_clockify.streams.lists import WorkspaceStream


class Expenses(WorkspaceStream):
    """All expenses. Source: GET /workspaces/{workspaceId}/expenses (getExpenses), which ignores dates and cannot be sorted."""

    feature = "EXPENSES"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/expenses", rows_at=("expenses", "expenses"), total_at=("expenses", "count")
    )


class ExpenseCategories(WorkspaceStream):
    """Expense categories. Source: GET /workspaces/{workspaceId}/expenses/categories (getCategories).

    Unlike elsewhere, leaving `archived` out gives the active ones only, so both kinds are asked for.
    """

    feature = "EXPENSES"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/expenses/categories",
        query={"sort-column": "NAME", "sort-order": "ASCENDING"},
        variants=({"archived": "false"}, {"archived": "true"}),
        rows_at=("categories",),
        total_at=("count",),
    )
