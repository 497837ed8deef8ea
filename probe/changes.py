"""What is assumed of the feeds of changed entities and of the audit log."""

from dataclasses import replace
from typing import Final

from probe.asked import LISTS
from probe.finding import Assumption, Finding, Untold, answered, differs, holds, page_of, verdict
from probe.lab import Lab
from probe.request import Request
from source_clockify.api.keys import Row
from source_clockify.streams.audit import AuditLog
from source_clockify.streams.entity_changes import ENTITY_TYPES, EntityChanges

CREATED: Final = LISTS[EntityChanges]
AUDIT: Final = LISTS[AuditLog]
FIRST_KNOWN: Final = 8
"""Types of ENTITY_TYPES that were seen to be taken."""


def _feed(change: str) -> Request:
    return CREATED.but(f"entity_changes, {change}", parts={"change": lambda _: change})


UPDATED: Final = _feed("updated")
DELETED: Final = _feed("deleted")
SEVERAL: Final = replace(
    CREATED.but("entity_changes, two types at once", query={**CREATED.query, "type": "TIME_ENTRY,TASKS"}), is_free=True
)
NEWER: Final = CREATED.but("entity_changes, HOLIDAYS", query={**CREATED.query, "type": "HOLIDAYS"})
LARGE_PAGE: Final = AUDIT.posting("audit_log, a page of 100 rows", {"page-size": 100}, size=100)


def _several(lab: Lab) -> Finding:
    answer = answered(lab, SEVERAL)
    if answer.fault:
        return differs(f"two are refused: {answer.said}")
    kinds = {row.get("documentCode") or row.get("documentType") for row in answer.rows}
    if len(kinds) > 1:
        return holds("changes of both came")
    raise Untold("two are taken, but changes of both did not come")


def _newer(lab: Lab) -> Finding:
    assert "HOLIDAYS" in ENTITY_TYPES[FIRST_KNOWN:]  # noqa: S101 - else the question is another
    answer = answered(lab, NEWER)
    return differs(f"refused: {answer.said}") if answer.fault else holds("HOLIDAYS is taken")


def _time_of_change(lab: Lab) -> Finding:
    looked_at, timeless = 0, 0
    for request, change in ((CREATED, "created"), (UPDATED, "updated"), (DELETED, "deleted")):
        for row in lab.rows(request):
            looked_at += 1
            timeless += _is_timeless(lab, row, change)
    if not looked_at:
        raise Untold("nothing was changed, or the feeds were refused")
    return verdict(not timeless, f"{looked_at - timeless:,} of {looked_at:,} do")


def _is_timeless(lab: Lab, row: Row, change: str) -> bool:
    """Whether the connector finds no time of change, and has to take the end of the window in its place."""
    part = {"workspaceId": lab.workspace.id, "type": "TIME_ENTRY", "change": change, "end": ""}
    record = lab.sync.stream(EntityChanges).record(dict(row), part)
    return record is not None and record["changedAt"] == part["end"]


def _audit_page(lab: Lab) -> Finding:
    answer = page_of(lab, LARGE_PAGE)
    most = AUDIT.size or 0
    if len(answer.rows) > most:
        return differs(f"{len(answer.rows)} rows came")
    if len(answer.rows) < most:
        raise Untold("more can be asked for, but there are not so many")
    return holds(f"{most} rows came of 100 that were asked for")


ASSUMPTIONS: Final = (
    Assumption(
        "the feeds of changes take several types a request",
        "nothing breaks: entity_changes then asks for one type at a time, and says so",
        _several,
        (SEVERAL,),
    ),
    Assumption(
        "the feeds of changes take the newer types",
        "nothing breaks: entity_changes leaves out what is refused, and says so",
        _newer,
        (NEWER,),
    ),
    Assumption(
        "a change tells when it happened",
        "`changedAt` is the end of the window in which it was found (streams/entity_changes.py)",
        _time_of_change,
        (CREATED, UPDATED, DELETED),
    ),
    Assumption(
        "a page of the audit log has 50 rows, whatever is asked for",
        "nothing breaks, as 50 are asked for; a gain where more come: `paging` of AuditLog may be larger",
        _audit_page,
        (LARGE_PAGE,),
    ),
)
