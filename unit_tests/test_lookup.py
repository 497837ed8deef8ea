"""Time entries that a sync expected to see again and did not: they are looked up, and only Clockify says what is gone."""

from pathlib import Path
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from harness.clock import FastClock
from unit_tests.command import run
from unit_tests.conftest import (
    HOST,
    KEY,
    NOW,
    REFUSED,
    WORKSPACE,
    Read,
    Row,
    answer,
    catalog_of,
    errors,
    kept,
    rows,
    saved,
    workspace,
)
from unit_tests.entries import BASE, ENTRIES, GONE, SINCE, batch, entry, expecting, serve_users, told

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture(autouse=True)
def _users(clockify: requests_mock.Mocker) -> None:
    serve_users(clockify, "u1", "u2")


def running(*ids: str) -> Row:
    """The state of a sync without `detect_deletions` that saw these timers run."""
    return saved({"u1": {"readAt": "2026-11-20T00:00:00.000Z", "running": list(ids)}})


@pytest.fixture
def sync(read: Read) -> Any:
    """`sync(state)`: what `detect_deletions` tells after it."""

    def run(state: Row, **options: Any) -> EntrypointOutput:
        return read("time_entries", state=state, detect_deletions=True, **options)

    return run


def test_each_is_there_or_gone_as_clockify_says(clockify: requests_mock.Mocker, sync: Any) -> None:
    asked = batch(clockify, json=[entry("e1")])
    clockify.get(f"{ENTRIES}/e2", **GONE)
    clockify.get(f"{ENTRIES}/e3", json=entry("e3"))
    output = sync(expecting("e1", "e2", "e3"))
    assert told(output) == [("e1", False), ("e3", False), ("e2", True)]
    assert asked.request_history[0].json() == {"timeEntryIds": ["e1", "e2", "e3"], "hydrated": False}
    assert kept(output)["u1"] == {"readAt": "2026-11-22T12:00:00.000Z", "since": "2026-10-23T12:00:00Z", "ids": ""}
    lines = [message.log.message for message in output.logs if message.log]
    assert any(line.startswith("time_entries: 3 records") for line in lines)


