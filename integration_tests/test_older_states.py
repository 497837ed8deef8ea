"""States as 0.1.0 wrote them are read on: nothing of them is forgotten, and nothing is read anew."""

from base64 import b64encode
from datetime import timedelta

from harness.connector import Row
from integration_tests.conftest import Connect
from sandbox import World

GONE = "6b0000000000000000000bad"
CURSORS = {
    "approval_requests": "updatedAt",
    "assignments": "readAt",
    "audit_log": "timestamp",
    "entity_changes": "changedAt",
    "expense_report": "readAt",
    "time_entry_report": "readAt",
}
"""What an entry of a workspace holds."""


def state(stream: str, workspaces: Row) -> Row:
    saved = {"version": 1, "startDate": None, "workspaces": workspaces}
    descriptor = {"stream_descriptor": {"name": stream}, "stream_state": saved}
    return {"type": "STREAM", "stream": descriptor, "sourceStats": {"recordCount": 1.0}}


def test_each_stream_goes_on_where_the_state_ends(connect: Connect) -> None:
    world = World.generate(seed=71, users=4, entries_per_user=40, projects=2, others=8)
    _, connector = connect(world, page_cap=None)
    connector.clock.fixed = world.now
    first = connector.sync(*CURSORS)
    until = f"{world.now - timedelta(days=1):%Y-%m-%dT%H:%M:%S.000Z}"
    states = [
        state(stream, {place.id: {cursor: until} for place in world.workspaces}) for stream, cursor in CURSORS.items()
    ]
    second = connector.sync(*CURSORS, state=states)
    assert second.statuses() == dict.fromkeys(CURSORS, "COMPLETE")
    before, after = first.records(), second.records()
    assert [stream for stream in CURSORS if not len(after[stream]) < len(before[stream])] == []


def test_an_entry_that_was_deleted_between_the_versions_is_told(connect: Connect) -> None:
    world = World.generate(seed=71, users=3, entries_per_user=4, projects=2, others=2)
    _, connector = connect(world, page_cap=None, detect_deletions=True)
    connector.clock.fixed = world.now
    place = world.workspace()
    user = world.rows("users", place.id)[0]["id"]
    read_at, since = (f"{world.now - timedelta(days=days):%Y-%m-%dT%H:%M:%S}" for days in (1, 30))
    entry = {
        "readAt": f"{read_at}.000Z",
        "running": [],
        "since": f"{since}Z",
        "ids": b64encode(bytes.fromhex(GONE)).decode(),
    }
    output = connector.sync("time_entries", state=[state("time_entries", {place.id: {user: entry}})])
    assert output.statuses() == {"time_entries": "COMPLETE"}
    assert [row["id"] for row in output.records()["time_entries"] if row["isDeleted"]] == [GONE]
