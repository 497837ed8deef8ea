"""How long a sync waits for a host: never longer than its patience, and for one that is down only once."""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput
from pytest_mock import MockerFixture

from harness.clock import FastClock
from source_clockify import SourceClockify
from source_clockify.api.session import SYNC_RETRIES
from unit_tests.conftest import HOST, KEY, WORKSPACE, Read, Row, errors, rows

BASE = f"{HOST}/workspaces/{WORKSPACE}"
TAGS, CLIENTS = f"{BASE}/tags", f"{BASE}/clients"
PAGE: Row = {"json": [{"id": "t1"}], "headers": {"Last-Page": "true"}}
PATIENCE = 2 * 3600
TOO_LONG = ["7200", "86400", "1000000000", "9" * 400, "Fri, 01 May 2099 00:00:00 GMT"]


def errors_of_streams(output: EntrypointOutput) -> list[str]:
    traces = [message.trace.error for message in output.errors if message.trace and message.trace.error]
    return [str(error.message) for error in traces if error.stream_descriptor]


@pytest.mark.parametrize("asked", TOO_LONG, ids=lambda asked: asked[:12])
@pytest.mark.parametrize("status", [429, 503, 408])
def test_a_host_that_asks_for_more_than_the_patience_is_not_waited_for(
    status: int, asked: str, clockify: requests_mock.Mocker, read: Read, clock: FastClock
) -> None:
    tags = clockify.get(TAGS, status_code=status, headers={"Retry-After": asked})
    output = read("tags", failing=True)
    assert tags.call_count == 1
    assert sum(clock.waits) < 1
    assert " and asks to wait " in errors(output)[0]


