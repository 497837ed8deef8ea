"""Windows of the reports and feeds, and how their unreliable paging ends."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import SyncMode

from harness.clock import FastClock
from unit_tests.conftest import HOST, WORKSPACE, Read, Row, answer, errors, last_state, rows, workspace

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DETAILED = f"https://reports.api.clockify.me/v1/workspaces/{WORKSPACE}/reports/detailed"
AUDIT = f"https://auditlog-api.api.clockify.me/v1/workspaces/{WORKSPACE}/audit-log"
NOTHING = {"timeentries": [], "totals": [None]}


@pytest.fixture
def clock() -> FastClock:
    return FastClock(NOW)


def entry(number: int, start: str = "2026-11-01T08:00:00Z") -> Row:
    return {"_id": f"e{number}", "timeInterval": {"start": start, "end": start, "duration": 0}}


def bodies(clockify: requests_mock.Mocker, url: str) -> list[Row]:
    sent = [json.loads(request.body) for request in clockify.request_history if request.url == url]
    return sorted(sent, key=lambda body: str(body.get("dateRangeStart") or body.get("start")))


def windows(clockify: requests_mock.Mocker) -> list[tuple[datetime, datetime]]:
    return [
        (datetime.fromisoformat(body["dateRangeStart"]), datetime.fromisoformat(body["dateRangeEnd"]))
        for body in bodies(clockify, DETAILED)
    ]


@pytest.mark.parametrize(
    ("features", "first", "days"),
    [
        (["ONE_MONTH_RANGE_REPORTS"], "2025-11-22T12:00:00", 31),
        ([], "2025-11-22T12:00:00", 31),
        (["ONE_YEAR_RANGE_REPORTS"], "2015-01-01T00:00:00", 365),
        (["UNLIMITED_REPORTS", "ONE_MONTH_RANGE_REPORTS"], "2015-01-01T00:00:00", 365),
    ],
)
def test_windows_are_as_long_as_the_plan_allows(
    features: list[str], first: str, days: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, "/workspaces", [workspace(features=features)])
    clockify.post(DETAILED, json=NOTHING)
    output = read("time_entry_report")
    asked = windows(clockify)
    assert asked[0][0].isoformat() == first
    assert all(end - start == timedelta(days=days, seconds=-1) for start, end in asked)
    assert all(later[0] - earlier[1] == timedelta(seconds=1) for earlier, later in pairwise(asked))
    assert asked[-1][0] <= NOW.replace(tzinfo=None) + timedelta(days=days) <= asked[-1][1]
    warned = any(m.log and "limits reports to 31 days" in m.log.message for m in output.logs)
    assert warned is (days == 31)


def test_the_report_is_asked_for_in_utc_with_everybody_in_it(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.post(DETAILED, json=NOTHING)
    read("time_entry_report", start_date="2026-11-20")
    [body, *_] = bodies(clockify, DETAILED)
    assert body["dateRangeStart"] == "2026-11-20T00:00:00"
    assert body["timeZone"] == "UTC"
    assert body["users"]["status"] == "ALL"
    assert body["detailedFilter"] == {"page": 1, "pageSize": 1000, "sortColumn": "ID"}


def test_the_totals_end_a_report(clockify: requests_mock.Mocker, read: Read) -> None:
    totals = [{"entriesCount": 3}]
    pages = [[entry(1), entry(2)], [entry(3)]]

    def detailed(request: Any, _: Any) -> Row:
        body = request.json()
        if body["dateRangeStart"] != "2026-11-01T00:00:00":
            return NOTHING
        return {"timeentries": pages[body["detailedFilter"]["page"] - 1], "totals": totals}

    clockify.post(DETAILED, json=detailed)
    output = read("time_entry_report", start_date="2026-11-01")
    assert [row["id"] for row in rows(output, "time_entry_report")] == ["e1", "e2", "e3"]
    assert [body["detailedFilter"]["page"] for body in bodies(clockify, DETAILED)[:2]] == [1, 2]


def test_a_report_goes_on_from_its_look_back(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.post(DETAILED, json=NOTHING)
    saved = {"version": 1, "startDate": None, "workspaces": {WORKSPACE: {"readAt": "2026-11-20T00:00:00.000Z"}}}
    output = read("time_entry_report", state=saved, lookback_days=10)
    assert windows(clockify)[0][0].isoformat() == "2026-11-09T00:00:00"
    assert "2026-11-22T12:00:00.000Z" in last_state(output)


def test_a_report_of_which_a_window_fails_is_read_again_whole(clockify: requests_mock.Mocker, read: Read) -> None:
    def detailed(request: Any, context: Any) -> Row:
        if request.json()["dateRangeStart"] < "2020":
            return NOTHING
        context.status_code = 400
        return {"message": "Report failed", "code": 501}

    answer(clockify, "/workspaces", [workspace(features=["UNLIMITED_REPORTS"])])
    clockify.post(DETAILED, json=detailed)
    output = read("time_entry_report", failing=True)
    assert "Report failed" in errors(output)[0]
    assert WORKSPACE not in last_state(output)


@pytest.mark.parametrize("stream", ["expense_report", "audit_log"])
def test_a_plan_that_lacks_it_costs_one_request(stream: str, clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, "/workspaces", [workspace(features=["TIME_TRACKING"])])
    refused = clockify.post(requests_mock.ANY, status_code=403, json={"message": "Upgrade", "code": 501})
    output = read(stream, num_workers=10)
    assert refused.call_count == 1
    assert sum(m.log.level.value == "WARN" for m in output.logs if m.log) == 1
    assert WORKSPACE not in last_state(output)


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

    def test_a_year_is_read_in_windows_of_thirty_days(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify)
        read("audit_log")
        asked = bodies(clockify, AUDIT)
        assert asked[0]["start"] == "2025-11-22T12:00:00Z"
        assert asked[-1]["end"] == "2026-11-22T12:00:00Z"
        lengths = [datetime.fromisoformat(body["end"]) - datetime.fromisoformat(body["start"]) for body in asked]
        assert max(lengths) == timedelta(days=30)
        assert all(earlier["end"] == later["start"] for earlier, later in pairwise(asked))
        assert {body["page-size"] for body in asked} == {50}

    def test_a_row_has_a_stable_id(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify, [self.ROW, {**self.ROW, "userId": "other"}, self.ROW])
        first, second = (rows(read("audit_log"), "audit_log") for _ in range(2))
        assert [row["id"] for row in first] == [row["id"] for row in second]
        assert len({row["id"] for row in first}) == len(first) == 2

    def test_short_pages_are_believed_until_an_empty_one(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify, *[[{**self.ROW, "userId": f"u{n}"}] for n in range(4)])
        assert len(rows(read("audit_log"), "audit_log")) == 4

    def test_the_next_sync_goes_on_a_little_before_the_last(self, clockify: requests_mock.Mocker, read: Read) -> None:
        self.log(clockify)
        saved = {"version": 1, "startDate": None, "workspaces": {WORKSPACE: {"timestamp": "2026-11-21T00:00:00.000Z"}}}
        output = read("audit_log", state=saved)
        assert [body["start"] for body in bodies(clockify, AUDIT)] == ["2026-11-21T00:00:00Z"]
        assert "2026-11-22T11:50:00.000Z" in last_state(output)


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
        self.feed(clockify, "created", [timeless[0], self.changed(4), timeless[1], self.changed(5)], [])
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
        self.feed(clockify, "updated", changes[:3], changes[2:5], changes[1:4], changes[4:], [])
        assert {row["id"] for row in rows(read("entity_changes"), "entity_changes")} == {"t2", "t3", "t4", "t5", "t6"}

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
