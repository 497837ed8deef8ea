"""The streams in the order of reading: parents come before their children, which then need no list of their own."""

from collections.abc import Mapping
from typing import Final

from airbyte_cdk.sources.utils.casing import camel_to_snake

from source_clockify.streams.approvals import ApprovalRequests, PendingApprovalRequests
from source_clockify.streams.audit import AuditLog
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.entity_changes import EntityChanges
from source_clockify.streams.expenses import ExpenseCategories, Expenses
from source_clockify.streams.invoices import InvoiceDetails, InvoicePayments, Invoices
from source_clockify.streams.people import MemberProfiles, UserGroups, Users
from source_clockify.streams.reports import AttendanceReport, ExpenseReport, SharedReports, TimeEntryReport
from source_clockify.streams.scheduling import Assignments, ProjectAssignmentTotals, UserCapacity
from source_clockify.streams.time_entries import TimeEntries
from source_clockify.streams.time_off import Holidays, TimeOffBalances, TimeOffPolicies, TimeOffRequests
from source_clockify.streams.totals import TimeTotals
from source_clockify.streams.webhooks import Webhooks
from source_clockify.streams.work import Clients, CustomFields, Projects, Tags, Tasks
from source_clockify.streams.workspaces import Workspaces

STREAMS: Final[tuple[type[Workspaces] | type[ClockifyStream], ...]] = (
    Workspaces,
    Users,
    MemberProfiles,
    UserGroups,
    Clients,
    Projects,
    Tasks,
    Tags,
    CustomFields,
    TimeEntries,
    ApprovalRequests,
    PendingApprovalRequests,
    Assignments,
    ProjectAssignmentTotals,
    UserCapacity,
    Holidays,
    TimeOffPolicies,
    TimeOffRequests,
    TimeOffBalances,
    Expenses,
    ExpenseCategories,
    Invoices,
    InvoiceDetails,
    InvoicePayments,
    Webhooks,
    SharedReports,
    TimeEntryReport,
    ExpenseReport,
    AttendanceReport,
    TimeTotals,
    AuditLog,
    EntityChanges,
)

FEATURES: Final[Mapping[str, str | None]] = {camel_to_snake(kind.__name__): kind.feature for kind in STREAMS}
"""The plan feature that each stream needs, by the stream's name."""
