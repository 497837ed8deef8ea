"""What the probe finds where Clockify is otherwise than the connector assumes: every assumption can fail."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

import pytest
from starlette.responses import Response

from harness.clock import FastClock
from integration_tests.probing import Row, as_assumed, changed, to
from probe.asked import USER_IDS
from probe.finding import Assumption, Finding, Verdict
from probe.lab import Lab
from probe.lists import PAGED
from probe.table import ASSUMPTIONS, MOST, planned
from sandbox import Sandbox
from sandbox.recorded import Recorded
from source_clockify.config import ClockifyConfig

Change = Callable[[Any], Any]
Arrange = Callable[[Sandbox], object]

ENTRIES: Final = "user/[^/]+/time-entries"
UNKNOWN: Final = "0" * 24


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with as_assumed() as sandbox:
        yield sandbox


def altered(path: str, change: Change, query: str = "", body: str = "", **headers: str) -> Arrange:
    """Answers to a path are otherwise."""
    when = to(path, query, body)
    return lambda sandbox: sandbox.faults.add(kind="altered", alter=changed(change, **headers), times=None, when=when)


def refused(path: str, query: str = "", body: str = "", status: int = 400) -> Arrange:
    """A request to a path is refused."""
    when, said = to(path, query, body), {"message": "No", "code": 501}
    return lambda sandbox: sandbox.faults.add(status=status, body=said, times=None, when=when)


def of_user(status: str) -> Arrange:
    """The entries of those who have such an account are refused; of those who have left, without a status."""

    def arrange(sandbox: Sandbox) -> None:
        place = sandbox.world.workspace()
        for user in sandbox.world.removed_users(place.id) if not status else place.members:
            if not status or sandbox.world.accounts[user]["status"] == status:
                refused(f"user/{user}/time-entries", status=403)(sandbox)

    return arrange


def each(change: Callable[[Row], Row]) -> Change:
    return lambda rows: [change(row) for row in rows]


def in_report(change: Callable[[Row], Row]) -> Change:
    return lambda body: {**body, "timeentries": each(change)(body["timeentries"])}


def without(*names: str) -> Callable[[Row], Row]:
    return lambda row: {name: value for name, value in row.items() if name not in names}


def having(**fields: Any) -> Callable[[Row], Row]:
    return lambda row: {**row, **fields}


def times(number: int) -> Change:
    """A list with so many rows, each with an id of its own."""
    return lambda rows: [{**deepcopy(rows[0]), "id": f"{index:024x}"} for index in range(number)]


def report_of(number: int) -> Change:
    return lambda body: {**body, "timeentries": body["timeentries"][:1] * number}


def tasks_inside(sandbox: Sandbox) -> None:
    """A hydrated project has all its tasks."""
    tasks = sandbox.world.rows("tasks")

    def change(row: Row) -> Row:
        return {**row, "tasks": [task for task in tasks if task["projectId"] == row["id"]]}

    altered("/projects", each(change), "hydrated=true")(sandbox)


def done_tasks_in_projects_alone(sandbox: Sandbox) -> None:
    tasks_inside(sandbox)
    altered("/tasks", lambda rows: [row for row in rows if row["status"] != "DONE"])(sandbox)


def lacks(feature: str) -> Arrange:
    """The plan does not have it, and the answers are of another kind than a refusal by plan."""

    def arrange(sandbox: Sandbox) -> None:
        world, place = sandbox.world, sandbox.world.workspace()
        world.set_features(place.id, [one for one in place.row["features"] if one != feature])
        world.plan_refusal = 404

    return arrange


def as_instants(sandbox: Sandbox) -> None:
    """A window of time entries is taken literally: as the owner is behind UTC, the newest one is in it."""
    entries: list[Response] = []

    def alter(request: Recorded, response: Response) -> Response:
        if "start" not in request.query:
            entries[:] = [response]
            return response
        return entries[0]

    sandbox.faults.add(kind="altered", alter=alter, times=None, when=to(ENTRIES))


def summary(groups: list[Row]) -> Arrange:
    body = {"totals": [{"totalTime": 10}], "groupOne": groups}
    return lambda sandbox: sandbox.faults.add(body=body, status=200, times=None, when=to("reports/summary"))


def attendance(body: Row) -> Arrange:
    return lambda sandbox: sandbox.faults.add(body=body, status=200, times=None, when=to("reports/attendance"))


def reversed_rows(sandbox: Sandbox) -> None:
    sandbox.arrange = lambda _, rows: rows[::-1]


def attribute(name: str, value: object) -> Arrange:
    return lambda sandbox: setattr(sandbox if hasattr(sandbox, name) else sandbox.world, name, value)


DIFFERENT: Final[dict[str, Arrange]] = {
    **{f"{request.name}: a page": refused(re.sub(r"{\w+}", "[^/]+", request.endpoint.path)) for request in PAGED},
    "lists of the core API": attribute("last_page_header", None),
    "lists that are posted for": altered("/shared-reports", without("count")),
    "a list's total counts": altered("/expenses", lambda body: {"expenses": {**body["expenses"], "count": 99}}),
    "lists that are sorted by id": reversed_rows,
    "approval requests come in the order": reversed_rows,
    "a page of time entries has 5,000": lambda sandbox: sandbox.faults.add(
        body=times(5001)([{}]), status=200, times=None, when=to(ENTRIES, "page-size=5001")
    ),
    "pages may have any size": altered(ENTRIES, times(3), "page=2"),
    "`start` of a list": as_instants,
    "entries of accounts that are limited": of_user("LIMITED"),
    "entries of people who have left": of_user(""),
    "an entry that is not there": refused(f"time-entries/{UNKNOWN}", status=404),
    "a batch of entries": attribute("batch_refuses_unknown", True),
    "what is still running": attribute("report_shows_running", True),
    "the report of users that CONTAINS": altered("reports/detailed", report_of(0), body='"CONTAINS"'),
    "the report has earned and cost": altered("reports/detailed", in_report(without("costAmount"))),
    "the report has the values of custom": lambda sandbox: sandbox.faults.add(
        kind="altered",
        alter=changed(in_report(without("customFields"))),
        times=None,
        when=lambda request: request.path.endswith("reports/detailed") and b"isEmpty" not in request.body,
    ),
    "a page of the detailed report": lambda sandbox: sandbox.faults.add(
        body={"timeentries": [{"_id": "a"}] * 1001}, status=200, times=None, when=to("detailed", body="1001")
    ),
    "a report may be as long": refused("reports/detailed"),
    "the summary by user and month": summary([]),
    "the attendance report": attendance({"rows": []}),
    "a hydrated project has its custom": altered("/projects", each(without("customFields"))),
    "a hydrated project names its client": altered("/projects", each(without("clientName"))),
    "a project that is not hydrated": altered("/projects", each(without("clientName")), "hydrated=false"),
    "a hydrated project does not hold": tasks_inside,
    "a list of tasks": done_tasks_in_projects_alone,
    "custom fields of users": altered("/custom-fields", times(1)),
    "the feeds of changes take several": attribute("types_at_once", "refused"),
    "the feeds of changes take the newer": attribute("entity_types", ("TIME_ENTRY", "TASKS")),
    "a change tells": altered("entities/created", each(without("auditMetadata"))),
    "a page of the audit log": altered("/audit-log", times(51), body='"page-size": 100'),
    **{
        feature: lacks(feature)
        for feature in ("APPROVAL", "AUDIT_LOG", "CUSTOM_FIELDS", "EXPENSES", "INVOICING", "SCHEDULING", "TIME_OFF")
    },
    "ATTENDANCE_REPORT": refused("reports/attendance"),
    "no answer names a rate limit": altered("/users", each(having()), **{"X-RateLimit-Remaining": "29"}),
    "reports and audit log of a region": lambda sandbox: sandbox.faults.add(
        kind="html", times=None, when=to("/audit-log")
    ),
    "records have no field": altered("/tags", each(having(mood="fine"))),
    "fields have the types": altered("/tags", each(having(archived="no"))),
}
"""What makes an assumption fail, by the beginning of its claim."""


def assumption(beginning: str) -> Assumption:
    [found] = [one for one in ASSUMPTIONS if one.claim.startswith(beginning)]
    return found


def find(sandbox: Sandbox, beginning: str, **config: Any) -> Finding:
    """What is found of one assumption, by no more requests than it takes."""
    settings = {"api_key": sandbox.world.keys["owner"], "api_url": sandbox.url, **config}
    lab = Lab(ClockifyConfig.parse(settings), FastClock(), MOST, planned(is_free=False))
    lab.answer(USER_IDS)
    return assumption(beginning).find(lab)


def test_each_assumption_has_a_world_in_which_it_fails() -> None:
    assert {assumption(beginning).claim for beginning in DIFFERENT} == {one.claim for one in ASSUMPTIONS}


@pytest.mark.parametrize("beginning", DIFFERENT)
def test_it_differs(sandbox: Sandbox, beginning: str) -> None:
    DIFFERENT[beginning](sandbox)

    finding = find(sandbox, beginning)

    assert finding.verdict is Verdict.DIFFERS, finding.why
    assert finding.why
    assert assumption(beginning).otherwise


@pytest.mark.parametrize(
    ("beginning", "arrange", "why"),
    [
        ("clients: a page", lambda sandbox: setattr(sandbox, "page_cap", 7), "7 rows, and more"),
        ("user_groups: a page", altered("/user-groups", times(1001)), "1,001 rows"),
        ("lists that are sorted", altered("/tags|/projects|/users", lambda rows: rows[::-1]), "tags"),
        ("the summary", summary([{"children": [{"duration": 9}]}]), "not the same"),
        ("APPROVAL", refused("/approval-requests", status=403), "in it, and"),
        ("a batch of entries", altered("time-entries/batch", lambda rows: rows[:1]), "1 of 3"),
        ("a report may be as long", refused("reports/detailed"), "730 days are refused: 400 'No'"),
    ],
)
def test_it_says_how_it_differs(sandbox: Sandbox, beginning: str, arrange: Arrange, why: str) -> None:
    arrange(sandbox)

    finding = find(sandbox, beginning)

    assert finding.verdict is Verdict.DIFFERS
    assert why in finding.why


def test_a_feature_that_comes_as_an_empty_list_differs(sandbox: Sandbox) -> None:
    lacks("TIME_OFF")(sandbox)
    for path in ("/holidays", "/policies"):
        sandbox.faults.add(body=[], status=200, times=None, when=to(path))

    assert "empty list" in find(sandbox, "TIME_OFF").why


@pytest.mark.parametrize(
    ("beginning", "arrange", "why"),
    [
        ("invoices: a page", refused("/invoices", status=403), "not in the plan"),
        ("tags: a page", refused("/tags", status=500), "500"),
        ("`start` of a list", altered("/user", having(settings={"timeZone": "UTC"})), "in UTC"),
        ("entries of people who have left", altered("reports/detailed", report_of(0)), "nobody"),
        ("a hydrated project does not hold", altered("/projects", lambda _: []), "no project"),
        ("time_off_balances: a page", altered("/policies", lambda _: []), "no row of time_off_policies"),
        ("the feeds of changes take several", attribute("types_at_once", "first"), "did not come"),
        ("a page of the audit log", altered("/audit-log", lambda _: []), "not so many"),
        ("approval requests come", altered("/approval-requests", times(1)), "no two"),
    ],
)
def test_it_says_why_it_cannot_be_told(sandbox: Sandbox, beginning: str, arrange: Arrange, why: str) -> None:
    arrange(sandbox)

    finding = find(sandbox, beginning)

    assert finding.verdict is Verdict.UNKNOWN
    assert why in finding.why


def test_the_global_hosts_tell_nothing_of_regional_ones(sandbox: Sandbox) -> None:
    lab = Lab(ClockifyConfig.parse({"api_key": "a-key-that-is-not-used"}), FastClock(), MOST)

    finding = assumption("reports and audit log of a region").find(lab)

    assert finding.verdict is Verdict.UNKNOWN
    assert not sandbox.requests


def test_what_nobody_expected_of_an_answer_is_told_as_such(sandbox: Sandbox) -> None:
    altered(ENTRIES, each(having(timeInterval={"start": 7}, id=["odd"])))(sandbox)

    finding = find(sandbox, "a batch of entries")

    assert finding.verdict is Verdict.UNKNOWN
    assert finding.is_fault
