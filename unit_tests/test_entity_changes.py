"""The feeds of changed entities, asked for one type at a time: their windows, and how their unreliable paging ends."""

from itertools import pairwise
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import SyncMode

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, errors, kept, rows, saved

pytestmark = pytest.mark.usefixtures("at_noon")


def is_of(*types: str) -> Any:
    """Whether a request asks for these types."""
    return lambda request: request.qs["type"] == [entity_type.lower() for entity_type in types]


def feed(clockify: requests_mock.Mocker, kind: str, *pages: list[Row], entity_type: str = "TAGS") -> None:
    clockify.get(
        f"{HOST}/workspaces/{WORKSPACE}/entities/{kind}",
        json=lambda request, _: (pages or ([],))[min(int(request.qs["page"][0]), len(pages) - 1)],
        additional_matcher=is_of(entity_type),
    )


@pytest.fixture(autouse=True)
def _empty(clockify: requests_mock.Mocker) -> None:
    """Nothing has changed, and several types at once are refused."""
    for kind in ("created", "updated", "deleted"):
        url = f"{HOST}/workspaces/{WORKSPACE}/entities/{kind}"
        clockify.get(url, status_code=400, json={"message": "Invalid value", "code": 3000})
        clockify.get(url, json=[], additional_matcher=lambda request: len(request.qs["type"]) == 1)


def changed(number: int) -> Row:
    audit = {"createdAt": "2026-11-01T00:00:00Z", "updatedAt": f"2026-11-{number:02}T00:00:00Z"}
    return {"id": f"t{number}", "name": "tag", "documentCode": "TAGS", "auditMetadata": audit}


def test_what_happened_to_what_and_when(clockify: requests_mock.Mocker, read: Read) -> None:
    feed(clockify, "created", [changed(2)], [])
    feed(clockify, "updated", [changed(3)], [])
    feed(clockify, "deleted", [{"id": "t4", "deletedAt": "2026-11-04T00:00:00Z", "document": {"_id": "t4"}}], [])
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
    status: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    refusal = {"status_code": status, "json": {"message": "No such page", "code": 3000}}
    url = f"{HOST}/workspaces/{WORKSPACE}/entities/created"
    clockify.get(url, [{"json": [changed(2)]}, refusal], additional_matcher=is_of("TAGS"))
    output = read("entity_changes", failing=True)
    assert [row["id"] for row in rows(output, "entity_changes")] == ["t2"]
    assert "No such page" in errors(output)[0]


def test_the_item_is_kept_as_it_came(clockify: requests_mock.Mocker, read: Read) -> None:
    item = {**changed(2), "estimate": "PT1H", "budgetEstimate": {"estimate": 5}, "value": [1, "a"]}
    feed(clockify, "created", [dict(item)], [])
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
    times: Row, clockify: requests_mock.Mocker, read: Read
) -> None:
    timeless = [{"id": "t2", **times}, {"id": "t3", **times}]
    overlapping = [dict(timeless[1]), changed(5)]
    feed(clockify, "created", [timeless[0], changed(4), timeless[1]], overlapping, [])
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
def test_nothing_older_than_a_year_is_asked_for(start_date: str, clockify: requests_mock.Mocker, read: Read) -> None:
    read("entity_changes", start_date=start_date)
    assert min(r.qs["start"][0] for r in clockify.request_history if "/entities/" in r.path) == "2025-11-22t12:00:00z"


def test_an_old_state_is_taken_up_a_year_back(clockify: requests_mock.Mocker, read: Read) -> None:
    old = {"version": 1, "startDate": None, "workspaces": {WORKSPACE: {"changedAt": "2019-01-01T00:00:00.000Z"}}}
    read("entity_changes", state=old)
    assert min(r.qs["start"][0] for r in clockify.request_history if "/entities/" in r.path) == "2025-11-22t12:00:00z"


def test_pages_that_are_ignored_end_the_walk(clockify: requests_mock.Mocker, read: Read) -> None:
    feed(clockify, "updated", [changed(2), changed(3)])
    assert len(rows(read("entity_changes"), "entity_changes")) == 2


def test_pages_that_overlap_double_nothing(clockify: requests_mock.Mocker, read: Read) -> None:
    changes = [changed(number) for number in range(2, 8)]
    feed(clockify, "updated", changes[:3], changes[2:5], [changes[0], changes[5]], changes[4:], changes)
    told = [row["id"] for row in rows(read("entity_changes"), "entity_changes")]
    assert told == ["t2", "t3", "t4", "t5", "t6", "t7"]


def test_a_type_that_is_not_taken_is_left_out_with_one_line(clockify: requests_mock.Mocker, read: Read) -> None:
    refused = clockify.get(
        f"{HOST}/workspaces/{WORKSPACE}/entities/created",
        additional_matcher=is_of("BALANCE"),
        status_code=400,
        json={"message": "Value BALANCE is not allowed", "code": 3000},
    )
    feed(clockify, "updated", [changed(2)], [])
    output = read("entity_changes", start_date="2026-09-01")
    assert len(rows(output, "entity_changes")) >= 1
    lines = [m.log.message for m in output.logs if m.log and "BALANCE" in m.log.message]
    assert len(lines) == 1
    assert refused.call_count <= 3  # one of each window, where they are fetched at once
    assert errors(output) == []


