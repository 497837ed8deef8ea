"""The truth behind the sandbox."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Literal

import orjson

from . import derived, reports, totals
from .actions import Actions
from .changes import audit_log, entity_feed
from .generate import populate
from .shapes import STREAMS, Row
from .workspace import Workspace

ENTITY_TYPES = (
    *("CLIENTS", "PROJECTS", "TAGS", "TASKS"),
    *("SCHEDULED_ASSIGNMENT", "TIME_ENTRY", "TIME_ENTRY_RATE", "TIME_ENTRY_CUSTOM_FIELD_VALUE"),
)
_APPROVALS = {"pending_approval_requests": ("PENDING",), "approval_requests": ("APPROVED", "WITHDRAWN_APPROVAL")}


class World(Actions):
    """All that the sandbox knows, and how it answers where Clockify's way is not proven.

    `plan_refusal` is the status for a feature that the plan lacks (403 or 402); `audit_log_refusal` that of the audit log's
    host (400, 403 or 404), which explains nothing, or None: as the others; `batch_refuses_unknown` makes a batch
    look-up with an unknown id fail, where it else leaves that id out; `report_shows_running`: whether the detailed report
    has what is still running; `report_shape`: which fields its rows have; `report_months`: how the summary names
    months; `entity_types`: those that the feeds of entities accept; `entity_paging`: with "ignored" every page is the first
    one, with "overlapping" each repeats some rows of the one before. `types_at_once`: what those feeds make of several types
    in one request. "told": rows of all, each with its type; "untold": rows without it; "first": rows of the first type only,
    in silence; "refused": 400. `hydrates_projects`: whether a hydrated project comes with its client and its tasks and
    without `clientName`, as it was recorded, or else is the plain one with its custom fields.
    """

    def __init__(self, seed: int, now: datetime) -> None:
        super().__init__(seed, now)
        self.plan_refusal = 403
        self.audit_log_refusal: int | None = None
        self.batch_refuses_unknown = self.report_shows_running = False
        self.hydrates_projects = True
        self.report_shape: reports.Shape = "whole"
        self.report_months = "%Y-%m"
        self.entity_types: tuple[str, ...] = ENTITY_TYPES
        self.entity_paging: Literal["honoured", "ignored", "overlapping"] = "honoured"
        self.types_at_once: Literal["told", "untold", "first", "refused"] = "told"

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
        Also of time_entry_report, attendance_report and time_totals (in UTC), expense_report, audit_log (a year back) and
        entity_changes (30 days back); project_assignment_totals and user_capacity are those of all time. Member profiles have a
        `userId` and payments an `invoiceId`, which their answers have not.
        """
        return _copies([row for place in self.chosen(workspace) for row in self._truth(place, stream)])

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
            case "time_entry_report" | "time_totals":
                ended = [entry for entry in entries if self.report_shows_running or entry["timeInterval"]["end"]]
                if stream == "time_totals":
                    return totals.time_totals(self, ended)
                return reports.time_entries(self, place, ended)
            case "projects":
                projects = place.tables["projects"].values()
                return [derived.hydrated(place, row) if self.hydrates_projects else row for row in projects]
            case "invoice_details":
                return [derived.invoice_details(place, row) for row in place.tables["invoices"].values()]
            case "invoice_payments":
                payments, invoices = place.tables["invoice_payments"], place.tables["invoices"]
                return [row for row in payments.values() if row["invoiceId"] in invoices]
            case "member_profiles":
                return derived.member_profiles(self, place)
            case "time_off_balances":
                return derived.balances(self, place)
            case "webhooks":
                return derived.webhooks(place)
            case "project_assignment_totals":
                return derived.project_totals(place)
            case "user_capacity":
                return derived.user_capacity(self, place) if place.has("SCHEDULING") else []
            case "expense_report":
                return reports.expenses(self, place, place.tables["expenses"].values())
            case "attendance_report":
                return totals.attendance(self, place, list(entries)) if place.has("ATTENDANCE_REPORT") else []
            case "audit_log":
                return audit_log(self, place) if place.has("AUDIT_LOG") else []
            case "entity_changes":
                feeds = product(("created", "updated", "deleted"), self.entity_types)
                return [row for feed in feeds for row in self.entity_changes(*feed, workspace=place.id)]
        if states := _APPROVALS.get(stream):
            rows = place.tables["approvals"].values()
            return [row for row in rows if row["approvalRequest"]["status"]["state"] in states]
        if stream not in STREAMS:
            raise KeyError(stream)
        return list(place.tables[stream].values())


def _copies(rows: list[Row]) -> list[Row]:
    copies: list[Row] = orjson.loads(orjson.dumps(rows))
    return copies
