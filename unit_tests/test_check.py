"""What a check asks and tells."""

import logging

import pytest
import requests
import requests_mock

from source_clockify import SourceClockify
from source_clockify.config import REGION_TITLES
from unit_tests.conftest import (
    HOST,
    KEY,
    WORKSPACE,
    Row,
    answer,
    paths_asked,
    workspace,
)

BASE = f"/workspaces/{WORKSPACE}"


class TestCheck:
    def test_takes_two_requests(self, clockify: requests_mock.Mocker) -> None:
        status = SourceClockify().check(logging.getLogger("test"), {"api_key": KEY, "workspace_ids": [WORKSPACE]})
        assert status.status.value == "SUCCEEDED"
        assert paths_asked(clockify) == ["/workspaces"] * 2

    @pytest.mark.parametrize(
        ("answered", "role"),
        [
            ({"json": [workspace()]}, ", role owner or admin"),
            ({"json": []}, ", role neither owner nor admin"),
            ({"status_code": 400, "json": {"message": "roles?", "code": 3000}}, ""),
        ],
        ids=["admin", "member", "not told"],
    )
    def test_tells_plan_role_and_what_the_plan_lacks(
        self, answered: Row, role: str, clockify: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
    ) -> None:
        clockify.get(f"{HOST}/workspaces?roles=OWNER,WORKSPACE_ADMIN", **answered)
        answer(clockify, "/workspaces", [workspace(features=["EXPENSES", "TIME_OFF", "SCHEDULING", "APPROVAL"])])
        clockify.get(f"{HOST}/workspaces?roles=OWNER,WORKSPACE_ADMIN", **answered)
        with caplog.at_level(logging.INFO):
            SourceClockify().check(logging.getLogger("test"), {"api_key": KEY})
        [line] = [record.getMessage() for record in caplog.records if "The key sees" in record.getMessage()]
        assert line == (
            f"The key sees workspace 'Acme' ({WORKSPACE}): plan PRO{role}; the plan seems to lack "
            "custom_fields, invoices, invoice_details, invoice_payments, attendance_report, audit_log"
        )

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"status_code": 429, "headers": {"Retry-After": "3600"}}, "too many requests"),
            ({"status_code": 503, "headers": {"Retry-After": "0"}}, "kept failing"),
        ],
        ids=str,
    )
    def test_says_what_is_wrong(self, fault: Row, words: str, clockify: requests_mock.Mocker) -> None:
        clockify.get(f"{HOST}/workspaces", **fault)
        status = SourceClockify().check(logging.getLogger("test"), {"api_key": KEY})
        assert status.status.value == "FAILED"
        assert words in str(status.message)

    @pytest.mark.parametrize("refusal", [(4003, "Api key does not exist"), (1000, "Full authentication is required")])
    @pytest.mark.parametrize(
        ("region", "elsewhere", "words"),
        [
            ("global", {"euw2": {"json": []}}, "The key is known in another region: set `region` to `euw2` (UK)."),
            ("use2", {"global": {"json": []}}, "set `region` to `global` (Global)."),
            ("global", {}, "None of the other regions knows the key, so it is mistyped or was deleted."),
            (
                "global",
                {"apse2": {"status_code": 503}},
                "None of the other regions knows the key, but `apse2` (Australia) could not be asked.",
            ),
            ("euc1", {"use2": {"exc": requests.ConnectTimeout}, "euw2": {"json": []}}, "set `region` to `euw2` (UK)."),
        ],
    )
    def test_says_which_region_knows_the_key(
        self, region: str, elsewhere: Row, words: str, refusal: tuple[int, str], clockify: requests_mock.Mocker
    ) -> None:
        code, message = refusal
        for one in REGION_TITLES:
            host = HOST if one == "global" else f"https://{one}.clockify.me/api/v1"
            unknown: Row = {"status_code": 401, "json": {"message": message, "code": code}}
            clockify.get(f"{host}/workspaces", **elsewhere.get(one, unknown))
        status = SourceClockify().check(logging.getLogger("test"), {"api_key": KEY, "region": region})
        assert str(status.message).endswith(words)
        asked = [request.hostname for request in clockify.request_history]
        assert len(asked) == len(set(asked)) == 5

    def test_the_key_of_a_host_of_ones_own_goes_nowhere_else(self, clockify: requests_mock.Mocker) -> None:
        unknown = {"message": "Api key does not exist", "code": 4003}
        clockify.get("https://acme.example/api/v1/workspaces", status_code=401, json=unknown)
        config = {"api_key": KEY, "api_url": "https://acme.example"}
        status = SourceClockify().check(logging.getLogger("test"), config)
        assert "acme.example does not know this key" in str(status.message)
        assert [request.hostname for request in clockify.request_history] == ["acme.example"]

    def test_names_a_workspace_that_is_not_visible(self, clockify: requests_mock.Mocker) -> None:
        status = SourceClockify().check(logging.getLogger("test"), {"api_key": KEY, "workspace_ids": ["missing"]})
        assert str(status.message).startswith("`workspace_ids`: missing")