def test_the_error_tells_how_long(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(TAGS, status_code=503, headers={"Retry-After": "86400"})
    assert (
        "api.clockify.me failed (503 'no reason given') and asks to wait 1 day, 0:00:00 h"
        in errors(read("tags", failing=True))[0]
    )


@pytest.mark.parametrize("workers", [1, 5])
def test_what_one_stream_was_told_to_wait_holds_no_other_back(
    workers: int, clockify: requests_mock.Mocker, read: Read, clock: FastClock
) -> None:
    lists = clockify.get(re.compile(BASE), status_code=429, headers={"Retry-After": "1000000000"})
    output = read("tags", "clients", failing=True, num_workers=workers)
    told = errors_of_streams(output)
    assert all("there are too many requests" in message and "11574 days" in message for message in told)
    assert len(told) == 2
    assert lists.call_count == 2
    assert sum(clock.waits) < 10


def test_a_host_that_asks_one_list_to_wait_for_ages_is_asked_for_the_others(
    clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.get(CLIENTS, status_code=429, headers={"Retry-After": "1000000000"})
    clockify.get(TAGS, **PAGE)
    output = read("clients", "tags", failing=True)
    assert len(errors_of_streams(output)) == 1
    assert [row["id"] for row in rows(output, "tags")] == ["t1"]


def test_a_host_that_only_ever_answers_429_is_waited_for_once(
    clockify: requests_mock.Mocker, read: Read, clock: FastClock
) -> None:
    clockify.get(re.compile(BASE), status_code=429)
    output = read("tags", "clients", "projects", "user_groups", failing=True)
    assert len(errors_of_streams(output)) == 4
    assert PATIENCE - 600 < sum(clock.waits) < PATIENCE + 3 * 600


def test_a_wait_within_the_patience_is_kept(clockify: requests_mock.Mocker, read: Read, clock: FastClock) -> None:
    clockify.get(TAGS, [{"status_code": 503, "headers": {"Retry-After": "3600"}}, PAGE])
    assert errors(read("tags")) == []
    assert 3600 <= sum(clock.waits) < 3610


@pytest.mark.parametrize("status", [429, 503])
def test_waits_one_after_the_other_stay_within_the_patience(
    status: int, clockify: requests_mock.Mocker, read: Read, clock: FastClock
) -> None:
    clockify.get(TAGS, status_code=status, headers={"Retry-After": "3000"})
    assert len(errors(read("tags", failing=True))) > 0
    assert 6000 <= sum(clock.waits) < PATIENCE


@pytest.mark.parametrize(
    "useless", ["²", "-1", "nan", "inf", "1e9", "١", "Fri, 99 Foo 99999 99:99:99 GMT", "\x00", "1,2"]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_that_says_nothing_is_as_none(
    status: int, useless: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.get(TAGS, [{"status_code": status, "headers": {"Retry-After": useless}}, PAGE])
    output = read("tags")
    assert [row["id"] for row in rows(output, "tags")] == ["t1"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_check_waits_half_a_minute_at_most(status: int, clockify: requests_mock.Mocker, clock: FastClock) -> None:
    clockify.get(f"{HOST}/workspaces", status_code=status, headers={"Retry-After": "31"})
    result = SourceClockify(clock).check(logging.getLogger("test"), {"api_key": KEY})
    assert "asks to wait 0:00:31 h" in str(result.message)
    assert sum(clock.waits) < 1


def test_a_long_wait_is_told_every_half_minute(
    clockify: requests_mock.Mocker,
    read: Read,
    clock: FastClock,
    caplog: pytest.LogCaptureFixture,
    mocker: MockerFixture,
) -> None:
    told: list[float] = []
    mocker.patch.object(caplog.handler, "emit", side_effect=lambda _: told.append(clock.monotonic()))
    clockify.get(TAGS, [{"status_code": 503, "headers": {"Retry-After": "3000"}}, PAGE])
    read("tags")
    assert max(later - earlier for earlier, later in pairwise(told)) <= 30
    assert clock.monotonic() >= 3000


def silent(clock: FastClock, seconds: float = 120.1) -> Callable[..., Any]:
    """A host that takes a request and says nothing."""

    def wait(*_: Any) -> None:
        clock.sleep(seconds)
        raise requests.exceptions.ReadTimeout

    return wait


def test_a_silent_host_fails_a_request_after_three_time_outs(
    clockify: requests_mock.Mocker, read: Read, clock: FastClock
) -> None:
    tags = clockify.get(TAGS, text=silent(clock))
    output = read("tags", failing=True)
    assert "api.clockify.me could not be reached or broke off (ReadTimeout)" in errors(output)[0]
    assert tags.call_count == 3
    assert sum(clock.waits) < 400


def test_a_silent_host_fails_a_check_after_one_time_out(clockify: requests_mock.Mocker, clock: FastClock) -> None:
    workspaces = clockify.get(f"{HOST}/workspaces", text=silent(clock))
    result = SourceClockify(clock).check(logging.getLogger("test"), {"api_key": KEY})
    assert "api.clockify.me could not be reached" in str(result.message)
    assert workspaces.call_count == 1


class TestAHostThatIsDown:
    @pytest.mark.parametrize(
        "fault", [requests.exceptions.ReadTimeout, requests.exceptions.ConnectTimeout, requests.ConnectionError]
    )
    def test_fails_what_is_left_at_once(
        self, fault: type[Exception], clockify: requests_mock.Mocker, read: Read, clock: FastClock
    ) -> None:
        lists = clockify.get(re.compile(BASE), exc=fault)
        output = read("tags", "clients", "projects", failing=True)
        first, *others = errors_of_streams(output)
        assert "could not be reached" in first
        assert ["it is not asked again in this sync" in other for other in others] == [True, True]
        assert lists.call_count == SYNC_RETRIES.tries
        assert sum(clock.waits) < 100

    def test_is_not_one_that_answered_something_meanwhile(self, clockify: requests_mock.Mocker, read: Read) -> None:
        fault: Row = {"exc": requests.exceptions.ReadTimeout}
        clockify.get(CLIENTS, [fault, {"status_code": 500}, fault])
        clockify.get(TAGS, **PAGE)
        output = read("tags", "clients", failing=True)
        assert [row["id"] for row in rows(output, "tags")] == ["t1"]

    def test_is_not_one_that_fails(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(CLIENTS, status_code=502)
        clockify.get(TAGS, **PAGE)
        assert [row["id"] for row in rows(read("tags", "clients", failing=True), "tags")] == ["t1"]

    def test_leaves_other_hosts_alone(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(TAGS, exc=requests.ConnectionError)
        report = {
            "totals": [{"entriesCount": 1}],
            "timeentries": [{"_id": "e1", "timeInterval": {"start": "2026-11-02T08:00:00Z"}}],
        }
        clockify.post(f"https://reports.api.clockify.me/v1/workspaces/{WORKSPACE}/reports/detailed", json=report)
        output = read("tags", "time_entry_report", failing=True, start_date="2026-11-01")
        assert len(errors_of_streams(output)) == 1
        assert "e1" in {row["id"] for row in rows(output, "time_entry_report")}

    def test_is_asked_again_by_the_next_sync(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(TAGS, exc=requests.ConnectionError)
        read("tags", failing=True)
        clockify.get(TAGS, **PAGE)
        assert [row["id"] for row in rows(read("tags"), "tags")] == ["t1"]


def test_a_date_soon_is_waited_for(clockify: requests_mock.Mocker, read: Read, clock: FastClock) -> None:
    soon = (datetime.now(UTC) + timedelta(minutes=10)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    clockify.get(TAGS, [{"status_code": 503, "headers": {"Retry-After": soon}}, PAGE])
    assert errors(read("tags")) == []
    assert 590 < sum(clock.waits) < 610
