"""Whose history `refresh_history_days` reads again, at what cost, and beside every other setting and change."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.connector import Connector, Output, Row, Table, once
from integration_tests.conftest import Connect
from sandbox import Sandbox, World
from tools.page_counts import PAGE

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WEEK = 7
ROUTE = "/workspaces/{workspaceId}/user/{userId}/time-entries"


class Story:
    """Users of one workspace, most of whose entries are old, read once with the option on; and a destination."""

    def __init__(self, connect: Connect, **config: Any) -> None:
        self.world = World.generate(seed=31, users=15, entries_per_user=3, projects=1, tasks=1, others=1)
        self.acme = self.world.workspaces[0].id
        self.sandbox: Sandbox
        self.connector: Connector
        options = {"refresh_history_days": WEEK, "workspace_ids": [self.acme], **config}
        self.sandbox, self.connector = connect(self.world, page_cap=None, **options)
        self.users = [row["id"] for row in self.world.rows("users", self.acme)]
        self.old = {user: self.add(user, 3000) for user in self.users}
        self.table = Table()
        self.states: list[Row] = []
        self.sync(0)

    def add(self, user: str, days_ago: float) -> str:
        start = self.world.now - days_ago * DAY
        return self.world.add_time_entry(user, start, start + HOUR, self.acme)

    def edit(self) -> None:
        """Everybody's old entry is edited."""
        for entry_id in self.old.values():
            self.world.edit_time_entry(entry_id, description=f"edited {self.world.now}")

    def sync(self, days: float = 1, **how: Any) -> Output:
        """A sync so many days later, from the last state."""
        self.world.now += days * DAY
        self.connector.clock.fixed = self.world.now
        self.sandbox.clear_requests()
        output = self.connector.sync("time_entries", state=self.states or None, **how)
        assert output.statuses() == {"time_entries": "COMPLETE"}
        self.states = output.states()
        self.table.load(once(output.records()["time_entries"]).values())
        return output

    def starts(self) -> dict[str, str | None]:
        """From when on each user's entries were asked for in the last sync."""
        asked = [request for request in self.sandbox.requests if request.route == ROUTE]
        return {request.path.split("/")[-2]: request.query.get("start") for request in asked}

    def read_anew(self) -> list[str]:
        """Whose whole history was read in the last sync."""
        return [user for user, start in self.starts().items() if start is None]

    def shares(self, days: int) -> list[int]:
        """How many histories each of so many daily syncs reads."""
        shares = []
        for _ in range(days):
            self.sync()
            shares.append(len(self.read_anew()))
        return shares

    def kept(self, key: str) -> dict[str, Any]:
        """What state holds under a key, by user."""
        [state] = self.states
        return {
            user: entry.get(key) for user, entry in state["stream"]["stream_state"]["workspaces"][self.acme].items()
        }

    def stale(self) -> list[str]:
        """Whose old entry is not in the destination as it is in Clockify."""
        true = {entry_id: self.world.time_entry(entry_id) for entry_id in self.old.values()}
        return [user for user, key in self.old.items() if version(self.table.rows.get(key)) != version(true[key])]

    @property
    def now(self) -> str:
        return f"{self.world.now:%Y-%m-%dT%H:%M:%S.000Z}"


def version(row: Row | None) -> tuple[str, str] | None:
    return (row["description"], row["timeInterval"]["start"]) if row else None


@pytest.fixture
def story(connect: Connect) -> Story:
    return Story(connect)


class TestInTime:
    def test_edits_and_moves_arrive_a_part_with_each_sync(self, story: Story) -> None:
        story.edit()
        moved = story.old[story.users[0]]
        story.world.edit_time_entry(moved, start=story.world.now - 4000 * DAY, end=story.world.now - 4000 * DAY + HOUR)
        recent = story.add(story.users[1], 2)
        story.sync()
        story.world.edit_time_entry(recent, start=story.world.now - 90 * DAY, end=story.world.now - 90 * DAY + HOUR)
        left = []
        for _ in range(WEEK):
            story.sync()
            left.append(len(story.stale()))
        assert sorted(left, reverse=True) == left
        assert left[0] > left[2] > left[4] > left[-1] == 0
        assert version(story.table.rows[recent]) == version(story.world.time_entry(recent))

    def test_a_deletion_older_than_the_look_back_does_not(self, connect: Connect) -> None:
        story = Story(connect, detect_deletions=True)
        gone = story.old[story.users[0]]
        story.world.delete_time_entry(gone)
        story.shares(2 * WEEK)
        assert story.table.rows[gone]["isDeleted"] is False

    def test_without_the_option_nothing_old_is_read(self, connect: Connect) -> None:
        story = Story(connect, refresh_history_days=0)
        story.edit()
        assert story.shares(2 * WEEK) == [0] * 2 * WEEK
        assert story.stale() == story.users
        assert set(story.kept("historyReadAt").values()) == {None}


