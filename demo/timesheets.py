"""What the people of the made-up company enter, correct, submit and bill, each at the time when they do it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final
from zoneinfo import ZoneInfo

from sandbox import World
from sandbox.reports import amount_of
from sandbox.shapes import Row, iso

DAY: Final = timedelta(days=1)
REWORK: Final = 0.05
CORRECTED: Final = 0.03
SHORT: Final = 5
"""Hours of a day that is not cut into three."""
ZONE: Final = ZoneInfo("America/New_York")
DONE: Final = {
    "design": ("Wireframes", "Visual design", "Icon set", "Usability test", "Style guide"),
    "development": ("API client", "Bug fixes", "Code review", "Release", "Data model", "Tests"),
    "management": ("Weekly call", "Planning", "Workshop", "Status report", "Acceptance"),
    "": ("Team meeting", "Mail", "Proposal", "Interviews", "Course"),
}


def at_clock(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of the day where the company is."""
    return datetime.combine(day, time(hour, minute), ZONE)


def next_month(month: date) -> datetime:
    """Its first instant."""
    return at_clock((month.replace(day=1) + 31 * DAY).replace(day=1), 0)


@dataclass(frozen=True)
class Colleague:
    """A user who works `pace` times `hours` on a day, at a cost of so many cents an hour."""

    user: str
    craft: str
    hours: float
    pace: float
    cost: int


@dataclass(frozen=True, eq=False)
class Job:
    """A project with its load by the Monday of a week, its hourly rate in cents and the task of each craft."""

    project: str
    client: str | None
    load: Mapping[date, int]
    rate: int
    tasks: Mapping[str, str]


class Diary:
    """Collects what is done, and then does it in the order of time: ids and logs tell when something was done."""

    def __init__(self, world: World) -> None:
        self._world, self._random = world, world.random
        self._acts: list[tuple[datetime, int, Callable[[], object]]] = []
        self._numbers = count()

    def act(self, end: datetime) -> None:
        """Do what is done until then."""
        while self._acts and self._acts[0][0] < end:
            self._world.now, _, do = heappop(self._acts)
            do()
        self._world.now = end

    def keep(self, who: Colleague, mix: Mapping[Job, int], days: Sequence[date], *, weekly: bool = False) -> None:
        """Enter what somebody does on some days: when it is done, or all of a week on the next Monday."""
        weeks = {day - day.weekday() * DAY: self._random.gauss(1, 0.08) for day in days}
        for day in days:
            weights = [weight * job.load[day - day.weekday() * DAY] for job, weight in mix.items()]
            monday = at_clock(day + (7 - day.weekday()) * DAY, 9, 30)
            for start, end in self._blocks(who, day, weeks[day - day.weekday() * DAY]):
                [job] = self._random.choices([*mix], weights)
                self.enter(who, job, start, end, monday if weekly else end)

    def enter(self, who: Colleague, job: Job, start: datetime, end: datetime | None, at: datetime) -> None:
        """Enter what was done from start to end, or start a timer; now and then it is corrected on a later day."""
        is_rework, is_corrected = bool(job.client) and self._random.random() < REWORK, self._random.random() < CORRECTED
        later = self._random.choice((1, 1, 2, 3)) * DAY
        fields: Row = {
            "projectId": job.project,
            "taskId": job.tasks.get(who.craft),
            "description": self._random.choice(DONE[who.craft if job.client else ""]),
            "billable": bool(job.client) and not is_rework,
            "tagIds": [self._tag("rework")] if is_rework else None,
            "hourlyRate": {"amount": job.rate, "currency": "USD"},
            "costRate": {"amount": who.cost, "currency": "USD"},
        }

        def do() -> None:
            entry = self._world.add_time_entry(who.user, start, end, **fields)
            if is_corrected and end:
                self._at(at + later, lambda: self._world.edit_time_entry(entry, end=end + timedelta(minutes=15)))

        self._at(at, do)

    def waive(self, job: Job, month: date, number: int, at: datetime) -> None:
        """Look at a month's work on a job again and make so many entries of it unbillable."""

        def do() -> None:
            found = [row for row in self._of_month(month) if row["projectId"] == job.project and row["billable"]]
            for row in found[:: max(len(found) // number, 1)][:number]:
                self._world.edit_time_entry(row["id"], billable=False)

        self._at(at, do)

    def bill(self, client: str, month: date, at: datetime, paid: float = 0.0) -> None:
        """Bill a client's billable time of a month, which is then paid, or a part of it, three weeks later."""

        def do() -> None:
            place = self._world.workspace()
            projects = {row["id"] for row in place.tables["projects"].values() if row["clientName"] == client}
            rows = [row for row in self._of_month(month) if row["projectId"] in projects and row["billable"]]
            amount = 2 * round(amount_of(rows, "EARNED")["value"] / 2)  # even: then the sandbox adds no tax
            owner = next(row["id"] for row in place.tables["clients"].values() if row["name"] == client)
            number, due = f"2026-{100 + len(place.tables['invoices'])}", iso(at + 30 * DAY)
            dates = {"issuedDate": iso(at), "dueDate": due, "status": "SENT"}
            names = {"number": number, "clientId": owner, "clientName": client}
            invoice = self._world.add("invoices", amount=amount, balance=amount, **names, **dates)
            place.billed[invoice] = [row["id"] for row in rows]
            if paid:
                self._at(at + 21 * DAY, lambda: self._world.pay(invoice, round(amount * paid)))

        self._at(at, do)

    def submit(self, user: str, month: date, at: datetime, *, approved: bool) -> None:
        """Submit a user's month, which is approved two days later or not yet."""

        def do() -> None:
            last = next_month(month) - timedelta(seconds=1)
            request = self._world.submit_approval(user, at_clock(month, 0), last)
            if approved:
                self._at(at + 2 * DAY, lambda: self._world.approve(request))

        self._at(at, do)

    def _at(self, at: datetime, do: Callable[[], object]) -> None:
        heappush(self._acts, (at.astimezone(UTC), next(self._numbers), do))

    def _blocks(self, who: Colleague, day: date, pace: float) -> Iterator[tuple[datetime, datetime]]:
        """Two or three, with a break before the last, in steps of five minutes."""
        total = who.hours * who.pace * pace * self._random.gauss(1, 0.06)
        parts = [self._random.uniform(0.7, 1.3) for _ in range(3 if who.hours > SHORT else 2)]
        start = at_clock(day, 8, 5 * self._random.randrange(6, 12))
        for number, part in enumerate(parts):
            end = start + timedelta(minutes=5 * round(12 * total * part / sum(parts)))
            yield start, end
            start = end + timedelta(minutes=45 if number == len(parts) - 2 else 0)

    def _tag(self, name: str) -> str:
        return next(tag for tag, row in self._world.workspace().tables["tags"].items() if row["name"] == name)

    def _of_month(self, month: date) -> list[Row]:
        """What was finished of a month, by all."""
        first, end = iso(at_clock(month, 0)), iso(next_month(month))
        rows = self._world.workspace().tables["time_entries"].values()
        return [row for row in rows if first <= row["timeInterval"]["start"] < end and row["timeInterval"]["end"]]
