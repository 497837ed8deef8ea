"""What Clockify tells of the changes to a world: the audit log, and feeds of created, updated and deleted entities."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import orjson

from .shapes import Row, precise

if TYPE_CHECKING:
    from .world import Workspace, World

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
_SAME = "clients projects tags tasks custom_fields user_groups invoices holidays".split()
_STREAMS = {stream.upper(): stream for stream in _SAME} | {
    "SCHEDULED_ASSIGNMENT": "assignments",
    "TIME_ENTRY": "time_entries",
    "PTO_POLICY": "time_off_policies",
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


def audit_log(world: "World", place: "Workspace", wanted: Callable[[Change], bool] = lambda _: True) -> list[Row]:
    """A year's rows of the wanted changes, newest first."""
    year_ago, rows = world.now - timedelta(days=365), []
    states: dict[str, bytes] = {}
    for change in reversed(world.changes):
        if change.workspace == place.id and change.action:
            current = change.before if change.kind == "deleted" else states.get(change.id)
            if change.before:
                states[change.id] = change.before
            if change.at >= year_ago and wanted(change):
                content = current or orjson.dumps(place.tables[change.stream][change.id])
                rows.append((change.at, _audit_row(world, change, content)))
    return [row for _, row in sorted(rows, key=lambda dated: dated[0], reverse=True)]


def _audit_row(world: "World", change: Change, content: bytes) -> Row:
    user = world.accounts.get(change.by, {})
    who = {"userId": change.by, "userName": user.get("name"), "userEmail": user.get("email")}
    row = {"action": change.action, "timestamp": precise(change.at), **who, "workspaceId": change.workspace}
    before = {"previousContent": change.before.decode()} if change.kind == "updated" and change.before else {}
    return {**row, "content": content.decode(), **before}


def entity_feed(
    world: "World", place: "Workspace", kind: str, entity_type: str, start: datetime, end: datetime
) -> list[Row]:
    """What happened from start to end, of what a row was last; types that the sandbox has no table of have no rows."""
    stream, lives = _STREAMS.get(entity_type), defaultdict(list)
    for change in world.changes:
        if (change.stream, change.workspace) == (stream, place.id):
            lives[change.id].append(change)
    feed = []
    for row_id, life in lives.items():
        created, last, is_deleted = life[0].at, life[-1], life[-1].kind == "deleted"
        happened = created if kind == "created" else last.at
        too_new = kind != "created" and start <= created <= end
        if is_deleted != (kind == "deleted") or not start <= happened <= end or too_new:
            continue
        updated = life[-2].at if is_deleted else last.at
        times = {"auditMetadata": {"createdAt": precise(created), "updatedAt": precise(updated)}}
        if not is_deleted:
            feed.append({**place.tables[last.stream][row_id], "documentCode": entity_type, **times})
        elif last.at <= world.now - timedelta(minutes=1):
            name = orjson.loads(last.before or b"{}").get("name")
            document = {"_id": row_id, "name": name, "workspaceId": place.id, **times}
            deleted_at = precise(last.at)
            feed.append({"id": row_id, "deletedAt": deleted_at, "documentCode": entity_type, "document": document})
    return feed
