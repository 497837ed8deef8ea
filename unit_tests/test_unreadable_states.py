"""States that no sync of the stream has written: a clear error before any request, and never a silent full refresh."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import requests_mock

from harness.clock import FastClock
from source_clockify.streams.incremental import IncrementalStream
from unit_tests.command import Printed, run
from unit_tests.conftest import KEY, NOW, WORKSPACE, answer, catalog_of, paths_asked, saved
from unit_tests.streams import STREAMS

INCREMENTAL = {name: stream for name, stream in STREAMS.items() if isinstance(stream, IncrementalStream)}
READ_AT = "2026-11-01T08:00:00.000Z"
BASE = f"/workspaces/{WORKSPACE}"


def state_of(stream: str, entry: object) -> Any:
    """A state with an entry for the workspace, or for one user of it."""
    return saved({"u1": entry} if INCREMENTAL[stream].depth == 2 else entry)


def read(folder: Path, stream: str, state: object, sync_mode: str = "incremental") -> Printed:
    message = {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}}
    catalog = catalog_of(stream, sync_mode=sync_mode)
    return run(folder, "read", clock=FastClock(NOW), config={"api_key": KEY}, catalog=catalog, state=[message])


def assert_refused(printed: Printed, stream: str, words: str, clockify: requests_mock.Mocker) -> None:
    error = printed.errors()[stream]
    assert error.startswith(f"The saved state of {stream} cannot be read: ")
    assert words in error
    assert "Clear the stream's data in Airbyte" in error
    assert len(error) < 500
    assert printed.statuses() == {stream: "INCOMPLETE"}
    assert printed.code == 1
    assert printed.states() == {}
    assert paths_asked(clockify) == []


NO_TIMES: list[tuple[object, str]] = [
    (None, "is not a time: None"),
    (5, "is not a time: 5"),
    ([READ_AT], "is not a time: ["),
    ({}, "is not a time: {}"),
    ("", "is not a time: ''"),
    ("yesterday", "is not a time: 'yesterday'"),
    ("2026-02-30T00:00:00Z", "is not a time"),
    ("2026-11-01T08:00:00+25:00", "is not a time"),
    ("10000-01-01T00:00:00Z", "is not a time"),
    ("x" * 100_000, "is not a time: 'xxx"),
    ("0001-01-01T00:00:00Z", "lies before 2015"),
    ("0001-01-01T00:00:00+14:00", "lies before 2015"),
    ("1969-12-31T23:59:59Z", "lies before 2015"),
    ("9999-12-31T23:59:59Z", "lies in the future"),
    ("9999-12-31T23:59:59-14:00", "lies in the future"),
    ("2026-11-23T12:00:01Z", "lies in the future, or this machine's clock is slow"),
]


@pytest.mark.parametrize("stream", INCREMENTAL)
@pytest.mark.parametrize(("time", "words"), NO_TIMES, ids=lambda value: str(value)[:30])
def test_a_time_at_which_no_sync_can_have_been(
    stream: str, time: object, words: str, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    key = INCREMENTAL[stream].state_key
    printed = read(tmp_path, stream, state_of(stream, {key: time}))
    assert_refused(printed, stream, f"`{key}` {words}", clockify)


@pytest.mark.parametrize("stream", INCREMENTAL)
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"version": None}, "`version` is not known"),
        ({"version": True}, "`version` is not known"),
        ({"version": -1}, "`version` is not known"),
        ({"version": 1.5}, "`version` is not known"),
        ({"version": "1"}, "`version` is not known"),
        ({"version": [1]}, "`version` is not known"),
        ({"startDate": 5}, "`startDate` is not a time: 5"),
        ({"startDate": []}, "`startDate` is not a time: []"),
        ({"startDate": "soon"}, "`startDate` is not a time: 'soon'"),
        ({"workspaces": None}, "`workspaces` is not an object: None"),
        ({"workspaces": [[WORKSPACE, {}]]}, "`workspaces` is not an object"),
        ({"workspaces": "x" * 100_000}, "`workspaces` is not an object"),
        ({"workspaces": {WORKSPACE: None}}, "is not an object: None"),
        ({"workspaces": {WORKSPACE: [["readAt", READ_AT]]}}, "is not an object"),
        ({"workspaces": {"": {}}}, "is not an id: ''"),
        ({"workspaces": {"../x": {}}}, "is not an id: '../x'"),
        ({"workspaces": {"..": {}}}, "is not an id: '..'"),
        ({"workspaces": {"x" * 100_000: {}}}, "is not an id: 'xxx"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_state_of_another_form(
    stream: str, changed: dict[str, Any], words: str, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    whole = {**state_of(stream, {INCREMENTAL[stream].state_key: READ_AT}), **changed}
    assert_refused(read(tmp_path, stream, whole), stream, words, clockify)


@pytest.mark.parametrize("stream", INCREMENTAL)
@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("version", "`version` is not known"),
        ("startDate", "`startDate` is missing"),
        ("workspaces", "`workspaces` is not an object: None"),
    ],
)
def test_a_state_without_one_of_its_parts(
    stream: str, missing: str, words: str, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    whole = state_of(stream, {INCREMENTAL[stream].state_key: READ_AT})
    del whole[missing]
    assert_refused(read(tmp_path, stream, whole), stream, words, clockify)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        *[
            ({"running": running}, "`running` is not a list of ids")
            for running in (
                None,
                5,
                "e1",
                {"e1": 1},
                [[1]],
                [1],
                [None],
                [""],
                [".."],
                ["../../x"],
                ["a?b=c"],
                ["a/b"],
                ["é"],
            )
        ],
        *[
            ({"ids": ids}, "`ids` is not what a sync has written")
            for ids in (
                *(5, {"e1": 1}, None, [[1]], [None], ["../../x"], [""], ["a" * 101], True),
                *("not base64!", "QUJ", "é"),
            )
        ],
        ({"ids": "QUJD"}, "`ids` is cut off"),
        ({"ids": b64encode(b"x" * 1_000_001).decode()}, "`ids` is cut off"),
        ({"since": 5}, "`since` is not a time: 5"),
        ({"since": "0001-01-01T00:00:00Z"}, "`since` lies before 2015"),
        ({"since": "9999-12-31T23:59:59Z"}, "`since` lies in the future"),
        ({"historyReadAt": None}, "`historyReadAt` is not a time: None"),
        ({"historyReadAt": "1969-12-31T23:59:59Z"}, "`historyReadAt` lies before 2015"),
        ({"historyReadAt": "9999-12-31T23:59:59Z"}, "`historyReadAt` lies in the future"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_kept_of_a_user_is_of_another_form(
    changed: dict[str, Any], words: str, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    printed = read(tmp_path, "time_entries", saved({"u1": {"readAt": READ_AT, **changed}}))
    assert_refused(printed, "time_entries", words, clockify)


@pytest.mark.parametrize("user", ["", "..", "../../../user", "a?b=c", "a/b", "a b", "a%2fb", "x" * 101])
def test_a_user_without_a_place_in_a_path(user: str, clockify: requests_mock.Mocker, tmp_path: Path) -> None:
    printed = read(tmp_path, "time_entries", saved({user: {"readAt": READ_AT}}))
    assert_refused(printed, "time_entries", "is not an id", clockify)


def test_a_full_refresh_has_no_use_for_a_state(clockify: requests_mock.Mocker, tmp_path: Path) -> None:
    answer(clockify, f"{BASE}/scheduling/assignments/all", [])
    printed = read(tmp_path, "assignments", {"version": 7}, sync_mode="full_refresh")
    assert (printed.code, printed.errors()) == (0, {})


@pytest.mark.parametrize(
    "entry",
    [
        {"readAt": "2026-11-01T08:00:00"},
        {"readAt": "2026-11-01T08:00:00+14:00"},
        {"readAt": "2026-11-23T11:59:59Z"},
        {"readAt": READ_AT, "running": [], "ids": "", "since": "2015-01-01T00:00:00Z"},
        {"readAt": READ_AT, "ids": []},
        {"readAt": READ_AT, "of a later version": {"x": 1}},
    ],
    ids=str,
)
@pytest.mark.parametrize("version", [1, 1.0])
def test_what_harms_nothing_is_taken(
    version: float, entry: dict[str, Any], clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    answer(clockify, f"{BASE}/users", [{"id": "u1"}])
    entries = clockify.get(
        f"https://api.clockify.me/api/v1{BASE}/user/u1/time-entries", json=[], headers={"Last-Page": "true"}
    )
    printed = read(tmp_path, "time_entries", {**saved({"u1": entry}), "version": version})
    assert (printed.code, printed.errors()) == (0, {})
    assert ["start" in request.qs for request in entries.request_history] == [True]


def test_what_the_next_sync_would_refuse_is_not_saved(clockify: requests_mock.Mocker, tmp_path: Path) -> None:
    """Rows of the host may have any id: they are read, but the state would be one that cannot be read."""
    strange = "an id/with a slash"
    running = [
        {"id": entry, "timeInterval": {"start": "2026-11-22T08:00:00Z", "end": None}} for entry in ("e1", strange)
    ]
    answer(clockify, f"{BASE}/users", [{"id": "u1"}])
    answer(clockify, f"{BASE}/user/u1/time-entries", running)
    config = {"api_key": KEY, "detect_deletions": True}
    first = run(tmp_path, "read", clock=FastClock(NOW), config=config, catalog=catalog_of("time_entries"))
    assert {row["id"] for row in first.records("time_entries")} == {"e1", strange}
    state = first.states()["time_entries"]
    assert state["workspaces"][WORKSPACE]["u1"]["running"] == ["e1"]
    second = read(tmp_path, "time_entries", state)
    assert (second.code, second.errors()) == (0, {})
