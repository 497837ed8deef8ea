"""The rows of the reports, which put names and amounts to time entries and expenses."""

from collections.abc import Iterable
from datetime import UTC, tzinfo

from .shapes import Row, parse_instant, seconds_between
from .store import Store
from .workspace import Workspace

# What share of the earned and of the cost rate is shown.
_SHOWN = {"COST": (0, 1), "PROFIT": (1, -1), "HIDE_AMOUNT": (0, 0)}


def time_entries(
    store: Store, place: Workspace, entries: Iterable[Row], zone: tzinfo = UTC, shown: str = "EARNED"
) -> list[Row]:
    """Rows of the detailed report, with times in a zone; `shown` is the request's amountShown. Money is in cents."""
    requests = {
        entry["id"]: row["approvalRequest"]["id"]
        for row in place.tables["approvals"].values()
        if row["approvalRequest"]["status"]["state"] in ("PENDING", "APPROVED")
        for entry in row["entries"]
    }
    return [_time_entry(store, place, e, zone, shown) | {"approvalRequestId": requests.get(e["id"])} for e in entries]


def _time_entry(store: Store, place: Workspace, entry: Row, zone: tzinfo, shown: str) -> Row:
    project, task = place.tables["projects"].get(entry["projectId"], {}), place.tables["tasks"].get(entry["taskId"], {})
    times, length, tags = entry["timeInterval"], seconds(entry), place.tables["tags"]
    rates = {
        name: rate(entry, kind) for name, kind in (("rate", shown), ("earnedRate", "EARNED"), ("costRate", "COST"))
    }
    return {
        "_id": entry["id"],
        "description": entry["description"],
        **_user(store, entry),
        "billable": entry["billable"],
        "locked": entry["isLocked"],
        **{f"project{name.title()}": project.get(name) for name in ("id", "name", "color")},
        **{name: project.get(name) or None for name in ("clientId", "clientName")},
        "taskId": entry["taskId"],
        "taskName": task.get("name"),
        "tags": [{"_id": tag, "name": tags[tag]["name"]} for tag in entry["tagIds"] or [] if tag in tags],
        "timeInterval": {name: _zoned(times[name], zone) for name in ("start", "end")} | {"duration": length},
        **rates,
        **{
            name.replace("Rate", "Amount").replace("rate", "amount"): per * length / 3600 for name, per in rates.items()
        },
        "currency": (entry["hourlyRate"] or {}).get("currency") or "USD",
        "customFields": [{name: v[name] for name in ("customFieldId", "value")} for v in entry["customFieldValues"]],
    }


def expenses(store: Store, place: Workspace, rows: Iterable[Row]) -> list[Row]:
    """Rows of the expense report. Money is in cents."""
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
            "invoicingInfo": None,
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


def _user(store: Store, row: Row) -> Row:
    return _flat("user", {"user": store.accounts[row["userId"]]}, "id", "name", "email")


def _flat(noun: str, row: Row, *names: str) -> Row:
    """`projectId`, `projectName` … from the row's `project`; null where it has none."""
    return {noun + name[0].upper() + name[1:]: (row[noun] or {}).get(name) for name in names}


def _zoned(instant: str | None, zone: tzinfo) -> str | None:
    return instant and parse_instant(instant).astimezone(zone).isoformat().replace("+00:00", "Z")
