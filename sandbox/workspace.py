"""One workspace, as Clockify holds it."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field

from .shapes import Row, membership


def _start(entry: Row) -> str:
    return str(entry["timeInterval"]["start"])


@dataclass
class Workspace:
    """Its own row, who is in it, and a table of rows by id for each kind."""

    row: Row
    members: dict[str, Row] = field(default_factory=dict)
    roles: dict[str, list[Row]] = field(default_factory=dict)
    user_fields: dict[str, list[Row]] = field(default_factory=dict)
    capacities: dict[str, int] = field(default_factory=dict)
    # The time entries on an invoice, by its id.
    billed: dict[str, list[str]] = field(default_factory=dict)
    tables: defaultdict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    # Time entries of each user by ascending start: a window is cut out without looking at the others.
    timelines: defaultdict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    running: dict[str, Row] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def owner(self) -> str:
        return next(iter(self.roles))

    def has(self, feature: str) -> bool:
        """Whether its plan has a feature."""
        return feature in self.row["features"]

    def admits(self, user_id: str) -> bool:
        """Whether a user is an active member."""
        return user_id in self.members and self.members[user_id]["membershipStatus"] == "ACTIVE"

    def capacity(self, user_id: str) -> int:
        """Seconds of work on a day."""
        return self.capacities.get(user_id, 8 * 3600)

    def view(self) -> Row:
        """The workspace as GET /workspaces shows it."""
        return {**self.row, "memberships": list(self.members.values())}

    def memberships(self, kinds: str) -> dict[str, list[Row]]:
        """By user id; kinds: ALL, NONE, WORKSPACE, PROJECT or USERGROUP, as GET users takes them."""
        projects, groups = self.tables["projects"].values(), self.tables["user_groups"].values()
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in [
            *self.members.values(),
            *(row for project in projects for row in project["memberships"]),
            *(membership(user_id, group["id"], "USERGROUP") for group in groups for user_id in group["userIds"]),
        ]:
            if kinds in ("ALL", row["membershipType"]):
                found[row["userId"]].append(row)
        return found

    def user_view(self, account: Row, memberships: dict[str, list[Row]], *, roles: bool) -> Row:
        """A member as GET users shows them."""
        user_id = account["id"]
        shown = {"memberships": memberships.get(user_id, []), "customFields": self.user_fields.get(user_id, [])}
        return {**account, **shown} | ({"roles": self.roles.get(user_id, [])} if roles else {})

    def entries_between(self, user_id: str, start: str | None, end: str | None) -> list[Row]:
        """A user's entries that start in [start, end], the earliest first."""
        timeline = self.timelines.get(user_id, [])
        first = bisect_left(timeline, start, key=_start) if start else 0
        return timeline[first : bisect_right(timeline, end, key=_start) if end else None]

    def put(self, entry: Row) -> None:
        """Into its user's timeline."""
        insort(self.timelines[entry["userId"]], entry, key=_start)
        if entry["timeInterval"]["end"] is None:
            self.running[entry["id"]] = entry

    def take(self, entry: Row) -> None:
        """Out of it again, before its start or user changes."""
        timeline = self.timelines[entry["userId"]]
        index = bisect_left(timeline, _start(entry), key=_start)
        while timeline[index] is not entry:
            index += 1
        del timeline[index]
        self.running.pop(entry["id"], None)
