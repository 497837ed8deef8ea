"""Reports on time entries and expenses."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from requests import Response

from integration_tests.sandbox.conftest import ATTENDANCE, DETAILED, EXPENSES, Ask, Row, first_user
from sandbox import Sandbox, World

HOUR = timedelta(hours=1)


def entries_of(answer: Response) -> dict[str, Row]:
    return {row["_id"]: row for row in answer.json()["timeentries"]}


def test_a_detailed_report_tells_its_length_in_its_totals(world: World, sandbox: Sandbox, report: Ask) -> None:
    answer, rows = report(users={"status": "ALL"}), world.rows("time_entry_report", world.workspaces[0].id)
    [totals] = answer.json()["totals"]
    assert len(entries_of(answer)) == 7
    assert totals["entriesCount"] == len(rows)
    assert totals["totalTime"] == sum(row["timeInterval"]["duration"] for row in rows)
    assert answer.headers["Last-Page"] == "false"
    assert "totals" not in report(detailedFilter={"options": {"totals": "EXCLUDE"}}).json()
    nothing = report(dateRangeStart="2016-01-01T00:00:00", dateRangeEnd="2016-01-02T00:00:00").json()
    assert nothing == {"totals": [None], "timeentries": []}


def test_amounts_are_those_that_are_wanted_by_name(world: World, report: Ask) -> None:
    user, start = world.rows("users")[0]["id"], datetime(2027, 11, 9, 12, tzinfo=UTC)
    rates: Row = {"hourlyRate": {"amount": 6000, "currency": "EUR"}, "costRate": {"amount": 2500, "currency": "EUR"}}
    entry = world.add_time_entry(user, start, start + HOUR / 2, **rates)
    wanted = ["EARNED", "COST", "PROFIT"]
    answer = report(dateRangeStart="2027-11-01T00:00:00", amounts=wanted)
    row, [totals] = entries_of(answer)[entry], answer.json()["totals"]
    amounts = [{"type": kind, "value": value} for kind, value in zip(wanted, (3000, 1250, 1750), strict=True)]
    assert row["amounts"] == totals["amounts"] == amounts
    assert [row[name] for name in ("earnedRate", "earnedAmount", "costRate", "costAmount")] == [6000, 3000, 2500, 1250]
    assert report(amounts=["GAINED"]).json()["code"] == 3002


def test_rows_as_the_documentation_has_them(world: World, sandbox: Sandbox, report: Ask) -> None:
    sandbox.page_cap, world.report_shape = None, "documented"
    rows = report(users={"status": "ALL"}).json()["timeEntries"]
    assert {row["_id"] for row in rows} == {
        row["_id"] for row in world.rows("time_entry_report", world.workspaces[0].id)
    }
    assert not {"type", "tagIds", "invoicingInfo", "amount", "currency", "isLocked"} & rows[0].keys()


def test_rows_as_they_were_recorded(world: World, sandbox: Sandbox, report: Ask) -> None:
    sandbox.page_cap, world.report_shape = None, "recorded"
    rows = report().json()["timeentries"]
    assert all("tags" not in row and "customFields" not in row and "locked" not in row for row in rows)
    assert {type(row.get("invoicingInfo", "absent")) for row in rows} == {dict, list, str}
    assert {row.get("taskName", "absent") is None for row in rows} == {False}
    assert {type(row["tagIds"]) for row in rows} == {list, type(None)}
    assert {type(row["amount"]) for row in rows} == {float, type(None)}
    assert all(row["timeInterval"]["start"].endswith("+00:00") for row in rows)


def test_an_expense_report_tells_it_like_other_lists_too(world: World, report: Ask) -> None:
    answers = [report(EXPENSES, page=page) for page in (1, 3)]
    assert [answer.headers["Last-Page"] for answer in answers] == ["false", "true"]
    assert {answer.json()["totals"]["expensesCount"] for answer in answers} == {len(world.rows("expenses"))}


@pytest.mark.parametrize("path", [DETAILED, EXPENSES, ATTENDANCE])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"size": 1001}, 501),
        ({"timeZone": "Mars/Olympus"}, 501),
        ({"dateRangeStart": None}, 3001),
        ({"dateRangeEnd": "today"}, 3002),
        ({"exportType": "PDF"}, 3002),
        ({"sortOrder": "UP"}, 3002),
        ({"users": {"status": "GONE"}}, 3002),
    ],
)
def test_refused_reports(report: Ask, path: str, body: dict[str, Any], code: int) -> None:
    answer = report(path, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("UTC", "Z"), ("Asia/Tokyo", "+09:00"), (None, "-08:00")],
    ids=["UTC", "Tokyo", "the account's"],
)
def test_dates_are_wall_clock_and_inclusive(world: World, report: Ask, zone: str | None, offset: str) -> None:
    user, noon = world.rows("users")[0]["id"], datetime(2027, 11, 9, 12, tzinfo=ZoneInfo(zone or "America/Los_Angeles"))
    starts = [noon + timedelta(seconds=seconds) for seconds in (-1, 0, 60, 61)]
    entries = [world.add_time_entry(user, start, start + HOUR) for start in starts]
    rows = entries_of(report(dateRangeStart="2027-11-09T12:00:00Z", dateRangeEnd="2027-11-09T12:01:00", timeZone=zone))
    assert rows.keys() == set(entries[1:3])
    start = f"2027-11-09T12:00:00{offset}"
    assert rows[entries[1]]["timeInterval"] == {"start": start, "end": start.replace("T12", "T13"), "duration": 3600}


def test_former_members_are_shown_only_if_asked_for(world: World, sandbox: Sandbox, report: Ask) -> None:
    sandbox.page_cap = None
    acme, former = world.workspaces[0], first_user(world, "ACTIVE", "INACTIVE")

    def users(**asked: Any) -> set[str]:
        return {row["userId"] for row in entries_of(report(users=asked)).values()}

    current = {user for user, row in acme.members.items() if row["membershipStatus"] == "ACTIVE"}
    assert users() == users(status="ACTIVE_WITH_PENDING") == current
    assert users(status="INACTIVE") == acme.timelines.keys() & acme.members.keys() - current
    assert users(status="ALL") == users(status="ALL", ids=[]) == set(acme.timelines)
    assert users(status="ALL", ids=[former], contains="CONTAINS") == {former}
    assert users(status="ALL", ids=[former], contains="DOES_NOT_CONTAIN") == acme.timelines.keys() - {former}


def test_running_entries_are_left_out_unless_told(world: World, sandbox: Sandbox, report: Ask) -> None:
    sandbox.page_cap = None
    timer = world.start_timer(first_user(world, "ACTIVE", "ACTIVE"))
    assert timer not in entries_of(report())
    world.report_shows_running = True
    interval = entries_of(report())[timer]["timeInterval"]
    assert interval == {"start": "2026-11-20T10:30:00Z", "end": None, "duration": 0}
    assert timer in {row["_id"] for row in world.rows("time_entry_report")}


@pytest.mark.parametrize(("shown", "rate"), [(None, 6000), ("EARNED", 6000), ("COST", 2500), ("PROFIT", 3500)])
def test_names_amounts_and_the_approval(world: World, report: Ask, shown: str | None, rate: int) -> None:
    user, start = world.rows("users")[0], datetime(2027, 11, 9, 12, tzinfo=UTC)
    project = next(row for row in world.rows("projects") if row["clientId"])
    tag = world.rows("tags")[0]
    links = {"projectId": project["id"], "tagIds": [tag["id"]], "hourlyRate": {"amount": 6000, "currency": "EUR"}}
    entry = world.add_time_entry(
        user["id"], start, start + HOUR / 2, costRate={"amount": 2500, "currency": "EUR"}, **links
    )
    request = world.submit_approval(user["id"], start, start + HOUR)
    answer = report(dateRangeStart="2027-11-01T00:00:00", amountShown=shown)
    row = entries_of(answer)[entry]
    assert (row["rate"], row["amount"]) == (rate, rate / 2)
    assert "earnedAmount" not in row
    assert (row["userName"], row["projectName"]) == (user["name"], project["name"])
    assert (row["clientId"], row["clientName"]) == (project["clientId"], project["clientName"])
    assert (row["tags"], row["currency"]) == ([{"_id": tag["id"], "name": tag["name"]}], "EUR")
    assert row["approvalRequestId"] == request
    assert answer.json()["totals"][0]["amounts"] == [{"type": shown or "EARNED", "value": rate / 2}]
    world.reject(request)
    assert entries_of(report(dateRangeStart="2027-11-01T00:00:00"))[entry]["approvalRequestId"] is None
