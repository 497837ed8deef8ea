"""An account whose histories are read again, with a destination: what the tests of `refresh_history_days` have in common."""

from datetime import timedelta
from typing import Any

from harness.connector import Connector, Output, Row, Table, once
from integration_tests.conftest import Connect
from sandbox import Sandbox, World

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
