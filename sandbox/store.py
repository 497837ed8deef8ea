"""All rows as Clockify's API holds them, and the log of what was done to them."""

from datetime import datetime
from random import Random
from typing import Any

import orjson

from .locked import Locked
from .log import Change, action
from .shapes import Instant, Row, new_row, set_fields
from .workspace import Workspace


class Store(Locked):
    """Where a workspace (its id) is optional it is the first one, Acme.

    `now` may be set. It is when something is done, unless a method is told `at` what instant.
    """

    def __init__(self, seed: int, now: datetime) -> None:
        super().__init__()
        self.now, self.random = now, Random(seed)
        self.workspaces: list[Workspace] = []
        self.accounts: dict[str, Row] = {}
        self.keys: dict[str, str] = {}
        self.changes: list[Change] = []
        self._users_of_keys: dict[str, str] = {}
        self._machine, self._ids = self.random.getrandbits(40), 0

    def workspace(self, workspace_id: str | None = None) -> Workspace:
        return next(place for place in self.workspaces if workspace_id in (None, place.id))

    def find(self, stream: str, row_id: str) -> tuple[Workspace, Row]:
        """A row, with the workspace that it is in."""
        tables = ((place, place.tables[stream]) for place in self.workspaces)
        return next((place, table[row_id]) for place, table in tables if row_id in table)

    def removed_users(self, workspace: str | None = None) -> set[str]:
        """Ids of those who have time entries but are no longer members."""
        return {user for place in self.chosen(workspace) for user in place.timelines.keys() - place.members.keys()}

    def chosen(self, workspace: str | None) -> list[Workspace]:
        """One workspace or all."""
        return [self.workspace(workspace)] if workspace else self.workspaces

    def user_of(self, key: str) -> Row | None:
        """The account behind an API key, if it is a good one."""
        return self.accounts.get(self._users_of_keys.get(key, ""))

    def add_key(self, name: str, user_id: str) -> str:
        self.keys[name] = key = f"{self.random.getrandbits(192):048x}"
        self._users_of_keys[key] = user_id
        return key

    def revoke(self, key: str) -> None:
        del self._users_of_keys[key]

    def add(self, stream: str, workspace: str | None = None, *, at: Instant | None = None, **fields: Any) -> str:
        """A new client, project, tag, task, holiday …; what is not given has its usual value."""
        place, row_id = self.workspace(workspace), self.new_id()
        place.tables[stream][row_id] = row = new_row(stream, row_id, place.id, fields)
        self._log("created", stream, place, row, at)
        return row_id

    def edit(self, stream: str, row_id: str, *, at: Instant | None = None, **fields: Any) -> None:
        place, row = self.find(stream, row_id)
        before = orjson.dumps(row)
        set_fields(row, fields)
        self._log("updated", stream, place, row, at, before)

    def delete(self, stream: str, row_id: str, *, at: Instant | None = None) -> None:
        place, row = self.find(stream, row_id)
        del place.tables[stream][row_id]
        self._log("deleted", stream, place, row, at, orjson.dumps(row))

    def new_id(self) -> str:
        """Like MongoDB's: seconds, machine, counter."""
        self._ids += 1
        return f"{int(self.now.timestamp()):08x}{self._machine:010x}{self._ids:06x}"

    def _log(
        self, kind: str, stream: str, place: Workspace, row: Row, at: Instant | None, before: bytes | None = None
    ) -> None:
        """By whom: what is someone's own by them while they can, all else by the owner."""
        owner = next(iter(place.roles), "SYSTEM")
        user = row.get("userId", owner)
        by = user if place.admits(user) else owner
        when = datetime.fromisoformat(at) if isinstance(at, str) else at or self.now
        self.changes.append(Change(kind, stream, row["id"], place.id, when, by, action(kind, stream, row, by), before))
