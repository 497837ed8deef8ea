"""The command line: what a user sees of spec, check, discover and read, and of everything that can be wrong with a key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.connector import Connector, Output, identities
from integration_tests.conftest import Connect
from sandbox import RateLimit, Sandbox, World

ENTRIES = "/workspaces/{workspaceId}/user/{userId}/time-entries"


@pytest.fixture(scope="module")
def world() -> World:
    return World.generate(seed=9, users=6, entries_per_user=4, projects=3, others=4)


@pytest.fixture(scope="module")
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world, page_cap=7) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _fresh(sandbox: Sandbox) -> None:
    sandbox.clear_requests()


def test_spec_and_discover_send_no_request(sandbox: Sandbox, tmp_path: Path) -> None:
    connector = Connector(sandbox, tmp_path)
    assert any(message["type"] == "SPEC" for message in connector.run("spec").messages)
    assert any(message["type"] == "CATALOG" for message in connector.run("discover", config=connector.config).messages)
    assert sandbox.requests == []


@pytest.mark.parametrize(("key", "role"), [("owner", "owner or admin"), ("member", "neither owner nor admin")])
def test_check_takes_two_requests_and_tells_plan_and_role(
    key: str, role: str, sandbox: Sandbox, world: World, tmp_path: Path
) -> None:
    output = Connector(sandbox, tmp_path, key).check()
    assert output.status() == {"status": "SUCCEEDED"}
    assert len(sandbox.requests) == 2
    assert (
        f"The key sees workspace 'Acme' ({world.workspaces[0].id}): plan BUNDLE_YEAR_2024, role {role}" in output.text
    )


def test_a_key_pasted_with_blanks_is_in_no_debug_log(sandbox: Sandbox, world: World, tmp_path: Path) -> None:
    connector = Connector(sandbox, tmp_path, f" {world.keys['owner']} ")
    output = connector.run("read", "--debug", **connector.files("tags", state=None))
    assert output.records()["tags"]
    assert any(message["type"] == "DEBUG" for message in output.messages)
    assert_no_secret(output, sandbox, "owner")


WRONG_KEYS = [
    ("a-key-that-clockify-does-not-know", "does not know this key (401 'Api key does not exist', code 4003)"),
    ("no_workspace", "sees no workspace"),
]


@pytest.mark.parametrize(("key", "words"), WRONG_KEYS)
def test_check_says_what_is_wrong_with_the_key(key: str, words: str, sandbox: Sandbox, tmp_path: Path) -> None:
    output = Connector(sandbox, tmp_path, key).check()
    assert output.status()["status"] == "FAILED"
    assert words in output.status()["message"]
    assert_no_secret(output, sandbox, key)


@pytest.mark.parametrize(("key", "words"), WRONG_KEYS)
def test_read_says_what_is_wrong_with_the_key(key: str, words: str, sandbox: Sandbox, tmp_path: Path) -> None:
    output = Connector(sandbox, tmp_path, key).read("tags", "workspaces")
    assert output.returncode != 0
    for stream in ("tags", "workspaces"):
        assert words in output.errors()[stream]["message"]
        assert output.errors()[stream]["failure_type"] == "config_error"
        assert output.statuses()[stream] == "INCOMPLETE"
    assert output.records() == {}
    assert_no_secret(output, sandbox, key)


def test_a_revoked_key(connect: Connect) -> None:
    world = World.generate(seed=10, users=4, entries_per_user=2, projects=2, others=2)
    _, connector = connect(world, key="admin")
    assert connector.check().status()["status"] == "SUCCEEDED"
    world.revoke(world.keys["admin"])
    message = connector.check().status()["message"]
    assert "`api_key`" in message
    assert "`region`" in message


def test_a_members_key_names_the_missing_role_and_spares_the_tables(sandbox: Sandbox, tmp_path: Path) -> None:
    connector = Connector(sandbox, tmp_path, "member")
    assert connector.check().status()["status"] == "SUCCEEDED"
    output = connector.read("users", "time_entries", "invoices", "tags")
    for stream in ("users", "time_entries", "invoices"):
        assert "owner or admin" in output.errors()[stream]["message"]
        assert output.statuses()[stream] == "INCOMPLETE"  # so that no destination replaces good rows by none
        assert stream not in output.records()
    assert output.statuses()["tags"] == "COMPLETE"
    assert output.records()["tags"]
    assert_no_secret(output, sandbox, "member")


@pytest.mark.parametrize(
    ("stream", "feature", "refusal", "status"),
    [
        *(("expenses", "EXPENSES", "plan_refusal", status) for status in (402, 403)),
        *(("audit_log", "AUDIT_LOG", "audit_log_refusal", status) for status in (400, 403, 404)),
    ],
)
def test_a_plan_without_the_feature(stream: str, feature: str, refusal: str, status: int, connect: Connect) -> None:
    world = World.generate(seed=11, users=4, entries_per_user=2, projects=2, others=2)
    setattr(world, refusal, status)
    sandbox, connector = connect(world)
    output = connector.read(stream)
    assert output.returncode == 0
    assert output.statuses() == {stream: "COMPLETE"}
    assert {row["workspaceId"] for row in output.records()[stream]} == {world.workspaces[0].id}
    [warning] = output.logs("WARN")
    assert all(word in warning for word in (stream, "Side project", "FREE", feature))
    assert sum(request.status == status for request in sandbox.requests) == 1


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({"region": "eu1"}, "region"),
        ({"api_url": "http://acme.clockify.me"}, "api_url"),
        ({"start_date": "soon"}, "start_date"),
        ({"lookback_days": -1}, "lookback_days"),
        ({"api_key": ""}, "api_key"),
        ({"workspace_ids": ["64a687e29ae1f428e7ebe303"]}, "workspace_ids"),
    ],
    ids=str,
)
def test_a_bad_value_is_named_by_check_and_read(
    config: dict[str, Any], key: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    connector = Connector(sandbox, tmp_path)
    files = connector.files("tags", state=None)
    connector.config |= config
    status = connector.check().status()
    assert status["status"] == "FAILED"
    assert f"`{key}`" in status["message"]
    output = connector.run("read", **{**files, "config": connector.config})
    assert output.returncode != 0
    assert f"`{key}`" in output.text
    assert all(request.route == "/workspaces" for request in sandbox.requests)


def test_a_host_that_does_not_answer_fails_the_check_soon(sandbox: Sandbox, tmp_path: Path) -> None:
    connector = Connector(sandbox, tmp_path, api_url="http://127.0.0.1:9")
    assert "could not be reached" in connector.check().status()["message"]


def test_the_old_configuration_is_migrated(sandbox: Sandbox, world: World, tmp_path: Path) -> None:
    connector = Connector(sandbox, tmp_path, workspace_id=world.workspaces[1].id)
    output = connector.read("workspaces")
    [control] = [m["control"]["connectorConfig"]["config"] for m in output.messages if m["type"] == "CONTROL"]
    assert control["workspace_ids"] == [world.workspaces[1].id]
    assert "workspace_id" not in control
    assert [row["id"] for row in output.records()["workspaces"]] == [world.workspaces[1].id]


FAULTS = [
    {"status": 500, "headers": {"Retry-After": "0"}},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"kind": "truncate"},
    {"kind": "close_early"},
    {"kind": "reset"},
    {"kind": "html"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_on_the_way_loses_nothing(fault: dict[str, Any], connect: Connect) -> None:
    world = World.generate(seed=12, users=6, entries_per_user=9, projects=2, others=2)
    sandbox, connector = connect(world, page_cap=5)
    sandbox.faults.add(route=ENTRIES, **fault)
    output = connector.sync("time_entries")
    expected = [row for place in world.workspaces for row in world.rows("time_entries", place.id)]
    assert identities("time_entries", output.records()["time_entries"]) == identities("time_entries", expected)
    assert any(request.status != 200 for request in sandbox.requests) or "kind" in fault


def test_a_page_that_repeats_is_an_error_not_a_loop(connect: Connect) -> None:
    world = World.generate(seed=13, users=4, entries_per_user=2, projects=2, others=12)
    sandbox, connector = connect(world, page_cap=5)
    sandbox.faults.add(route="/workspaces/{workspaceId}/tags", kind="repeat_page", times=None)
    output = connector.read("tags")
    assert "same page twice" in output.errors()["tags"]["message"]


def test_the_key_does_not_follow_a_redirect(connect: Connect) -> None:
    world = World.generate(seed=14, users=4, entries_per_user=2, projects=2, others=2)
    with Sandbox(world) as elsewhere:
        sandbox, connector = connect(world)
        sandbox.faults.add(
            route="/workspaces/{workspaceId}/tags",
            kind="redirect",
            location=f"{elsewhere.url}/api/v1/workspaces",
            times=None,
        )
        output = connector.read("tags")
        assert "redirects to" in output.errors()["tags"]["message"]
        assert elsewhere.requests == []


def test_a_lower_limit_slows_the_sync_and_loses_nothing(connect: Connect) -> None:
    world = World.generate(seed=15, users=30, entries_per_user=3, projects=2, others=2)
    sandbox, connector = connect(world)
    sandbox.rate_limit = RateLimit(requests=20, seconds=1.0)
    output = connector.read("time_entries")
    expected = [
        row
        for place in world.workspaces
        for row in world.rows("time_entries", place.id)
        if row["userId"] not in world.removed_users(place.id)
    ]
    assert identities("time_entries", output.records()["time_entries"]) == identities("time_entries", expected)


def assert_no_secret(output: Output, sandbox: Sandbox, key: str) -> None:
    assert sandbox.world.keys.get(key, key) not in output.text
