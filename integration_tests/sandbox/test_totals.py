"""The reports that sum time entries up."""

from datetime import UTC, datetime, timedelta

import pytest

from integration_tests.sandbox.conftest import ATTENDANCE, Ask, first_user
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
