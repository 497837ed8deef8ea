"""The audit log: its windows, its ids, and how its pages end."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests_mock

from unit_tests.conftest import WORKSPACE, Read, Row, answer, errors, kept, rows, saved, workspace

AUDIT = f"https://auditlog-api.api.clockify.me/v1/workspaces/{WORKSPACE}/audit-log"

pytestmark = pytest.mark.usefixtures("at_noon")


def bodies(clockify: requests_mock.Mocker) -> list[Row]:
    """What the log was asked for, in the order of its windows and pages."""
    sent = [json.loads(request.body) for request in clockify.request_history if request.url == AUDIT]
    return sorted(sent, key=lambda body: (body["start"], body["page"]))


class TestAuditLog:
    ROW: Row = {"action": "DELETE_TAG", "timestamp": "2026-11-20T10:00:00Z", "userId": "u", "content": "{}"}  # noqa: RUF012

    def log(self, clockify: requests_mock.Mocker, *pages: list[Row]) -> None:
        """The given pages in the last window, nothing in those before."""
        answer(clockify, "/workspaces", [workspace(features=["AUDIT_LOG"])])

        def page(request: Any, _: Any) -> list[Row]:
            body = request.json()
            in_window = body["start"] <= "2026-11-20T10:00:00Z" < body["end"]
            return pages[body["page"] - 1] if in_window and body["page"] <= len(pages) else []

        clockify.post(AUDIT, json=page)

    @pytest.mark.parametrize("start_date", [None, "2015-06-01", "2025-11-22T11:59:59Z"])
    def test_a_year_is_read_in_windows_of_thirty_days(
        self, start_date: str | None, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        self.log(clockify)
        read("audit_log", start_date=start_date)
        asked = bodies(clockify)
        assert asked[0]["start"] == "2025-11-22T12:00:00Z"
        assert asked[-1]["end"] == "2026-11-22T12:00:00Z"
        lengths = [datetime.fromisoformat(body["end"]) - datetime.fromisoformat(body["start"]) for body in asked]
        assert max(lengths) == timedelta(days=30)
        assert all(earlier["end"] == later["start"] for earlier, later in pairwise(asked))
        assert {body["page-size"] for body in asked} == {50}

    def test_everything_that_anybody_did_is_asked_for(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify)
        read("audit_log", start_date="2026-11-01")
        [body] = bodies(clockify)
        assert body["authors"] == {"authorIds": [], "contains": "DOES_NOT_CONTAIN"}
        assert len(set(body["actions"])) == len(body["actions"]) == 37
        for action in ("CREATE_TIME_KIOSK", "DELETE_TIME_FOR_OTHER", "UPDATE_TAG", "RESTORE_EXPENSE_FOR_OTHER"):
            assert action in body["actions"]

    def test_a_later_start_date_leaves_out_what_is_before_it(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify)
        read("audit_log", start_date="2026-10-01")
        assert [body["start"] for body in bodies(clockify)] == ["2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z"]

    @pytest.mark.parametrize(
        "refusal",
        [
            {"status_code": 400, "json": {"timestamp": "t", "status": 400, "error": "Bad Request", "path": "/"}},
            {"status_code": 404, "json": {"timestamp": "t", "status": 404, "error": "Not Found", "path": "/"}},
            {"status_code": 404, "text": ""},
            {"status_code": 400, "json": {"message": "Audit log is not found", "code": 501}},
            {"status_code": 403, "json": {"message": "Access Denied", "code": 501}},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("features", [[], ["AUDIT_LOG"]], ids=["without", "with"])
    def test_a_plan_without_the_log_is_skipped_however_the_host_says_so(
        self, features: list[str], refusal: Row, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, "/workspaces", [workspace(features=features)])
        clockify.post(AUDIT, **refusal)
        output = read("audit_log", failing=bool(features), num_workers=4)
        told = "not in the plan (PRO) of workspace 'Acme'" in str(output.logs)
        assert (told, bool(output.errors)) == ((False, True) if features else (True, False))
        assert clockify.call_count - 1 <= (1 if not features else 20)

    @pytest.mark.parametrize(("takes_start", "takes_end"), [(True, True), (True, False), (False, True)])
    def test_what_happened_where_two_windows_meet_comes_once_whichever_of_them_has_it(
        self, takes_start: bool, takes_end: bool, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, "/workspaces", [workspace(features=["AUDIT_LOG"])])
        times = ["2025-12-22T11:59:59Z", "2025-12-22T12:00:00Z", "2025-12-22T12:00:00Z", "2026-01-21T12:00:00.250Z"]
        events = [{**self.ROW, "timestamp": time, "userId": f"u{number}"} for number, time in enumerate(times)]

        def page(request: Any, context: Any) -> list[Row]:
            context.headers["Last-Page"] = "true"
            start, end = (request.json()[bound] for bound in ("start", "end"))
            seconds = [(f"{event['timestamp'][:19]}Z", event) for event in events]
            at_bounds = {start: takes_start, end: takes_end}
            return [dict(event) for at, event in seconds if start <= at <= end and at_bounds.get(at, True)]

        clockify.post(AUDIT, json=page)
        output = read("audit_log")
        assert [row["userId"] for row in rows(output, "audit_log")] == ["u0", "u1", "u2", "u3"]
        told = f"left out {3 if takes_start and takes_end else 0} more rows that came twice"
        assert (told in str(output.logs)) is (takes_start and takes_end)

    def test_a_row_has_a_stable_id(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify, [self.ROW, {**self.ROW, "userId": "other"}])
        first = rows(read("audit_log"), "audit_log")
        self.log(clockify, [dict(reversed(self.ROW.items())), {**self.ROW, "userId": "other"}])
        second = rows(read("audit_log"), "audit_log")
        assert [row["id"] for row in first] == [row["id"] for row in second]
        assert len({row["id"] for row in first}) == len(first) == 2

    def test_rows_that_are_equal_in_everything_are_one_whichever_pages_they_are_on(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        users = [["a", "b", "a", "c", "d"], ["d", "a", "e"], ["e"]]
        self.log(clockify, *([{**self.ROW, "userId": user} for user in page] for page in users))
        assert [row["userId"] for row in rows(read("audit_log"), "audit_log")] == ["a", "b", "c", "d", "e"]

    def test_short_pages_are_believed_until_an_empty_one(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify, *[[{**self.ROW, "userId": f"u{n}"}] for n in range(4)])
        assert len(rows(read("audit_log"), "audit_log")) == 4

    def test_the_next_sync_goes_on_a_little_before_the_last(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify)
        output = read("audit_log", state=saved({"timestamp": "2026-11-21T00:00:00.000Z"}))
        assert [body["start"] for body in bodies(clockify)] == ["2026-11-21T00:00:00Z"]
        assert kept(output) == {"timestamp": "2026-11-22T11:50:00.000Z"}

    def test_a_sync_that_breaks_off_is_gone_on_with_where_the_last_whole_window_ended(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        """So much is in each window that state is published after it."""
        answer(clockify, "/workspaces", [workspace(features=["AUDIT_LOG"])])

        def page(request: Any, context: Any) -> Any:
            body = request.json()
            if body["start"] == "2026-01-21T12:00:00Z" and body["page"] == 2:
                context.status_code = 400
                return {"message": "Log failed", "code": 501}
            row = {**self.ROW, "timestamp": body["start"], "content": "x" * 10_000}
            return [row] if body["page"] == 1 else []

        clockify.post(AUDIT, json=page)
        output = read("audit_log", failing=True)
        windows = ["2025-11-22T12:00:00Z", "2025-12-22T12:00:00Z", "2026-01-21T12:00:00Z"]
        assert [row["timestamp"] for row in rows(output, "audit_log")] == windows
        assert "Log failed" in errors(output)[0]
        assert kept(output) == {"timestamp": "2026-01-21T12:00:00.000Z"}
