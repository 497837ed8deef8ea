"""Windows of the reports, and where their pages end."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests_mock

from unit_tests.conftest import NOW, WORKSPACE, Read, Row, answer, errors, kept, rows, saved, workspace

DETAILED = f"https://reports.api.clockify.me/v1/workspaces/{WORKSPACE}/reports/detailed"
EXPENSES = f"https://reports.api.clockify.me/v1/workspaces/{WORKSPACE}/reports/expenses/detailed"
EVERYBODY = {
    "dateRangeStart": "2026-11-20T00:00:00",
    "dateRangeEnd": "2026-12-20T23:59:59",
    "timeZone": "UTC",
    "exportType": "JSON",
    "users": {"contains": "CONTAINS", "ids": [], "status": "ALL"},
    "sortOrder": "ASCENDING",
}
NOTHING = {"timeentries": [], "totals": [None]}

pytestmark = pytest.mark.usefixtures("at_noon")


def entry(number: int, start: str = "2026-11-01T08:00:00Z") -> Row:
    return {"_id": f"e{number}", "timeInterval": {"start": start, "end": start, "duration": 0}}


def bodies(clockify: requests_mock.Mocker, url: str) -> list[Row]:
    sent = [json.loads(request.body) for request in clockify.request_history if request.url == url]
    return sorted(sent, key=lambda body: str(body.get("dateRangeStart") or body.get("start")))


def windows(clockify: requests_mock.Mocker) -> list[tuple[datetime, datetime]]:
    return [
        (datetime.fromisoformat(body["dateRangeStart"]), datetime.fromisoformat(body["dateRangeEnd"]))
        for body in bodies(clockify, DETAILED)
    ]


@pytest.mark.parametrize(
    ("features", "start_date", "first", "days"),
    [
        (["ONE_MONTH_RANGE_REPORTS"], None, "2025-11-22T12:00:00", 31),
        ([], None, "2025-11-22T12:00:00", 31),
        (["ONE_YEAR_RANGE_REPORTS"], None, "2015-01-01T00:00:00", 365),
        (["UNLIMITED_REPORTS", "ONE_MONTH_RANGE_REPORTS"], None, "2015-01-01T00:00:00", 365),
        # One window ends where the sync begins, and so the next one a second before what lies a year ahead.
        (["UNLIMITED_REPORTS"], "2025-11-22T12:00:00Z", "2025-11-22T12:00:00", 365),
    ],
)
def test_windows_are_as_long_as_the_plan_allows(
    features: list[str], start_date: str | None, first: str, days: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, "/workspaces", [workspace(features=features)])
    clockify.post(DETAILED, json=NOTHING)
    output = read("time_entry_report", start_date=start_date)
    asked = windows(clockify)
    assert asked[0][0].isoformat() == first
    assert all(end - start == timedelta(days=days, seconds=-1) for start, end in asked)
    assert all(later[0] - earlier[1] == timedelta(seconds=1) for earlier, later in pairwise(asked))
    assert asked[-1][0] <= NOW.replace(tzinfo=None) + timedelta(days=days) <= asked[-1][1]
    warned = any(m.log and "limits reports to 31 days" in m.log.message for m in output.logs)
    assert warned is (days == 31)


def test_the_report_is_asked_for_in_utc_with_everybody_in_it(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.post(DETAILED, json=NOTHING)
    read("time_entry_report", start_date="2026-11-20")
    [body, *_] = bodies(clockify, DETAILED)
    amounts = {"amounts": ["EARNED", "COST", "PROFIT"]}
    assert body == {**EVERYBODY, **amounts, "detailedFilter": {"page": 1, "pageSize": 1000, "sortColumn": "ID"}}


def test_the_expense_report_is_asked_for_in_the_same_way(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.post(EXPENSES, json={"expenses": [], "totals": {"expensesCount": 0}})
    read("expense_report", start_date="2026-11-20")
    [body, *_] = bodies(clockify, EXPENSES)
    assert body == {**EVERYBODY, "page": 1, "pageSize": 1000, "sortColumn": "ID"}


def test_the_totals_end_a_report(clockify: requests_mock.Mocker, read: Read) -> None:
    totals = [{"entriesCount": 3}]
    pages = [[entry(1), entry(2)], [entry(3)]]

    def detailed(request: Any, _: Any) -> Row:
        body = request.json()
        if body["dateRangeStart"] != "2026-11-01T00:00:00":
            return NOTHING
        return {"timeentries": pages[body["detailedFilter"]["page"] - 1], "totals": totals}

    clockify.post(DETAILED, json=detailed)
    output = read("time_entry_report", start_date="2026-11-01")
    assert [row["id"] for row in rows(output, "time_entry_report")] == ["e1", "e2", "e3"]
    assert [body["detailedFilter"]["page"] for body in bodies(clockify, DETAILED)[:2]] == [1, 2]


@pytest.mark.parametrize(
    ("invoicing", "info"),
    [
        ({}, None),
        ({"invoicingInfo": None}, None),
        ({"invoicingInfo": []}, None),
        ({"invoicingInfo": {"manuallyInvoiced": True}}, {"manuallyInvoiced": True}),
        ({"invoicingInfo": [{"invoiceId": "i1"}]}, {"invoiceId": "i1"}),
    ],
    ids=["absent", "null", "an empty list", "an object", "a list"],
)
def test_what_is_known_of_an_invoice_is_one_object(
    invoicing: Row, info: Row | None, clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.post(DETAILED, json={"timeentries": [entry(1) | invoicing], "totals": [{"entriesCount": 1}]})
    output = read("time_entry_report", start_date="2026-10-30")
    assert rows(output, "time_entry_report")[0].get("invoicingInfo") == info


@pytest.mark.parametrize(
    "body",
    [
        {"timeEntries": [entry(1)]},
        {"timeentries": None, "timeEntries": [entry(1)]},
        {"timeentries": [entry(1)], "timeEntries": [entry(1)]},
    ],
    ids=["as documented", "both, one null", "both"],
)
def test_a_report_may_name_its_rows_as_the_documentation_does(
    body: Row, clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.post(DETAILED, json=body, headers={"last-page": "true"})
    output = read("time_entry_report", start_date="2026-10-30")
    assert {row["id"] for row in rows(output, "time_entry_report")} == {"e1"}


def test_a_report_goes_on_from_its_look_back(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.post(DETAILED, json=NOTHING)
    earlier = saved({"readAt": "2026-11-20T00:00:00.000Z"})
    output = read("time_entry_report", state=earlier, lookback_days=10)
    assert windows(clockify)[0][0].isoformat() == "2026-11-09T00:00:00"
    assert kept(output) == {"readAt": "2026-11-22T12:00:00.000Z"}


@pytest.mark.parametrize("stream", ["time_entry_report", "expense_report"])
def test_a_report_of_which_a_window_fails_is_read_again_whole(
    stream: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    """Though so much was read of the windows before that state could be published."""

    def report(request: Any, context: Any) -> Row:
        body = request.json()
        start = body["dateRangeStart"]
        if start > "2020":
            context.status_code = 400
            return {"message": "Report failed", "code": 501}
        note = "x" * 10_000
        return {
            "timeentries": [{**entry(1, f"{start}Z"), "_id": start, "description": note}],
            "expenses": [{"id": start, "date": f"{start}Z", "notes": note}],
            "totals": [{"entriesCount": 1}] if stream == "time_entry_report" else {"expensesCount": 1},
        }

    answer(clockify, "/workspaces", [workspace(features=["UNLIMITED_REPORTS", "EXPENSES"])])
    clockify.post(DETAILED if stream == "time_entry_report" else EXPENSES, json=report)
    output = read(stream, failing=True)
    assert [row["id"][:4] for row in rows(output, stream)] == ["2015", "2016", "2016", "2017", "2018", "2019"]
    assert "Report failed" in errors(output)[0]
    assert kept(output) is None


@pytest.mark.parametrize("stream", ["expense_report", "attendance_report", "audit_log"])
def test_a_plan_that_lacks_it_costs_one_request(stream: str, clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, "/workspaces", [workspace(features=["TIME_TRACKING"])])
    refused = clockify.post(requests_mock.ANY, status_code=403, json={"message": "Upgrade", "code": 501})
    output = read(stream, num_workers=10)
    assert refused.call_count == 1
    assert sum(m.log.level.value == "WARN" for m in output.logs if m.log) == 1
    assert sum("not in the plan" in m.log.message for m in output.logs if m.log) == 1
    assert kept(output) is None
