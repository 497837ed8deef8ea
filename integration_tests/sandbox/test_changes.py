"""The audit log, and the feeds of changed entities."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from integration_tests.sandbox.conftest import NOW, RANGE, Ask, first_user, ids, user_of
from sandbox import Sandbox, World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class TestTheAuditLog:
    def test_holds_a_year_newest_first(self, world: World, sandbox: Sandbox, audit: Ask) -> None:
        sandbox.page_cap = None
        rows = world.rows("audit_log")
        assert audit().json() == rows[:50]
        times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
        assert times == sorted(times, reverse=True)
        assert times[-1] >= NOW - 365 * DAY > min(change.at for change in world.changes if change.action)
        texts = [str(row) for row in rows]
        assert len(set(times)) < len(set(texts)) < len(texts)  # some have the same timestamp, and some are equal

    def test_tells_who_did_what(self, world: World, audit: Ask) -> None:
        user, former = world.rows("users")[1], first_user(world, "ACTIVE", "INACTIVE")
        world.now += DAY
        entry = world.start_timer(user["id"])
        world.edit_time_entry(entry, description="edited", at=world.now + MINUTE)
        world.add_time_entry(former, NOW - HOUR, NOW, at=world.now + 2 * MINUTE)
        world.delete_time_entry(entry, at=world.now + 3 * MINUTE)

        def actions(**body: Any) -> list[str]:
            rows = audit(start="2026-11-21T00:00:00Z", end="2026-11-22T00:00:00Z", **body).json()
            return [row["action"] for row in rows]

        theirs = ["DELETE_TIME_PERSONAL", "UPDATE_TIME_PERSONAL", "CREATE_TIME_PERSONAL_TIMER"]
        owner = user_of(world, "owner")
        assert actions() == [theirs[0], "CREATE_TIME_FOR_OTHER", *theirs[1:]]
        assert actions(authors={"authorIds": [owner], "contains": "CONTAINS"}) == ["CREATE_TIME_FOR_OTHER"]
        assert actions(authors={"authorIds": [owner], "contains": "DOES_NOT_CONTAIN"}) == theirs
        assert actions(actions=["UPDATE_TIME_PERSONAL"]) == ["UPDATE_TIME_PERSONAL"]
        row = next(row for row in world.rows("audit_log") if row["action"] == "UPDATE_TIME_PERSONAL")
        assert '"description":"edited"' in row["content"]
        assert '"description":""' in row["previousContent"]
        assert (row["userEmail"], row["timestamp"]) == (user["email"], "2026-11-21T10:31:00Z")

    def test_cuts_a_page_to_fifty(self, sandbox: Sandbox, audit: Ask) -> None:
        sandbox.page_cap = None
        answer = audit(**{"page-size": 5000})
        assert len(answer.json()) == 50
        assert "Last-Page" not in answer.headers
        assert len(audit(**{"page-size": 3}).json()) == 3

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            *[({"without": name}, 400, 3001) for name in ("actions", "authors", "start", "end")],
            ({"start": "2026-10-21T10:29:59Z"}, 400, 501),
            ({"start": "2026-10-21"}, 400, 3002),
            ({"actions": ["READ_TAG"]}, 400, 3002),
            ({"actions": "CREATE_TAG"}, 400, 3002),
            ({"key": "member"}, 403, 501),
        ],
    )
    def test_refuses(self, audit: Ask, body: dict[str, Any], status: int, code: int) -> None:
        answer = audit(**body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert audit(start="2026-10-21T10:30:00Z").ok


def fed(get: Ask, kind: str, entity_type: str = "TAGS", **query: object) -> list[str]:
    """Ids from all pages of a feed up to an empty one."""
    found: list[str] = []
    for page in range(1000):
        rows = get(f"entities/{kind}", type=entity_type, page=page, **query).json()
        if not rows:
            return found
        found += ids(rows)
    raise AssertionError("no end")


class TestAFeed:
    def test_shows_a_change_as_what_it_was_last_and_loses_some(self, world: World, sandbox: Sandbox, get: Ask) -> None:
        sandbox.page_cap = None
        window = {"start": "2026-11-10T00:00:00Z", "end": "2026-11-12T00:00:00Z"}
        before, inside, after = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (9, 11, 13))
        stories = {
            "created": [("add", inside)],
            "created, then updated": [("add", inside), ("edit", inside)],
            "created, then updated after the window": [("add", inside), ("edit", after)],
            "updated": [("add", before), ("edit", inside)],
            "updated after the window too": [("add", before), ("edit", inside), ("edit", after)],
            "deleted": [("add", before), ("delete", inside)],
            "updated, then deleted": [("add", before), ("edit", inside), ("delete", inside)],
            "created, then deleted": [("add", inside), ("delete", inside)],
            "created, then deleted after the window": [("add", inside), ("delete", after)],
            "deleted after the window": [("add", before), ("delete", after)],
        }
        told: dict[str, str] = {}
        for story, events in stories.items():
            tag = world.add("tags", name=story, at=events[0][1])
            told[tag] = story
            for method, at in events[1:]:
                getattr(world, method)("tags", tag, at=at, **({"archived": True} if method == "edit" else {}))
        seen = {
            kind: {told[tag] for tag in fed(get, kind, limit=50, **window) if tag in told}
            for kind in ("created", "updated", "deleted")
        }
        assert seen == {
            "created": {"created", "created, then updated", "created, then updated after the window"},
            "updated": {"updated"},
            "deleted": {"deleted", "updated, then deleted"},
        }

    def test_has_the_row_and_its_times_or_what_is_left_of_it(self, world: World, get: Ask) -> None:
        at = NOW - HOUR + timedelta(milliseconds=71)
        tag, gone = (world.add("tags", name=name, at=NOW - 40 * DAY) for name in ("old", "gone"))
        world.edit("tags", tag, name="new", at=at)
        world.delete("tags", gone, at=at)
        start = {"start": f"{NOW - DAY:%FT%TZ}"}
        created, changed = "2026-10-11T10:30:00Z", "2026-11-20T09:30:00.071Z"
        [row] = [row for row in world.rows("tags") if row["id"] == tag]
        [updated] = [row for row in get("entities/updated", type="TAGS", **start).json() if row["id"] == tag]
        times = {"auditMetadata": {"createdAt": created, "updatedAt": changed}}
        assert updated == {**row, "documentCode": "TAGS", **times}
        [deleted] = [row for row in get("entities/deleted", type="TAGS", **start).json() if row["id"] == gone]
        document = {"_id": gone, "name": "gone", "workspaceId": world.workspaces[0].id}
        times = {"auditMetadata": {"createdAt": created, "updatedAt": created}}
        assert deleted == {
            "id": gone,
            "deletedAt": changed,
            "documentCode": "TAGS",
            "document": {**document, **times},
        }

    def test_shows_a_deletion_a_minute_late_and_no_more_once_it_is_undone(self, world: World, get: Ask) -> None:
        entry = world.rows("time_entries")[5]
        world.now += 40 * DAY
        world.delete_time_entry(entry["id"])
        assert entry["id"] not in fed(get, "deleted", "TIME_ENTRY")
        world.now += MINUTE
        assert entry["id"] in fed(get, "deleted", "TIME_ENTRY")
        world.restore_time_entry(entry)
        assert entry["id"] not in fed(get, "deleted", "TIME_ENTRY")
        assert entry["id"] in fed(get, "updated", "TIME_ENTRY")
        assert get(f"time-entries/{entry['id']}").json() == entry

    @pytest.mark.parametrize(
        ("query", "days"),
        [
            ({}, [1, 21]),
            ({"start": "2026-09-21T00:00:00Z"}, [41]),
            ({"end": "2026-10-21T00:00:00Z"}, [41]),
            ({"start": "2026-09-21T00:00:00Z", "end": "2026-11-30T00:00:00Z"}, [1, 21, 41]),
        ],
    )
    def test_has_a_window_of_thirty_days_unless_told(
        self, world: World, get: Ask, query: dict[str, str], days: list[int]
    ) -> None:
        names = {row["id"]: row["name"] for row in world.rows("clients")}
        found = [names[client] for client in fed(get, "created", "CLIENTS", **query)]
        assert sorted(found) == sorted(f"Client {18 - (day - 1) // 20:03d}" for day in days)

    def test_takes_some_types(self, world: World, get: Ask) -> None:
        def status(entity_type: str) -> int:
            return get("entities/created", type=entity_type).status_code

        kinds = ("TIME_ENTRY_RATE", "TAGS", "HOLIDAYS", "NONSENSE")
        assert [status(kind) for kind in kinds] == [200, 200, 400, 400]
        world.entity_types = ("HOLIDAYS",)
        assert [status(kind) for kind in kinds] == [400, 400, 200, 400]
        assert get("entities/created", type="HOLIDAYS").json()
        assert [get("entities/created", **query).json()["code"] for query in ({"type": "TAGS"}, {})] == [3000, 3001]

    @pytest.mark.parametrize(
        ("at_once", "shown", "told"),
        [
            ("told", {"CLIENTS", "TAGS"}, {"CLIENTS", "TAGS"}),
            ("untold", {"CLIENTS", "TAGS"}, {None}),
            ("first", {"CLIENTS"}, {"CLIENTS"}),
            ("refused", set(), set()),
        ],
    )
    def test_may_take_several_types_or_only_seem_to(
        self,
        world: World,
        get: Ask,
        at_once: Literal["told", "untold", "first", "refused"],
        shown: set[str],
        told: set[str | None],
    ) -> None:
        world.types_at_once = at_once
        types = {row["id"]: stream.upper() for stream in ("clients", "tags") for row in world.rows(stream)}
        answer = get("entities/created", type=["CLIENTS", "TAGS"], limit=500, **RANGE)
        rows = answer.json() if answer.ok else []
        assert answer.status_code == (200 if shown else 400)
        assert ({types[row["id"]] for row in rows}, {row.get("documentCode") for row in rows}) == (shown, told)
        assert get("entities/created", type="TAGS").ok
        assert get("entities/created", type="TAGS,CLIENTS").ok is bool(shown)
        assert get("entities/created", type=["TAGS", "NONSENSE"]).ok is (at_once == "first")

    @pytest.mark.parametrize(("paging", "repeats"), [("honoured", False), ("overlapping", True)])
    def test_may_have_pages_that_overlap(
        self, world: World, get: Ask, paging: Literal["honoured", "overlapping"], repeats: bool
    ) -> None:
        world.entity_paging = paging
        found = fed(get, "created", "CLIENTS", limit=5, **RANGE)
        assert set(found) == set(ids(world.rows("clients", world.workspaces[0].id)))
        assert (len(found) > len(set(found))) is repeats

    def test_may_have_pages_that_are_all_the_first(self, world: World, get: Ask) -> None:
        world.entity_paging = "ignored"
        first, *others = (get("entities/created", type="CLIENTS", page=page, limit=5, **RANGE) for page in (0, 1, 99))
        assert [other.json() for other in others] == [first.json()] * 2
        assert len(first.json()) == 5
        assert "Last-Page" not in first.headers
