"""Whose history `refresh_history_days` reads again, and when: a part of the users with each sync, and nobody too late."""

import pytest

from integration_tests.conftest import Connect
from integration_tests.refreshed import DAY, HOUR, ROUTE, WEEK, Story, version


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