def test_a_deletion_is_kept_back_until_the_catalog_has_a_column_for_it(
    clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    batch(clockify, json=[])
    for name in ("e1", "e2"):
        clockify.get(f"{ENTRIES}/{name}", **GONE)
    message = {"stream_descriptor": {"name": "time_entries"}, "stream_state": expecting("e1", "e2")}
    deleted, warnings = [], []
    for column in ("isDeleted", "_ab_cdc_deleted_at"):
        catalog = catalog_of("time_entries", json_schema={"properties": {"id": {}, column: {}}})
        files = {"config": {"api_key": KEY, "detect_deletions": True}, "catalog": catalog}
        printed = run(tmp_path, "read", clock=FastClock(NOW), state=[{"type": "STREAM", "stream": message}], **files)
        message["stream_state"] = printed.states()["time_entries"]
        deleted.append([one["record"]["data"]["id"] for one in printed.messages if one["type"] == "RECORD"])
        warnings.append(
            [one["log"]["message"] for one in printed.messages if one.get("log", {}).get("level") == "WARN"]
        )
    assert deleted == [[], ["e1", "e2"]]
    assert len(warnings[0]) == 1
    assert warnings[0][0].startswith(
        "time_entries: 2 deleted entries were kept back, as the catalog lacks `_ab_cdc_deleted_at`"
    )
    assert warnings[1] == []


@pytest.mark.parametrize("foreign", [entry("foreign"), {"no": "id"}, None, "e2", ["e2"]], ids=str)
def test_a_row_of_a_batch_that_nobody_asked_for_says_nothing(
    foreign: Any, clockify: requests_mock.Mocker, sync: Any
) -> None:
    batch(clockify, json=[foreign, entry("e1")])
    clockify.get(f"{ENTRIES}/e2", **GONE)
    assert told(sync(expecting("e1", "e2"))) == [("e1", False), ("e2", True)]


@pytest.mark.parametrize("body", [entry("another"), {"timeInterval": {}}, [entry("e1")], "e1"], ids=str)
def test_an_answer_about_something_else_is_an_error(body: Any, clockify: requests_mock.Mocker, sync: Any) -> None:
    clockify.get(f"{ENTRIES}/e1", json=body)
    output = sync(expecting("e1"), failing=True)
    assert "not of the expected shape" in errors(output)[0]
    assert told(output) == []


@pytest.mark.parametrize(
    "message",
    [
        "Time entry doesn't belong to Workspace",
        "TIMEENTRY with ID 'e1' not found",
        "Time Entry Not Found.",
        "Time entry does not exist",
    ],
)
def test_whatever_words_clockify_has_for_gone(message: str, clockify: requests_mock.Mocker, sync: Any) -> None:
    clockify.get(f"{ENTRIES}/e1", status_code=400, json={"message": message, "code": 501})
    assert told(sync(expecting("e1"))) == [("e1", True)]


@pytest.mark.parametrize(
    "fault",
    [
        {"status_code": 400, "json": {"message": "Something went wrong", "code": 501}},
        {"status_code": 400, "json": {"message": "Time entry not found", "code": 3000}},
        {"status_code": 400, "json": {"message": "Time entry not found"}},
        {"status_code": 404},
        {"status_code": 404, "json": {"message": "No static resource v1/x.", "code": 3000}},
        {"status_code": 410, "json": {"message": "Time entry not found", "code": 501}},
    ],
    ids=str,
)
def test_any_other_refusal_does_not_make_an_entry_gone(fault: Row, clockify: requests_mock.Mocker, sync: Any) -> None:
    clockify.get(f"{ENTRIES}/e1", **fault)
    output = sync(expecting("e1"), failing=True)
    assert errors(output)
    assert told(output) == []


def test_what_is_refused_is_asked_for_again_next_time(clockify: requests_mock.Mocker, sync: Any) -> None:
    clockify.get(f"{ENTRIES}/e1", **REFUSED)
    output = sync(expecting("e1"))
    assert told(output) == []
    assert kept(output)["u1"]["ids"] == ["e1"]
    warnings = [message.log.message for message in output.logs if message.log and message.log.level.value == "WARN"]
    assert ["e1" in warning for warning in warnings] == [True]


def test_a_hundred_are_asked_for_at_once_and_one_by_itself(clockify: requests_mock.Mocker, sync: Any) -> None:
    ids = [f"e{number:03}" for number in range(201)]
    asked = batch(clockify, json=lambda request, _: [entry(one) for one in request.json()["timeEntryIds"]])
    clockify.get(f"{ENTRIES}/e200", json=entry("e200"))
    assert told(sync(expecting(*ids))) == [(one, False) for one in ids]
    assert [len(request.json()["timeEntryIds"]) for request in asked.request_history] == [100, 100]


class TestTimers:
    """Without `detect_deletions`, only those that ran are looked up."""

    def test_one_that_still_runs_is_remembered_and_one_that_was_stopped_is_not(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        batch(clockify, json=[entry("e1", end=None), entry("e2")])
        output = read("time_entries", state=running("e1", "e2"))
        assert [(row["id"], row["isRunning"]) for row in rows(output, "time_entries")] == [("e1", True), ("e2", False)]
        assert kept(output)["u1"] == {"readAt": "2026-11-22T12:00:00.000Z", "running": ["e1"]}

    def test_one_that_is_gone_leaves_no_tombstone(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(f"{ENTRIES}/e1", **GONE)
        output = read("time_entries", state=running("e1"))
        assert rows(output, "time_entries") == []
        assert kept(output)["u1"] == {"readAt": "2026-11-22T12:00:00.000Z"}

    def test_one_that_is_refused_is_asked_for_again_next_time(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(f"{ENTRIES}/e1", **REFUSED)
        assert kept(read("time_entries", state=running("e1")))["u1"]["running"] == ["e1"]


def test_what_starts_when_the_look_back_begins_is_expected_again(clockify: requests_mock.Mocker, sync: Any) -> None:
    starts = ["2026-10-23T12:00:01Z", "2026-10-23T12:00:00Z", "2026-10-23T11:59:59Z"]
    listed = [{"id": start, "timeInterval": {"start": start, "end": start}} for start in starts]
    answer(clockify, f"{BASE}/user/u1/time-entries", listed)
    output = sync(expecting())
    assert kept(output)["u1"]["ids"] == sorted(starts[:2])


class TestUsers:
    """Users that are not listed any more."""

    FORMER: Row = {"readAt": "2026-11-20T00:00:00.000Z", "since": SINCE, "ids": ["e1"]}  # noqa: RUF012

    def state(self) -> Row:
        return saved({"former": self.FORMER})

    @pytest.mark.parametrize("refusal", [GONE, REFUSED], ids=["gone", "refused"])
    def test_one_who_cannot_be_read_is_forgotten(self, refusal: Row, clockify: requests_mock.Mocker, sync: Any) -> None:
        clockify.get(f"{HOST}{BASE}/user/former/time-entries", **refusal)
        output = sync(self.state())
        assert told(output) == []
        assert kept(output).keys() == {"u1", "u2"}

    def test_they_are_forgotten_in_each_workspace(self, clockify: requests_mock.Mocker, sync: Any) -> None:
        answer(clockify, "/workspaces", [workspace(), workspace(id="other")])
        answer(clockify, "/workspaces/other/users", [])
        for place in (WORKSPACE, "other"):
            clockify.get(f"{HOST}/workspaces/{place}/user/former/time-entries", **REFUSED)
        state = {**self.state(), "workspaces": {place: {"former": self.FORMER} for place in (WORKSPACE, "other")}}
        output = sync(state)
        assert told(output) == []
        assert errors(output) == []

    def test_one_who_is_listed_and_refused_is_an_error(self, clockify: requests_mock.Mocker, sync: Any) -> None:
        clockify.get(f"{HOST}{BASE}/user/u1/time-entries", **REFUSED)
        answer(clockify, f"{BASE}/user/former/time-entries", [])
        assert "1 list could not be read: userId u1" in errors(sync(expecting(), failing=True))[0]

    def test_those_of_another_workspace_are_not_asked_for_here(self, clockify: requests_mock.Mocker, sync: Any) -> None:
        state = {**self.state(), "workspaces": {"another": {"former": self.FORMER}}}
        output = sync(state)
        assert not any("former" in request.path for request in clockify.request_history)
        assert errors(output) == []


def test_a_user_is_read_once_though_the_list_names_them_twice(clockify: requests_mock.Mocker, sync: Any) -> None:
    """A row that wandered to the next page meanwhile, and that state knows besides."""
    answer(clockify, f"{BASE}/users", [{"id": "u1"}], [{"id": "u2"}, {"id": "u1"}])
    answer(clockify, f"{BASE}/user/u1/time-entries", [entry("e1")])
    assert told(sync(expecting())) == [("e1", False)]


@pytest.mark.parametrize(
    "entry_of_state",
    [
        {"readAt": "2026-11-20T00:00:00.000Z", "ids": "cut off"},
        {"readAt": "2026-11-20T00:00:00.000Z", "since": "lately", "ids": ""},
        {"readAt": "lately"},
    ],
    ids=str,
)
def test_a_state_that_cannot_be_read_is_an_error(entry_of_state: Row, sync: Any) -> None:
    output = sync(saved({"u1": entry_of_state}), failing=True)
    assert "saved state of time_entries cannot be read" in errors(output)[0]
