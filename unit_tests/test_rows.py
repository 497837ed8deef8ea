"""What a row may be: its key is required, and whatever else it holds or lacks, it comes out."""

import logging
from typing import Any, Final

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus, SyncMode

from harness.clock import FastClock
from source_clockify import SourceClockify
from source_clockify.streams.lists import ChildStream
from unit_tests.conftest import KEY, WORKSPACE, Read, Row, answer, catalog, errors, rows, workspace
from unit_tests.streams import EVERYTHING, STREAMS, serve_all

KEYS: Final[dict[str, Any]] = {
    "time_entry_report": lambda key: {"_id": key},
    "approval_requests": lambda key: {"approvalRequest": {"id": key}},
    "pending_approval_requests": lambda key: {"approvalRequest": {"id": key}},
    "time_off_balances": lambda key: {"userId": key},
    "user_capacity": lambda key: {"userId": key},
    "project_assignment_totals": lambda key: {"projectId": key},
    "member_profiles": lambda _: {"weekStart": None},
    "attendance_report": lambda key: {"userId": "u", "date": key},
    "time_totals": lambda key: {"_id": key, "children": [{"_id": "2026-09"}]},
    "audit_log": lambda key: {"userId": key},
}
"""The least that a row has to be; {"id": …} in the other streams."""
WITH_KEYS: Final = sorted(STREAMS.keys() - {"member_profiles", "audit_log"})
SUBJECTS: Final = {
    "time_entries": "timeInterval",
    "time_entry_report": "timeInterval",
    "assignments": "period",
    "expense_report": "date",
    "approval_requests": "approvalRequest",
}
"""What the streams with a window look at, beside the key."""
STARTS: Final[list[Any]] = [None, 5, [], {}, "", "soon", "24:00:00", "2024-02-30T00:00:00Z", "10000-01-01T00:00:00Z"]


def least(name: str, key: Any = "x") -> Row:
    made: Row = KEYS.get(name, lambda key: {"id": key})(key)
    return made


def host(clockify: requests_mock.Mocker, name: str, *listed: Row) -> None:
    """Everything is allowed; the stream's own list has these rows, its parent's one."""
    answer(clockify, "/workspaces", [workspace(features=EVERYTHING)])
    stream = STREAMS[name]
    if isinstance(stream, ChildStream):
        serve_all(clockify, stream.parent, [{"id": "x"}])
    serve_all(clockify, stream, list(listed))


