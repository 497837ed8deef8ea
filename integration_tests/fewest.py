"""The fewest requests that can do for each stream, as formulas of what an account holds; with a reason where they are many."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from harness.connector import Row
from integration_tests.held import DAY, LOOK_BACK, SETTLING, Held, windows
from sandbox import derived
from source_clockify.api.paging import Unpaged
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.catalog import FEATURES, STREAMS
from source_clockify.streams.entity_changes import CHANGES, ENTITY_TYPES
from source_clockify.streams.lists import ChildStream
from tools.page_counts import PAGE, pages, pages_and_end, pages_of_feed

Counts = dict[tuple[str, str], int]
"""By workspace and stream."""


@dataclass(frozen=True)
class Fewest:
    """The fewest requests to `path` (inside a workspace) that read a stream, and why there cannot be fewer.

    `size` is that of the pages, None where the list has none. Where the plan lacks `feature` one refused request tells so,
    of the first stream that needs it.
    """

    path: str
    requests: Callable[[Held], int]
    why: str
    size: int | None = None
    feature: str | None = None


def fewest_of(table: Mapping[str, Fewest], held: Held) -> dict[str, int]:
    """How many requests each stream of a table takes in a workspace; those that need none are left out."""
    counts = {}
    refused: set[str] = set()
    for stream, fewest in table.items():
        if fewest.feature is None or fewest.feature in held.features:
            counts[stream] = fewest.requests(held)
        elif fewest.feature not in refused:
            counts[stream] = 1
            refused.add(fewest.feature)
    return {stream: number for stream, number in counts.items() if number}


def whole(stream: str, size: int = PAGE) -> Callable[[Held], int]:
    return lambda held: pages(len(held.rows(stream)), size)


def for_each(parents: str, stream: str, key: str, size: int = PAGE) -> Callable[[Held], int]:
    return lambda held: sum(pages(len(rows), size) for rows in held.each(stream, key, parents))


def reports(stream: str) -> Callable[[Held], int]:
    """A window may span a year, in the FREE plan a month; then so much lies ahead, and without a start a year behind."""

    def count(held: Held) -> int:
        is_free = "ONE_MONTH_RANGE_REPORTS" in held.features
        length = 31 * DAY if is_free else 365 * DAY
        first = held.now - 365 * DAY if is_free else datetime(2015, 1, 1, tzinfo=UTC)
        start = held.earlier - LOOK_BACK if held.earlier else first
        if stream == "attendance_report":
            start = start.replace(hour=0, minute=0, second=0)
        spans = windows(start, length, held.now + length)
        return sum(pages(rows, 1000) for rows in held.dated(stream, spans))

    return count


def time_totals(held: Held) -> int:
    """Windows of whole months that are no longer than the plan allows."""
    is_free = "ONE_MONTH_RANGE_REPORTS" in held.features
    length = 31 * DAY if is_free else 365 * DAY
    start = datetime(2025, 12, 1, tzinfo=UTC) if is_free else datetime(2015, 1, 1, tzinfo=UTC)
    months = [row["month"] for row in held.rows("time_totals")]
    requests = 0
    while start <= held.now + length:
        after = (start + length).replace(day=1)
        requests += 1 + any(f"{start:%Y-%m}" <= month < f"{after:%Y-%m}" for month in months)
        start = after
    return requests


def audit_log(held: Held) -> int:
    start = held.earlier - SETTLING if held.earlier else held.now - 365 * DAY
    spans = windows(start, 30 * DAY, held.now)
    return sum(pages_and_end(rows, 50) for rows in held.dated("audit_log", spans))


def entity_changes(held: Held) -> int:
    def rows_of(change: str, start: datetime) -> list[Row]:
        return [
            row
            for entity_type in held.world.entity_types
            for row in held.world.entity_changes(change, entity_type, start, held.now, held.id)
        ]

    start = held.earlier - SETTLING if held.earlier else held.now - 30 * DAY
    refused = 1 + len(set(ENTITY_TYPES) - set(held.world.entity_types))
    in_the_last_month = 0 if rows_of("created", start) else 1
    return refused + in_the_last_month + sum(pages_of_feed(len(rows_of(change, start)), 50) for change in CHANGES)


def project_totals(held: Held) -> int:
    planned = derived.project_totals(held.world.workspace(held.id), (date(2015, 1, 1), (held.now + 730 * DAY).date()))
    return pages_and_end(len(planned), 50)


def balances(held: Held) -> int:
    return sum(pages(len(rows), 200) for rows in held.each("time_off_balances", "policyId", "time_off_policies"))


def entries_again(held: Held) -> int:
    """Of each member what starts in the window; and in one look-up the timers that ran before it, if there are any."""
    assert held.earlier
    begin = held.earlier - LOOK_BACK
    found = 0
    for rows in held.each("time_entries", "userId", "users"):
        within = [row for row in rows if datetime.fromisoformat(row["timeInterval"]["start"]) >= begin]
        found += pages(len(within)) + any(row["timeInterval"]["end"] is None for row in rows if row not in within)
    return found


def approvals_again(held: Held) -> int:
    """Of each state to the first page that is wholly older than the newest change of both: the order is Clockify's."""
    changes: dict[str, list[str]] = {}
    for row in held.rows("approval_requests"):
        status = row["approvalRequest"]["status"]
        changes.setdefault(status["state"], []).append(status["updatedAt"])
    newest = max(max(moments) for moments in changes.values())
    return sum(min(pages(len(all_), 100), pages_and_end(all_.count(newest), 100)) for all_ in changes.values())


def categories(held: Held) -> int:
    archived = Counter(row["archived"] for row in held.rows("expense_categories"))
    return pages(archived[False]) + pages(archived[True])


