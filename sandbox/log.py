"""The log of what was done to rows, which the audit log and the feeds of changed entities are made of."""

from datetime import datetime
from typing import NamedTuple

from .shapes import Row

ACTIONS = set(
    "CREATE_TIME_PERSONAL_TIMER CREATE_TIME_PERSONAL_MANUAL CREATE_TIME_IMPORT CREATE_TIME_KIOSK CREATE_TIME_FOR_OTHER "
    "RESTORE_TIME RESTORE_TIME_FOR_OTHER UPDATE_TIME_PERSONAL UPDATE_TIME_FOR_OTHER DELETE_TIME_PERSONAL "
    "DELETE_TIME_FOR_OTHER CREATE_PROJECT CREATE_PROJECT_IMPORT CREATE_PROJECT_QUICKBOOKS UPDATE_PROJECT DELETE_PROJECT "
    "CREATE_TASK CREATE_TASK_IMPORT UPDATE_TASK DELETE_TASK CREATE_CLIENT CREATE_CLIENT_IMPORT CREATE_CLIENT_QUICKBOOKS "
    "UPDATE_CLIENT DELETE_CLIENT CREATE_TAG CREATE_TAG_IMPORT UPDATE_TAG DELETE_TAG CREATE_EXPENSE "
    "CREATE_EXPENSE_FOR_OTHER RESTORE_EXPENSE RESTORE_EXPENSE_FOR_OTHER UPDATE_EXPENSE UPDATE_EXPENSE_FOR_OTHER "
    "DELETE_EXPENSE DELETE_EXPENSE_FOR_OTHER".split()
)
_VERBS = {"created": "CREATE", "updated": "UPDATE", "deleted": "DELETE", "restored": "RESTORE"}
_NOUNS = {"time_entries": "TIME", "expenses": "EXPENSE"} | {
    f"{name.lower()}s": name for name in "PROJECT TASK CLIENT TAG".split()
}


class Change(NamedTuple):
    """Something that was done to a row; `before` is the row as it was, as JSON, None for one that is new."""

    kind: str
    stream: str
    id: str
    workspace: str
    at: datetime
    by: str
    action: str
    before: bytes | None


def action(kind: str, stream: str, row: Row, by: str) -> str:
    """What the audit log calls it; nothing where it keeps no record."""
    if stream not in _NOUNS:
        return ""
    name, own = f"{_VERBS[kind]}_{_NOUNS[stream]}", row.get("userId", by) == by
    if not own:
        return f"{name}_FOR_OTHER"
    if stream != "time_entries" or kind == "restored":
        return name
    how = ("_MANUAL" if row["timeInterval"]["end"] else "_TIMER") if kind == "created" else ""
    return f"{name}_PERSONAL{how}"
