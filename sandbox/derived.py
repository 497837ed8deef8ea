"""Rows that Clockify makes of others': invoices in full, profiles of members, balances, and what is planned in all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any
from zlib import crc32

from .shapes import Row, iso_duration
from .store import Store
from .workspace import Workspace

Window = tuple[date, date]
ALWAYS: Window = (date.min, date.max)
_DAY = timedelta(days=1)
_OF_PROJECT = (
    *("workspaceId", "projectId", "projectName", "projectColor", "projectBillable", "projectArchived"),
    *("clientName", "taskId", "taskName"),
)


def hydrated(place: Workspace, row: Row) -> Row:
    """A project with its client and more, but for its tasks."""
    found = place.tables["clients"].get(row["clientId"])
    client = found and {name: found[name] for name in ("id", "workspaceId", "archived")} | {"name": row["clientName"]}
    return {**row, "client": client, "currency": {"id": place.id, "code": "USD"}, "favorite": False}


def invoice_details(place: Workspace, invoice: Row) -> Row:
    """The invoice with its items; one of an odd amount has a discount of 10 % and then a tax of 25 %.

    Money is in cents, but unit prices are in hundredths of a cent; so are percentages and quantities in hundredths.
    """
    taxed = invoice["amount"] % 2
    tax = taxed * (invoice["amount"] // 5)
    discount = taxed * ((invoice["amount"] - tax) // 9)
    subtotal = invoice["amount"] - tax + discount
    client = place.tables["clients"].get(invoice["clientId"], {})
    if entries := place.billed.get(invoice["id"]):
        items = [_item(1, 1, subtotal, entries=entries)]
    else:
        items = [
            _item(1, 1, subtotal - subtotal // 4 * 2, expenses=invoiced_expenses(place)),
            _item(2, 2, subtotal // 4, entries=_first_entries(place)),
        ]
    return {
        **invoice,
        "billFrom": "WORKSPACE",
        "subject": f"Work {invoice['number']}",
        "note": None if taxed else "Net 30 days",
        "clientAddress": client.get("address"),
        "companyId": place.id,
        "userId": place.owner,
        "calculationType": "INVOICE_BASED",
        "containsImportedTimes": True,
        "containsImportedExpenses": any(item["expenseIds"] for item in items),
        "subtotal": subtotal,
        "discount": taxed * 1000,
        "discountAmount": discount,
        "taxType": "SIMPLE",
        "tax": taxed * 2500,
        "taxAmount": tax,
        "tax2": 0,
        "tax2Amount": 0,
        "visibleZeroFields": [] if taxed else ["TAX", "DISCOUNT"],
        "items": items,
    }


def invoiced_entries(place: Workspace) -> dict[str, str]:
    """The id of its invoice for each time entry that is on one: the first one, where it is not said what is billed."""
    billed = place.billed or {invoice: _first_entries(place) for invoice in islice(place.tables["invoices"], 1)}
    return {entry: invoice for invoice, entries in billed.items() for entry in entries}


def _first_entries(place: Workspace) -> list[str]:
    return list(islice(place.tables["time_entries"], 2))


def invoiced_expenses(place: Workspace) -> list[str]:
    """Ids of those that the invoices have as an item: none where it is said what is billed."""
    return [] if place.billed else list(islice(place.tables["expenses"], 1))


def _item(order: int, quantity: int, price: int, entries: Sequence[str] = (), expenses: Sequence[str] = ()) -> Row:
    """Price in cents for each."""
    imported = "TIME_ENTRY_IMPORT" if entries else "EXPENSE_IMPORT" if expenses else "NOT_IMPORTED"
    return {
        "order": order,
        "description": "" if entries else "Größe 東京",
        "itemType": "Service",
        "quantity": quantity * 100,
        "unitPrice": price * 100,
        "amount": quantity * price,
        "applyTaxes": "TAX1",
        "importType": imported,
        "timeEntryIds": list(entries),
        "expenseIds": list(expenses),
    }


def member_profile(store: Store, place: Workspace, user_id: str) -> Row | None:
    """The answer to GET member-profile, which does not say whose it is; None for who has left or deleted the account."""
    account = store.accounts.get(user_id)
    if account is None or user_id not in place.members or "DELETED" in account["status"]:
        return None
    requests = (row["approvalRequest"] for row in place.tables["approvals"].values())
    waiting = [row for row in requests if (row["owner"]["userId"], row["status"]["state"]) == (user_id, "PENDING")]
    return {
        "email": account["email"],
        "name": account["name"],
        "imageUrl": account["profilePicture"],
        "hasPassword": account["settings"] is not None,
        "hasPendingApprovalRequest": bool(waiting),
        "weekStart": (account["settings"] or {}).get("weekStart"),
        "workCapacity": iso_duration(place.capacity(user_id)),
        "workingDays": place.row["workspaceSettings"]["workingDays"],
        "workspaceNumber": sum(user_id in each.members for each in store.workspaces),
        "userCustomFieldValues": [_field_value(place, value) for value in place.user_fields.get(user_id, [])],
    }


def _field_value(place: Workspace, value: Row) -> Row:
    field = place.tables["custom_fields"].get(value["customFieldId"])
    return {
        "customFieldId": value["customFieldId"],
        "userId": value["userId"],
        "value": value["value"],
        "name": value["customFieldName"],
        "type": value["customFieldType"],
        "sourceType": "WORKSPACE",
        "customField": field,
    }


def member_profiles(store: Store, place: Workspace) -> list[Row]:
    profiles = ((user_id, member_profile(store, place, user_id)) for user_id in place.members)
    return [{"userId": user_id, **profile} for user_id, profile in profiles if profile]


def balances(store: Store, place: Workspace, policy_id: str | None = None) -> list[Row]:
    """Of one policy or of all."""
    found = []
    for row in place.tables["time_off_balances"].values():
        policy = place.tables["time_off_policies"].get(row["policyId"])
        if policy and policy_id in (None, policy["id"]):
            named = {f"policy{key[0].upper()}{key[1:]}": policy[key] for key in ("name", "timeUnit", "archived")}
            found.append({**row, **named, "userName": store.accounts[row["userId"]]["name"]})
    return found


def webhooks(place: Workspace, kind: str | None = None) -> list[Row]:
    """Their type can be asked for, yet is not shown."""
    rows = place.tables["webhooks"].values()
    return [{key: row[key] for key in row if key != "type"} for row in rows if kind in (None, row["type"])]


def project_totals(place: Workspace, window: Window = ALWAYS) -> list[Row]:
    """What is planned on each project, and on each task that has assignments of its own."""
    first, last = (day.isoformat() for day in window)
    milestones: defaultdict[str, list[Row]] = defaultdict(list)
    for row in place.tables["milestones"].values():
        if first <= row["date"][:10] <= last:
            milestones[row["projectId"]].append(row)
    return [
        {
            **{name: rows[0][name] for name in _OF_PROJECT},
            "totalHours": sum(hours.values()),
            "assignments": [{"date": _midnight(day), "hasAssignment": bool(hours[day])} for day in hours],
            "milestones": milestones[rows[0]["projectId"]],
        }
        for rows, hours in _planned(place, lambda row: (row["projectId"], row["taskId"]), window)
    ]


def user_capacity(store: Store, place: Workspace, window: Window = ALWAYS) -> list[Row]:
    """Of every member who is not deactivated. Days come in no order; capacity is in seconds."""
    planned = {rows[0]["userId"]: hours for rows, hours in _planned(place, lambda row: row["userId"], window)}
    found = []
    for user_id, member in place.members.items():
        if member["membershipStatus"] == "INACTIVE":
            continue
        account, hours = store.accounts[user_id], planned.get(user_id, {})
        days = sorted(hours, key=lambda day: crc32(day.isoformat().encode()))
        found.append(
            {
                "userId": user_id,
                "userName": account["name"],
                "userImage": account["profilePicture"],
                "userStatus": account["status"],
                "workspaceId": place.id,
                "capacityPerDay": place.capacity(user_id),
                "workingDays": place.row["workspaceSettings"]["workingDays"],
                "totalHoursPerDay": [{"date": _midnight(day), "totalHours": hours[day]} for day in days],
            }
        )
    return found


def _planned(
    place: Workspace, key: Callable[[Row], Any], window: Window
) -> Iterator[tuple[list[Row], dict[date, float]]]:
    """The assignments of each key and their hours, on all days in the window from the first assigned to the last.

    Clockify may well list all days of a window, however wide; that is not known.
    """
    groups: defaultdict[Any, list[Row]] = defaultdict(list)
    for row in place.tables["assignments"].values():
        groups[key(row)].append(row)
    for rows in groups.values():
        if hours := _hours(rows, window):
            span = range((max(hours) - min(hours)).days + 1)
            yield rows, {day: hours.get(day, 0.0) for day in (min(hours) + number * _DAY for number in span)}


def _hours(rows: Iterable[Row], window: Window) -> dict[date, float]:
    hours: defaultdict[date, float] = defaultdict(float)
    for row in rows:
        start, end = (date.fromisoformat(row["period"][name][:10]) for name in ("start", "end"))
        first, last = max(start, window[0]), min(end, window[1])
        for number in range((last - first).days + 1):
            hours[first + number * _DAY] += row["hoursPerDay"]
    return dict(hours)


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