@pytest.mark.parametrize("name", sorted(STREAMS))
@pytest.mark.parametrize(
    "options", [{}, {"start_date": "2024-01-01", "detect_deletions": True}], ids=["plain", "dated"]
)
def test_a_row_that_is_nothing_but_a_key_comes_out(
    options: Row, name: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    host(clockify, name, least(name))
    output = read(name, **options)
    assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.COMPLETE
    assert rows(output, name)


@pytest.mark.parametrize("key", [None, "", 5, [], ["x"], {"$oid": "x"}], ids=str)
@pytest.mark.parametrize("name", WITH_KEYS)
def test_a_row_without_a_key_fails_its_stream(name: str, key: Any, clockify: requests_mock.Mocker, read: Read) -> None:
    host(clockify, name, least(name), least(name, key))
    if STREAMS[name].endpoint.is_single:
        host(clockify, name, least(name, key))
    output = read(name, "workspaces", failing=True)
    message = errors(output)[0]
    assert name in message
    assert "has no id" in message or "not what was asked for" in message
    assert output.get_stream_statuses("workspaces")[-1] == AirbyteStreamStatus.COMPLETE


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_time_that_is_none_lets_the_row_pass(
    name: str, start: Any, clockify: requests_mock.Mocker, read: Read
) -> None:
    subject = SUBJECTS[name]
    within: Row = {"approvalRequest": {"id": "a", "dateRange": {"start": start}, "status": {"updatedAt": start}}}
    shapes: list[Row] = [
        {**least(name, "a"), subject: start},
        {**least(name, "b"), subject: {"start": start, "end": start}},
    ]
    listed = shapes if subject != "approvalRequest" else [within, {"approvalRequest": {"id": "b", "status": start}}]
    host(clockify, name, *listed)
    output = read(name, start_date="2024-01-01", detect_deletions=True)
    assert errors(output) == []
    assert {row["id"] for row in rows(output, name)} == {"a", "b"}


@pytest.mark.parametrize("name", ["time_entries", "assignments"])
def test_what_is_derived_of_nothing_is_null(name: str, clockify: requests_mock.Mocker, read: Read) -> None:
    host(clockify, name, {**least(name), SUBJECTS[name]: None})
    [row] = rows(read(name), name)
    assert all(row.get(field) is None for field in ("timeIntervalStart", "periodStart", "isRunning"))


@pytest.mark.parametrize(
    ("sent", "came"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"a\udc00b"', "a\ufffdb"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b'"\xff"', "\ufffd"),
        (b"NaN", None),
        (b"-Infinity", None),
        (b"1e999", None),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"-9223372036854775809", -9223372036854775809),
        (b"18446744073709551616", 18446744073709551616),
    ],
    ids=repr,
)
@pytest.mark.parametrize("name", ["tags", "workspaces"])
def test_odd_text_and_numbers_stop_no_list(name: str, sent: bytes, came: Any, clockify: requests_mock.Mocker) -> None:
    path = "" if name == "workspaces" else f"/{WORKSPACE}/tags"
    body = b'[{"id": "%b", "odd": %b}, {"id": "last"}]' % (WORKSPACE.encode(), sent)
    clockify.get(f"https://api.clockify.me/api/v1/workspaces{path}", content=body, headers={"Last-Page": "true"})
    messages = SourceClockify(FastClock()).read(
        logging.getLogger("test"), {"api_key": KEY}, catalog(name, sync_mode=SyncMode.full_refresh)
    )
    first, last = [message.record.data for message in messages if message.record]
    assert first.get("odd") == came
    assert last["id"] == "last"


def test_fields_that_the_schema_does_not_know_are_told_once(clockify: requests_mock.Mocker, read: Read) -> None:
    host(clockify, "tags", {"id": "a", "mood": 1}, {"id": "b", "mood": 2, "weather": 3})
    output = read("tags")
    assert [row["mood"] for row in rows(output, "tags")] == [1, 2]
    lines = [m.log.message for m in output.logs if m.log and "does not declare" in m.log.message]
    assert lines == [
        f"tags: the schema does not declare mood, weather: {lines[0].partition(': ')[2].partition(': ')[2]}"
    ]


@pytest.mark.parametrize("odd", [5, "TIME_OFF", {"TIME_OFF": True}, [None, {}, 5], None], ids=str)
@pytest.mark.parametrize("field", ["features", "name", "featureSubscriptionType", "memberships"])
def test_an_odd_workspace_is_read_all_the_same(
    field: str, odd: Any, clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, "/workspaces", [{**workspace(), field: odd}])
    answer(clockify, f"/workspaces/{WORKSPACE}/tags", [{"id": "t1"}])
    output = read("workspaces", "tags")
    assert [row["id"] for row in rows(output, "tags")] == ["t1"]
    assert [row["id"] for row in rows(output, "workspaces")] == [WORKSPACE]


@pytest.mark.parametrize("name", ["audit_log", "entity_changes"])
def test_a_long_number_is_no_hindrance_where_rows_are_told_apart_by_all_they_hold(
    name: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    host(clockify, name, {**least(name), "id": "x", "number": 10**30})
    output = read(name)
    assert errors(output) == []
    assert rows(output, name)


def test_a_long_number_may_be_the_default_of_a_custom_field(clockify: requests_mock.Mocker, read: Read) -> None:
    host(clockify, "custom_fields", {"id": "x", "workspaceDefaultValue": [10**30]})
    assert {row["workspaceDefaultValue"] for row in rows(read("custom_fields"), "custom_fields")} == {f"[{10**30}]"}
