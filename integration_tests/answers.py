"""What the queries of docs/queries have to answer, reckoned from what the sandbox knows, and without SQL."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from integration_tests.consultancy import DAY, Consultancy
from sandbox.workspace import Workspace

Row = dict[str, Any]
Answer = list[tuple[Any, ...]]
NO_WORK: Final = {"BREAK", "HOLIDAY", "TIME_OFF"}
WEEKDAYS: Final = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


@dataclass
class Work:
    """A finished time entry, in hours and in units of its currency."""

    place: Workspace
    entry: Row

    @property
    def start(self) -> datetime:
        return datetime.fromisoformat(self.entry["timeInterval"]["start"])

    @property
    def end(self) -> datetime:
        return datetime.fromisoformat(self.entry["timeInterval"]["end"])

    @property
    def week(self) -> date:
        return week_of(self.start)

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / 3600

    @property
    def billable_hours(self) -> float:
        return self.hours if self.entry["billable"] else 0.0

    @property
    def amount(self) -> float:
        return self.billable_hours * _per_hour(self.entry["hourlyRate"])

    @property
    def cost(self) -> float:
        return self.hours * _per_hour(self.entry["costRate"])

    @property
    def currency(self) -> str:
        return (self.entry["hourlyRate"] or {}).get("currency") or "USD"


def _per_hour(rate: Row | None) -> float:
    return float(rate["amount"]) / 100 if rate else 0.0


def week_of(moment: datetime) -> date:
    return moment.date() - moment.weekday() * DAY


def work(of: Consultancy) -> Iterator[Work]:
    for place in of.world.workspaces:
        for entry in of.world.rows("time_entries", place.id):
            if entry["timeInterval"]["end"] and entry["type"] not in NO_WORK:
                yield Work(place, entry)


def named(of: Consultancy, workspace: str, project: str | None) -> tuple[str | None, str | None]:
    """Client and name of a project."""
    row = of.world.workspace(workspace).tables["projects"].get(project or "")
    return ((row["clientName"] or None), row["name"]) if row else (None, project)


def person(of: Consultancy, user: str) -> str:
    return str(of.world.accounts[user]["name"] or of.world.accounts[user]["email"])


@dataclass
class Sums:
    """What is added up by key."""

    rows: defaultdict[tuple[Any, ...], list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0] * 4))

    def add(self, key: tuple[Any, ...], *values: float) -> None:
        for number, value in enumerate(values):
            self.rows[key][number] += value


def hours_by_project_and_week(of: Consultancy, synced: datetime) -> Answer:
    sums = Sums()
    for one in work(of):
        # Who was removed before the first sync is not read.
        if (one.place.id, one.entry["userId"]) != (of.acme.id, of.gone):
            sums.add((one.place.id, one.week, one.entry["projectId"]), one.hours, one.billable_hours)
    return [
        (week, *named(of, place, project), hours, billable, place, project)
        for (place, week, project), (hours, billable, *_) in sums.rows.items()
    ]


def billable_share(of: Consultancy, synced: datetime) -> Answer:
    sums = Sums()
    for one in work(of):
        key = one.place.id, one.start.date().replace(day=1), one.entry["userId"], one.currency
        sums.add(key, one.hours, one.billable_hours, one.amount)
    return [
        (month, person(of, user), hours, billable, billable / hours, amount, currency, place, user)
        for (place, month, user, currency), (hours, billable, amount, _) in sums.rows.items()
    ]


def budget_against_actual(of: Consultancy, synced: datetime) -> Answer:
    return [
        budget
        for place in of.world.workspaces
        for project in of.world.rows("projects", place.id)
        if (budget := _budget(of, place, project, synced))
    ]


def _budget(of: Consultancy, place: Workspace, project: Row, synced: datetime) -> tuple[Any, ...] | None:
    of_time, of_money = project["timeEstimate"], project["budgetEstimate"] or {"active": False}
    if not (of_time["active"] or of_money["active"]):
        return None
    tasks = [task for task in of.world.rows("tasks", place.id) if task["projectId"] == project["id"]]
    estimated, budget = None, None
    if of_time["active"]:
        estimates = [of_time] if of_time["type"] == "MANUAL" else tasks
        estimated = sum(hours_in(each["estimate"]) for each in estimates)
    if of_money["active"]:
        cents = of_money["estimate"] if of_money["type"] == "MANUAL" else sum(task["budgetEstimate"] for task in tasks)
        budget = cents / 100
    done = [one for one in work(of) if one.place is place and one.entry["projectId"] == project["id"]]
    tracked = sum(
        one.hours if of_time["includeNonBillable"] else one.billable_hours
        for one in done
        if one.start >= _since(of_time, synced)
    )
    since = _since(of_money, synced)
    paid = [one for one in done if one.start >= since]
    amount, cost = sum(one.amount for one in paid), sum(one.cost for one in paid)
    spent = sum(
        expense["total"] / 100
        for expense in of.world.rows("expenses", place.id)
        if expense["billable"]
        and (expense["project"] or {}).get("id") == project["id"]
        and datetime.fromisoformat(expense["date"]) >= since
    )
    used = amount + (spent if of_money.get("includeExpenses") else 0)
    return (
        *named(of, place.id, project["id"]),
        *(estimated, tracked, estimated and tracked / estimated),
        *(budget, amount, cost, spent, budget and used / budget),
        *("USD", place.id, project["id"]),
    )


def hours_in(duration: str) -> float:
    parts = {unit: int(number) for number, unit in re.findall(r"(\d+)([HMS])", duration)}
    return parts.get("H", 0) + parts.get("M", 0) / 60 + parts.get("S", 0) / 3600


def _since(estimate: Row, synced: datetime) -> datetime:
    midnight = synced.replace(hour=0, minute=0, second=0, microsecond=0)
    match estimate.get("resetOption"):
        case "WEEKLY":
            return midnight - midnight.weekday() * DAY
        case "MONTHLY":
            return midnight.replace(day=1)
        case "YEARLY":
            return midnight.replace(month=1, day=1)
    return datetime.min.replace(tzinfo=UTC)


def edited_late(of: Consultancy, synced: datetime) -> Answer:
    """What `Consultancy.change` does to entries that ended more than a week before."""
    member, admin, owner = (person(of, user) for user in (of.member, of.admin, of.owner))
    hour, now = timedelta(hours=1), of.world.now
    rows = [
        ("edited", owner, owner, "Fixed", of.at(20) + 2 * hour, "audit_log", of.acme.id, of.to_correct),
        ("edited", owner, owner, "Recurring", of.at(25) + hour, "audit_log", of.acme.id, of.to_move),
        ("added", member, member, "Fixed", of.at(15) + 3 * hour, "audit_log", of.acme.id, of.added),
        ("added", None, admin, None, of.at(12) + hour, "entity_changes", of.side.id, of.added_elsewhere),
    ]
    return [
        (change, naive(now), by, whose, project, "", naive(ended), (now - ended) / DAY, *source)
        for change, by, whose, project, ended, *source in rows
    ]


def naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def not_yet_invoiced(of: Consultancy, synced: datetime, *not_counted: str) -> Answer:
    """With the states of invoices that do not bill what is on them."""
    sums = Sums()
    drafts = {row["id"] for row in of.world.rows("invoices") if row["status"] in not_counted}
    marked = {row["_id"]: row["invoicingInfo"] for row in of.world.rows("time_entry_report")}
    marked |= {row["id"]: row["invoicingInfo"] for row in of.world.rows("expense_report")}
    marked = {entry: info for entry, info in marked.items() if info and info.get("invoiceId") not in drafts}
    for one in work(of):
        if one.place.has("INVOICING") and one.entry["billable"] and one.entry["id"] not in marked:
            # The report does not tell the project once it is deleted.
            project = one.entry["projectId"] if one.entry["projectId"] in one.place.tables["projects"] else None
            sums.add((one.place.id, project, one.currency), one.hours, one.amount)
    for row in of.world.rows("expenses"):
        if row["billable"] and row["id"] not in marked:
            sums.add((of.acme.id, (row["project"] or {}).get("id"), "USD"), 0, 0, row["total"] / 100)
    return [
        (*named(of, place, project), hours, amount, spent, currency, place, project)
        for (place, project, currency), (hours, amount, spent, _) in sums.rows.items()
    ]


def open_invoices(of: Consultancy, synced: datetime) -> Answer:
    return [
        (
            *(row["clientName"], row["number"], row["status"]),
            *(date.fromisoformat(row[name][:10]) for name in ("issuedDate", "dueDate")),
            *((row[name] or 0) / 100 for name in ("amount", "paid", "balance")),
            *(row["currency"], of.acme.id, row["id"]),
        )
        for row in of.world.rows("invoices")
        if row["balance"] and row["status"] not in ("VOID", "UNSENT")
    ]


def utilisation(of: Consultancy, synced: datetime) -> Answer:
    return [row for place in of.world.workspaces for row in _utilisation_in(of, place, synced)]


def _utilisation_in(of: Consultancy, place: Workspace, synced: datetime) -> Iterator[tuple[Any, ...]]:
    for profile in of.world.rows("member_profiles", place.id):
        user, hours = profile["userId"], defaultdict[date, float](float)
        for one in work(of):
            if one.place is place and one.entry["userId"] == user and one.week < week_of(synced):
                hours[one.week] += one.hours
        if not hours:
            continue
        for number in range((max(hours) - min(hours)).days // 7 + 1):
            week = min(hours) + 7 * number * DAY
            days = [week + weekday * DAY for weekday in range(7)]
            capacity = sum(_capacity(place, profile, day) for day in days)
            worked = hours[week]
            yield week, person(of, user), capacity, worked, (worked / capacity if capacity else None), place.id, user


def _capacity(place: Workspace, profile: Row, day: date) -> float:
    if WEEKDAYS[day.weekday()] not in profile["workingDays"] or _is_holiday(place, profile["userId"], day):
        return 0.0
    capacity = hours_in(profile["workCapacity"])
    return max(capacity - _time_off(place, profile["userId"], day, capacity), 0.0)


def _is_holiday(place: Workspace, user: str, day: date) -> bool:
    groups = {group["id"] for group in place.tables["user_groups"].values() if user in group["userIds"]}
    for holiday in place.tables["holidays"].values():
        first, last = (date.fromisoformat(holiday["datePeriod"][name]) for name in ("startDate", "endDate"))
        days = {first + number * DAY for number in range((last - first).days + 1)}
        is_on = day in days or (holiday["occursAnnually"] and f"{day:%m-%d}" in {f"{one:%m-%d}" for one in days})
        is_theirs = holiday["everyoneIncludingNew"] or user in (holiday["userIds"] or ())
        if is_on and (is_theirs or groups & set(holiday["userGroupIds"] or ())):
            return True
    return False


def _time_off(place: Workspace, user: str, day: date, capacity: float) -> float:
    hours = 0.0
    for request in place.tables["time_off_requests"].values():
        if request["userId"] != user or request["status"]["statusType"] != "APPROVED":
            continue
        period, zone = request["timeOffPeriod"], ZoneInfo(request["timeZone"])
        start, end = (
            datetime.fromisoformat(period["period"][name]).astimezone(zone).replace(tzinfo=None)
            for name in ("start", "end")
        )
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - where the person is
        overlap = min(end, midnight + DAY) - max(start, midnight)
        if request["timeUnit"] == "HOURS":
            hours += max(overlap / timedelta(hours=1), 0.0)
        elif overlap > timedelta(0) or start.date() == day:
            hours += capacity / 2 if period["halfDay"] else capacity
    return hours


def reconcile_time_entries(of: Consultancy, synced: datetime) -> Answer:
    """Of those who were removed before the first sync the table has nothing."""
    return [
        (of.acme.id, of.gone, row["month"], 0, row["seconds"], -row["seconds"])
        for row in of.world.rows("time_totals", of.acme.id)
        if row["userId"] == of.gone and row["seconds"]
    ]
