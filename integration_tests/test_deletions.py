"""`detect_deletions`: what is gone is told, what was moved is shown, and nothing is called deleted that is not."""

from datetime import timedelta
from typing import Any

import pytest

from harness.connector import Connector, Output, Row, once
from integration_tests.conftest import Connect
from sandbox import Sandbox, World

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BATCH = "/workspaces/{workspaceId}/time-entries/batch"
SINGLE = "/workspaces/{workspaceId}/time-entries/{id}"


class Story:
    """A world with one busy user, read once with the option on."""

    def __init__(self, connect: Connect, **config: Any) -> None:
        self.world = World.generate(seed=21, users=6, entries_per_user=6, projects=3, others=4)
        self.acme = self.world.workspaces[0].id
        self.user = self.world.rows("users", self.acme)[2]["id"]
        self.now = self.world.now
        for row in self.world.rows("time_entries"):
            if row["timeInterval"]["end"] is None:  # an old timer would be looked up in any case
                self.world.stop_timer(row["id"])
        self.recent = [self.add(days) for days in range(1, 11)]
        self.old = self.add(60)
        self.sandbox: Sandbox
        self.connector: Connector
        self.sandbox, self.connector = connect(self.world, page_cap=None, detect_deletions=True, **config)
        self.states = self.read().states()

    def add(self, days_ago: float) -> str:
        start = self.now - days_ago * DAY
        return self.world.add_time_entry(self.user, start, start + HOUR, self.acme)

    def read(self) -> Output:
        """Sync on from the last state."""
        self.connector.clock.fixed = self.now
        self.sandbox.clear_requests()
        output = self.connector.sync("time_entries", state=getattr(self, "states", None))
        self.states = output.states()
        return output


@pytest.fixture
def story(connect: Connect) -> Story:
    return Story(connect)


def deleted(output: Output) -> set[str]:
    return {entry_id for entry_id, row in once(output.records()["time_entries"]).items() if row["isDeleted"]}


def brought(output: Output) -> set[str]:
    return once(output.records()["time_entries"]).keys() - deleted(output)


def test_a_deleted_entry_leaves_a_tombstone(story: Story) -> None:
    gone = story.recent[:3]
    for entry_id in gone:
        story.world.delete_time_entry(entry_id)
    output = story.read()
    assert deleted(output) == set(gone)
    [tombstone] = [row for row in output.records()["time_entries"] if row["id"] == gone[0]]
    assert tombstone == {
        "id": gone[0],
        "userId": story.user,
        "workspaceId": story.acme,
        "syncedAt": tombstone["syncedAt"],
        "isDeleted": True,
        "_ab_cdc_deleted_at": tombstone["syncedAt"],
    }
    assert deleted(story.read()) == set()  # told once


def test_an_entry_moved_out_of_the_window_comes_in_its_current_version(story: Story) -> None:
    moved = story.recent[0]
    story.world.edit_time_entry(moved, start=story.now - 300 * DAY, end=story.now - 300 * DAY + HOUR)
    output = story.read()
    assert deleted(output) == set()
    assert moved in brought(output)


def test_what_grows_out_of_the_look_back_is_forgotten_not_deleted(story: Story) -> None:
    edge = story.add(29.9)
    assert edge in brought(story.read())
    story.now += timedelta(days=5)
    assert deleted(story.read()) == set()
    story.world.delete_time_entry(edge)
    assert deleted(story.read()) == set()  # beyond the look-back: for a full refresh to find


def test_nothing_is_looked_up_when_nothing_is_missing(story: Story) -> None:
    story.read()
    assert not any("time-entries/" in request.path for request in story.sandbox.requests)


def test_many_are_looked_up_in_batches(story: Story) -> None:
    for entry_id in story.recent:
        story.world.edit_time_entry(entry_id, start=story.now - 300 * DAY, end=story.now - 300 * DAY + HOUR)
    output = story.read()
    assert set(story.recent) <= brought(output)
    assert [request.route for request in story.sandbox.requests].count(BATCH) == 1
    assert SINGLE not in [request.route for request in story.sandbox.requests]


@pytest.mark.parametrize("refuses", [True, False], ids=["batch refuses unknown ids", "batch leaves them out"])
def test_however_a_batch_treats_unknown_ids(refuses: bool, story: Story) -> None:
    story.world.batch_refuses_unknown = refuses
    gone, moved = story.recent[:2], story.recent[2:4]
    for entry_id in gone:
        story.world.delete_time_entry(entry_id)
    for entry_id in moved:
        story.world.edit_time_entry(entry_id, start=story.now - 300 * DAY, end=story.now - 300 * DAY + HOUR)
    output = story.read()
    assert deleted(output) == set(gone)
    assert set(moved) <= brought(output)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404, "body": {"message": "No static resource v1/batch.", "code": 3000}},
        {"status": 405, "body": {"message": "Request method 'POST' is not supported", "code": 3000}},
        {"status": 403, "body": {"message": "Access Denied", "code": 501}},
        {"status": 200, "body": []},
    ],
    ids=["no such route", "wrong method", "refused", "answers nothing"],
)
def test_without_a_batch_that_helps_each_is_asked_for(fault: Row, story: Story) -> None:
    gone, moved = story.recent[0], story.recent[1]
    story.world.delete_time_entry(gone)
    story.world.edit_time_entry(moved, start=story.now - 300 * DAY, end=story.now - 300 * DAY + HOUR)
    story.sandbox.faults.add(route=BATCH, times=None, **fault)
    output = story.read()
    assert deleted(output) == {gone}
    assert moved in brought(output)


