"""What only some plans have: approvals, scheduling, time off, expenses and invoices."""

from itertools import groupby

from ..api import Call, get
from ..shapes import Row, iso

_REQUEST = {"ID": "id", "USER_ID": "owner.userId", "START": "dateRange.start", "UPDATED_AT": "status.updatedAt"}
_APPROVAL_ORDER = {column: f"approvalRequest.{path}" for column, path in _REQUEST.items()}
_ASSIGNMENT_ORDER = {"ID": "id", "PROJECT": "projectName", "USER": "userName"}
_INVOICE_ORDER = {"ID": "id", "DUE_ON": "dueDate", "ISSUE_DATE": "issuedDate", "AMOUNT": "amount", "BALANCE": "balance"}
_INVOICE_STATES = "UNSENT|SENT|PAID|PARTIALLY_PAID|VOID|OVERDUE"


@get(
    "approval-requests",
    "status:PENDING|APPROVED|WITHDRAWN_APPROVAL",
    paged=True,
    sort=_APPROVAL_ORDER,
    feature="APPROVAL",
    admin=True,
)
def approval_requests(call: Call) -> list[Row]:
    state = call.query["status"] or "PENDING"
    return call.page([row for row in call.rows("approvals") if row["approvalRequest"]["status"]["state"] == state])


@get(
    "scheduling/assignments/all",
    "start:instant! end:instant!",
    paged=True,
    sort=_ASSIGNMENT_ORDER,
    feature="SCHEDULING",
)
def assignments(call: Call) -> list[Row]:
    """Those whose period overlaps the range."""
    start, end = iso(call.query["start"]), iso(call.query["end"])
    rows = call.rows("assignments")
    return call.page([row for row in rows if row["period"]["start"] <= end and row["period"]["end"] >= start])


@get("holidays", feature="TIME_OFF")
def holidays(call: Call) -> list[Row]:
    return call.rows("holidays")


@get("time-off/policies", "status:ACTIVE|ARCHIVED|ALL", paged=True, feature="TIME_OFF")
def policies(call: Call) -> list[Row]:
    archived = {"ALL": None, "ARCHIVED": True}.get(call.query["status"], False)
    return call.page(call.rows("time_off_policies", archived=archived), maximum=200)


@get("expenses", "user-id", paged=True, feature="EXPENSES")
def expenses(call: Call) -> Row:
    page = call.page(call.rows("expenses", userId=call.query["user-id"] if call.is_admin else call.user_id))
    totals = [
        {"date": day, "dateAsInstant": f"{day}T00:00:00Z", "total": sum(row["total"] for row in rows)}
        for day, rows in groupby(sorted(page, key=_day), key=_day)
    ]
    return {"expenses": {"expenses": page, "count": call.total}, "dailyTotals": totals, "weeklyTotals": []}


@get("expenses/categories", "archived:bool", paged=True, sort={"NAME": "name"}, feature="EXPENSES")
def expense_categories(call: Call) -> Row:
    """Unlike clients, projects and tags: without `archived` only the active ones."""
    page = call.page(call.rows("expense_categories", archived=bool(call.query["archived"])))
    return {"categories": page, "count": call.total}


@get("invoices", f"statuses:{_INVOICE_STATES}", paged=True, sort=_INVOICE_ORDER, feature="INVOICING", admin=True)
def invoices(call: Call) -> Row:
    return {"invoices": call.page(call.rows("invoices", status=call.query["statuses"])), "total": call.total}


def _day(expense: Row) -> str:
    return str(expense["date"])[:10]
