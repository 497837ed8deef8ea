"""What a check asks and tells."""

import logging

import pytest
import requests_mock

from source_clockify import SourceClockify
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
            "custom_fields, invoices, invoice_details, invoice_payments, audit_log"
        )

    @pytest.mark.parametrize(
        ("fault", "words"),
        [
            ({"status_code": 401, "json": {"message": "Api key does not exist", "code": 4003}}, "`api_key`"),
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

    def test_names_a_workspace_that_is_not_visible(self, clockify: requests_mock.Mocker) -> None:
        status = SourceClockify().check(logging.getLogger("test"), {"api_key": KEY, "workspace_ids": ["missing"]})
        assert str(status.message).startswith("`workspace_ids`: missing")
