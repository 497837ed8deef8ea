"""The attendance report: whole days, whatever the look-back and the start date."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import pytest
import requests
import requests_mock

from source_clockify.api.page import Page
from source_clockify.streams.reports import AttendanceReport
from unit_tests.conftest import WORKSPACE, Read, Row, answer, kept, rows, saved, workspace

ATTENDANCE = f"https://reports.api.clockify.me/v1/workspaces/{WORKSPACE}/reports/attendance"

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture(autouse=True)
def _plan(clockify: requests_mock.Mocker) -> None:
    answer(clockify, "/workspaces", [workspace(features=["ATTENDANCE_REPORT", "ONE_YEAR_RANGE_REPORTS"])])


def holding(clockify: requests_mock.Mocker, *days: str) -> None:
    """One user was there on these days: the host answers those up to the end of what it is asked for."""

    def report(request: Any, context: Any) -> Row:
        body = request.json()
        context.headers["Last-Page"] = "true"
        inside = [day for day in days if day == "sometime" or day <= body["dateRangeEnd"][:10]]
        return {"entities": [{"userId": "u", "date": day} for day in inside]}

    clockify.post(ATTENDANCE, json=report)


def bodies(clockify: requests_mock.Mocker) -> list[Row]:
    sent = [request.json() for request in clockify.request_history if request.url == ATTENDANCE]
    return sorted(sent, key=lambda body: str(body["dateRangeStart"]))


def test_the_report_is_asked_for_by_days_with_everybody_in_it(clockify: requests_mock.Mocker, read: Read) -> None:
    holding(clockify)
    read("attendance_report", start_date="2026-11-20")
    assert bodies(clockify)[0] == {
        "dateRangeStart": "2026-11-20T00:00:00",
        "dateRangeEnd": "2027-11-19T23:59:59",
        "timeZone": "UTC",
        "exportType": "JSON",
        "users": {"contains": "CONTAINS", "ids": [], "status": "ALL"},
        "sortOrder": "ASCENDING",
        "attendanceFilter": {"page": 1, "pageSize": 1000, "sortColumn": "DATE"},
    }


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ({}, "2015-01-01T00:00:00"),
        ({"start_date": "2026-03-04T15:30:00Z"}, "2026-03-04T00:00:00"),
        ({"start_date": "2026-03-04T23:00:00-05:00"}, "2026-03-05T00:00:00"),
        ({"state": "2026-11-20T09:45:01.250Z"}, "2026-11-09T00:00:00"),
        ({"state": "2026-11-20T09:45:01.250Z", "start_date": "2026-11-15T12:00:00Z"}, "2026-11-15T00:00:00"),
    ],
    ids=["all history", "start date", "start date elsewhere", "look-back", "start date within the look-back"],
)
@pytest.mark.parametrize("features", [["UNLIMITED_REPORTS"], ["ONE_MONTH_RANGE_REPORTS"]], ids=str)
def test_windows_begin_at_midnight(
    options: dict[str, str], first: str, features: list[str], clockify: requests_mock.Mocker, read: Read
) -> None:
    """A day that is read in part would overwrite the whole one."""
    answer(clockify, "/workspaces", [workspace(features=["ATTENDANCE_REPORT", *features])])
    holding(clockify)
    state = saved({"readAt": options["state"]}) if "state" in options else None
    read("attendance_report", start_date=options.get("start_date"), state=state, lookback_days=10)
    bounds = [
        (datetime.fromisoformat(b["dateRangeStart"]), datetime.fromisoformat(b["dateRangeEnd"]))
        for b in bodies(clockify)
    ]
    assert {(f"{start:%H:%M:%S}", f"{end:%H:%M:%S}") for start, end in bounds} == {("00:00:00", "23:59:59")}
    if options or "UNLIMITED_REPORTS" in features:
        assert bounds[0][0].isoformat() == first


def test_the_day_of_the_start_date_is_read_whole_and_none_before_it(clockify: requests_mock.Mocker, read: Read) -> None:
    holding(clockify, "2026-11-14", "2026-11-15", "2026-11-16", "sometime")
    output = read("attendance_report", start_date="2026-11-15T18:00:00Z")
    assert {row["date"] for row in rows(output, "attendance_report")} == {"2026-11-15", "2026-11-16", "sometime"}


@pytest.mark.parametrize(
    ("sent", "day"),
    [("2026-11-20", "2026-11-20"), ("2026-11-20T00:00:00Z", "2026-11-20"), ("2026-11-20T00:00:00+02:00", "2026-11-20")],
)
def test_a_day_is_a_date_however_it_is_written(sent: str, day: str, clockify: requests_mock.Mocker, read: Read) -> None:
    holding(clockify, sent)
    [row, *_] = rows(read("attendance_report", start_date="2026-01-01"), "attendance_report")
    assert row["date"] == day


def test_state_is_the_time_of_the_sync(clockify: requests_mock.Mocker, read: Read) -> None:
    holding(clockify, "2026-11-20")
    output = read("attendance_report", state=saved({"readAt": "2026-11-20T00:00:00.000Z"}))
    assert kept(output) == {"readAt": "2026-11-22T12:00:00.000Z"}
    assert rows(output, "attendance_report")[0]["syncedAt"] == "2026-11-22T12:00:00.000Z"


def test_a_year_of_some_thousand_people_is_a_list_that_ends() -> None:
    """Pages of a thousand rows, more than a list that tells no length usually has."""
    days = 1_050_000

    def fetch(place: Mapping[str, Any]) -> Page:
        first = (place["page"] - 1) * place["pageSize"]
        numbers = range(first, min(first + place["pageSize"], days))
        response = requests.Response()
        response._content = orjson.dumps({"entities": [{"userId": "u", "date": str(number)} for number in numbers]})
        response.headers["Last-Page"] = str(numbers.stop == days).lower()
        return AttendanceReport.endpoint.page(response)

    assert sum(len(page.new) for page in AttendanceReport.endpoint.pages(fetch)) == days
