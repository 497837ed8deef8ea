"""The Snapshots API: its records, and what its answers mean."""

import logging
from typing import Any

import pytest
import requests
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus, FailureType

from harness.clock import FastClock
from source_clockify import SourceClockify
from unit_tests.conftest import KEY, Read, errors, rows
from unit_tests.highlevel import (
    COMPANY,
    CONFIG,
    FORMER_LOCATIONS,
    LOCATIONS,
    NO_SCOPE,
    NO_SUCH_OPERATION,
    SNAPSHOTS,
    TOKEN,
    page,
    refusal,
)


def test_a_location_has_its_name_and_address(highlevel: requests_mock.Mocker, read: Read) -> None:
    first, _ = rows(read("locations", **CONFIG), "locations")
    assert first == {
        "locationId": "l1",
        "name": "Owner of l1",
        "timezone": "Europe/Lisbon",
        "location_id": "l1",
        "location_name": "Shop l1",
        "isSaas": True,
        "address": "l1 Street",
        "city": "Lisbon",
        "state": "Lisboa",
        "postalCode": "1100",
        "country": "PT",
    }


def test_snapshots(highlevel: requests_mock.Mocker, read: Read) -> None:
    output = read("snapshots", **CONFIG)
    assert rows(output, "snapshots") == [{"id": "s1", "name": "Yoga", "type": "own"}]
    assert highlevel.request_history[-1].qs == {"companyid": [COMPANY.lower()]}


def test_the_counts_are_logged(highlevel: requests_mock.Mocker, read: Read) -> None:
    lines = [message.log.message for message in read("locations", **CONFIG).logs if message.log]
    assert "locations: 2 records, 3 requests" in lines


