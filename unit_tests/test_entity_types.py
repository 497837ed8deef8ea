"""The feeds of changed entities, asked for several types at once: what shows that it may be relied on, and what does not."""

from collections.abc import Callable
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, errors, kept, rows, saved

pytestmark = pytest.mark.usefixtures("at_noon")

Changed = dict[str, list[Row]]
"""The rows of each type."""
Alter = Callable[[list[Row], int, Any], Any]
"""Makes something of the rows of a list, given how many types are asked for and the context of the answer."""
LIMIT = 50


def item(entity_type: str, number: int, **fields: Any) -> Row:
    audit = {"createdAt": "2026-11-01T00:00:00Z", "updatedAt": "2026-11-02T00:00:00Z"}
    entity_id = f"{entity_type.lower()}-{number}"
    return {
        "id": entity_id,
        "documentCode": entity_type,
        "auditMetadata": audit,
        "deletedAt": audit["updatedAt"],
        **fields,
    }


def as_they_are(rows: list[Row], types: int, context: Any) -> list[Row]:
    return rows


class Feeds:
    """A host with a feed of each kind, which `alter` may make something else of."""

    def __init__(self, clockify: requests_mock.Mocker) -> None:
        self.rows: dict[str, Changed] = {kind: {} for kind in ("created", "updated", "deleted")}
        self.alter: dict[str, Alter] = dict.fromkeys(self.rows, as_they_are)
        self.has_pages = True
        self.asked: list[tuple[str, list[str]]] = []
        for kind in self.rows:
            clockify.get(f"{HOST}/workspaces/{WORKSPACE}/entities/{kind}", json=self._answer)

    def _answer(self, request: Any, context: Any) -> Any:
        kind, types = request.path.rpartition("/")[2], [one.upper() for one in request.qs["type"]]
        self.asked.append((kind, types))
        found = [dict(row) for one in types for row in self.rows[kind].get(one, [])]
        found = self.alter[kind](found, len(types), context)
        first = int(request.qs["page"][0]) * LIMIT if self.has_pages else 0
        return found[first : first + LIMIT] if isinstance(found, list) else found

    def several(self, kind: str) -> int:
        """How many requests named several types."""
        return sum(len(types) > 1 for asked, types in self.asked if asked == kind)

    def one_by_one(self, kind: str) -> set[str]:
        """Which types were asked for by themselves."""
        return {types[0] for asked, types in self.asked if asked == kind and len(types) == 1}


@pytest.fixture
def feeds(clockify: requests_mock.Mocker) -> Feeds:
    """Of two types something was created and deleted."""
    feeds = Feeds(clockify)
    feeds.rows["created"] = {"CLIENTS": [item("CLIENTS", 1)], "TAGS": [item("TAGS", 1), item("TAGS", 2)]}
    feeds.rows["deleted"] = {"TAGS": [item("TAGS", 3)], "USER": [item("USER", 1)]}
    return feeds


EXPECTED = [
    *[("CREATED", "CLIENTS", "clients-1"), ("CREATED", "TAGS", "tags-1"), ("CREATED", "TAGS", "tags-2")],
    *[("DELETED", "TAGS", "tags-3"), ("DELETED", "USER", "user-1")],
]


def told(output: Any) -> list[tuple[str, str, str]]:
    return sorted((row["changeType"], row["entityType"], row["id"]) for row in rows(output, "entity_changes"))


def reasons(output: Any) -> list[str]:
    """Why types were asked for one by one."""
    lines = [message.log.message for message in output.logs if message.log]
    return [line.partition(", as ")[2] for line in lines if "one type at a time" in line]


def test_all_types_take_one_request_of_each_feed_and_page(feeds: Feeds, read: Read) -> None:
    output = read("entity_changes")
    assert told(output) == EXPECTED
    assert sorted(kind for kind, _ in feeds.asked) == ["created"] * 2 + ["deleted"] * 2 + ["updated"]
    assert {len(types) for _, types in feeds.asked} == {17}
    assert reasons(output) == []
    assert kept(output) == {"changedAt": "2026-11-22T11:50:00.000Z"}


def test_the_name_that_the_guide_gives_the_type_is_known_too(feeds: Feeds, read: Read) -> None:
    def renamed(rows: list[Row], types: int, context: Any) -> list[Row]:
        return [{"documentType": row.pop("documentCode"), **row} for row in rows]

    feeds.alter["created"] = renamed
    output = read("entity_changes")
    assert told(output) == EXPECTED
    assert reasons(output) == []


