"""What has changed: the audit log of large plans, and the experimental feeds of changed entities."""

from datetime import timedelta
from typing import Any

from .. import changes
from ..api import AUDIT_LOG, Call, get, post
from ..log import ACTIONS, Change
from ..refusals import Refusal, unconvertible
from ..shapes import Row

_FEED: dict[str, Any] = {"names": {"page": "page", "size": "limit"}, "first_page": 0, "page_headers": False}
_OVERLAP = 3


@post(
    "audit-log",
    "actions:list! authors.authorIds:list! authors.contains:CONTAINS|DOES_NOT_CONTAIN! start:instant! end:instant!",
    paged=True,
    page_headers=False,
    feature="AUDIT_LOG",
    admin=True,
    host=AUDIT_LOG,
)
def audit_log(call: Call) -> list[Row]:
    start, end, actions = call.query["start"], call.query["end"], set(call.query["actions"])
    authors, contains = call.query["authors.authorIds"], call.query["authors.contains"] == "CONTAINS"
    if unknown := actions - ACTIONS:
        raise unconvertible("actions", unknown, code=3002)
    if end - start > timedelta(days=30):
        raise Refusal(400, "Date range must not be longer than 30 days", 501)

    def is_wanted(change: Change) -> bool:
        return start <= change.at <= end and change.action in actions and (change.by in authors) is contains

    rows = changes.audit_log(call.world, call.workspace, is_wanted)
    return call.cut(rows, maximum=50, refuses=False)


@get("entities/created", "type:values! start:instant end:instant", paged=True, **_FEED)
@get("entities/updated", "type:values! start:instant end:instant", paged=True, **_FEED)
@get("entities/deleted", "type:values! start:instant end:instant", paged=True, **_FEED)
def entities(call: Call) -> list[Row]:
    kind, types, paging = call.endpoint.path.rpartition("/")[2], call.query["type"], call.world.entity_paging
    at_once = call.world.types_at_once
    if at_once == "first":
        types = types[:1]
    if set(types) - {*call.world.entity_types} or (at_once == "refused" and len(types) > 1):
        raise unconvertible("type", ",".join(types))
    window = (call.query["start"], call.query["end"], call.workspace.id)
    rows = [row for entity_type in types for row in call.world.entity_changes(kind, entity_type, *window)]
    if at_once == "untold":
        rows = [{name: value for name, value in row.items() if name != "documentCode"} for row in rows]
    if paging == "ignored":
        call.query["page"] = None
    return call.page(rows, overlap=_OVERLAP if paging == "overlapping" else 0)
