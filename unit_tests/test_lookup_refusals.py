"""Answers to a look-up that say nothing about the entry itself: none is taken for deleted, and none is lost."""

import pytest
import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import HOST, REFUSED, Read, Row, answer, errors, kept
from unit_tests.entries import BASE, ENTRIES, GONE, SINCE, batch, entry, expecting, serve_users, told

pytestmark = pytest.mark.usefixtures("at_noon")


def refused(message: str) -> Row:
    return {"status_code": 400, "json": {"message": message, "code": 501}}


def warnings(output: EntrypointOutput) -> list[str]:
    return [message.log.message for message in output.logs if message.log and message.log.level.value == "WARN"]


@pytest.fixture(autouse=True)
def _user(clockify: requests_mock.Mocker) -> None:
    serve_users(clockify, "u1")


@pytest.mark.parametrize(
    "message", ["User doesn't belong to Workspace", "Workspace not found", "Project does not exist"]
)
def test_what_is_said_of_something_else_makes_no_entry_gone(
    message: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    batch(clockify, **refused(message))
    for name in ("e1", "e2"):
        clockify.get(f"{ENTRIES}/{name}", **refused(message))
    output = read("time_entries", state=expecting("e1", "e2"), detect_deletions=True)
    assert told(output) == []
    assert kept(output)["u1"]["ids"] == ["e1", "e2"]
    assert [message in warning for warning in warnings(output)] == [True, True]
    assert [request.path.endswith("/user/u1/time-entries") for request in clockify.request_history].count(True) == 1


class TestBatches:
    """Two users, each with two entries to look up."""

    def sync(self, clockify: requests_mock.Mocker, read: Read, **options: bool) -> EntrypointOutput:
        serve_users(clockify, "u1", "u2")
        for number in range(4):
            clockify.get(f"{ENTRIES}/e{number}", json={**entry(f"e{number}"), "userId": f"u{number // 2 + 1}"})
        of_u2 = {"readAt": "2026-11-20T00:00:00.000Z", "since": SINCE, "ids": ["e2", "e3"]}
        return read("time_entries", state=expecting("e0", "e1", u2=of_u2), detect_deletions=True, **options)

    @pytest.mark.parametrize(
        "answered",
        [
            {"status_code": 400, "json": {"message": "Maximum number of ids is 50", "code": 501}},
            {"status_code": 400, "json": {"message": "Invalid value for timeEntryIds", "code": 3002}},
            {"status_code": 404},
            {"status_code": 404, "json": {"message": "No static resource v1/batch.", "code": 3000}},
            {"status_code": 404, "json": {"message": "Time entry not found", "code": 501}},
            {"status_code": 405, "json": {"message": "Request method 'POST' is not supported", "code": 3000}},
            {"status_code": 413, "text": "Payload Too Large"},
            {"json": {"timeEntries": []}},
        ],
        ids=str,
    )
    def test_a_host_that_does_not_take_one_is_asked_once(
        self, answered: Row, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        asked = batch(clockify, **answered)
        output = self.sync(clockify, read)
        assert told(output) == [(f"e{number}", False) for number in range(4)]
        assert [kept(output)[user]["ids"] for user in ("u1", "u2")] == ["", ""]
        assert asked.call_count == 1

    @pytest.mark.parametrize("answered", [GONE, REFUSED], ids=["gone", "refused"])
    def test_what_is_said_of_these_ids_is_not_said_of_others(
        self, answered: Row, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        asked = batch(clockify, **answered)
        assert len(told(self.sync(clockify, read))) == 4
        assert asked.call_count == 2

    @pytest.mark.parametrize(
        "answered",
        [{"status_code": 503}, {"status_code": 401, "json": {"message": "Api key does not exist", "code": 4003}}],
        ids=["the host fails", "the key is unknown"],
    )
    def test_a_fault_of_host_or_key_is_not_met_once_for_each_id(
        self, answered: Row, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        batch(clockify, **answered)
        output = self.sync(clockify, read, failing=True)
        assert errors(output)
        assert told(output) == []
        assert not any(request.path.endswith("/e0") for request in clockify.request_history)


class TestFormerUsers:
    """Who is not listed any more, and whose list is empty: because they left, or because their entries were deleted."""

    def sync(self, read: Read) -> EntrypointOutput:
        return read("time_entries", state=expecting("e1", "e2", user="former"), detect_deletions=True)

    @pytest.mark.parametrize("others", [GONE, REFUSED, refused("User doesn't belong to Workspace")], ids=str)
    def test_one_of_whom_nothing_is_shown_is_forgotten(
        self, others: Row, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, f"{BASE}/user/former/time-entries", [])
        batch(clockify, json=[])
        clockify.get(f"{ENTRIES}/e1", **GONE)
        clockify.get(f"{ENTRIES}/e2", **others)
        output = self.sync(read)
        assert told(output) == []
        assert kept(output).keys() == {"u1"}

    def test_one_of_whom_an_entry_is_found_is_not(self, clockify: requests_mock.Mocker, read: Read) -> None:
        answer(clockify, f"{BASE}/user/former/time-entries", [])
        batch(clockify, json=[{**entry("e1"), "userId": "former"}])
        clockify.get(f"{ENTRIES}/e2", **GONE)
        output = self.sync(read)
        assert told(output) == [("e1", False), ("e2", True)]
        assert kept(output).keys() == {"u1", "former"}

    def test_nor_one_whose_older_entries_are_shown(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(
            f"{HOST}{BASE}/user/former/time-entries",
            json=lambda request, _: [] if "start" in request.qs else [entry("old")],
            headers={"Last-Page": "true"},
        )
        batch(clockify, json=[])
        for name in ("e1", "e2"):
            clockify.get(f"{ENTRIES}/{name}", **GONE)
        output = self.sync(read)
        assert told(output) == [("e1", True), ("e2", True)]
        assert kept(output).keys() == {"u1", "former"}