def test_a_type_that_one_feed_takes_and_another_does_not_stops_neither(
    clockify: requests_mock.Mocker, read: Read
) -> None:
    """Though the one that takes it has nothing to tell, and is asked first."""
    clockify.get(
        f"{HOST}/workspaces/{WORKSPACE}/entities/updated",
        additional_matcher=is_of("BALANCE"),
        status_code=400,
        json={"message": "Value BALANCE is not allowed", "code": 3000},
    )
    feed(clockify, "created", [changed(2)], [])
    output = read("entity_changes", start_date="2026-09-01", num_workers=1)
    assert errors(output) == []
    assert [row["id"] for row in rows(output, "entity_changes")] == ["t2"] * 3


def test_a_host_that_takes_no_type_is_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(
        f"{HOST}/workspaces/{WORKSPACE}/entities/created", status_code=400, json={"message": "no", "code": 3000}
    )
    assert errors(read("entity_changes", failing=True))


def test_the_first_window_is_thirty_days(clockify: requests_mock.Mocker, read: Read) -> None:
    read("entity_changes", sync_mode=SyncMode.full_refresh)
    asked = {(r.qs["start"][0], r.qs["end"][0]) for r in clockify.request_history if "/entities/" in r.path}
    assert asked == {("2026-10-23t12:00:00z", "2026-11-22t12:00:00z")}


def test_it_begins_at_the_start_date_where_there_is_one(clockify: requests_mock.Mocker, read: Read) -> None:
    read("entity_changes", start_date="2026-09-01")
    asked = {(r.qs["start"][0], r.qs["end"][0]) for r in clockify.request_history if "/entities/" in r.path}
    ends = ["2026-09-01t00:00:00z", "2026-10-01t00:00:00z", "2026-10-31t00:00:00z", "2026-11-22t12:00:00z"]
    assert sorted(asked) == list(pairwise(ends))


def test_nothing_is_remembered_before_all_types_were_read(clockify: requests_mock.Mocker, read: Read) -> None:
    """Though so much was read of the first ones that state could be published."""
    for entity_type in ("CLIENTS", "TAGS"):
        feed(clockify, "updated", [{**changed(2), "note": "x" * 10_000}], [], entity_type=entity_type)
    feed(clockify, "deleted", [{"another": "shape"}], entity_type="TIME_OFF_REQUEST")
    output = read("entity_changes", failing=True)
    assert [row["entityType"] for row in rows(output, "entity_changes")] == ["CLIENTS", "TAGS"]
    assert "Row 1 of " in errors(output)[0]
    assert kept(output) is None


def test_the_next_sync_goes_on_a_little_before_the_last(clockify: requests_mock.Mocker, read: Read) -> None:
    output = read("entity_changes", state=saved({"changedAt": "2026-11-21T00:00:00.000Z"}))
    starts = {request.qs["start"][0] for request in clockify.request_history if "/entities/" in request.path}
    assert starts == {"2026-11-21t00:00:00z"}
    assert kept(output) == {"changedAt": "2026-11-22T11:50:00.000Z"}


@pytest.mark.parametrize(("takes_start", "takes_end"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("at_once", [False, True], ids=["one type at a time", "several types until a doubt"])
def test_what_happened_where_two_windows_meet_comes_once_whichever_of_them_has_it(
    at_once: bool, takes_start: bool, takes_end: bool, clockify: requests_mock.Mocker, read: Read
) -> None:
    """Also where the first page of a window is given up and read again type by type, in either window."""
    times = ["2026-09-03T00:00:00Z", "2026-10-01T00:00:00Z", "2026-10-05T00:00:00Z"]
    happened = [(kind, time) for kind in ("TAGS", "TASKS") for time in times]

    def answered(request: Any, _: Any) -> list[Row]:
        asked, [start], [end] = request.qs["type"], request.qs["start"], request.qs["end"]
        at_bounds = {start.upper(): takes_start, end.upper(): takes_end}
        inside: list[Row] = [
            {"id": kind + time, "documentCode": kind, "auditMetadata": {"createdAt": time}}
            for kind, time in happened
            if kind.lower() in asked and start <= time.lower() <= end and at_bounds.get(time, True)
        ]
        again = [{**inside[0], "name": "another"}] if inside and len(asked) > 1 else []
        return inside + again if request.qs["page"] == ["0"] else []

    takes = (lambda _: True) if at_once else (lambda request: len(request.qs["type"]) == 1)
    url = f"{HOST}/workspaces/{WORKSPACE}/entities/created"
    clockify.get(url, json=answered, additional_matcher=takes)
    output = read("entity_changes", start_date="2026-09-01")
    assert sorted(row["id"] for row in rows(output, "entity_changes")) == [kind + time for kind, time in happened]
