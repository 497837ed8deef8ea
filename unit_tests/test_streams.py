"""How the streams behave where an endpoint or the CDK is odd."""

import logging
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus, FailureType, SyncMode

from source_clockify import SourceClockify
from unit_tests.conftest import (
    HOST,
    KEY,
    WORKSPACE,
    Read,
    Row,
    answer,
    errors,
    paths_asked,
    rows,
    workspace,
)

BASE = f"/workspaces/{WORKSPACE}"


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
        assert "the API has changed" in errors(read("workspaces", failing=True))[0]


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


def test_a_wrong_key_costs_one_request_however_many_streams(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(f"{HOST}/workspaces", status_code=401, json={"message": "Api key does not exist", "code": 4003})
    output = read("workspaces", "tags", "clients", "time_entries", failing=True)
    assert clockify.call_count == 1
    assert len([text for text in errors(output) if "does not know this key" in text]) >= 4


class TestInvoices:
    @pytest.mark.parametrize(
        "selected", [("invoice_payments",), ("invoices", "invoice_payments", "invoice_details")], ids=str
    )
    def test_payments_that_add_up_to_nothing_are_read_too(
        self, selected: tuple[str, ...], clockify: requests_mock.Mocker, read: Read
    ) -> None:
        """A payment and its refund leave the invoice as if nobody had paid."""
        listed = [{"id": invoice, "amount": 100, "balance": 100, "paid": 0} for invoice in ("i1", "i2")]
        answer(clockify, f"{BASE}/invoices", {"invoices": listed, "total": 2})
        answer(clockify, f"{BASE}/invoices/i1/payments", [{"id": "p1", "amount": 100}, {"id": "p2", "amount": -100}])
        answer(clockify, f"{BASE}/invoices/i2/payments", [])
        for invoice in ("i1", "i2"):
            clockify.get(f"{HOST}{BASE}/invoices/{invoice}", json={"id": invoice, "items": [{"order": 1}]})
        output = read(*selected)
        assert rows(output, "invoice_payments") == [
            {"id": "p1", "amount": 100, "invoiceId": "i1", "workspaceId": WORKSPACE},
            {"id": "p2", "amount": -100, "invoiceId": "i1", "workspaceId": WORKSPACE},
        ]
        assert paths_asked(clockify).count(f"{BASE}/invoices") == 1
        details = rows(output, "invoice_details")
        assert [row["id"] for row in details] == (["i1", "i2"] if len(selected) > 1 else [])

    def test_a_refused_list_is_not_asked_for_again_by_its_children(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        answer(clockify, "/workspaces", [workspace(features=[])])
        listed = clockify.get(f"{HOST}{BASE}/invoices", status_code=403, json={"message": "Upgrade", "code": 501})
        output = read("invoices", "invoice_details", "invoice_payments")
        assert listed.call_count == 1
        told = [(m.log.level.value, m.log.message) for m in output.logs if m.log and "not in the plan" in m.log.message]
        assert [level for level, _ in told] == ["WARN", "INFO", "INFO"]
        assert [text.partition(":")[0] for _, text in told] == ["invoices", "invoice_details", "invoice_payments"]


class TestWebhooks:
    BODY = '{"webhooks": [{"id": "h1", "authToken": "signing-\\"secret", "name": "x"}], "workspaceWebhookCount": 1}'

    @pytest.mark.parametrize("debug", [False, True])
    def test_the_token_is_seen_nowhere(
        self, debug: bool, clockify: requests_mock.Mocker, read: Read, caplog: pytest.LogCaptureFixture
    ) -> None:
        clockify.get(f"{HOST}{BASE}/webhooks", text=self.BODY)
        output = read("webhooks", debug=debug)
        assert rows(output, "webhooks") == [{"id": "h1", "name": "x", "workspaceId": WORKSPACE}]
        logged = [vars(record) for record in caplog.records]
        assert "signing" not in str(logged)


def test_a_profile_has_its_user_and_no_hint_of_a_password(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, f"{BASE}/users", [{"id": "u1"}, {"id": "u2"}])
    clockify.get(f"{HOST}{BASE}/member-profile/u1", json={"email": "a@b.example", "hasPassword": True})
    gone = {"message": "User doesn't belong to Workspace", "code": 501}
    clockify.get(f"{HOST}{BASE}/member-profile/u2", status_code=400, json=gone)
    assert rows(read("member_profiles"), "member_profiles") == [
        {"email": "a@b.example", "userId": "u1", "workspaceId": WORKSPACE}
    ]


class TestTimeOff:
    def test_requests_of_everybody_in_every_state(self, clockify: requests_mock.Mocker, read: Read) -> None:
        asked = clockify.post(
            f"{HOST}{BASE}/time-off/requests",
            json={"count": 1, "requests": [{"id": "r1"}]},
            headers={"Last-Page": "true"},
        )
        assert [row["id"] for row in rows(read("time_off_requests"), "time_off_requests")] == ["r1"]
        body = {"statuses": ["ALL"], "users": [], "userGroups": [], "page": 1, "pageSize": 200}
        assert asked.request_history[-1].json() == body

    def test_balances_of_each_policy(self, clockify: requests_mock.Mocker, read: Read) -> None:
        answer(clockify, f"{BASE}/time-off/policies", [{"id": "p1"}, {"id": "p2"}])
        for policy in ("p1", "p2"):
            balance = {"id": f"b-{policy}", "policyId": policy, "userId": "u1"}
            answer(clockify, f"{BASE}/time-off/balance/policy/{policy}", {"balances": [balance], "count": 1})
        read_rows = rows(read("time_off_balances"), "time_off_balances")
        assert [(row["policyId"], row["userId"]) for row in read_rows] == [("p1", "u1"), ("p2", "u1")]


def test_totals_have_keys_of_their_own(clockify: requests_mock.Mocker, read: Read) -> None:
    totals = [{"projectId": "p1", "taskId": None}, {"projectId": "p1", "taskId": "t1"}]
    scheduling = f"{HOST}{BASE}/scheduling/assignments"
    clockify.post(f"{scheduling}/projects/totals", json=totals, headers={"Last-Page": "true"})
    clockify.post(f"{scheduling}/user-filter/totals", json=[{"userId": "u1"}], headers={"Last-Page": "true"})
    output = read("project_assignment_totals", "user_capacity", start_date="2026-01-01")
    assert [row["id"] for row in rows(output, "project_assignment_totals")] == ["p1", "p1-t1"]
    assert [row["userId"] for row in rows(output, "user_capacity")] == ["u1"]
    assert clockify.request_history[-1].json()["start"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("value", "text"),
    [("a text", "a text"), ("", ""), (None, None), (42, "42"), (1.5, "1.5"), (True, "true"), (["ä", 1], '["ä",1]')],
)
def test_the_default_of_a_custom_field_is_text(
    value: Any, text: str | None, clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.get(f"{HOST}{BASE}/custom-fields", json=[{"id": "f1", "workspaceDefaultValue": value}])
    assert [row.get("workspaceDefaultValue") for row in rows(read("custom_fields"), "custom_fields")] == [text]