@pytest.mark.parametrize("code", [None, 5, "", "TAG", ["TAGS"]], ids=str)
def test_a_row_that_does_not_tell_its_type_takes_its_feed_apart(code: Any, feeds: Feeds, read: Read) -> None:
    """And no other feed: what came of it until then is not doubled."""
    feeds.rows["deleted"]["TAGS"] = [item("TAGS", number) for number in range(100, 100 + LIMIT)]
    feeds.rows["deleted"]["USER"] = [item("USER", 1, documentCode=code)]
    output = read("entity_changes", start_date="2026-09-01")
    deleted = [
        (row["entityType"], row["id"]) for row in rows(output, "entity_changes") if row["changeType"] == "DELETED"
    ]
    windows = 3
    assert sorted(deleted) == sorted([*[("TAGS", f"tags-{n}") for n in range(100, 150)], ("USER", "user-1")] * windows)
    assert feeds.several("deleted") == 2, "the pages of the first window"
    assert len(feeds.one_by_one("deleted")) == 17
    assert feeds.one_by_one("created") == set()
    assert reasons(output) == ["its rows do not tell their types."]


def test_a_feed_that_refuses_several_is_asked_type_by_type(feeds: Feeds, read: Read) -> None:
    def refused(rows: list[Row], types: int, context: Any) -> Any:
        if types == 1:
            return rows
        context.status_code = 400
        return {"message": "One type, please", "code": 3000}

    feeds.alter["deleted"] = refused
    output = read("entity_changes")
    assert told(output) == EXPECTED
    assert len(feeds.one_by_one("deleted")) == 17
    [reason] = reasons(output)
    assert "One type, please" in reason


def test_rows_that_tell_the_same_change_and_differ_are_not_taken_for_one(feeds: Feeds, read: Read) -> None:
    """Of different types, perhaps, that are all told as the same: those that each is asked for by."""
    entry = item("TIME_ENTRY", 1)
    rate = {**entry, "rate": 5}
    feeds.rows["created"] = {"TIME_ENTRY": [entry], "TIME_ENTRY_RATE": [rate], "TAGS": [item("TAGS", 1)]}
    output = read("entity_changes")
    created = [row for row in rows(output, "entity_changes") if row["changeType"] == "CREATED"]
    assert sorted(row["entityType"] for row in created) == ["TAGS", "TIME_ENTRY", "TIME_ENTRY_RATE"]
    assert [row["entity"]["rate"] for row in created if row["entityType"] == "TIME_ENTRY_RATE"] == [5]


def test_a_full_page_that_comes_again_may_hide_others(feeds: Feeds, read: Read) -> None:
    feeds.has_pages = False
    feeds.rows["created"] = {
        one: [item(one, number) for number in range(40)] for one in ("CLIENTS", "TAGS", "TIME_ENTRY")
    }
    output = read("entity_changes")
    created = [row["id"] for row in rows(output, "entity_changes") if row["changeType"] == "CREATED"]
    assert len(created) == len(set(created)) == 120


def test_a_page_that_comes_again_and_is_not_full_hides_nothing(feeds: Feeds, read: Read) -> None:
    feeds.has_pages = False
    output = read("entity_changes")
    assert told(output) == EXPECTED
    assert reasons(output) == []


@pytest.mark.parametrize("shown", ["SCHEDULED_ASSIGNMENT", "TIME_OFF_REQUEST"])
def test_rows_of_the_first_or_the_last_type_alone_show_nothing(shown: str, feeds: Feeds, read: Read) -> None:
    """A host that reads only one of several would answer so."""
    feeds.rows = {kind: {shown: [item(shown, 1)]} for kind in feeds.rows}
    output = read("entity_changes")
    assert told(output) == sorted((kind.upper(), shown, f"{shown.lower()}-1") for kind in feeds.rows)
    assert len(feeds.one_by_one("created")) == 17
    assert reasons(output) == ["no answer shows that more than one of several is read."]


def test_what_another_feed_shows_counts_too(feeds: Feeds, read: Read) -> None:
    feeds.rows["created"] = {}
    output = read("entity_changes")
    assert told(output) == EXPECTED[3:]
    assert reasons(output) == []
    assert len(feeds.asked) == 4


@pytest.mark.parametrize("status", [403, 500])
def test_a_feed_that_cannot_be_read_fails_the_stream(status: int, feeds: Feeds, read: Read) -> None:
    """Nor is the state moved on."""

    def failing(rows: list[Row], types: int, context: Any) -> Any:
        context.status_code = status
        return {"message": "Not now"}

    feeds.alter["created"] = failing
    output = read("entity_changes", failing=True, state=saved({"changedAt": "2026-11-21T00:00:00.000Z"}))
    assert output.get_stream_statuses("entity_changes")[-1] == AirbyteStreamStatus.INCOMPLETE
    assert "Not now" in errors(output)[0]
    assert kept(output) in (None, {"changedAt": "2026-11-21T00:00:00.000Z"})
