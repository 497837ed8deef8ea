"""The truth behind the sandbox: all rows as Clockify's API holds them, and the ways in which they change."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import wraps
from itertools import product
from random import Random
from threading import RLock
from types import FunctionType
from typing import Any, Literal

import orjson

from . import details, reports
from .changes import Change, action, audit_log, entity_feed
from .generate import populate
from .shapes import (
    STREAMS,
    Instant,
    Row,
    change,
    interval,
    iso,
    iso_duration,
    membership,
    new_row,
    project_info,
    seconds_between,
)

ENTITY_TYPES = (
    *("CLIENTS", "PROJECTS", "TAGS", "TASKS"),
    *("SCHEDULED_ASSIGNMENT", "TIME_ENTRY", "TIME_ENTRY_RATE", "TIME_ENTRY_CUSTOM_FIELD_VALUE"),
)
_APPROVALS = {"pending_approval_requests": ("PENDING",), "approval_requests": ("APPROVED", "WITHDRAWN_APPROVAL")}
_IN_APPROVAL = ("id", "description", "billable", "timeInterval", "type", "hourlyRate", "costRate", "customFieldValues")


def _start(entry: Row) -> str:
    return str(entry["timeInterval"]["start"])


@dataclass
class Workspace:
    """One workspace: its own row, who is in it, and a table of rows by id for each kind."""

    row: Row
    members: dict[str, Row] = field(default_factory=dict)
    roles: dict[str, list[Row]] = field(default_factory=dict)
    user_fields: dict[str, list[Row]] = field(default_factory=dict)
    capacities: dict[str, int] = field(default_factory=dict)
    tables: defaultdict[str, dict[str, Row]] = field(default_factory=lambda: defaultdict(dict))
    # Time entries of each user by ascending start: a page is cut out without looking at the others.
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

    def capacity(self, user_id: str) -> int:
        """Seconds of work on a day."""
        return self.capacities.get(user_id, 8 * 3600)

    def admits(self, user_id: str) -> bool:
        return user_id in self.members and self.members[user_id]["membershipStatus"] == "ACTIVE"

    def is_admin(self, user_id: str) -> bool:
        return any(role["role"] in ("OWNER", "WORKSPACE_ADMIN") for role in self.roles.get(user_id, []))

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

    def entries_between(self, user_id: str, start: str | None, end: str | None) -> tuple[list[Row], int, int]:
        """A user's timeline and the range in it of the entries that start in [start, end]."""
        timeline = self.timelines.get(user_id, [])
        first = bisect_left(timeline, start, key=_start) if start else 0
        last = bisect_right(timeline, end, key=_start) if end else len(timeline)
        return timeline, first, max(first, last)

    def put(self, entry: Row) -> None:
        """Into its user's timeline."""
        insort(self.timelines[entry["userId"]], entry, key=_start)
        if entry["timeInterval"]["end"] is None:
            self.running[entry["id"]] = entry

    def take(self, entry: Row) -> None:
        """Out of it again, before its start or user changes."""
        timeline, first, last = self.entries_between(entry["userId"], _start(entry), _start(entry))
        del timeline[next(index for index in range(first, last) if timeline[index] is entry)]
        self.running.pop(entry["id"], None)


def _copies(rows: list[Row]) -> list[Row]:
    copies: list[Row] = orjson.loads(orjson.dumps(rows))
    return copies


def _in_approval(place: Workspace, entry: Row) -> Row:
    """An entry as an approval embeds it, with its project, task and tags in full."""
    project, task = place.tables["projects"].get(entry["projectId"]), place.tables["tasks"].get(entry["taskId"])
    tags = place.tables["tags"]
    return {name: entry[name] for name in _IN_APPROVAL} | {
        "project": project and project_info(project),
        "task": task and {"id": task["id"], "name": task["name"]},
        "tags": [tags[tag_id] for tag_id in entry["tagIds"] or [] if tag_id in tags],
    }


