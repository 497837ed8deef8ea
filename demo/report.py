"""What the demo shows: a table for each sync, and a chart."""

from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
from matplotlib import pyplot as plt
from rich import box
from rich.markup import escape
from rich.table import Table

from demo.listening import Outcome
from demo.warehouse import Warehouse

if TYPE_CHECKING:
    from datetime import date

Hashes = dict[str, dict[str, int]]
"""One for each row, by stream and key."""

ROWS_OF_A_VIEW: Final = 3
WEEKS: Final = 8
HOURS: Final = Path(__file__).parents[1] / "docs" / "queries" / "hours_by_project_and_week.sql"
LAST_WEEK: Final = "SELECT CAST(date_trunc('week', max(syncedat)) AS DATE) - 7 FROM time_entries"
COLOURS: Final = "#4477aa #ee6677 #228833 #ccbb44 #66ccee #aa3377 #ee8866 #44bb99 #997700".split()
GREYS: Final = ("#9a9a9a", "#d0d0d0")


def table(title: str, outcome: Outcome, before: Hashes, after: Hashes, equal: dict[str, bool]) -> Table:
    """A row for each stream. `before` is empty in a first sync; `equal` lacks what is not compared."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_footer=True)
    shown.pad_edge, shown.collapse_padding = False, True
    shown.add_column("stream", "all", no_wrap=True)
    shown.add_column("requests", f"{outcome.requests.total():,}", justify="right")
    shown.add_column("read", f"{outcome.records.total():,}", justify="right")
    for heading in ("new", "changed", "gone") if before else ():
        shown.add_column(heading, justify="right")
    shown.add_column("rows", f"{sum(map(len, after.values())):,}", justify="right")
    if equal:
        shown.add_column("as in\nsource", justify="center")
    for stream, rows in after.items():
        counts = [outcome.requests[stream], outcome.records[stream], *_differences(before, rows, stream), len(rows)]
        verdict = [{True: "✓", False: "✗", None: ""}[equal.get(stream)]] if equal else []
        shown.add_row(stream, *(f"{count:,}" if count else "·" for count in counts), *verdict)
    return shown


def view_table(view: str, warehouse: Warehouse) -> Table:
    """The first rows of a view."""
    count, rows = warehouse.head(view, ROWS_OF_A_VIEW)
    shown = Table(title=f"{view}: {count:,} rows", title_justify="left", title_style="not italic", box=box.SIMPLE_HEAD)
    shown.pad_edge, shown.collapse_padding = False, True
    for column in rows[0] if rows else ():
        shown.add_column(column, no_wrap=True)
    for row in rows:
        shown.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    return shown


def _differences(before: Hashes, after: dict[str, int], stream: str) -> list[int]:
    if not before:
        return []
    new, gone = after.keys() - before[stream].keys(), before[stream].keys() - after.keys()
    changed = [key for key in after.keys() & before[stream].keys() if after[key] != before[stream][key]]
    return [len(new), len(changed), len(gone)]


def draw_hours(warehouse: Warehouse, picture: Path) -> None:
    """Draw the hours of each project in the last full weeks as stacked bars: the projects with the most hours by name."""
    hours: defaultdict[str | None, Counter[date]] = defaultdict(Counter)
    [(last,)] = warehouse.query(LAST_WEEK)
    for week, _client, project, worked, *_ in warehouse.query(HOURS.read_text(encoding="utf-8")):
        if last - timedelta(weeks=WEEKS) < week <= last:
            hours[project][week] += worked
    weeks = sorted({week for of_project in hours.values() for week in of_project})
    without, ranked = hours.pop(None, Counter()), sorted(hours.items(), key=lambda item: -item[1].total())
    named, others = ranked[: len(COLOURS)], sum((hours for _, hours in ranked[len(COLOURS) :]), start=Counter())
    greys = [(name, hours) for name, hours in (("Other projects", others), ("No project", without)) if hours]

    mpl.use("Agg")
    figure, axes = plt.subplots(figsize=(11, 6), layout="constrained")
    below = [0.0] * len(weeks)
    for (project, of_project), colour in zip(
        [*named, *greys], [*COLOURS[: len(named)], *GREYS[: len(greys)]], strict=True
    ):
        bars = [float(of_project[week]) for week in weeks]
        axes.bar([f"{week:%d %b}" for week in weeks], bars, 0.75, below, label=project, color=colour)
        below = [low + bar for low, bar in zip(below, bars, strict=True)]
    axes.set_title("Hours per project and week", loc="left", fontweight="bold", pad=12)
    axes.set_xlabel("week from Monday (UTC)")
    axes.set_ylabel("hours")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, reverse=True)
    figure.savefig(picture, dpi=120)
    plt.close(figure)
