"""The key of a member, who may not see the others: what a check says of it, and what it reads with `only_my_time`."""

from datetime import timedelta

import pytest

from harness.connector import Output, Row, once
from integration_tests.conftest import Connect
from sandbox import World

DAY = timedelta(days=1)


class Member:
    """A world with somebody who has no role, and their key."""

    def __init__(self, connect: Connect, **config: object) -> None:
        self.world = World.generate(seed=33, users=8, entries_per_user=9, projects=3, others=3)
        account = self.world.user_of(self.world.keys["member"])
        assert account
        self.id = account["id"]
        self.sandbox, self.connector = connect(self.world, key="member", page_cap=None, **config)
        self.connector.clock.fixed = self.world.now

    def entries(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.world.rows("time_entries") if row["userId"] == self.id}

    def read(self, *states: Row, **config: object) -> Output:
        self.connector.config |= config
        self.sandbox.clear_requests()
        return self.connector.sync("time_entries", state=list(states) or None)

    def starts_asked_for(self) -> list[str | None]:
        return [r.query.get("start") for r in self.sandbox.requests if r.route.endswith("/user/{userId}/time-entries")]


@pytest.fixture
def member(connect: Connect) -> Member:
    return Member(connect)


def test_a_check_says_what_the_key_can_read(member: Member) -> None:
    output = member.connector.check()
    assert output.status()["status"] == "SUCCEEDED"
    [warning, *_] = output.logs("WARN")
    assert "can read workspaces, clients, projects, tasks, tags in workspace" in warning
    assert "once `only_my_time` is set, the time_entries of its own user" in warning
    assert "refuses users and so member_profiles, time_entries." in warning
    assert len(member.sandbox.requests) == 2


def test_an_admins_check_has_nothing_to_warn_of(connect: Connect) -> None:
    _, connector = connect(World.generate(seed=33, users=4, entries_per_user=1, projects=1, others=1))
    assert connector.check().logs("WARN") == []


def test_what_the_check_promises_is_read(member: Member) -> None:
    output = member.connector.sync("workspaces", "clients", "projects", "tasks", "tags", "users", "time_entries")
    assert {name for name, status in output.statuses().items() if status != "COMPLETE"} == {"users", "time_entries"}
    assert "Or set `only_my_time`" in output.errors()["time_entries"]["message"]
    assert "only_my_time" not in output.errors()["users"]["message"]


def test_the_keys_own_entries_are_read_and_nobody_is_listed(member: Member) -> None:
    output = member.read(only_my_time=True)
    assert once(output.records()["time_entries"]).keys() == member.entries().keys()
    assert output.statuses() == {"time_entries": "COMPLETE"}
    routes = [request.route for request in member.sandbox.requests]
    assert routes.count("/user") == 1
    assert not [route for route in routes if route.endswith("/users")]


def test_later_syncs_read_the_window_and_notice_what_is_gone(member: Member) -> None:
    options = {"only_my_time": True, "detect_deletions": True}
    world, acme = member.world, member.world.workspaces[0].id
    entry = world.add_time_entry(member.id, world.now - DAY, world.now - DAY / 2, acme)
    [state] = member.read(**options).states()
    assert state["stream"]["stream_state"]["onlyMyTime"] is True
    world.delete_time_entry(entry)
    world.now += DAY
    member.connector.clock.fixed = world.now
    output = member.read(state, **options)
    assert {row["id"] for row in output.records()["time_entries"] if row["isDeleted"]} == {entry}
    assert None not in member.starts_asked_for()


@pytest.mark.parametrize("is_own_at_first", [True, False])
def test_the_state_of_one_user_and_that_of_all_are_never_mixed(is_own_at_first: bool, connect: Connect) -> None:
    member = Member(connect)
    member.connector.config["api_key"] = member.world.keys["owner"]
    [state] = member.read(only_my_time=is_own_at_first).states()
    output = member.read(state, only_my_time=not is_own_at_first)
    asked = member.starts_asked_for()
    assert set(asked) == {None}
    assert ("onlyMyTime" in output.states()[0]["stream"]["stream_state"]) is not is_own_at_first
    users = {row["userId"] for row in output.records()["time_entries"]}
    assert (len(users) > 1) is is_own_at_first


def test_the_key_of_somebody_else_reads_theirs_from_the_start(member: Member) -> None:
    [state] = member.read(only_my_time=True).states()
    member.connector.config["api_key"] = member.world.keys["owner"]
    output = member.read(state)
    owner = member.world.user_of(member.world.keys["owner"])
    assert owner
    assert {row["userId"] for row in output.records()["time_entries"]} == {owner["id"]}
    assert set(member.starts_asked_for()) == {None}
