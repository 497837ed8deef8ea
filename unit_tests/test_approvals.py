"""Approval requests, by their time of change."""

from datetime import timedelta
from typing import Any

import pytest
import requests_mock

from source_clockify.instants import to_record
from unit_tests.conftest import NOW, WORKSPACE, Read, Row, kept, rows, saved, serve

LIST = f"/workspaces/{WORKSPACE}/approval-requests"
CURSOR = "2026-11-01T08:00:00.000Z"
AT, BEFORE, AFTER = "2026-11-01T08:00:00Z", "2026-11-01T07:59:59Z", "2026-11-02T08:00:00Z"

pytestmark = pytest.mark.usefixtures("at_noon")


def request(name: str, updated_at: str | None, start: str = "2026-01-01T00:00:00Z", **fields: Any) -> Row:
    status = {"state": "APPROVED", "updatedAt": updated_at}
    span = {"start": start, "end": "2026-12-31T00:00:00Z"}
    return {"approvalRequest": {"id": name, "status": status, "dateRange": span, **fields}}


def decided(
    clockify: requests_mock.Mocker, approved: list[Row], withdrawn: list[Row] | None = None, largest_page: int = 2
) -> list[Row]:
    """A workspace with these requests, newest first; gives those that were sent."""
    serve(clockify, f"{LIST}?status=WITHDRAWN_APPROVAL", withdrawn or [], largest_page)
    return serve(clockify, f"{LIST}?status=APPROVED", approved, largest_page)


def read_again(read: Read, **config: Any) -> list[str]:
    """Ids that a sync brings after one that ended at CURSOR."""
    output = read("approval_requests", state=saved({"updatedAt": CURSOR}), **config)
    return [row["id"] for row in rows(output, "approval_requests")]


def test_the_newest_changes_are_asked_for_first(clockify: requests_mock.Mocker, read: Read) -> None:
    decided(clockify, [request("a", AT)], [request("w", AT)])
    assert [row["id"] for row in rows(read("approval_requests"), "approval_requests")] == ["a", "w"]
    asked = [sent.qs for sent in clockify.request_history if sent.path.endswith("/approval-requests")]
    assert [(qs["sort-column"], qs["sort-order"]) for qs in asked] == [(["updated_at"], ["descending"])] * 2


def test_the_cursor_is_inclusive(clockify: requests_mock.Mocker, read: Read) -> None:
    """Times have whole seconds: more may have happened within the one that was seen last."""
    decided(clockify, [request("a1", AFTER), *(request(f"a{n}", AT) for n in range(2, 6)), request("a6", BEFORE)])
    assert read_again(read) == ["a1", "a2", "a3", "a4", "a5"]


def test_reading_stops_at_what_is_older_in_each_list_by_itself(clockify: requests_mock.Mocker, read: Read) -> None:
    old = [request(f"old{number}", BEFORE) for number in range(20)]
    sent = decided(clockify, [request("a1", AFTER), *old], [request("w1", AFTER), request("w2", AT), *old])
    assert read_again(read) == ["a1", "w1", "w2"]
    assert len(sent) < 10


def test_one_without_a_time_of_change_is_read_each_time(clockify: requests_mock.Mocker, read: Read) -> None:
    approved = [request("a1", AFTER), request("a2", BEFORE), request("a3", None), request("a4", BEFORE)]
    decided(clockify, approved)
    output = read("approval_requests", state=saved({"updatedAt": CURSOR}))
    assert [row["id"] for row in rows(output, "approval_requests")] == ["a1", "a3"]
    assert kept(output) == {"updatedAt": to_record(NOW.replace(day=2, hour=8))}


@pytest.mark.parametrize(
    "times",
    [
        [BEFORE, "2026-11-01T07:59:59.5Z", BEFORE, BEFORE, AFTER],
        [BEFORE, "2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z", "2026-10-01T00:00:00Z", AFTER],
        [BEFORE, None, "2026-11-01T07:59:59.5Z", BEFORE, AFTER],
        [BEFORE, BEFORE, BEFORE, BEFORE, AFTER],
    ],
    ids=["within a page", "from page to page", "beside one without a time", "not to be seen before a new one comes"],
)
def test_a_list_that_does_not_show_its_order_is_read_to_the_end(
    times: list[str | None], clockify: requests_mock.Mocker, read: Read
) -> None:
    newest_first = [request("w1", AFTER), *(request(f"w{n}", BEFORE) for n in range(2, 20))]
    unsorted = [request(f"a{number}", time) for number, time in enumerate([*times, BEFORE, BEFORE, AFTER], start=1)]
    sent = decided(clockify, unsorted, newest_first, largest_page=3)
    output = read("approval_requests", state=saved({"updatedAt": CURSOR}))
    timeless = [f"a{number}" for number, time in enumerate(times, start=1) if time is None]
    assert [row["id"] for row in rows(output, "approval_requests")] == [*timeless, "a5", "a8", "w1"]
    assert len(sent) < 8 * 3
    assert len([m for m in output.logs if m.log and "lists the latest changes" in m.log.message]) == 1


@pytest.mark.parametrize(
    ("ago", "behind"),
    [(timedelta(hours=1), timedelta(hours=1)), (timedelta(minutes=2), timedelta(minutes=10))],
    ids=str,
)
def test_what_happens_while_a_sync_reads_is_not_passed_by(
    ago: timedelta, behind: timedelta, clockify: requests_mock.Mocker, read: Read
) -> None:
    decided(clockify, [request("a2", to_record(NOW - ago)), request("a1", AT)])
    assert kept(read("approval_requests")) == {"updatedAt": to_record(NOW - behind)}


@pytest.mark.parametrize("newest", ["approved", "withdrawn"])
def test_the_newest_change_of_both_lists_is_remembered(newest: str, clockify: requests_mock.Mocker, read: Read) -> None:
    lists = {"approved": [request("a", AT)], "withdrawn": [request("w", AT)]}
    lists[newest][0]["approvalRequest"]["status"]["updatedAt"] = AFTER
    decided(clockify, lists["approved"], lists["withdrawn"])
    assert kept(read("approval_requests")) == {"updatedAt": "2026-11-02T08:00:00.000Z"}


def test_a_sync_that_brings_nothing_keeps_the_cursor(clockify: requests_mock.Mocker, read: Read) -> None:
    decided(clockify, [request("a1", BEFORE)])
    output = read("approval_requests", state=saved({"updatedAt": CURSOR}))
    assert rows(output, "approval_requests") == []
    assert kept(output) == {"updatedAt": CURSOR}


def test_what_starts_before_the_start_date_is_left_out(clockify: requests_mock.Mocker, read: Read) -> None:
    starts = ["2026-05-31T23:59:59Z", "2026-06-01T00:00:00Z", "2026-06-01T01:30:00+02:00", "2026-06-01T00:00:01Z"]
    decided(clockify, [request(f"a{number}", AFTER, start) for number, start in enumerate(starts)])
    assert read_again(read, start_date="2026-06-01") == ["a1", "a3"]
