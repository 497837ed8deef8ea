"""The audit log and the feeds of changed entities: their windows, and how their unreliable paging ends."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import SyncMode

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, answer, errors, kept, rows, saved, workspace

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


class TestEntityChanges:
    def feed(self, clockify: requests_mock.Mocker, kind: str, *pages: list[Row], entity_type: str = "TAGS") -> None:
        url = f"{HOST}/workspaces/{WORKSPACE}/entities/{kind}?type={entity_type}"
        clockify.get(url, json=lambda request, _: (pages or ([],))[min(int(request.qs["page"][0]), len(pages) - 1)])

    @pytest.fixture(autouse=True)
    def _empty(self, clockify: requests_mock.Mocker) -> None:
        for kind in ("created", "updated", "deleted"):
            clockify.get(f"{HOST}/workspaces/{WORKSPACE}/entities/{kind}", json=[])

    def changed(self, number: int) -> Row:
        audit = {"createdAt": "2026-11-01T00:00:00Z", "updatedAt": f"2026-11-{number:02}T00:00:00Z"}
        return {"id": f"t{number}", "name": "tag", "documentCode": "TAGS", "auditMetadata": audit}

    def test_what_happened_to_what_and_when(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.feed(clockify, "created", [self.changed(2)], [])
        self.feed(clockify, "updated", [self.changed(3)], [])
        self.feed(
            clockify, "deleted", [{"id": "t4", "deletedAt": "2026-11-04T00:00:00Z", "document": {"_id": "t4"}}], []
        )
        told = [
            (row["changeType"], row["entityType"], row["id"], row["changedAt"])
            for row in rows(read("entity_changes"), "entity_changes")
        ]
        assert told == [
            ("CREATED", "TAGS", "t2", "2026-11-01T00:00:00Z"),
            ("UPDATED", "TAGS", "t3", "2026-11-03T00:00:00Z"),
            ("DELETED", "TAGS", "t4", "2026-11-04T00:00:00Z"),
        ]

    @pytest.mark.parametrize("status", [400, 404])
    def test_a_refusal_after_the_first_page_is_not_one_of_the_type(
        self, status: int, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        refusal = {"status_code": status, "json": {"message": "No such page", "code": 3000}}
        clockify.get(
            f"{HOST}/workspaces/{WORKSPACE}/entities/created?type=TAGS", [{"json": [self.changed(2)]}, refusal]
        )
        output = read("entity_changes", failing=True)
        assert [row["id"] for row in rows(output, "entity_changes")] == ["t2"]
        assert "No such page" in errors(output)[0]

    def test_the_item_is_kept_as_it_came(self, clockify: requests_mock.Mocker, read: Read) -> None:
        item = {**self.changed(2), "estimate": "PT1H", "budgetEstimate": {"estimate": 5}, "value": [1, "a"]}
        self.feed(clockify, "created", [dict(item)], [])
        [row] = rows(read("entity_changes"), "entity_changes")
        assert row.pop("entity") == item
        assert row == {
            "workspaceId": WORKSPACE,
            "entityType": "TAGS",
            "id": "t2",
            "changeType": "CREATED",
            "changedAt": "2026-11-01T00:00:00Z",
        }

    @pytest.mark.parametrize(
        "times",
        [
            {},
            {"auditMetadata": None},
            {"auditMetadata": "yesterday"},
            {"auditMetadata": {"createdAt": None, "updatedAt": ""}},
            {"auditMetadata": {"createdAt": 5, "updatedAt": "2026-02-30T00:00:00Z"}, "document": "x"},
        ],
        ids=str,
    )
    def test_a_change_that_tells_no_time_gets_the_end_of_its_window(
        self, times: Row, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        timeless = [{"id": "t2", **times}, {"id": "t3", **times}]
        overlapping = [dict(timeless[1]), self.changed(5)]
        self.feed(clockify, "created", [timeless[0], self.changed(4), timeless[1]], overlapping, [])
        output = read("entity_changes")
        assert [(row["id"], row["changedAt"]) for row in rows(output, "entity_changes")] == [
            ("t2", "2026-11-22T12:00:00Z"),
            ("t4", "2026-11-01T00:00:00Z"),
            ("t3", "2026-11-22T12:00:00Z"),
            ("t5", "2026-11-01T00:00:00Z"),
        ]
        [warning] = [m.log.message for m in output.logs if m.log and m.log.level.value == "WARN"]
        assert "2 changes" in warning

    @pytest.mark.parametrize("start_date", ["2015-01-01", "2025-11-22T12:00:00Z"])
    def test_nothing_older_than_a_year_is_asked_for(
        self, start_date: str, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        read("entity_changes", start_date=start_date)
        assert (
            min(r.qs["start"][0] for r in clockify.request_history if "/entities/" in r.path) == "2025-11-22t12:00:00z"
        )

    def test_an_old_state_is_taken_up_a_year_back(self, clockify: requests_mock.Mocker, read: Read) -> None:
        old = {"version": 1, "startDate": None, "workspaces": {WORKSPACE: {"changedAt": "2019-01-01T00:00:00.000Z"}}}
        read("entity_changes", state=old)
        assert (
            min(r.qs["start"][0] for r in clockify.request_history if "/entities/" in r.path) == "2025-11-22t12:00:00z"
        )

    def test_pages_that_are_ignored_end_the_walk(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.feed(clockify, "updated", [self.changed(2), self.changed(3)])
        assert len(rows(read("entity_changes"), "entity_changes")) == 2

    def test_pages_that_overlap_double_nothing(self, clockify: requests_mock.Mocker, read: Read) -> None:
        changes = [self.changed(number) for number in range(2, 8)]
        self.feed(clockify, "updated", changes[:3], changes[2:5], [changes[0], changes[5]], changes[4:], changes)
        told = [row["id"] for row in rows(read("entity_changes"), "entity_changes")]
        assert told == ["t2", "t3", "t4", "t5", "t6", "t7"]

    def test_a_type_that_is_not_taken_is_left_out_with_one_line(
        self, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        refused = clockify.get(
            f"{HOST}/workspaces/{WORKSPACE}/entities/created?type=BALANCE",
            status_code=400,
            json={"message": "Value BALANCE is not allowed", "code": 3000},
        )
        self.feed(clockify, "updated", [self.changed(2)], [])
        output = read("entity_changes", start_date="2026-09-01")
        assert len(rows(output, "entity_changes")) >= 1
        lines = [m.log.message for m in output.logs if m.log and "BALANCE" in m.log.message]
        assert len(lines) == 1
        assert refused.call_count <= 3  # one of each window, where they are fetched at once
        assert errors(output) == []

    def test_a_host_that_takes_no_type_is_an_error(self, clockify: requests_mock.Mocker, read: Read) -> None:
        clockify.get(
            f"{HOST}/workspaces/{WORKSPACE}/entities/created", status_code=400, json={"message": "no", "code": 3000}
        )
        assert errors(read("entity_changes", failing=True))

    def test_the_first_window_is_thirty_days(self, clockify: requests_mock.Mocker, read: Read) -> None:
        read("entity_changes", sync_mode=SyncMode.full_refresh)
        asked = {(r.qs["start"][0], r.qs["end"][0]) for r in clockify.request_history if "/entities/" in r.path}
        assert asked == {("2026-10-23t12:00:00z", "2026-11-22t12:00:00z")}

    def test_it_begins_at_the_start_date_where_there_is_one(self, clockify: requests_mock.Mocker, read: Read) -> None:
        read("entity_changes", start_date="2026-09-01")
        asked = {(r.qs["start"][0], r.qs["end"][0]) for r in clockify.request_history if "/entities/" in r.path}
        ends = ["2026-09-01t00:00:00z", "2026-10-01t00:00:00z", "2026-10-31t00:00:00z", "2026-11-22t12:00:00z"]
        assert sorted(asked) == list(pairwise(ends))

    def test_nothing_is_remembered_before_all_types_were_read(self, clockify: requests_mock.Mocker, read: Read) -> None:
        """Though so much was read of the first ones that state could be published."""
        for entity_type in ("CLIENTS", "TAGS"):
            self.feed(clockify, "updated", [{**self.changed(2), "note": "x" * 10_000}], [], entity_type=entity_type)
        self.feed(clockify, "deleted", [{"another": "shape"}], entity_type="TIME_OFF_REQUEST")
        output = read("entity_changes", failing=True)
        assert [row["entityType"] for row in rows(output, "entity_changes")] == ["CLIENTS", "TAGS"]
        assert "Row 1 of " in errors(output)[0]
        assert kept(output) is None

    def test_the_next_sync_goes_on_a_little_before_the_last(self, clockify: requests_mock.Mocker, read: Read) -> None:
        output = read("entity_changes", state=saved({"changedAt": "2026-11-21T00:00:00.000Z"}))
        starts = {request.qs["start"][0] for request in clockify.request_history if "/entities/" in request.path}
        assert starts == {"2026-11-21t00:00:00z"}
        assert kept(output) == {"changedAt": "2026-11-22T11:50:00.000Z"}
