"""What Clockify's rows look like: the usual value of every field, and how it writes times."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

Row = dict[str, Any]
Instant = datetime | str

_DEFAULTS: dict[str, bytes] = {
    stream: orjson.dumps(row)
    for stream, row in orjson.loads(Path(__file__).with_name("defaults.json").read_bytes()).items()
}
STREAMS = _DEFAULTS.keys()
_WITHOUT_WORKSPACE_ID = {"workspaces", "users", "tasks", "invoices", "invoice_payments", "approvals"}


def new_row(stream: str, row_id: str, workspace_id: str, fields: Row) -> Row:
    """A row with the usual values; KeyError for an unknown stream or field."""
    row: Row = orjson.loads(_DEFAULTS[stream])
    if "approvalRequest" not in row:
        row = {"id": row_id, **row}
    if stream not in _WITHOUT_WORKSPACE_ID:
        row["workspaceId"] = workspace_id
    set_fields(row, fields)
    return row


def set_fields(row: Row, fields: Row) -> None:
    """Sets fields that the row has; KeyError for others, as they would be a slip of the test."""
    if unknown := fields.keys() - row.keys():
        raise KeyError(f"no such field: {sorted(unknown)}")
    row.update(fields)


def membership(user_id: str, target_id: str, kind: str, status: str = "ACTIVE") -> Row:
    """One membership of a WORKSPACE, PROJECT or USERGROUP."""
    kinds = {"membershipType": kind, "membershipStatus": status}
    return {"userId": user_id, "targetId": target_id, **kinds, "hourlyRate": None, "costRate": None}


def project_info(project: Row) -> Row:
    """A project as expenses and approvals embed it."""
    return {name: project[name] for name in ("id", "name", "clientId", "clientName", "color")}


def iso(instant: Instant) -> str:
    """The instant as Clockify writes it: UTC, whole seconds, `Z`."""
    return instant if isinstance(instant, str) else instant.astimezone(UTC).isoformat()[:19] + "Z"


def precise(instant: datetime) -> str:
    """The same with milliseconds, where there are any."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(".000Z", "Z")


def parse_instant(text: str) -> datetime:
    """A UTC datetime; ValueError for anything but `yyyy-MM-ddThh:mm:ssZ`."""
    if len(text) != len("yyyy-MM-ddThh:mm:ssZ") or not text.endswith("Z"):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def iso_duration(seconds: float) -> str:
    """ISO 8601 as Java writes it: `PT1H30M`, `PT0S`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return "PT" + ("".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n) or "0S")


def seconds_between(start: str, end: str) -> float:
    return (parse_instant(end) - parse_instant(start)).total_seconds()


def interval(start: Instant, end: Instant | None) -> Row:
    """A time entry's `timeInterval`; of a running entry end and duration are null."""
    begin, stop = iso(start), None if end is None else iso(end)
    return {"start": begin, "end": stop, "duration": stop and iso_duration(seconds_between(begin, stop))}
