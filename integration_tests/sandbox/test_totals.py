"""The reports that sum time entries up."""

from datetime import UTC, datetime, timedelta

import pytest

from integration_tests.sandbox.conftest import ATTENDANCE, SUMMARY, Ask, Row, first_user
from sandbox import Sandbox, World

HOUR = timedelta(hours=1)
DAY_OF_WORK = datetime(2027, 11, 9, 9, tzinfo=UTC)


@pytest.fixture
def worker(world: World) -> str:
    """Somebody who works nine hours on a day ahead, with half an hour's break, and has the next day off."""
    user = first_user(world, "ACTIVE", "ACTIVE")
    for start, hours, kind in ((0, 4, "REGULAR"), (4, 0.5, "BREAK"), (4.5, 5, "REGULAR"), (24, 8, "TIME_OFF")):
        begin = DAY_OF_WORK + start * HOUR
        world.add_time_entry(user, begin, begin + hours * HOUR, type=kind)
    return user


def test_attendance_sums_up_each_day(world: World, report: Ask, worker: str) -> None:
    answer = report(ATTENDANCE, dateRangeStart="2027-11-01T00:00:00")
    assert answer.headers["Last-Page"] == "true"
    first, second = answer.json()["entities"]
    assert first == {
        "userName": world.accounts[worker]["name"],
        "userId": worker,
        "imageUrl": "",
        "date": "2027-11-09",
        "startTime": "2027-11-09T09:00:00Z",
        "endTime": "2027-11-09T18:30:00Z",
        "break": 1800,
        "totalDuration": 32400,
        "capacity": 28800,
        "overtime": 3600,
        "remainingCapacity": 0,
        "timeOff": 0,
        "hasRunningEntry": False,
    }
    assert [second[name] for name in ("date", "totalDuration", "remainingCapacity", "timeOff")] == [
        "2027-11-10",
        0,
        28800,
        28800,
    ]


def test_attendance_of_a_timer_and_of_days_with_time_off(world: World, report: Ask, worker: str) -> None:
    world.start_timer(worker, DAY_OF_WORK + 48 * HOUR)
    rows = report(ATTENDANCE, dateRangeStart="2027-11-01T00:00:00").json()["entities"]
    assert [(row["hasRunningEntry"], row["endTime"]) for row in rows[2:]] == [(True, None)]
    only_off = {"attendanceFilter": {"page": 1, "pageSize": 1000, "hasTimeOff": True}}
    rows = report(ATTENDANCE, dateRangeStart="2027-11-01T00:00:00", **only_off).json()["entities"]
    assert [row["date"] for row in rows] == ["2027-11-10"]


def test_a_day_is_one_of_the_zone_and_read_in_part_if_the_range_cuts_it(report: Ask, worker: str) -> None:
    rows = report(ATTENDANCE, dateRangeStart="2027-11-01T00:00:00", timeZone="Asia/Tokyo").json()["entities"]
    assert [(row["date"], row["totalDuration"]) for row in rows] == [("2027-11-09", 32400), ("2027-11-10", 0)]
    [row, _] = report(ATTENDANCE, dateRangeStart="2027-11-09T12:00:00").json()["entities"]
    assert (row["date"], row["totalDuration"]) == ("2027-11-09", 18000)


def test_attendance_of_everybody_is_the_worlds(world: World, sandbox: Sandbox, report: Ask) -> None:
    sandbox.page_cap = None
    rows = report(ATTENDANCE, users={"status": "ALL"}).json()["entities"]
    expected = world.rows("attendance_report")
    assert sorted(rows, key=str) == sorted(expected, key=str)
    assert len(rows) > 200


def test_a_plan_may_lack_attendance(world: World, report: Ask) -> None:
    world.set_features(world.workspaces[0].id, ["TIME_TRACKING", "UNLIMITED_REPORTS"])
    assert report(ATTENDANCE).status_code == 403
    assert world.rows("attendance_report") == []


BY_MONTH = {"summaryFilter": {"groups": ["USER", "MONTH"]}, "rounding": False, "dateRangeStart": "2027-11-01T00:00:00"}


def test_a_summary_has_groups_within_groups(world: World, report: Ask, worker: str) -> None:
    rates: Row = {"hourlyRate": {"amount": 6000, "currency": "USD"}, "costRate": {"amount": 2500, "currency": "USD"}}
    begin = datetime(2027, 11, 30, 23, tzinfo=UTC)
    world.add_time_entry(worker, begin, begin + 2 * HOUR, billable=False, **rates)
    world.add_time_entry(worker, begin + 2 * HOUR, begin + 3 * HOUR, **rates)
    answer = report(SUMMARY, **BY_MONTH, amounts=["EARNED", "COST"]).json()
    [user], [totals] = answer["groupOne"], answer["totals"]
    assert (user["_id"], user["name"]) == (worker, world.accounts[worker]["name"])
    assert answer["groupTotals"] == {"groupOneTotalCount": 1}
    assert (totals["totalTime"], totals["totalBillableTime"], totals["entriesCount"]) == (73800, 66600, 6)
    assert [(month["_id"], month["duration"]) for month in user["children"]] == [("2027-11", 70200), ("2027-12", 3600)]
    assert user["children"][1]["amounts"] == [{"type": "EARNED", "value": 6000}, {"type": "COST", "value": 2500}]
    [user] = report(SUMMARY, **BY_MONTH, billable=True).json()["groupOne"]
    assert [month["duration"] for month in user["children"]] == [63000, 3600]


def test_a_summary_rounds_unless_told_not_to(world: World, report: Ask, worker: str) -> None:
    world.add_time_entry(worker, DAY_OF_WORK - 48 * HOUR, DAY_OF_WORK - 48 * HOUR + timedelta(minutes=9))
    lengths = [
        report(SUMMARY, **BY_MONTH | told).json()["groupOne"][0]["duration"] for told in ({}, {"rounding": True})
    ]
    assert lengths == [63000 + 540, 63000 + 900]


def test_a_summary_names_months_as_it_is_told_and_shows_timers_if_it_is(world: World, report: Ask, worker: str) -> None:
    world.start_timer(worker, DAY_OF_WORK + 30 * 24 * HOUR)
    world.report_months = "%B %Y"

    def months() -> list[tuple[str, int]]:
        [user] = report(SUMMARY, **BY_MONTH).json()["groupOne"]
        return [(month["name"], month["duration"]) for month in user["children"]]

    assert months() == [("November 2027", 63000)]
    world.report_shows_running = True
    assert months() == [("November 2027", 63000), ("December 2027", 0)]


@pytest.mark.parametrize("groups", [[], ["USER"] * 4, ["USER", "MOOD"]], ids=str)
def test_refused_groups(report: Ask, groups: list[str]) -> None:
    assert report(SUMMARY, **BY_MONTH | {"summaryFilter": {"groups": groups}}).json()["code"] == 3002


def test_the_summary_of_nothing(report: Ask) -> None:
    window = {"dateRangeStart": "2016-01-01T00:00:00", "dateRangeEnd": "2016-01-31T23:59:59"}
    answer = report(SUMMARY, **BY_MONTH | window).json()
    assert (answer["groupOne"], answer["totals"]) == ([], [None])
