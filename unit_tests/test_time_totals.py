"""Clockify's own totals of users and months: whole months, asked for as often as the plan makes it necessary."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import WORKSPACE, Read, Row, answer, errors, rows, workspace

SUMMARY = f"https://reports.api.clockify.me/v1/workspaces/{WORKSPACE}/reports/summary"
NOTHING: Row = {"totals": [None], "groupOne": []}

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture(autouse=True)
def _plan(clockify: requests_mock.Mocker) -> None:
    answer(clockify, "/workspaces", [workspace(features=["ONE_YEAR_RANGE_REPORTS"])])


def month(name: Any, seconds: Any = 3600, **fields: Any) -> Row:
    return {"_id": name, "name": name, "duration": seconds, **fields}


def holding(clockify: requests_mock.Mocker, *users: Row, billable: tuple[Row, ...] = (), **around: Any) -> None:
    """These groups are in the window of November 2026, and those of the billable time; nothing is in the others."""

    def report(request: Any, _: Any) -> Row:
        body = request.json()
        if not body["dateRangeStart"] <= "2026-11" <= body["dateRangeEnd"]:
            return NOTHING
        return {"groupOne": list(billable)} if body.get("billable") else {"groupOne": list(users), **around}

    clockify.post(SUMMARY, json=report)


def asked(clockify: requests_mock.Mocker) -> list[Row]:
    sent = [request.json() for request in clockify.request_history if request.url == SUMMARY]
    return sorted(sent, key=lambda body: (str(body["dateRangeStart"]), "billable" in body))


def totals(output: EntrypointOutput) -> list[Row]:
    return rows(output, "time_totals")


def test_a_window_is_asked_for_as_a_whole_and_then_for_what_is_billable(
    clockify: requests_mock.Mocker, read: Read
) -> None:
    holding(clockify, {"_id": "u", "children": [month("2026-11")]})
    read("time_totals", start_date="2026-10-01")
    whole, billable, *others = asked(clockify)
    assert whole == {
        "dateRangeStart": "2026-10-01T00:00:00",
        "dateRangeEnd": "2027-09-30T23:59:59",
        "timeZone": "UTC",
        "exportType": "JSON",
        "users": {"contains": "CONTAINS", "ids": [], "status": "ALL"},
        "rounding": False,
        "amounts": ["EARNED", "COST", "PROFIT"],
        "summaryFilter": {"groups": ["USER", "MONTH"]},
    }
    assert billable == {**whole, "billable": True}
    assert not any("billable" in body for body in others), "where there is nothing"


@pytest.mark.parametrize(
    ("features", "start_date", "first", "number"),
    [
        (["ONE_YEAR_RANGE_REPORTS"], None, "2015-01-01", 14),
        (["UNLIMITED_REPORTS"], "2026-11-01", "2026-11-01", 2),
        (["UNLIMITED_REPORTS"], "2026-11-01T00:00:01Z", "2026-12-01", 1),
        (["UNLIMITED_REPORTS"], "2026-12-31T23:59:59Z", "2027-01-01", 1),
        (["ONE_MONTH_RANGE_REPORTS"], None, "2025-12-01", 13),
        (["ONE_MONTH_RANGE_REPORTS"], "2024-01-15", "2024-02-01", 35),
    ],
    ids=["all history", "the first of a month", "within one", "at its end", "free", "free, from a start date"],
)
def test_windows_hold_whole_months_as_many_as_the_plan_allows(
    features: list[str], start_date: str | None, first: str, number: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, "/workspaces", [workspace(features=features)])
    clockify.post(SUMMARY, json=NOTHING)
    read("time_totals", start_date=start_date)
    windows = [
        (datetime.fromisoformat(body["dateRangeStart"]), datetime.fromisoformat(body["dateRangeEnd"]))
        for body in asked(clockify)
    ]
    longest = 31 if "ONE_MONTH_RANGE_REPORTS" in features else 365
    assert f"{windows[0][0]:%Y-%m-%d}" == first
    assert all(
        (start.day, f"{start:%H:%M:%S}", f"{end:%H:%M:%S}") == (1, "00:00:00", "23:59:59") for start, end in windows
    )
    assert all((later[0] - earlier[1]).total_seconds() == 1 for earlier, later in pairwise(windows))
    assert all((end - start).days < longest for start, end in windows)
    assert windows[-1][1].isoformat() > ("2026-12-22" if longest == 31 else "2027-11-21")
    assert len(windows) == number


def test_a_row_has_the_time_and_amounts_of_a_user_and_month(clockify: requests_mock.Mocker, read: Read) -> None:
    amounts = [{"type": kind, "value": value} for kind, value in (("EARNED", 100.5), ("COST", 40), ("PROFIT", 60.5))]
    months = [month("2026-11", 5400, amounts=amounts, currency="EUR"), month("2026-12", 60, amount=7)]
    holding(
        clockify,
        {"_id": "u", "name": "Ann", "children": months},
        {"_id": "v", "children": [month("2026-11", 0)]},
        billable=({"_id": "u", "children": [month("2026-11", 1800)]},),
        groupTotals={"groupOneTotalCount": 2},
    )
    ann = {"workspaceId": WORKSPACE, "userId": "u", "userName": "Ann"}
    earned = {"earnedAmount": 100.5, "costAmount": 40, "profitAmount": 60.5, "currency": "EUR"}
    assert totals(read("time_totals", start_date="2026-10-01")) == [
        {**ann, "month": "2026-11", "seconds": 5400, "billableSeconds": 1800, **earned},
        {**ann, "month": "2026-12", "seconds": 60, "billableSeconds": 0, "earnedAmount": 7},
        {"workspaceId": WORKSPACE, "userId": "v", "month": "2026-11", "seconds": 0, "billableSeconds": 0},
    ]


@pytest.mark.parametrize(
    ("feature", "months", "left_out"),
    [
        ("ONE_YEAR_RANGE_REPORTS", ["2026-10", "2027-09", "2027-10"], 5),
        ("ONE_MONTH_RANGE_REPORTS", ["2026-10", "2026-11", "2026-12"], 9),
    ],
    ids=["of a year", "of a month"],
)
def test_a_month_outside_of_its_window_is_left_out_and_counted(
    feature: str, months: list[str], left_out: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    """It may be there in part, were entries split at midnight: its own window has it as a whole."""
    answer(clockify, "/workspaces", [workspace(features=[feature])])

    def report(request: Any, _: Any) -> Row:
        first, last = (request.json()[bound] for bound in ("dateRangeStart", "dateRangeEnd"))
        seconds = {name: 3600 if first <= f"{name}-01T00:00:00" <= last else 50 for name in ("2026-09", *months)}
        return {"groupOne": [{"_id": "u", "children": [month(name, told) for name, told in seconds.items()]}]}

    clockify.post(SUMMARY, json=report)
    output = read("time_totals", start_date="2026-10-01")
    found = [(row["month"], row["seconds"], row["billableSeconds"]) for row in totals(output)]
    assert found == [(name, 3600, 3600) for name in months]
    assert any(f"; left out {left_out} more rows" in m.log.message for m in output.logs if m.log)


@pytest.mark.parametrize(
    "name", ["2026-11", "2026-11-01", "2026-11-01T00:00:00+02:00", "November 2026", "Nov 2026", "11/2026"]
)
@pytest.mark.parametrize("key", ["_id", "name"])
def test_a_month_is_told_however_it_is_written(key: str, name: str, clockify: requests_mock.Mocker, read: Read) -> None:
    other = {"_id": None, "name": "nothing"}
    holding(clockify, {"_id": "u", "children": [{**other, key: name, "duration": 60}]})
    [total] = totals(read("time_totals", start_date="2026-10-01"))
    assert (total["month"], total["seconds"]) == ("2026-11", 60)


@pytest.mark.parametrize(
    ("users", "around", "words"),
    [
        ([{"_id": "u", "children": [month("soon")]}], {}, "tells no month"),
        ([{"_id": "u", "children": [month(202611)]}], {}, "tells no month"),
        ([{"_id": "u", "children": [month("2026-13")]}], {}, "tells no month"),
        ([{"_id": "u", "children": [month("2026-11"), month("2026-11-15")]}], {}, "one that came before"),
        ([{"_id": None, "children": [month("2026-11")]}], {}, "has no id"),
        ([{"_id": "u", "duration": 60}], {}, "not of the expected shape"),
        ([{"_id": "u", "duration": 60, "children": None}], {}, "not of the expected shape"),
        ([{"_id": "u", "children": {}}], {}, "not of the expected shape"),
        ([{"_id": "u", "children": [None]}], {}, "not of the expected shape"),
        ([{"_id": "u", "children": []}], {"groupTotals": {"groupOneTotalCount": 2}}, "has 2 rows, and ends after 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_told_or_is_missing_fails_the_stream(
    users: list[Row], around: Row, words: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    holding(clockify, *users, **around)
    output = read("time_totals", failing=True, start_date="2026-10-01")
    assert totals(output) == []
    assert words in errors(output)[0]
    assert output.get_stream_statuses("time_totals")[-1] == AirbyteStreamStatus.INCOMPLETE


@pytest.mark.parametrize("nothing", [{}, {"children": None}, {"children": []}, {"duration": 0}], ids=str)
def test_a_user_without_months_has_no_row_and_the_others_have_theirs(
    nothing: Row, clockify: requests_mock.Mocker, read: Read
) -> None:
    users = [{"_id": "v", **nothing}, {"_id": "u", "children": [month("2026-11")]}]
    holding(clockify, *users, billable=tuple(users))
    assert [row["userId"] for row in totals(read("time_totals", start_date="2026-10-01"))] == ["u"]


@pytest.mark.parametrize("odd", [None, "60", [], {}, True], ids=str)
def test_a_number_that_is_none_is_null(odd: Any, clockify: requests_mock.Mocker, read: Read) -> None:
    group = month("2026-11", odd, amounts=[None, odd, {"type": "COST", "value": odd}], amount=odd)
    holding(clockify, {"_id": "u", "name": odd, "children": [group, month("2026-12", odd, amounts=odd, amount=odd)]})
    found = totals(read("time_totals", start_date="2026-10-01"))
    assert [row["month"] for row in found] == ["2026-11", "2026-12"]
    assert all(row.get(name) is None for row in found for name in ("seconds", "costAmount", "earnedAmount"))
