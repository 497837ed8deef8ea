"""The rows of the reports, which put names and amounts to time entries and expenses."""

from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from itertools import islice
from typing import Literal
from zlib import crc32

from . import derived
from .shapes import Row, parse_instant, seconds_between
from .store import Store
from .workspace import Workspace

Shape = Literal["whole", "documented", "recorded"]
"""Which fields a row of the detailed report has: all that any source names; those of the documentation, which has them
under `timeEntries`; or those of two recordings of 2023, whose times have an offset.
"""

AMOUNTS = ("EARNED", "COST", "PROFIT")

# What share of the earned and of the cost rate is shown.
_SHOWN = {"COST": (0, 1), "PROFIT": (1, -1), "HIDE_AMOUNT": (0, 0)}

_DOCUMENTED = (
    *("_id", "description", "userId", "userName", "userEmail", "billable", "locked", "projectId", "projectName"),
    *("projectColor", "clientId", "clientName", "taskId", "taskName", "tags", "timeInterval", "approvalRequestId"),
)
_RECORDED = (
    *("_id", "description", "userId", "userName", "userEmail", "billable", "isLocked", "projectId", "projectName"),
    *("projectColor", "clientId", "clientName", "taskId", "taskName", "tagIds", "timeInterval", "approvalRequestId"),
    *("type", "invoicingInfo", "amount", "rate", "currency"),
)


def time_entries(
    store: Store,
    place: Workspace,
    entries: Iterable[Row],
    zone: tzinfo = UTC,
    shown: str = "EARNED",
    amounts: Sequence[str] = AMOUNTS,
    shape: Shape = "whole",
) -> list[Row]:
    """Rows of the detailed report, with times in a zone. Money is in cents.

    `shown` and `amounts` are the request's amountShown, which `amount` and `rate` follow, and what it wants besides.
    """
    requests = {
        entry["id"]: row["approvalRequest"]["id"]
        for row in place.tables["approvals"].values()
        if row["approvalRequest"]["status"]["state"] in ("PENDING", "APPROVED")
        for entry in row["entries"]
    }
    invoicing = _invoicing(place)
    rows = [
        {
            **_time_entry(store, place, entry, zone, shown, amounts),
            "approvalRequestId": requests.get(entry["id"]),
            "invoicingInfo": invoicing.get(entry["id"]),
        }
        for entry in entries
    ]
    return [_shaped(row, shape) for row in rows]


def _shaped(row: Row, shape: Shape) -> Row:
    if shape == "whole":
        return row
    if shape == "documented":
        return {name: row[name] for name in _DOCUMENTED}
    recorded = {name: row[name] for name in _RECORDED}
    recorded |= {name: row[name] or "" for name in ("clientId", "clientName")}
    recorded |= {"amount": row["amount"] or None, "rate": row["rate"] or None}
    recorded["timeInterval"] = row["timeInterval"] | {
        name: moment and moment.replace("Z", "+00:00")
        for name, moment in row["timeInterval"].items()
        if name != "duration"
    }
    if row["taskName"] is None:
        del recorded["taskName"]
    if recorded["invoicingInfo"] is None:
        recorded["invoicingInfo"] = []
        if crc32(row["_id"].encode()) % 2:
            del recorded["invoicingInfo"]
    return recorded


def _time_entry(store: Store, place: Workspace, entry: Row, zone: tzinfo, shown: str, amounts: Sequence[str]) -> Row:
    project, task = place.tables["projects"].get(entry["projectId"], {}), place.tables["tasks"].get(entry["taskId"], {})
    times, length, tags = entry["timeInterval"], seconds(entry), place.tables["tags"]
    rates = {"rate": rate(entry, shown)}
    rates |= {f"{kind.lower()}Rate": rate(entry, kind) for kind in ("EARNED", "COST") if kind in amounts}
    return {
        "_id": entry["id"],
        "description": entry["description"],
        **_user(store, entry),
        "billable": entry["billable"],
        "type": entry["type"],
        "locked": entry["isLocked"],
        "isLocked": entry["isLocked"],
        **{f"project{name.title()}": project.get(name) for name in ("id", "name", "color")},
        **{name: project.get(name) or None for name in ("clientId", "clientName")},
        "taskId": entry["taskId"],
        "taskName": task.get("name"),
        "tagIds": entry["tagIds"],
        "tags": [{"_id": tag, "name": tags[tag]["name"]} for tag in entry["tagIds"] or [] if tag in tags],
        "timeInterval": {name: zoned(times[name], zone) for name in ("start", "end")} | {"duration": length},
        **rates,
        **{
            name.replace("Rate", "Amount").replace("rate", "amount"): per * length / 3600 for name, per in rates.items()
        },
        **({"amounts": [amount_of([entry], kind) for kind in amounts]} if amounts else {}),
        "currency": (entry["hourlyRate"] or {}).get("currency") or "USD",
        "customFields": [{name: v[name] for name in ("customFieldId", "value")} for v in entry["customFieldValues"]],
    }


def expenses(store: Store, place: Workspace, rows: Iterable[Row]) -> list[Row]:
    """Rows of the expense report. Money is in cents."""
    invoiced, invoice = derived.invoiced_expenses(place), next(iter(place.tables["invoices"]), None)
    info = invoice and {"invoiceId": invoice, "manuallyInvoiced": False}
    same = ("id", "workspaceId", "date", "billable", "locked", "notes", "quantity", "fileId", "fileName")
    return [
        {
            **{name: row[name] for name in same},
            **_user(store, row),
            "userStatus": store.accounts[row["userId"]]["status"],
            "amount": row["total"],
            **_flat("category", row, "id", "name", "hasUnitPrice", "unit"),
            **_flat("project", row, "id", "name", "color"),
            "approvalRequestId": None,
            "invoicingInfo": info if row["id"] in invoiced else None,
        }
        for row in rows
    ]


def seconds(entry: Row) -> int:
    times = entry["timeInterval"]
    return int(seconds_between(times["start"], times["end"])) if times["end"] else 0


def rate(entry: Row, shown: str) -> int:
    """An hour's amount in cents."""
    rates = (entry["hourlyRate"] if entry["billable"] else None, entry["costRate"])
    return sum(share * rate["amount"] for share, rate in zip(_SHOWN.get(shown, (1, 0)), rates, strict=True) if rate)


def amount_of(entries: Iterable[Row], kind: str) -> Row:
    """What entries amount to, as lists of amounts have it."""
    return {"type": kind, "value": sum(rate(entry, kind) * seconds(entry) / 3600 for entry in entries)}


def _invoicing(place: Workspace) -> dict[str, Row]:
    """By the id of the entry: those on an invoice, and one that was ticked by hand."""
    by_hand: Row = {entry: {"manuallyInvoiced": True} for entry in islice(place.tables["time_entries"], 2, 3)}
    invoices = place.tables["invoices"]
    return by_hand | {
        entry: {"invoiceId": invoice, "invoiceNumber": invoices[invoice]["number"], "manuallyInvoiced": False}
        for entry, invoice in derived.invoiced_entries(place).items()
    }


def _user(store: Store, row: Row) -> Row:
    return _flat("user", {"user": store.accounts[row["userId"]]}, "id", "name", "email")


def _flat(noun: str, row: Row, *names: str) -> Row:
    """`projectId`, `projectName` … from the row's `project`; null where it has none."""
    return {noun + name[0].upper() + name[1:]: (row[noun] or {}).get(name) for name in names}


def zoned(instant: str | None, zone: tzinfo) -> str | None:
    return instant and parse_instant(instant).astimezone(zone).isoformat().replace("+00:00", "Z")