def _thread_safe(world: type["World"]) -> type["World"]:
    """Every public method holds the world's lock."""

    def locked(method: FunctionType) -> Any:
        @wraps(method)
        def call(self: "World", *args: Any, **kwargs: Any) -> Any:
            with self.lock:
                return method(self, *args, **kwargs)

        return call

    for name, member in list(vars(world).items()):
        if isinstance(member, FunctionType) and not name.startswith("_"):
            setattr(world, name, locked(member))
    return world


@_thread_safe
class World:
    """All that the sandbox knows. Where a workspace (its id) is optional it is the first one, Acme.

    `now` may be set. It is when something is done, unless a method is told `at` what instant.

    `plan_refusal` is the status for a feature that the plan lacks (Clockify's own is not proven: 403 or 402);
    `batch_refuses_unknown` makes a batch look-up with an unknown id fail, where it else leaves that id out;
    `report_shows_running`: whether the detailed report has what is still running; `entity_types`: those that the feeds
    of entities accept; `entity_paging`: with "ignored" every page is the first one, with "overlapping" each repeats some
    rows of the one before.
    """

    def __init__(self, seed: int, now: datetime) -> None:
        self.now, self.random, self.lock = now, Random(seed), RLock()
        self.workspaces: list[Workspace] = []
        self.accounts: dict[str, Row] = {}
        self.keys: dict[str, str] = {}
        self.plan_refusal = 403
        self.changes: list[Change] = []
        self.batch_refuses_unknown = self.report_shows_running = False
        self.entity_types: tuple[str, ...] = ENTITY_TYPES
        self.entity_paging: Literal["honoured", "ignored", "overlapping"] = "honoured"
        self._users_of_keys: dict[str, str] = {}
        self._machine, self._ids = self.random.getrandbits(40), 0

    @classmethod
    def generate(
        cls, seed: int = 1, time_zone: str = "America/Los_Angeles", now: datetime | None = None, **sizes: int
    ) -> "World":
        """A small but complete world, the same for the same arguments; `sizes` are those of `populate`."""
        world = cls(seed, (now or datetime.now(UTC)).replace(microsecond=0))
        populate(world, time_zone, **sizes)
        return world

    def rows(self, stream: str, workspace: str | None = None) -> list[Row]:
        """Copies of a stream's true rows in their fullest form, of one workspace or of all.

        Time entries of removed users are among them, though GET users no longer lists those: see `removed_users`.
        Also of time_entry_report (in UTC), expense_report, audit_log (a year back) and entity_changes (30 days back);
        project_assignment_totals and user_capacity are those of all time. Member profiles have a `userId` and payments an
        `invoiceId`, which their answers have not.
        """
        return _copies([row for place in self._places(workspace) for row in self._truth(place, stream)])

    def entity_changes(
        self,
        kind: str,
        entity_type: str,
        start: datetime | None = None,
        end: datetime | None = None,
        workspace: str | None = None,
    ) -> list[Row]:
        """What the feed of `created`, `updated` or `deleted` entities shows of a window, if its paging is honoured.

        Without start or end the window has 30 days. What was created in it is not among the updated and deleted, what
        is deleted by now not among the created and updated; deletions show a minute late.
        """
        month = timedelta(days=30)
        end = end or (start + month if start else self.now)
        place = self.workspace(workspace)
        return _copies(entity_feed(self, place, kind, entity_type, start or end - month, end))

    def removed_users(self, workspace: str | None = None) -> set[str]:
        """Ids of those who have time entries but are no longer members."""
        return {user for place in self._places(workspace) for user in place.timelines.keys() - place.members.keys()}

    def workspace(self, workspace_id: str | None = None) -> Workspace:
        return next(place for place in self.workspaces if workspace_id in (None, place.id))

    def user_of(self, key: str) -> Row | None:
        """The account behind an API key, if it is a good one."""
        return self.accounts.get(self._users_of_keys.get(key, ""))

    def add_key(self, name: str, user_id: str) -> str:
        self.keys[name] = key = f"{self.random.getrandbits(192):048x}"
        self._users_of_keys[key] = user_id
        return key

    def revoke(self, key: str) -> None:
        del self._users_of_keys[key]

    def add_workspace(self, name: str, plan: str | None, features: list[str]) -> str:
        fields = {"name": name, "featureSubscriptionType": plan, "features": features}
        place = Workspace(new_row("workspaces", self.new_id(), "", fields))
        place.row["currencies"][0]["id"] = self.new_id()
        self.workspaces.append(place)
        return place.id

    def set_features(self, workspace: str, features: list[str]) -> None:
        self.workspace(workspace).row["features"] = list(features)

    def add_account(self, name: str | None, email: str, **fields: Any) -> str:
        """Somebody who is in no workspace yet."""
        user_id = self.new_id()
        self.accounts[user_id] = new_row("users", user_id, "", {"name": name, "email": email, **fields})
        return user_id

    def join(self, user_id: str, workspace: str | None = None, status: str = "ACTIVE", role: str | None = None) -> None:
        """Makes someone a member; role: OWNER, WORKSPACE_ADMIN, TEAM_MANAGER, PROJECT_MANAGER or none."""
        place, account = self.workspace(workspace), self.accounts[user_id]
        place.members[user_id] = membership(user_id, place.id, "WORKSPACE", status)
        if role:
            place.roles[user_id] = [{"role": role, "userId": user_id, "workspaceId": place.id, "entities": []}]
        for name in ("activeWorkspace", "defaultWorkspace"):
            account[name] = account[name] or place.id

    def deactivate_user(self, user_id: str, workspace: str | None = None) -> None:
        self.workspace(workspace).members[user_id]["membershipStatus"] = "INACTIVE"

    def reactivate_user(self, user_id: str, workspace: str | None = None) -> None:
        self.workspace(workspace).members[user_id]["membershipStatus"] = "ACTIVE"

    def remove_user(self, user_id: str, workspace: str | None = None) -> None:
        """The entries stay."""
        place = self.workspace(workspace)
        del place.members[user_id]
        place.roles.pop(user_id, None)

    def add(self, stream: str, workspace: str | None = None, *, at: Instant | None = None, **fields: Any) -> str:
        """A new client, project, tag, task, holiday …; what is not given has its usual value."""
        place, row_id = self.workspace(workspace), self.new_id()
        place.tables[stream][row_id] = row = new_row(stream, row_id, place.id, fields)
        self._log("created", stream, place, row, at)
        return row_id

    def edit(self, stream: str, row_id: str, *, at: Instant | None = None, **fields: Any) -> None:
        place = self._place(stream, row_id)
        row = place.tables[stream][row_id]
        before = orjson.dumps(row)
        change(row, fields)
        self._log("updated", stream, place, row, at, before)

    def delete(self, stream: str, row_id: str, *, at: Instant | None = None) -> None:
        place = self._place(stream, row_id)
        row = place.tables[stream].pop(row_id)
        self._log("deleted", stream, place, row, at, orjson.dumps(row))

    def add_project(self, name: str, workspace: str | None = None, *, at: Instant | None = None, **fields: Any) -> str:
        return self.add("projects", workspace, at=at, name=name, **fields)

    def archive_project(self, project_id: str, at: Instant | None = None) -> None:
        self.edit("projects", project_id, at=at, archived=True)

    def add_time_entry(
        self,
        user_id: str,
        start: Instant,
        end: Instant | None = None,
        workspace: str | None = None,
        *,
        at: Instant | None = None,
        **fields: Any,
    ) -> str:
        """Without an end it is running."""
        fields = {"userId": user_id, "timeInterval": interval(start, end), **fields}
        entry_id = self.add("time_entries", workspace, at=at, **fields)
        place, entry = self._entry(entry_id)
        for value in entry["customFieldValues"]:
            value["timeEntryId"] = entry_id
        place.put(entry)
        return entry_id

    def edit_time_entry(self, entry_id: str, *, at: Instant | None = None, **fields: Any) -> None:
        """`start` and `end` (None: running again) besides the row's own fields."""
        place, entry = self._entry(entry_id)
        times = {name: fields.pop(name, entry["timeInterval"][name]) for name in ("start", "end")}
        place.take(entry)
        try:
            self.edit("time_entries", entry_id, at=at, **fields, timeInterval=interval(**times))
        finally:
            place.put(entry)

    def delete_time_entry(self, entry_id: str, at: Instant | None = None) -> None:
        place, entry = self._entry(entry_id)
        place.take(entry)
        self.delete("time_entries", entry_id, at=at)

    def restore_time_entry(self, row: Row, at: Instant | None = None) -> None:
        """Puts back what was deleted, under its old id."""
        place, entry = self.workspace(row["workspaceId"]), dict(row)
        place.tables["time_entries"][entry["id"]] = entry
        place.put(entry)
        self._log("restored", "time_entries", place, entry, at)

    def start_timer(self, user_id: str, at: Instant | None = None, workspace: str | None = None) -> str:
        """It starts `at` that instant, and is seen to do so now; so with `stop_timer`."""
        return self.add_time_entry(user_id, at or self.now, None, workspace)

    def stop_timer(self, entry_id: str, at: Instant | None = None) -> None:
        self.edit_time_entry(entry_id, end=at or self.now)

    def time_entry(self, entry_id: str) -> Row | None:
        tables = (place.tables["time_entries"] for place in self.workspaces)
        return next((table[entry_id] for table in tables if entry_id in table), None)

    def submit_approval(
        self, user_id: str, start: Instant, end: Instant, at: Instant | None = None, workspace: str | None = None
    ) -> str:
        """Hands in for approval what the user has from start to end."""
        place, user, request_id = self.workspace(workspace), self.accounts[user_id], self.new_id()
        row = new_row("approvals", request_id, place.id, {})
        request = row["approvalRequest"]
        request |= {"id": request_id, "workspaceId": place.id, "dateRange": {"start": iso(start), "end": iso(end)}}
        request["owner"] |= {"userId": user_id, "userName": user["name"]}
        request["creator"] |= {"userId": user_id, "userName": user["name"], "userEmail": user["email"]}
        timeline, first, last = place.entries_between(user_id, iso(start), iso(end))
        row["entries"] = [_in_approval(place, e) for e in timeline[first:last] if e["timeInterval"]["end"]]
        times = [entry["timeInterval"] for entry in row["entries"]]
        row["trackedTime"] = iso_duration(sum(seconds_between(time["start"], time["end"]) for time in times))
        row["pendingTime"] = row["trackedTime"]
        place.tables["approvals"][request_id] = row
        self._decide(request_id, "PENDING", at)
        return request_id

    def approve(self, request_id: str, at: Instant | None = None) -> None:
        row = self._decide(request_id, "APPROVED", at)
        row["approvedTime"], row["pendingTime"] = row["trackedTime"], "PT0S"

    def reject(self, request_id: str, at: Instant | None = None) -> None:
        self._decide(request_id, "REJECTED", at)

    def withdraw(self, request_id: str, at: Instant | None = None) -> None:
        """Takes back a submission or, where it was approved, the approval."""
        status = self._place("approvals", request_id).tables["approvals"][request_id]["approvalRequest"]["status"]
        self._decide(request_id, f"WITHDRAWN_{'APPROVAL' if status['state'] == 'APPROVED' else 'SUBMISSION'}", at)

    def pay(self, invoice_id: str, amount: int, at: Instant | None = None) -> str:
        """Pays an invoice, or a part of it."""
        place = self._place("invoices", invoice_id)
        invoice = place.tables["invoices"][invoice_id]
        paid, balance = (invoice["paid"] or 0) + amount, invoice["balance"] - amount
        status = "PARTIALLY_PAID" if balance else "PAID"
        self.edit("invoices", invoice_id, at=at, paid=paid, balance=balance, status=status)
        fields: Row = {"date": iso(at or self.now), "author": self.accounts[place.owner]["name"]}
        return self.add("invoice_payments", place.id, at=at, invoiceId=invoice_id, amount=amount, **fields)

    def new_id(self) -> str:
        """Like MongoDB's: seconds, machine, counter."""
        self._ids += 1
        return f"{int(self.now.timestamp()):08x}{self._machine:010x}{self._ids:06x}"

    def _places(self, workspace: str | None) -> list[Workspace]:
        return [self.workspace(workspace)] if workspace else self.workspaces

    def _place(self, stream: str, row_id: str) -> Workspace:
        return next(place for place in self.workspaces if row_id in place.tables[stream])

    def _entry(self, entry_id: str) -> tuple[Workspace, Row]:
        place = self._place("time_entries", entry_id)
        return place, place.tables["time_entries"][entry_id]

    def _log(
        self, kind: str, stream: str, place: Workspace, row: Row, at: Instant | None, before: bytes | None = None
    ) -> None:
        """By whom: what is someone's own by them while they can, all else by the owner."""
        owner = next(iter(place.roles), "SYSTEM")
        user = row.get("userId", owner)
        by = user if place.admits(user) else owner
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at or self.now
        self.changes.append(
            Change(kind, stream, row["id"], place.id, moment, by, action(kind, stream, row, by), before)
        )

    def _truth(self, place: Workspace, stream: str) -> list[Row]:
        if stream == "workspaces":
            return [place.view()]
        if stream == "users":
            memberships = place.memberships("ALL")
            return [place.user_view(self.accounts[user], memberships, roles=True) for user in place.members]
        entries = (entry for timeline in place.timelines.values() for entry in timeline)
        match stream:
            case "time_entries":
                return list(entries)
            case "time_entry_report":
                ended = (entry for entry in entries if self.report_shows_running or entry["timeInterval"]["end"])
                return reports.time_entries(self, place, ended)
            case "invoice_details":
                return [details.invoice_details(place, row) for row in place.tables["invoices"].values()]
            case "invoice_payments":
                payments, invoices = place.tables["invoice_payments"], place.tables["invoices"]
                return [row for row in payments.values() if row["invoiceId"] in invoices]
            case "member_profiles":
                return details.member_profiles(self, place)
            case "time_off_balances":
                return details.balances(self, place)
            case "webhooks":
                return details.webhooks(place)
            case "project_assignment_totals":
                return details.project_totals(place)
            case "user_capacity":
                return details.user_capacity(self, place) if "SCHEDULING" in place.row["features"] else []
            case "expense_report":
                return reports.expenses(self, place, place.tables["expenses"].values())
            case "audit_log":
                return audit_log(self, place) if "AUDIT_LOG" in place.row["features"] else []
            case "entity_changes":
                feeds = product(("created", "updated", "deleted"), self.entity_types)
                return [row for feed in feeds for row in self.entity_changes(*feed, workspace=place.id)]
        if states := _APPROVALS.get(stream):
            rows = place.tables["approvals"].values()
            return [row for row in rows if row["approvalRequest"]["status"]["state"] in states]
        if stream not in STREAMS:
            raise KeyError(stream)
        return list(place.tables[stream].values())

    def _decide(self, request_id: str, state: str, at: Instant | None) -> Row:
        row = self._place("approvals", request_id).tables["approvals"][request_id]
        request = row["approvalRequest"]
        owner = self.workspace(request["workspaceId"]).owner
        by = request["owner"]["userId"] if state in ("PENDING", "WITHDRAWN_SUBMISSION") else owner
        who = {"updatedBy": by, "updatedByUserName": self.accounts[by]["name"]}
        request["status"] |= {"state": state, "updatedAt": iso(at or self.now), **who}
        return row
