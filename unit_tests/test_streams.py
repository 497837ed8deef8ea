"""How the streams behave where an endpoint or the CDK is odd."""

import logging
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus, FailureType, SyncMode

from source_clockify import SourceClockify
from unit_tests.conftest import HOST, KEY, WORKSPACE, Read, Row, answer, errors, rows, workspace

BASE = f"/workspaces/{WORKSPACE}"


def paths_asked(clockify: requests_mock.Mocker) -> list[str]:
    return [request.path.removeprefix("/api/v1") for request in clockify.request_history]


class TestNoneOfTheTrapsOfResumableFullRefresh:
    """Each of these loses rows or never ends with a plain HttpStream of the CDK."""

    def test_a_child_reads_all_when_its_parent_was_read_before(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, f"{BASE}/projects", [{"id": "p1"}], [{"id": "p2"}])
        for project in ("p1", "p2"):
            answer(clockify, f"{BASE}/projects/{project}/tasks", [{"id": f"{project}-t"}])
        output = read("projects", "tasks", sync_mode=SyncMode.full_refresh)
        assert [row["id"] for row in rows(output, "tasks")] == ["p1-t", "p2-t"]

    def test_all_pages_are_read_whatever_the_number_of_workers(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, f"{BASE}/tags", [{"id": "t1"}], [{"id": "t2"}], [{"id": "t3"}])
        assert len(rows(read("tags", num_workers=20, sync_mode=SyncMode.full_refresh), "tags")) == 3

    def test_a_list_without_pages_ends(self, clockify: requests_mock.Mocker, read: Read) -> None:
        output = read("workspaces", sync_mode=SyncMode.full_refresh)
        assert [row["id"] for row in rows(output, "workspaces")] == [WORKSPACE]

    def test_state_of_a_child_does_not_hold_its_parents(self, clockify: requests_mock.Mocker, read: Read) -> None:
        answer(clockify, f"{BASE}/projects", [{"id": f"p{n}", "name": "secret plan"} for n in range(50)])
        for n in range(50):
            answer(clockify, f"{BASE}/projects/p{n}/tasks", [])
        output = read("tasks", sync_mode=SyncMode.full_refresh)
        assert len(output.state_messages) == 1
        assert "p1" not in str(output.state_messages[0])

    def test_only_incremental_streams_say_that_they_resume(self) -> None:
        streams = SourceClockify().streams({"api_key": KEY})
        resumable = {stream.name for stream in streams if stream.as_airbyte_stream().is_resumable}
        assert resumable == {stream.name for stream in streams if stream.cursor_field}
        assert "time_entries" in resumable


