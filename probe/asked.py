"""The first page of every list that the connector reads, asked for as it does, and what is chosen from them."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from probe.request import Known, Nothing, Pick, Request, ids_of, of
from source_clockify.instants import to_query
from source_clockify.streams.approvals import PendingApprovalRequests
from source_clockify.streams.audit import WINDOW, AuditLog
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.catalog import STREAMS
from source_clockify.streams.entity_changes import EntityChanges
from source_clockify.streams.expenses import Expenses
from source_clockify.streams.invoices import Invoices
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.people import OwnUser, Users
from source_clockify.streams.reports import TimeEntryReport
from source_clockify.streams.scheduling import Assignments
from source_clockify.streams.time_entries import TimeEntries
from source_clockify.streams.time_off import Holidays, TimeOffRequests
from source_clockify.streams.work import Clients, CustomFields, Projects, Tags, Tasks

FREE: Final = {
    *(Clients, Projects, Tasks, Tags, TimeEntries, TimeEntryReport, CustomFields, PendingApprovalRequests, Assignments),
    *(Holidays, TimeOffRequests, Expenses, Invoices, AuditLog, EntityChanges),
}
"""What a free workspace is asked for: what it has, and one list of each feature that it lacks."""

REPORT: Final = of(TimeEntryReport, is_free=True)
PROJECTS: Final = of(Projects, is_free=True)
USER_IDS: Final = replace(ids_of(Users, "users, ids only"), is_free=True)
OWN_USER: Final = Request("user", OwnUser.endpoint)


def busy_user(known: Known) -> str:
    """Who has the most rows in the report, of those who are listed."""
    listed = {row["id"] for row in known.rows(USER_IDS)}
    counts = Counter(row["userId"] for row in known.rows(REPORT) if row.get("userId") in listed)
    if counts:
        return str(counts.most_common(1)[0][0])
    return str(first(USER_IDS, "no users can be listed")(known))


def project_with_tasks(known: Known) -> str:
    """A project of which it is known that it has tasks, best a done one, else any."""
    rows = known.rows(PROJECTS)
    with_tasks = [row for row in rows if row.get("tasks")]
    with_done = [row for row in with_tasks if any(task.get("status") == "DONE" for task in row["tasks"])]
    reported = [row["projectId"] for row in known.rows(REPORT) if row.get("taskId") and row.get("projectId")]
    ids = [
        *(row["id"] for row in with_done),
        *(row["id"] for row in with_tasks),
        *reported,
        *(row["id"] for row in rows),
    ]
    if not ids:
        raise Nothing("there is no project")
    return str(ids[0])


def first(request: Request, words: str) -> Pick:
    """The id of the first row of a list; `words` say that there is none."""

    def pick(known: Known) -> str:
        rows = known.rows(request)
        if not rows:
            raise Nothing(words)
        return str(rows[0]["id"])

    return pick


def moment(at: Callable[[Known], Any]) -> Pick:
    """An instant as the API takes it."""
    return lambda known: to_query(at(known))


def _list(kind: type[ClockifyStream]) -> Request:
    if kind in (TimeEntryReport, Projects):
        return REPORT if kind is TimeEntryReport else PROJECTS
    parts: Mapping[str, Pick] = {}
    if issubclass(kind, ChildStream):
        parent = LISTS[kind.parent_type]
        chosen = {"userId": busy_user, "projectId": project_with_tasks}
        parts = {kind.parent_key: chosen.get(kind.parent_key, first(parent, f"there is no row of {parent.name}"))}
    if kind is EntityChanges:
        parts = {"change": lambda _: "created"}
    request = of(kind, parts, is_free=kind in FREE)
    query: Mapping[str, Any] = {}
    if "start" in kind.endpoint.sends and kind is not TimeEntries:
        length = WINDOW if kind is EntityChanges else timedelta(days=365)
        query = {"start": moment(lambda known: known.window[1] - length), "end": moment(lambda known: known.window[1])}
    if "type" in kind.endpoint.sends:
        query = {**query, "type": "TIME_ENTRY"}
    return replace(request, query={**request.query, **query})


LISTS: Final[dict[type[ClockifyStream], Request]] = {}
for _kind in STREAMS:
    if issubclass(_kind, ClockifyStream):
        LISTS[_kind] = _list(_kind)
