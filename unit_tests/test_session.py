"""Faults of the host and the network, as a sync meets them."""

from typing import Any

import pytest
import requests
import requests_mock
from airbyte_cdk.models import FailureType
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from harness.clock import FastClock
from unit_tests.conftest import HOST, KEY, WORKSPACE, Read, answer, errors, rows

TAGS = f"{HOST}/workspaces/{WORKSPACE}/tags"
PAGE = {"json": [{"id": "t1", "name": "billed"}], "headers": {"Last-Page": "true"}}


def failure_types(output: EntrypointOutput) -> set[FailureType | None]:
    streams = [message.trace.error for message in output.errors if message.trace and message.trace.error]
    return {error.failure_type for error in streams if error.stream_descriptor}


@pytest.mark.parametrize(
    "fault",
    [
        {"status_code": 500},
        {"status_code": 502, "text": "<html>bad gateway</html>"},
        {"status_code": 503, "headers": {"Retry-After": "7"}},
        {"status_code": 408},
        {"status_code": 429, "json": {"message": "Too Many Requests", "code": 429}},
        {"status_code": 200, "text": "<html>a proxy's page</html>"},
        {"status_code": 200, "text": '[{"id": "t1", "tagIds": []'},
        {"status_code": 200, "text": ""},
        {"exc": requests.exceptions.ConnectionError},
        {"exc": requests.exceptions.ReadTimeout},
        {"exc": requests.exceptions.ChunkedEncodingError},
        {"exc": requests.exceptions.SSLError},
    ],
    ids=str,
)
def test_a_passing_fault_is_tried_again(fault: dict[str, Any], clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(TAGS, [fault, fault, PAGE])
    output = read("tags")
    assert [row["id"] for row in rows(output, "tags")] == ["t1"]
    assert errors(output) == []


def test_retry_after_is_honoured(clockify: requests_mock.Mocker, read: Read, clock: FastClock) -> None:
    clockify.get(TAGS, [{"status_code": 503, "headers": {"Retry-After": "7"}}, PAGE])
    read("tags")
    assert 7.0 in clock.waits


def test_delays_grow_and_differ(clockify: requests_mock.Mocker, read: Read, clock: FastClock) -> None:
    clockify.get(TAGS, [{"status_code": 500}] * 5 + [PAGE])
    read("tags")
    delays = [seconds for seconds in clock.waits if seconds >= 0.5]
    assert all(2**n / 2 <= delay <= 2**n for n, delay in enumerate(delays[:4], start=1))
    assert len({delay / 2**n for n, delay in enumerate(delays[:4])}) == 4


def test_a_delay_is_half_a_minute_at_most(clockify: requests_mock.Mocker, read: Read, clock: FastClock) -> None:
    clockify.get(TAGS, [{"status_code": 500}] * 6 + [PAGE])
    output = read("tags")
    assert [row["id"] for row in rows(output, "tags")] == ["t1"]
    told = [m.log.message for m in output.logs if m.log and "retry" in m.log.message]
    delays = [int(line.split(" in ")[1].split()[0]) for line in told]
    assert len(delays) == 6
    assert told[0].startswith("api.clockify.me failed (500): retry 1 of 6 in ")
    assert all(15 <= delay <= 30 for delay in delays[4:])


def test_a_failure_to_connect_is_told_by_its_kind(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(TAGS, [{"exc": requests.exceptions.ConnectTimeout}, PAGE])
    lines = [message.log.message for message in read("tags").logs if message.log]
    assert any(line.startswith("api.clockify.me failed (ConnectTimeout): retry 1 of 6 in ") for line in lines)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status_code": 500, "json": {"message": "oops", "code": 9}}, "kept failing (500 'oops', code 9)"),
        ({"exc": requests.exceptions.ConnectionError}, "could not be reached"),
        ({"status_code": 200, "text": "<html>"}, "not JSON"),
        ({"status_code": 429}, "too many requests"),
    ],
)
def test_a_fault_that_stays_is_a_transient_error(
    fault: dict[str, Any], words: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.get(TAGS, [fault])
    output = read("tags", failing=True)
    assert words in errors(output)[0]
    assert failure_types(output) == {FailureType.transient_error}


@pytest.mark.parametrize(
    ("fault", "words", "failure_type"),
    [
        ({"status_code": 401, "json": {"message": "Api key does not exist", "code": 4003}}, "`region`", "config"),
        (
            {"status_code": 401, "json": {"message": "Multiple or none auth tokens present", "code": 1000}},
            "`api_key`",
            "config",
        ),
        ({"status_code": 401, "json": {"message": "Token is not valid", "code": 4017}}, "`api_key`", "config"),
        ({"status_code": 403, "json": {"message": "Access Denied", "code": 501}}, "owner or admin", "config"),
        ({"status_code": 403, "text": "<html>blocked</html>"}, "proxy", "config"),
        ({"status_code": 404}, "`workspace_ids`", "config"),
        ({"status_code": 404, "json": {"message": "No static resource v1/x", "code": 3000}}, "`api_url`", "config"),
        ({"status_code": 302, "headers": {"Location": "https://elsewhere.example/"}}, "elsewhere.example", "config"),
        ({"status_code": 400, "json": {"message": "Bad page size", "code": 501}}, "Bad page size", "system"),
        ({"status_code": 400, "json": {"message": "Workspace doesn't belong to you", "code": 501}}, "belong", "system"),
        ({"status_code": 405}, "405", "system"),
        ({"json": {"tags": []}}, "not of the expected shape", "system"),
        ({"json": [["t1"]]}, "not of the expected shape", "system"),
        ({"json": [{"name": "no id"}]}, "tags has no id", "system"),
        ({"json": [{"id": "t1"}, {"id": None}]}, "Row 2 of ", "system"),
        ({"text": "null"}, "not of the expected shape", "system"),
        ({"text": '[{"id": "t1"}, {"id" "t2"}]'}, "broken in the middle", "transient"),
    ],
    ids=str,
)
def test_a_final_answer_is_told_once_with_its_cure(
    fault: dict[str, Any], words: str, failure_type: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    tags = clockify.get(TAGS, **{"headers": {"Last-Page": "true"}, **fault})
    output = read("tags", failing=True)
    assert words in errors(output)[0]
    assert failure_types(output) == {FailureType(f"{failure_type}_error")}
    assert tags.call_count == 1
    assert rows(output, "tags") == []


def test_the_other_streams_go_on(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, f"/workspaces/{WORKSPACE}/clients", [{"id": "c1"}])
    clockify.get(TAGS, status_code=403, json={"message": "Access Denied", "code": 501})
    output = read("tags", "clients", failing=True)
    assert [row["id"] for row in rows(output, "clients")] == ["c1"]


class TestTheKey:
    def test_goes_to_the_host_and_not_across_a_redirect(self, clockify: requests_mock.Mocker, read: Read) -> None:
        elsewhere = clockify.get("https://elsewhere.example/", json=[])
        clockify.get(TAGS, status_code=302, headers={"Location": "https://elsewhere.example/"})
        read("tags", failing=True)
        assert elsewhere.call_count == 0
        assert all(request.headers["X-Api-Key"] == KEY for request in clockify.request_history)

    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_shows_nowhere(self, status: int, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(TAGS, status_code=status, json={"message": f"I was sent {KEY}", "code": 1})
        output = read("tags", failing=True, debug=True)
        printed = output.records_and_state_messages + output.logs + output.errors
        assert not any(KEY in str(message) for message in printed)
        assert any("I was sent ****" in str(message) for message in output.logs)


def test_every_request_has_a_time_out(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, f"/workspaces/{WORKSPACE}/tags", [])
    read("tags")
    assert all(request.timeout for request in clockify.request_history)
