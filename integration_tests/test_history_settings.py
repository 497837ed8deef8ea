"""`refresh_history_days` beside other settings, and what it costs."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from integration_tests.conftest import Connect
from integration_tests.refreshed import DAY, WEEK, Story
from tools.page_counts import PAGE


@pytest.fixture
def story(connect: Connect) -> Story:
    return Story(connect)


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
