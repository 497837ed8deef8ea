"""What a workspace holds, as the formulas of the fewest requests ask for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.connector import Row
from sandbox import World
from source_clockify.instants import parse_instant

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
LOOK_BACK = 31 * DAY  # 30 by default, and a day as Clockify takes the bound as wall clock of some zone
SETTLING = timedelta(minutes=10)  # what happened shortly before the last sync may have shown up late
DATED = {
    "time_entry_report": ("timeInterval", "start"),
    "expense_report": ("date",),
    "attendance_report": ("date",),
    "audit_log": ("timestamp",),
}
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Held:
    """What one workspace holds when it is read `now`, and was read `earlier` if it was."""

    world: World
    id: str
    now: datetime
    earlier: datetime | None = None

    @property
    def features(self) -> list[str]:
        return list(self.world.workspace(self.id).row["features"])

    def rows(self, stream: str) -> list[Row]:
        return self.world.rows(stream, self.id)

    def each(self, stream: str, key: str, parents: str) -> list[list[Row]]:
        """The rows of a stream that each of its parents has."""
        rows = self.rows(stream)
        return [[row for row in rows if row[key] == parent["id"]] for parent in self.rows(parents)]

    def dated(self, stream: str, spans: list[Span]) -> list[int]:
        """How many rows lie in each span."""
        moments = self.rows(stream)
        for key in DATED[stream]:
            moments = [row[key] for row in moments]
        times = [parse_instant(str(moment)) for moment in moments]
        return [sum(start <= time <= end for time in times) for start, end in spans]


def windows(start: datetime, length: timedelta, until: datetime) -> list[Span]:
    """Windows of that length, the last of which reaches `until`."""
    number = (until - start) // length + 1
    return [(start + n * length, start + (n + 1) * length - timedelta(seconds=1)) for n in range(number)]