class TestEvenly:
    def test_each_sync_reads_its_share(self, story: Story) -> None:
        share = len(story.users) / WEEK
        story.sync(0)
        assert story.read_anew() == []  # not at once after the first
        assert all(abs(number - share) < 1 for number in story.shares(3 * WEEK))

    def test_a_state_of_an_older_version_makes_nobody_due(self, connect: Connect) -> None:
        story = Story(connect, refresh_history_days=0)
        story.edit()
        story.sync(30)
        story.connector.config["refresh_history_days"] = WEEK
        story.sync()
        assert story.read_anew() == []
        shares = story.shares(WEEK)
        assert sum(shares) == len(story.users)
        assert max(shares) <= len(story.users) // WEEK + 1
        assert story.stale() == []

    def test_off_and_on_again_it_begins_anew(self, story: Story) -> None:
        story.sync(WEEK - 1)
        story.connector.config["refresh_history_days"] = 0
        story.sync()
        story.edit()
        story.sync(90)
        story.connector.config["refresh_history_days"] = WEEK
        story.sync()
        assert story.read_anew() == []
        assert max(story.shares(WEEK)) <= len(story.users) // WEEK + 1
        assert story.stale() == []

    def test_a_longer_time_and_a_shorter_one(self, story: Story) -> None:
        story.connector.config["refresh_history_days"] = 3 * WEEK
        assert max(story.shares(3 * WEEK)) <= 2
        story.edit()
        story.connector.config["refresh_history_days"] = WEEK
        story.sync()
        assert len(story.read_anew()) in (9, 10, 11)  # two thirds were read more than a week ago
        story.shares(WEEK)
        assert story.stale() == []

    def test_after_a_longer_pause_all_are_due(self, story: Story) -> None:
        story.edit()
        story.sync(WEEK)
        assert sorted(story.read_anew()) == story.users
        assert max(story.shares(WEEK)) <= len(story.users) // WEEK + 1


class TestPeople:
    def test_somebody_new_is_read_from_the_start_and_then_in_turn(self, story: Story) -> None:
        story.sync()
        new = story.world.add_account("New", "new@example.com")
        story.world.join(new, story.acme)
        story.old[new] = story.add(new, 3000)
        story.sync()
        assert new in story.read_anew()
        assert story.kept("historyReadAt")[new] == story.now
        story.edit()
        story.sync()
        assert new not in story.read_anew()
        story.shares(WEEK)
        assert story.stale() == []

    def test_somebody_who_left_comes_due_too(self, story: Story) -> None:
        left = story.users[3]
        story.world.remove_user(left, story.acme)
        story.edit()
        story.shares(WEEK)
        assert story.stale() == []

    def test_somebody_who_left_and_is_not_shown_is_forgotten(self, story: Story) -> None:
        left = story.users[3]
        story.world.remove_user(left, story.acme)
        refusal = {"status": 403, "body": {"message": "Access Denied", "code": 501}}
        story.sandbox.faults.add(
            route=ROUTE, times=None, when=lambda request: f"user/{left}/" in request.path, **refusal
        )
        story.edit()
        assert sum(story.shares(WEEK)) in (len(story.users) - 1, len(story.users))
        assert story.stale() == [left]
        assert left not in story.kept("readAt")


