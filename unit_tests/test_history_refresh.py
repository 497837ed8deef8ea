"""Whose history is read again in a sync: everybody's in time, and of so many users no sync more than its share."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_clockify.instants import parse_instant, to_record
from source_clockify.streams.history import HistoryRefresh
from source_clockify.streams.state import Entry, Partition
from unit_tests.conftest import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
tried = settings(deadline=None, derandomize=True, database=None)
pauses = st.lists(st.integers(1, 60 * 24 * 40).map(lambda minutes: minutes * MINUTE), min_size=1, max_size=60)


class Account:
    """Users in two workspaces, the state that is kept of them, and a sync now and then."""

    def __init__(self, users: int, days: int) -> None:
        self.users: list[Partition] = [(f"w{number % 2}", f"u{number:03}") for number in range(users)]
        self.days = days
        self.now = NOW
        self.state: dict[Partition, Entry] = {}

    def sync(self, pause: timedelta, reached: Sequence[Partition] | None = None) -> int:
        """A sync after a pause that reaches all users, or these. How many of them were due."""
        self.now += pause
        known = {user: self.state[user] for user in self.users if user in self.state}
        history = HistoryRefresh(self.days, known, self.now)
        read = self.users if reached is None else reached
        for user in read:
            self.state[user] = {"readAt": to_record(self.now), **history.entry(user)}
        return len(history.due.intersection(read))

    def age(self, user: Partition) -> timedelta:
        """For how long the history has not been read, after a sync."""
        return self.now - parse_instant(self.state[user]["historyReadAt"])

    def oldest(self) -> timedelta:
        return max(map(self.age, self.users))


@pytest.mark.parametrize("users", [1, 7, 100])
@pytest.mark.parametrize(("every", "days"), [(HOUR, 3), (DAY, 1), (DAY, 7), (DAY, 30), (7 * DAY, 30)])
def test_every_sync_reads_its_share(users: int, every: timedelta, days: int) -> None:
    account = Account(users, days)
    assert account.sync(MINUTE) == 0  # the first one reads everything anyway
    share = users * (every / (days * DAY))
    for _ in range(4 * days * DAY // every):
        assert abs(account.sync(every) - share) < 1
        assert account.oldest() < days * DAY


@tried
@given(users=st.integers(1, 50), days=st.integers(1, 365), pauses=pauses)
def test_every_sync_reads_its_share_however_irregular_they_are(users: int, days: int, pauses: list[timedelta]) -> None:
    account = Account(users, days)
    account.sync(MINUTE)
    for pause in pauses:
        share = users * min(pause / (days * DAY), 1)
        assert abs(account.sync(pause) - share) < 1 + 1e-9
        assert account.oldest() < days * DAY


def test_nobody_is_read_again_much_earlier_than_need_be() -> None:
    account = Account(30, 30)
    account.sync(MINUTE)
    before = [account.sync(DAY) for _ in range(30)]
    again = [account.sync(DAY) for _ in range(300)]
    assert before == [1] * 30
    assert again == [1] * 300


def test_without_the_option_nothing_is_read_again_or_kept() -> None:
    account = Account(5, 0)
    assert [account.sync(400 * DAY) for _ in range(3)] == [0, 0, 0]
    assert [set(entry) for entry in account.state.values()] == [{"readAt"}] * 5


@pytest.mark.parametrize("pause", [HOUR, 100 * DAY])
def test_switched_on_the_days_begin_with_that_sync(pause: timedelta) -> None:
    account = Account(70, 0)
    account.sync(MINUTE)
    account.days = 7
    assert account.sync(pause) == 0
    assert [account.sync(DAY) for _ in range(14)] == [10] * 14


def test_switched_off_and_on_again_the_days_begin_anew() -> None:
    account = Account(70, 7)
    account.sync(MINUTE)
    account.sync(6 * DAY)
    account.days = 0
    account.sync(DAY)
    account.days = 7
    assert account.sync(100 * DAY) == 0
    assert [account.sync(DAY) for _ in range(7)] == [10] * 7


def test_a_longer_time_begins_where_the_shorter_one_was_and_a_shorter_one_brings_who_is_late() -> None:
    account = Account(70, 7)
    account.sync(MINUTE)
    assert [account.sync(DAY) for _ in range(10)] == [10] * 10
    account.days = 70
    assert sum(account.sync(DAY) for _ in range(70)) in (69, 70, 71)
    assert account.oldest() <= 70 * DAY
    account.days = 35
    late = account.sync(DAY)
    assert 34 <= late <= 37
    assert all(account.sync(DAY) in (1, 2, 3) for _ in range(70))


def test_a_pause_longer_than_the_days_brings_all_and_then_they_are_even_again() -> None:
    account = Account(70, 7)
    account.sync(MINUTE)
    assert account.sync(30 * DAY) == 70
    assert [account.sync(DAY) for _ in range(14)] == [10] * 14


@tried
@given(data=st.data(), pauses=pauses, days=st.integers(1, 30))
def test_whoever_a_broken_off_sync_did_not_reach_comes_with_the_next(
    data: st.DataObject, pauses: list[timedelta], days: int
) -> None:
    account = Account(9, days)
    account.sync(MINUTE)
    for pause in pauses:
        reached = account.users[: data.draw(st.integers(0, 9))]
        account.sync(pause, reached)
        assert all(account.age(user) < days * DAY for user in reached)
    account.sync(MINUTE)
    assert account.oldest() < days * DAY


def test_who_joins_is_not_read_twice_and_hurries_nobody() -> None:
    account = Account(30, 30)
    account.sync(MINUTE)
    for _ in range(15):
        account.sync(DAY)
    account.users += [("w0", f"x{number}") for number in range(30)]
    due = [account.sync(DAY) for _ in range(30)]
    assert max(due) <= 2
    assert account.oldest() < 30 * DAY
    assert max(account.sync(DAY) for _ in range(100)) <= 3


@pytest.mark.parametrize("workspace", ["w0", "w1"])
def test_a_workspace_that_is_no_longer_read_hurries_nobody(workspace: str) -> None:
    account = Account(60, 30)
    account.sync(MINUTE)
    assert {account.sync(DAY) for _ in range(45)} == {2}
    account.users = [user for user in account.users if user[0] == workspace]
    assert {account.sync(DAY) for _ in range(60)} == {1}


def test_whoever_leaves_brings_at_most_one_other_forward() -> None:
    account = Account(60, 30)
    account.sync(MINUTE)
    for _ in range(45):
        account.sync(DAY)
    account.users = account.users[30:]  # those whose turn would have been last
    assert account.sync(DAY) <= 30
    assert {account.sync(DAY) for _ in range(60)} == {1}


def test_somebody_whose_entries_cannot_be_read_holds_nobody_up() -> None:
    account = Account(10, 10)
    account.sync(MINUTE)
    _, *readable = account.users
    due = [account.sync(DAY, readable) for _ in range(40)]
    assert set(due) <= {0, 1, 2}
    assert sum(due) in range(35, 41)
    assert all(account.age(user) < 10 * DAY for user in readable)


def test_a_clock_that_was_fast_for_one_sync_does_no_harm() -> None:
    account = Account(10, 10)
    account.sync(20 * HOUR)
    assert account.sync(-20 * HOUR) == 0
    assert account.sync(12 * DAY) == 10