class TestParents:
    def test_one_list_serves_the_parent_and_its_child(self, clockify: requests_mock.Mocker, read: Read) -> None:
        answer(clockify, f"{BASE}/projects", [{"id": "p1"}])
        answer(clockify, f"{BASE}/projects/p1/tasks", [{"id": "t1"}])
        read("tasks", "projects")  # the catalog may name the child first
        assert paths_asked(clockify).count(f"{BASE}/projects") == 1

    def test_only_ids_are_asked_for_where_the_parent_is_not_selected(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, f"{BASE}/users", [{"id": "u1"}])
        answer(clockify, f"{BASE}/user/u1/time-entries", [])
        read("time_entries")
        [listed] = [request for request in clockify.request_history if request.path.endswith("/users")]
        assert (listed.qs["memberships"], listed.qs["page-size"]) == (["none"], ["5000"])
        assert listed.qs["status"] == ["all"]

    def test_a_parent_deleted_meanwhile_is_skipped(
        self, clockify: requests_mock.Mocker, read: Read, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer(clockify, f"{BASE}/projects", [{"id": "p1"}, {"id": "p2"}])
        gone = {"message": "Project doesn't belong to Workspace", "code": 501}
        clockify.get(f"{HOST}{BASE}/projects/p1/tasks", status_code=400, json=gone)
        answer(clockify, f"{BASE}/projects/p2/tasks", [{"id": "t2"}])
        output = read("tasks", debug=True)
        assert [row["id"] for row in rows(output, "tasks")] == ["t2"]
        assert {line.levelname for line in caplog.records if "projectId p1 is gone" in line.getMessage()} == {"DEBUG"}

    def test_a_refused_parent_is_asked_once(self, clockify: requests_mock.Mocker, read: Read) -> None:
        users = clockify.get(f"{HOST}{BASE}/users", status_code=403, json={"message": "Access Denied", "code": 501})
        output = read("users", "time_entries", failing=True)
        assert users.call_count == 1
        assert [("owner or admin" in text) for text in errors(output)[:2]] == [True, True]


class TestPlans:
    FREE: Row = workspace(features=["TIME_TRACKING"], featureSubscriptionType=None)

    @pytest.mark.parametrize("status", [402, 403])
    @pytest.mark.parametrize(
        "body", [{"json": {"message": "Upgrade", "code": 501}}, {"text": ""}], ids=["json", "empty"]
    )
    def test_a_workspace_without_the_feature_is_skipped_with_one_warning(
        self, status: int, body: Row, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, "/workspaces", [self.FREE])
        listed = clockify.get(f"{HOST}{BASE}/expenses/categories", status_code=status, **body)
        output = read("expense_categories")
        warnings = [m.log.message for m in output.logs if m.log and m.log.level.value == "WARN"]
        assert len(warnings) == 1
        assert all(word in warnings[0] for word in ("expense_categories", "FREE", "Acme", "EXPENSES"))
        assert listed.call_count == 1
        assert output.get_stream_statuses("expense_categories")[-1] == AirbyteStreamStatus.COMPLETE

    def test_our_map_of_plans_is_not_believed_before_clockify_says_so(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, "/workspaces", [self.FREE])
        answer(clockify, f"{BASE}/holidays", [{"id": "h1"}])
        assert [row["id"] for row in rows(read("holidays"), "holidays")] == ["h1"]

    def test_a_refusal_that_is_not_the_plans_fails_the_stream(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(f"{HOST}{BASE}/holidays", status_code=403, json={"message": "Access Denied", "code": 501})
        output = read("holidays", failing=True)
        assert output.get_stream_statuses("holidays")[-1] == AirbyteStreamStatus.INCOMPLETE
        assert output.errors[0].trace is not None
        assert output.errors[0].trace.error is not None
        assert output.errors[0].trace.error.failure_type == FailureType.config_error


class TestWorkspaces:
    def test_only_the_chosen_ones_are_read(self, clockify: requests_mock.Mocker, read: Read) -> None:
        answer(clockify, "/workspaces", [workspace(), workspace(id="other", name="Other")])
        answer(clockify, "/workspaces/other/tags", [{"id": "t"}])
        output = read("workspaces", "tags", workspace_ids=["other"])
        assert [row["id"] for row in rows(output, "workspaces")] == ["other"]
        assert [row["workspaceId"] for row in rows(output, "tags")] == ["other"]
        assert paths_asked(clockify) == ["/workspaces", "/workspaces/other/tags"]

    def test_one_that_is_not_visible_is_named(self, clockify: requests_mock.Mocker, read: Read) -> None:
        output = read("tags", workspace_ids=["missing", WORKSPACE], failing=True)
        assert "missing not visible to this key" in errors(output)[0]
        assert "Acme" in errors(output)[0]

    def test_a_key_that_sees_none_is_an_error(self, clockify: requests_mock.Mocker, read: Read) -> None:
        answer(clockify, "/workspaces", [])
        assert "sees no workspace" in errors(read("tags", failing=True))[0]

    @pytest.mark.parametrize("body", [{"json": {"id": "w"}}, {"json": [{"name": "no id"}]}, {"json": ["w"]}], ids=str)
    def test_another_shape_is_an_error(self, body: Any, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(f"{HOST}/workspaces", **body)
        assert "not of the expected shape" in errors(read("workspaces", failing=True))[0]


def test_expense_categories_are_read_in_both_states(clockify: requests_mock.Mocker, read: Read) -> None:
    path = f"{BASE}/expenses/categories"
    for archived in ("false", "true"):
        answer(clockify, f"{path}?archived={archived}", {"categories": [{"id": archived}], "count": 1})
    assert [row["id"] for row in rows(read("expense_categories"), "expense_categories")] == ["false", "true"]


def test_no_request_without_a_read() -> None:
    with requests_mock.Mocker() as mocker:
        source = SourceClockify()
        source.spec(logging.getLogger("test"))
        source.discover(logging.getLogger("test"), {"api_key": KEY})
        assert mocker.call_count == 0


def test_one_line_per_stream_and_workspace(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, f"{BASE}/tags", [{"id": "t1"}], [{"id": "t2"}])
    output = read("tags")
    lines = [m.log.message for m in output.logs if m.log and m.log.message.startswith("tags: ")]
    assert lines == [f"tags: 2 records, 2 requests from workspace 'Acme' ({WORKSPACE})"]


class TestCheck:
    def test_takes_one_request(self, clockify: requests_mock.Mocker) -> None:
        status = SourceClockify().check(logging.getLogger("test"), {"api_key": KEY, "workspace_ids": [WORKSPACE]})
        assert status.status.value == "SUCCEEDED"
        assert paths_asked(clockify) == ["/workspaces"]

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