class TestStartDateAndLookBack:
    def test_a_start_date_is_where_a_history_begins(self, connect: Connect) -> None:
        story = Story(connect, start_date="2022-01-01")
        moved = story.add(story.users[0], 20)
        story.sync()
        story.world.edit_time_entry(
            moved, start=datetime.fromisoformat("2022-01-01T00:00Z"), end=datetime.fromisoformat("2022-01-01T01:00Z")
        )
        story.sync(WEEK)
        assert set(story.starts().values()) == {"2021-12-31T00:00:00Z"}
        assert story.table.rows[moved]["timeIntervalStart"] == "2022-01-01T00:00:00Z"
        assert not story.table.rows.keys() & story.old.values()

    def test_set_later_it_changes_nobodys_turn(self, story: Story) -> None:
        story.sync(3)
        before = story.kept("historyReadAt")
        story.connector.config["start_date"] = "2022-01-01"
        story.sync(0.01)
        assert story.kept("historyReadAt") == before
        story.sync(WEEK)
        assert set(story.starts().values()) == {"2021-12-31T00:00:00Z"}

    @pytest.mark.parametrize("earlier", ["2015-06-01", None])
    def test_set_earlier_or_removed_all_is_read_and_counts(self, earlier: str | None, connect: Connect) -> None:
        story = Story(connect, start_date="2022-01-01")
        story.connector.config["start_date"] = earlier
        story.sync()
        assert set(story.starts().values()) == {earlier and "2015-05-31T00:00:00Z"}
        assert set(story.kept("historyReadAt").values()) == {story.now}
        assert story.stale() == []
        story.sync(0.01)
        assert len(story.starts()) == len(story.users)
        assert all(start and start > "2016" for start in story.starts().values())

    @pytest.mark.parametrize("lookback_days", [0, 2, 365])
    def test_another_look_back_changes_nobodys_turn_and_makes_no_deletion(
        self, lookback_days: int, connect: Connect
    ) -> None:
        story = Story(connect, detect_deletions=True)
        recent = [story.add(user, days) for user in story.users for days in (1, 20)]
        story.sync()
        before = story.kept("historyReadAt")
        story.connector.config["lookback_days"] = lookback_days
        story.sync(0.01)
        assert story.kept("historyReadAt") == before
        story.edit()
        story.sync(WEEK)
        assert story.stale() == []
        assert all(not row["isDeleted"] for row in story.table.rows.values())
        assert set(recent) <= story.table.rows.keys()
        assert not any("time-entries/" in request.path for request in story.sandbox.requests)

    def test_a_deletion_is_told_once_also_by_a_sync_that_reads_all(self, connect: Connect) -> None:
        story = Story(connect, detect_deletions=True)
        gone = [story.add(user, 3) for user in story.users]
        story.sync()
        for entry_id in gone:
            story.world.delete_time_entry(entry_id)
        output = story.sync(WEEK)
        assert {row["id"] for row in output.records()["time_entries"] if row["isDeleted"]} == set(gone)
        assert not any(row["isDeleted"] for row in story.sync().records()["time_entries"])


def test_a_full_refresh_reads_all_and_counts(story: Story) -> None:
    story.edit()
    story.sync(3, full_refresh=True)
    assert sorted(story.read_anew()) == story.users
    assert set(story.kept("historyReadAt").values()) == {story.now}
    assert story.stale() == []


def test_whom_a_killed_sync_does_not_reach_stays_due(story: Story) -> None:
    story.edit()
    story.world.now += WEEK * DAY
    story.connector.clock.fixed = story.world.now
    killed = story.connector.sync_until(40, "time_entries", state=story.states)
    story.table.load(killed.records()["time_entries"])
    story.states = killed.states() or story.states
    assert len(story.stale()) in range(1, len(story.users))
    reached = [user for user, read_at in story.kept("historyReadAt").items() if read_at == story.now]
    story.sync(0.01)
    assert sorted(story.read_anew()) == sorted(set(story.users) - set(reached))
    assert story.stale() == []


def test_nobody_with_a_page_of_entries_costs_a_request_more(connect: Connect) -> None:
    """In the time in which everybody is read anew once. Somebody with an entry more takes one more, when it is their turn."""
    story = Story(connect, refresh_history_days=0)
    full, more = story.users[1:3]
    for user, number in ((full, PAGE), (more, PAGE + 1)):
        has = sum(row["userId"] == user for row in story.world.rows("time_entries", story.acme))
        for minute in range(number - has):
            start = story.world.now - 2000 * DAY + minute * timedelta(minutes=1)
            story.world.add_time_entry(user, start, start + timedelta(minutes=1), story.acme)
    asked: dict[int, Counter[str]] = {}
    for days in (0, WEEK):
        story.connector.config["refresh_history_days"] = days
        story.sync()
        asked[days] = Counter()
        records = 0
        for _ in range(WEEK):
            records += len(story.sync().records()["time_entries"])
            asked[days].update(request.path for request in story.sandbox.requests)
        assert (records > 2 * PAGE) is bool(days)  # so they were read
    assert asked[WEEK] - asked[0] == {f"/api/v1/workspaces/{story.acme}/user/{more}/time-entries": 1}
