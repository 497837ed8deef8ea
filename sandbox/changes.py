"""What Clockify reports of the changes to a world: the audit log, and feeds of created, updated and deleted entities."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import orjson

from .log import Change
from .shapes import Row, precise
from .store import Store
from .workspace import Workspace

_SAME = "clients projects tags tasks custom_fields user_groups invoices holidays".split()
_STREAMS = {stream.upper(): stream for stream in _SAME} | {
    "SCHEDULED_ASSIGNMENT": "assignments",
    "TIME_ENTRY": "time_entries",
    "PTO_POLICY": "time_off_policies",
}


def audit_log(store: Store, place: Workspace, wanted: Callable[[Change], bool] = lambda _: True) -> list[Row]:
    """A year's rows of the wanted changes, newest first."""
    year_ago, rows = store.now - timedelta(days=365), []
    states: dict[str, bytes] = {}
    for change in reversed(store.changes):
        if change.workspace == place.id and change.action:
            current = change.before if change.kind == "deleted" else states.get(change.id)
            if change.before:
                states[change.id] = change.before
            if change.at >= year_ago and wanted(change):
                content = current or orjson.dumps(place.tables[change.stream][change.id])
                rows.append((change.at, _audit_row(store, change, content)))
    return [row for _, row in sorted(rows, key=lambda dated: dated[0], reverse=True)]


def _audit_row(store: Store, change: Change, content: bytes) -> Row:
    user = store.accounts.get(change.by, {})
    who = {"userId": change.by, "userName": user.get("name"), "userEmail": user.get("email")}
    row = {"action": change.action, "timestamp": precise(change.at), **who, "workspaceId": change.workspace}
    before = {"previousContent": change.before.decode()} if change.kind == "updated" and change.before else {}
    return {**row, "content": content.decode(), **before}


def entity_feed(
    store: Store, place: Workspace, kind: str, entity_type: str, start: datetime, end: datetime
) -> list[Row]:
    """What happened from start to end, of what a row was last; types that the sandbox has no table of have no rows."""
    stream, lives = _STREAMS.get(entity_type), defaultdict(list)
    for change in store.changes:
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
        elif last.at <= store.now - timedelta(minutes=1):
            name = orjson.loads(last.before or b"{}").get("name")
            document = {"_id": row_id, "name": name, "workspaceId": place.id, **times}
            deleted_at = precise(last.at)
            feed.append({"id": row_id, "deletedAt": deleted_at, "documentCode": entity_type, "document": document})
    return feed