def states(held: Held) -> Counter[str]:
    return Counter(row["approvalRequest"]["status"]["state"] for row in held.rows("approval_requests"))


def approvals(held: Held) -> int:
    return sum(pages(number, 100) for number in states(held).values())


def plain(kind: type[ClockifyStream], name: str) -> Fewest:
    """Of a stream that nothing is said about below: one list for each workspace or parent, in the largest page or not paged."""
    paged = not isinstance(kind.endpoint.paging, Unpaged)
    path = kind.endpoint.path.removeprefix("workspaces/{workspaceId}/")
    if not issubclass(kind, ChildStream):
        requests = whole(name) if paged else lambda _: 1
        return Fewest(path, requests, "", PAGE if paged else None, kind.feature)
    parents = NAMES[kind.parent_type]
    requests = for_each(parents, name, kind.parent_key) if paged else lambda held: len(held.rows(parents))
    return Fewest(path, requests, "", PAGE if paged else None, kind.feature)


NAMES = dict(zip(STREAMS, FEATURES, strict=True))
REASONS = {
    "users": Fewest(
        "users", whole("users", 100), "a row with all its memberships can have 70 KB: memory bears 100", 100
    ),
    "user_groups": Fewest("user-groups", whole("user_groups", 1000), "a row holds the ids of all its members", 1000),
    "projects": Fewest("projects", whole("projects", 500), "a row holds all its members and custom fields", 500),
    "custom_fields": Fewest(
        "custom-fields", lambda _: 2, "not paged; those of users come only when asked for", feature="CUSTOM_FIELDS"
    ),
    "time_entries": Fewest(
        "user/{userId}/time-entries",
        for_each("users", "time_entries", "userId"),
        "one for each member, as there is no list over all of them: who is invited or was deactivated may have entries too",
        PAGE,
    ),
    "approval_requests": Fewest(
        "approval-requests",
        approvals,
        "one list for each of two states; a row holds all its entries: memory bears 100",
        100,
        feature="APPROVAL",
    ),
    "pending_approval_requests": Fewest(
        "approval-requests?status=PENDING",
        whole("pending_approval_requests", 100),
        "the third state; a row holds all its entries",
        100,
        feature="APPROVAL",
    ),
    "project_assignment_totals": Fewest(
        "scheduling/assignments/projects/totals",
        project_totals,
        "a row has a number for each of some 4,000 days; nothing but an empty page tells the end",
        50,
        feature="SCHEDULING",
    ),
    "user_capacity": Fewest(
        "scheduling/assignments/user-filter/totals",
        lambda held: pages_and_end(len(held.rows("user_capacity")), 50),
        "as the totals of projects",
        50,
        feature="SCHEDULING",
    ),
    "time_off_policies": Fewest(
        "time-off/policies", whole("time_off_policies", 200), "the largest page here", 200, feature="TIME_OFF"
    ),
    "time_off_requests": Fewest(
        "time-off/requests", whole("time_off_requests", 200), "the largest page here", 200, feature="TIME_OFF"
    ),
    "time_off_balances": Fewest(
        "time-off/balance/policy/{policyId}",
        balances,
        "one for each policy, as the only other list is one for each user; archived policies have balances too",
        200,
        feature="TIME_OFF",
    ),
    "expense_categories": Fewest(
        "expenses/categories", categories, "one list of active and one of archived ones", PAGE, feature="EXPENSES"
    ),
    "invoice_details": Fewest(
        "invoices/{id}",
        lambda held: len(held.rows("invoices")),
        "one for each invoice, as no list has its items",
        feature="INVOICING",
    ),
    "invoice_payments": Fewest(
        "invoices/{id}/payments",
        for_each("invoices", "invoice_payments", "invoiceId"),
        "one for each invoice, as none shows that its payments add up to nothing",
        PAGE,
        feature="INVOICING",
    ),
    "shared_reports": Fewest("shared-reports", whole("shared_reports", 1000), "the largest page of reports", 1000),
    "time_entry_report": Fewest(
        "reports/detailed",
        reports("time_entry_report"),
        "one for each window that the plan allows and 1,000 rows, the largest page of reports; the totals tell the end",
        1000,
    ),
    "expense_report": Fewest(
        "reports/expenses/detailed",
        reports("expense_report"),
        "as the report on time entries",
        1000,
        feature="EXPENSES",
    ),
    "attendance_report": Fewest(
        "reports/attendance",
        reports("attendance_report"),
        "as the report on time entries, in windows that begin at midnight",
        1000,
        feature="ATTENDANCE_REPORT",
    ),
    "time_totals": Fewest(
        "reports/summary",
        time_totals,
        "one for each window that the plan allows, in whole months; and where anything is in it, one for the billable time",
    ),
    "audit_log": Fewest(
        "audit-log",
        audit_log,
        "one for each 30 days of the year that is kept and 50 rows, the most it gives; an empty page tells the end",
        50,
        feature="AUDIT_LOG",
    ),
    "entity_changes": Fewest(
        "entities",
        entity_changes,
        "each of three feeds, for all types that the host takes; one in which it refuses all types at once, and one for each "
        "that it does not take; where nothing was created in the window, one for the last month, which shows that several are "
        "read; pages of more than 50 are not proved, and an empty one tells the end",
        50,
    ),
}

FEWEST = {NAMES[kind]: plain(kind, NAMES[kind]) for kind in STREAMS if issubclass(kind, ClockifyStream)} | REASONS
AGAIN = FEWEST | {
    "time_entries": replace(FEWEST["time_entries"], requests=entries_again),
    "approval_requests": replace(FEWEST["approval_requests"], requests=approvals_again),
}
"""In an incremental sync. The windows of reports, log and feeds begin where the last one ended, less the look-back."""
