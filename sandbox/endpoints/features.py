"""What only some plans have: approvals, scheduling, time off, expenses and invoices."""

from itertools import groupby
from typing import Any

from .. import derived
from ..api import Call, get, post
from ..refusals import unconvertible
from ..shapes import Row, iso

_REQUEST = {"ID": "id", "USER_ID": "owner.userId", "START": "dateRange.start", "UPDATED_AT": "status.updatedAt"}
_APPROVAL_ORDER = {column: f"approvalRequest.{path}" for column, path in _REQUEST.items()}
_ASSIGNMENT_ORDER = {"ID": "id", "PROJECT": "projectName", "USER": "userName"}
_INVOICE_ORDER = {"ID": "id", "DUE_ON": "dueDate", "ISSUE_DATE": "issuedDate", "AMOUNT": "amount", "BALANCE": "balance"}
_INVOICE_STATES = "UNSENT|SENT|PAID|PARTIALLY_PAID|VOID|OVERDUE"
_IN_BODY = {"page": "page", "size": "pageSize"}
_TOTALS = "search start:instant! end:instant! statusFilter:PUBLISHED|UNPUBLISHED|ALL"
_OF_TOTALS: dict[str, Any] = {"paged": True, "names": _IN_BODY, "page_headers": False, "feature": "SCHEDULING"}
_BALANCE_NAMES = {"page": "page", "size": "page-size", "column": "sort", "order": "sort-order"}
_BALANCE_ORDER = {"USER": "userName", "POLICY": "policyName", "USED": "used", "BALANCE": "balance", "TOTAL": "total"}
_REQUEST_STATES = {"PENDING", "APPROVED", "REJECTED", "ALL"}


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


@post("scheduling/assignments/projects/totals", _TOTALS, **_OF_TOTALS)
def project_totals(call: Call) -> list[Row]:
    return _totals(call, derived.project_totals(call.workspace, _window(call)), "projectName", "clientName")


@post("scheduling/assignments/user-filter/totals", _TOTALS, **_OF_TOTALS)
def user_totals(call: Call) -> list[Row]:
    return _totals(call, derived.user_capacity(call.world, call.workspace, _window(call)), "userName")


@get("holidays", feature="TIME_OFF")
def holidays(call: Call) -> list[Row]:
    return call.rows("holidays")


@get("time-off/policies", "status:ACTIVE|ARCHIVED|ALL", paged=True, feature="TIME_OFF")
def policies(call: Call) -> list[Row]:
    archived = {"ALL": None, "ARCHIVED": True}.get(call.query["status"], False)
    return call.page(call.rows("time_off_policies", archived=archived), maximum=200)


@post(
    "time-off/requests",
    "start:instant end:instant statuses:list users:list userGroups:list",
    paged=True,
    names=_IN_BODY,
    feature="TIME_OFF",
)
def time_off_requests(call: Call) -> Row:
    """Those of which a part lies between start and end; without users and groups everybody's."""
    states, users, groups = (set(call.query[name] or ()) for name in ("statuses", "users", "userGroups"))
    if unknown := states - _REQUEST_STATES:
        raise unconvertible("statuses", unknown, code=3002)
    of_everybody = not users | groups
    users |= {user for row in call.rows("user_groups") if row["id"] in groups for user in row["userIds"]}
    start, end = (call.query[name] and iso(call.query[name]) for name in ("start", "end"))

    def is_wanted(row: Row) -> bool:
        period = row["timeOffPeriod"]["period"]
        in_time = (not start or period["end"] >= start) and (not end or period["start"] <= end)
        in_state = not states or "ALL" in states or row["status"]["statusType"] in states
        return in_time and in_state and (of_everybody or row["userId"] in users)

    page = call.page([row for row in call.rows("time_off_requests") if is_wanted(row)], maximum=200)
    return {"count": call.total, "requests": [_in_nanoseconds(row) for row in page]}


def _in_nanoseconds(row: Row) -> Row:
    """Times of requests were seen with nine digits; the truth has six."""
    status, made, changed = row["status"], row["createdAt"], row["status"]["changedAt"]
    status = {**status, "changedAt": changed and changed.replace("Z", "789Z")}
    return {**row, "createdAt": made.replace("Z", "789Z"), "status": status}


@get("time-off/balance/policy/{policyId}", paged=True, names=_BALANCE_NAMES, sort=_BALANCE_ORDER, feature="TIME_OFF")
def balances(call: Call) -> Row:
    policy = call.one("time_off_policies", "Policy", "policyId")
    page = call.page(derived.balances(call.world, call.workspace, policy["id"]), maximum=200)
    return {"balances": page, "count": call.total}


@get("expenses", "user-id", paged=True, feature="EXPENSES")
def expenses(call: Call) -> Row:
    page = call.page(call.rows("expenses", userId=call.access.narrowed(call.query["user-id"])))
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


@get("invoices/{id}", feature="INVOICING", admin=True)
def invoice(call: Call) -> Row:
    return derived.invoice_details(call.workspace, call.one("invoices", "Invoice"))


@get("invoices/{id}/payments", paged=True, feature="INVOICING", admin=True)
def payments(call: Call) -> list[Row]:
    rows = call.page(call.rows("invoice_payments", invoiceId=call.one("invoices", "Invoice")["id"]))
    return [{name: value for name, value in row.items() if name != "invoiceId"} for row in rows]


def _window(call: Call) -> derived.Window:
    return call.query["start"].date(), call.query["end"].date()


def _totals(call: Call, rows: list[Row], *searched: str) -> list[Row]:
    """The page of those that the search finds; nothing in the sandbox is unpublished."""
    text = (call.query["search"] or "").lower()
    known = [] if call.query["statusFilter"] == "UNPUBLISHED" else rows
    found = [row for row in known if any(text in (row[name] or "").lower() for name in searched)]
    return call.cut(found)


def _day(expense: Row) -> str:
    return str(expense["date"])[:10]
