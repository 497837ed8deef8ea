"""From when on the incremental streams are read: the start date or the look-back, whichever is later."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, answer, kept, rows, saved, workspace

REPORTS = f"https://reports.api.clockify.me/v1/workspaces/{WORKSPACE}/reports"
TOTALS = f"{HOST}/workspaces/{WORKSPACE}/scheduling/assignments"
READ_AT = {"readAt": "2026-11-20T00:00:00.000Z"}
STREAMS = ("time_entries", "assignments", "time_entry_report", "expense_report")


def starting(stream: str, starts: list[str]) -> list[Row]:
    """Rows of a stream, as the API gives them, that start then, as their ids tell."""
    key = "_id" if stream == "time_entry_report" else "id"
    interval = "period" if stream == "assignments" else "timeInterval"
    return [
        {key: f"from {start}", **({"date": start} if stream == "expense_report" else {interval: {"start": start}})}
        for start in starts
    ]


@pytest.fixture(params=STREAMS)
def stream(request: pytest.FixtureRequest, at_noon: None, clockify: requests_mock.Mocker) -> str:
    """One of the streams, whose list is empty; its workspace may have reports of a year."""
    answer(clockify, "/workspaces", [workspace(features=["SCHEDULING", "EXPENSES", "ONE_YEAR_RANGE_REPORTS"])])
    holding(clockify, [])
    return str(request.param)


def holding(clockify: requests_mock.Mocker, starts: list[str]) -> None:
    """Let each list have rows that start then; a report those of what it is asked for, and of the day before."""

    def report(request: Any, _: Any) -> Row:
        body = request.json()
        first = datetime.fromisoformat(body["dateRangeStart"]) - timedelta(days=1)
        inside = [start for start in starts if first.isoformat() <= start[:19] <= body["dateRangeEnd"]]
        totals: Any = {"expensesCount": len(inside)} if "expenses" in request.path else [{"entriesCount": len(inside)}]
        lists = {"timeentries": "time_entry_report", "expenses": "expense_report"}
        return {"totals": totals} | {key: starting(stream, inside) for key, stream in lists.items()}

    base = f"/workspaces/{WORKSPACE}"
    answer(clockify, f"{base}/users", [{"id": "u"}])
    answer(clockify, f"{base}/user/u/time-entries", starting("time_entries", starts))
    answer(clockify, f"{base}/scheduling/assignments/all", starting("assignments", starts))
    for path in ("detailed", "expenses/detailed"):
        clockify.post(f"{REPORTS}/{path}", json=report)


def state_of(stream: str, **fields: str) -> Row:
    """The state of a sync of 20 November."""
    entry = {**READ_AT, **fields}
    return saved({"u": entry} if stream == "time_entries" else entry)


def asked_from(stream: str, clockify: requests_mock.Mocker) -> str | None:
    """The earliest start that the stream was asked for."""
    path = {"time_entries": "/time-entries", "assignments": "/assignments/all"}.get(stream, "/detailed")
    asked = [request for request in clockify.request_history if request.path.endswith(path)]
    if "report" in stream:
        return min(str(request.json()["dateRangeStart"]) for request in asked)
    [request] = asked
    start = request.qs.get("start")
    return str(start[0]).upper().removesuffix("Z") if start else None


@pytest.mark.parametrize(
    ("start_date", "lookback_days", "start", "start_of_a_report"),
    [
        (None, 30, "2026-10-20T00:00:00", "2026-10-20T00:00:00"),
        (None, 0, "2026-11-19T00:00:00", "2026-11-19T00:00:00"),
        ("2016-01-01", 365, "2025-11-19T00:00:00", "2025-11-19T00:00:00"),
        ("2026-10-20T12:00:00Z", 30, "2026-10-20T00:00:00", "2026-10-20T12:00:00"),
        ("2026-11-10", 30, "2026-11-09T00:00:00", "2026-11-10T00:00:00"),
    ],
)
def test_the_later_of_start_date_and_look_back_counts(
    start_date: str | None,
    lookback_days: int,
    start: str,
    start_of_a_report: str,
    stream: str,
    clockify: requests_mock.Mocker,
    read: Read,
) -> None:
    """Each less a day, as Clockify takes a start as wall clock of some zone; but a report is asked for in UTC."""
    output = read(stream, state=state_of(stream), start_date=start_date, lookback_days=lookback_days)
    assert asked_from(stream, clockify) == (start_of_a_report if "report" in stream else start)
    assert kept(output) == state_of(stream, readAt="2026-11-22T12:00:00.000Z")["workspaces"][WORKSPACE]


@pytest.mark.parametrize(
    ("start_date", "starts"),
    [
        (None, (None, "2015-01-01T00:00:00", "2015-01-01T00:00:00", "2015-01-01T00:00:00")),
        ("2026-06-01", ("2026-05-31T00:00:00", "2026-05-31T00:00:00", "2026-06-01T00:00:00", "2026-06-01T00:00:00")),
    ],
    ids=["all history", "start date"],
)
def test_a_first_sync_begins_at_the_start_date(
    start_date: str | None,
    starts: tuple[str | None, ...],
    stream: str,
    clockify: requests_mock.Mocker,
    read: Read,
) -> None:
    read(stream, start_date=start_date)
    assert asked_from(stream, clockify) == dict(zip(STREAMS, starts, strict=True))[stream]


def test_what_starts_before_the_start_date_is_left_out(stream: str, clockify: requests_mock.Mocker, read: Read) -> None:
    holding(clockify, ["2026-06-02T00:00:00Z", "2026-06-01T00:00:00Z", "2026-05-31T23:59:59Z"])
    output = read(stream, start_date="2026-06-01")
    found = [row["id"] for row in rows(output, stream)]
    assert found == ["from 2026-06-02T00:00:00Z", "from 2026-06-01T00:00:00Z"]
    [line] = [m.log.message for m in output.logs if m.log and m.log.message.startswith(f"{stream}: 2 records")]
    assert line.endswith("; left out 1 more rows that came twice or are too old")


@pytest.mark.parametrize(("lookback_days", "start"), [(2, "2026-09-30T00:00:00"), (90, "2026-08-21T00:00:00")])
@pytest.mark.parametrize("stream", ["time_entries"], indirect=True)
def test_entries_are_read_again_as_far_back_as_their_ids_are_remembered(
    lookback_days: int, start: str, stream: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    earlier = saved({"u": {**READ_AT, "since": "2026-10-01T00:00:00Z", "ids": ""}})
    read(stream, state=earlier, lookback_days=lookback_days, detect_deletions=True)
    assert asked_from(stream, clockify) == start


@pytest.mark.parametrize(
    ("read_at", "start_date", "start"),
    [
        ("2026-10-23T12:00:00.000Z", None, None),
        ("2026-10-23T12:00:00.000Z", "2026-06-01", "2026-05-31T00:00:00"),
        ("2026-10-23T12:00:00.001Z", None, "2026-10-20T00:00:00"),
    ],
    ids=["due", "due, from the start date", "not yet due"],
)
@pytest.mark.parametrize("stream", ["time_entries"], indirect=True)
def test_a_history_that_is_due_is_read_from_the_start(
    read_at: str, start_date: str | None, start: str | None, stream: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    output = read(stream, state=state_of(stream, historyReadAt=read_at), start_date=start_date, refresh_history_days=30)
    is_due = read_at.endswith("00.000Z")
    assert asked_from(stream, clockify) == start
    assert kept(output)["u"]["historyReadAt"] == ("2026-11-22T12:00:00.000Z" if is_due else read_at)
    line = f"time_entries: reading the whole history of 1 of 1 users of workspace 'Acme' ({WORKSPACE}) again"
    assert read_again(output) == [line] * is_due


@pytest.mark.parametrize("stream", ["time_entries"], indirect=True)
def test_users_of_a_workspace_that_is_not_read_do_not_come_due(stream: str, read: Read) -> None:
    state = state_of(stream)
    state["workspaces"]["other"] = {"u": {**READ_AT, "historyReadAt": "2026-01-01T00:00:00.000Z"}}
    assert read_again(read(stream, state=state, refresh_history_days=30)) == []


@pytest.mark.parametrize("stream", ["time_entries"], indirect=True)
def test_with_only_my_time_the_user_of_another_key_does_not_come_due(
    stream: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.get(f"{HOST}/user", json={"id": "u"})
    state = {**state_of(stream, historyReadAt="2026-11-01T00:00:00.000Z"), "onlyMyTime": True}
    state["workspaces"][WORKSPACE]["other"] = {**READ_AT, "historyReadAt": "2026-01-01T00:00:00.000Z"}
    assert read_again(read(stream, state=state, only_my_time=True, refresh_history_days=30)) == []


def read_again(output: EntrypointOutput) -> list[str]:
    """What the log says of histories that are read again."""
    return [message.log.message for message in output.logs if message.log and "again" in message.log.message]


@pytest.mark.parametrize(
    ("start_date", "end"),
    [(None, "2028-11-21t12:00:00z"), ("2026-01-01", "2028-11-21t12:00:00z"), ("2030-01-01", "2031-12-31t00:00:00z")],
)
@pytest.mark.parametrize("stream", ["assignments"], indirect=True)
def test_assignments_are_read_two_years_ahead(
    start_date: str | None, end: str, stream: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    read(stream, start_date=start_date)
    assert clockify.request_history[-1].qs["end"] == [end]


@pytest.mark.parametrize("totals", ["project_assignment_totals", "user_capacity"])
class TestTotals:
    """Over all that is planned, in any state, from the start date to two years ahead."""

    def asked(self, totals: str, clockify: requests_mock.Mocker, read: Read, start_date: str | None) -> Row:
        for path in ("projects", "user-filter"):
            clockify.post(f"{TOTALS}/{path}/totals", json=[])
        read(totals, start_date=start_date)
        body: Row = json.loads(clockify.request_history[-1].body)
        assert body == {"start": body["start"], "end": body["end"], "statusFilter": "ALL", "page": 1, "pageSize": 50}
        return body

    def test_from_a_start_date_that_is_still_to_come(
        self, totals: str, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        body = self.asked(totals, clockify, read, "2090-06-01")
        assert (body["start"], body["end"]) == ("2090-06-01T00:00:00Z", "2092-05-31T00:00:00Z")

    def test_without_a_start_date(self, totals: str, clockify: requests_mock.Mocker, read: Read) -> None:
        began = datetime.now(UTC).replace(microsecond=0)
        body = self.asked(totals, clockify, read, None)
        assert body["start"] == "2015-01-01T00:00:00Z"
        ahead = datetime.fromisoformat(body["end"]) - timedelta(days=730)
        assert began <= ahead <= datetime.now(UTC)