@pytest.mark.parametrize(
    ("fault", "words", "failure_type"),
    [
        (NO_SCOPE, "add snapshots.readonly to the scopes", "config"),
        (NO_SUCH_OPERATION, "look for a newer version", "system"),
        (refusal(401, "Invalid JWT"), "Renew `snapshots_api.access_token`", "config"),
        (refusal(401, "Invalid token: access token is invalid"), "has expired", "config"),
        (refusal(401, "This authClass type is not allowed to access this scope."), "not of a sub-account", "config"),
        (refusal(401, "Token's user type mismatch!"), "not of a sub-account", "config"),
        (refusal(403, "The token does not have access to this company."), "`snapshots_api.company_id`", "config"),
        (refusal(404, "Company not found"), "`snapshots_api.company_id`", "config"),
        (refusal(422, ["companyId must be a string"]), "companyId must be a string", "config"),
        ({"status_code": 302, "headers": {"Location": "https://elsewhere.example/"}}, "elsewhere.example", "config"),
        ({"status_code": 405}, "405", "system"),
        ({"json": []}, "not of the expected shape", "system"),
        ({"json": {"snapshots": [{"name": "no id"}]}}, "Row 1 of ", "system"),
        ({"status_code": 500}, "kept failing", "transient"),
        ({"status_code": 429}, "too many requests", "transient"),
        ({"text": "<html>"}, "not JSON", "transient"),
        ({"exc": requests.exceptions.ConnectionError}, "could not be reached", "transient"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_its_cure(
    fault: dict[str, Any], words: str, failure_type: str, highlevel: requests_mock.Mocker, read: Read
) -> None:
    highlevel.get(SNAPSHOTS, **fault)
    output = read("snapshots", failing=True, **CONFIG)
    assert words in errors(output)[0]
    assert "Clockify" not in errors(output)[0]
    traces = [message.trace.error for message in output.errors if message.trace and message.trace.error]
    assert traces[0].failure_type == FailureType(f"{failure_type}_error")
    assert output.get_stream_statuses("snapshots")[-1] == AirbyteStreamStatus.INCOMPLETE
    assert rows(output, "snapshots") == []


@pytest.mark.parametrize(
    "fault",
    [{"status_code": 500}, {"status_code": 429}, {"text": "<html>"}, {"exc": requests.exceptions.ReadTimeout}],
    ids=str,
)
def test_a_passing_fault_is_tried_again(fault: dict[str, Any], highlevel: requests_mock.Mocker, read: Read) -> None:
    highlevel.get(SNAPSHOTS, [fault, fault, {"json": {"snapshots": [{"id": "s1"}]}}])
    assert rows(read("snapshots", **CONFIG), "snapshots") == [{"id": "s1"}]


def test_its_limit_is_its_own(highlevel: requests_mock.Mocker, read: Read, clock: FastClock) -> None:
    limited = {"status_code": 429, "headers": {"Retry-After": "40"}}
    highlevel.get(SNAPSHOTS, [limited, {"json": {"snapshots": []}}])
    lines = [message.log.message for message in read("snapshots", **CONFIG).logs if message.log]
    assert any(line.startswith("HighLevel's request limit is reached") for line in lines)
    assert 40 <= sum(clock.waits) < 41


class TestTheTwoCredentials:
    def test_each_goes_to_its_own_host_only(self, highlevel: requests_mock.Mocker, read: Read) -> None:
        read("locations", "snapshots", "workspaces", **CONFIG)
        hosts = {request.hostname for request in highlevel.request_history}
        assert hosts == {"api.clockify.me", "services.leadconnectorhq.com"}
        for request in highlevel.request_history:
            key, token = request.headers.get("X-Api-Key"), request.headers.get("Authorization")
            expected = (None, f"Bearer {TOKEN}") if request.hostname != "api.clockify.me" else (KEY, None)
            assert (key, token) == expected

    @pytest.mark.parametrize("given", [TOKEN, f" {TOKEN}\n"], ids=["plain", "with blanks"])
    @pytest.mark.parametrize("status", [401, 403, 500])
    def test_the_token_shows_nowhere(
        self, status: int, given: str, highlevel: requests_mock.Mocker, read: Read
    ) -> None:
        highlevel.get(SNAPSHOTS, **refusal(status, f"I was sent {TOKEN}"))
        config = {"snapshots_api": {"access_token": given, "company_id": COMPANY}}
        output = read("snapshots", failing=True, debug=True, **config)
        printed = str(output.records_and_state_messages + output.logs + output.errors)
        assert "I was sent ****" in printed
        assert TOKEN not in printed


class TestCheck:
    def check(self, **config: Any) -> Any:
        return SourceClockify().check(logging.getLogger("test"), {"api_key": KEY, **config})

    def test_proves_the_token_with_one_request(
        self, highlevel: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO):
            assert self.check(**CONFIG).status.value == "SUCCEEDED"
        assert [request.hostname for request in highlevel.request_history].count("services.leadconnectorhq.com") == 1
        assert f"The token sees 2 locations in SaaS mode of the agency {COMPANY}" in caplog.text

    @pytest.mark.parametrize(("pagination", "seen"), [({"total": 7}, 7), ({}, 2)], ids=["total", "no total"])
    def test_tells_the_total_where_there_is_one(
        self, pagination: dict[str, int], seen: int, highlevel: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
    ) -> None:
        highlevel.get(LOCATIONS, json=page("l1", "l2", **pagination))
        with caplog.at_level(logging.INFO):
            self.check(**CONFIG)
        assert f"The token sees {seen} locations" in caplog.text

    def test_does_not_try_for_long(self, highlevel: requests_mock.Mocker) -> None:
        """Somebody is looking at the form."""
        failing = highlevel.get(LOCATIONS, status_code=500)
        source = SourceClockify(FastClock())
        status = source.check(logging.getLogger("test"), {"api_key": KEY, **CONFIG})
        assert status.status.value == "FAILED"
        assert failing.call_count == 2

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            (refusal(401, "Invalid JWT"), "`snapshots_api.access_token`"),
            (NO_SCOPE, "saas/company.read and saas/location.read"),
            (NO_SUCH_OPERATION, "look for a newer version"),
        ],
        ids=["wrong token", "no scope", "no operation"],
    )
    def test_says_what_is_wrong(self, fault: dict[str, Any], words: str, highlevel: requests_mock.Mocker) -> None:
        highlevel.get(LOCATIONS, **fault)
        highlevel.get(FORMER_LOCATIONS, **fault)
        status = self.check(**CONFIG)
        assert status.status.value == "FAILED"
        assert words in status.message


def test_without_the_setting_there_is_nothing_of_it(clockify: requests_mock.Mocker) -> None:
    source = SourceClockify()
    assert not {"locations", "snapshots"} & {stream.name for stream in source.streams({"api_key": KEY})}
    assert source.check(logging.getLogger("test"), {"api_key": KEY}).status.value == "SUCCEEDED"
    assert {request.hostname for request in clockify.request_history} == {"api.clockify.me"}