class TestNeverAFalseTombstone:
    def test_a_look_up_that_is_refused(self, story: Story) -> None:
        hidden = story.recent[0]
        story.world.delete_time_entry(hidden)
        story.sandbox.faults.add(route=SINGLE, status=403, body={"message": "Access Denied", "code": 501})
        assert deleted(story.read()) == set()
        assert deleted(story.read()) == {hidden}  # still remembered, and told once Clockify says so

    def test_a_look_up_that_fails(self, story: Story) -> None:
        story.world.delete_time_entry(story.recent[0])
        story.sandbox.faults.add(route=SINGLE, status=404, body=b"", times=1)
        output = story.connector.read("time_entries", state=story.states)
        assert output.statuses() == {"time_entries": "INCOMPLETE"}
        assert deleted(output) == set()
        assert deleted(story.read()) == {story.recent[0]}

    def test_a_user_who_is_not_listed_any_more(self, story: Story) -> None:
        story.world.remove_user(story.user, story.acme)
        assert deleted(story.read()) == set()

    @pytest.mark.parametrize("status", [400, 403])
    def test_a_former_user_whose_entries_are_not_shown(self, status: int, story: Story) -> None:
        story.world.remove_user(story.user, story.acme)
        refusal = {"message": "User doesn't belong to Workspace" if status == 400 else "Access Denied", "code": 501}
        route = "/workspaces/{workspaceId}/user/{userId}/time-entries"
        story.sandbox.faults.add(
            route=route,
            status=status,
            body=refusal,
            times=None,
            when=lambda request: f"{story.acme}/user/{story.user}" in request.path,
        )
        output = story.read()
        assert deleted(output) == set()
        assert story.user not in str(output.states())

    def test_a_narrowed_look_back(self, story: Story) -> None:
        story.connector.config["lookback_days"] = 2
        output = story.read()
        assert deleted(output) == set()
        assert not any("time-entries/" in request.path for request in story.sandbox.requests)
        gone = story.recent[0]
        story.world.delete_time_entry(gone)
        assert deleted(story.read()) == {gone}

    def test_a_widened_look_back(self, story: Story) -> None:
        story.connector.config["lookback_days"] = 90
        output = story.read()
        assert deleted(output) == set()
        assert story.old in brought(output)

    @pytest.mark.parametrize("days", [3, 2000], ids=["later", "earlier"])
    def test_a_changed_start_date(self, days: int, story: Story) -> None:
        story.connector.config["start_date"] = f"{story.now - days * DAY:%Y-%m-%d}"
        output = story.read()
        assert deleted(output) == set()
        assert all(
            row["timeIntervalStart"] >= story.connector.config["start_date"] for row in output.records()["time_entries"]
        )

    def test_the_option_switched_off_and_on(self, story: Story) -> None:
        story.connector.config["detect_deletions"] = False
        story.world.delete_time_entry(story.recent[0])
        off = story.read()
        assert all("isDeleted" not in row for row in off.records()["time_entries"])
        story.connector.config["detect_deletions"] = True
        assert deleted(story.read()) == set()
        story.world.delete_time_entry(story.recent[1])
        assert deleted(story.read()) == {story.recent[1]}

    def test_a_full_refresh(self, story: Story) -> None:
        story.world.delete_time_entry(story.recent[0])
        output = story.connector.sync("time_entries", state=story.states, full_refresh=True)
        assert deleted(output) == set()
        assert story.recent[0] not in brought(output)


def test_a_restored_entry_is_alive_again(story: Story) -> None:
    row = dict(story.world.time_entry(story.recent[0]) or {})
    story.world.delete_time_entry(row["id"])
    assert deleted(story.read()) == {row["id"]}
    story.world.restore_time_entry(row)
    assert row["id"] in brought(story.read())


def test_the_fields_are_in_the_catalog_only_when_on(connect: Connect) -> None:
    world = World.generate(seed=22, users=3, entries_per_user=1, projects=1, others=1)
    for on in (True, False):
        _, connector = connect(world, detect_deletions=on)
        [stream] = [stream for stream in connector.streams if stream["name"] == "time_entries"]
        assert {"isDeleted", "_ab_cdc_deleted_at"} <= stream["json_schema"]["properties"].keys() or not on
        assert ("isDeleted" in stream["json_schema"]["properties"]) is on
