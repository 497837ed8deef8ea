"""The pictures of the notebook: each takes the answer of a query of docs/queries and says in its title what is to be seen."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from textwrap import shorten
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from IPython.display import Markdown
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.dates import AutoDateLocator, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter, StrMethodFormatter

# Okabe and Ito's colours, which everybody can tell apart.
BLUE: Final = "#0072B2"
SKY: Final = "#9CCBE8"
VERMILION: Final = "#D55E00"
INK: Final = "#333333"
GREY: Final = "#8C8C8C"
PALE: Final = "#E3E3E3"
STYLE: Final[Any] = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}
MOST: Final = 9
"""So many projects are shown: those with the most."""
PEOPLE: Final = 20
WEEKS: Final = 13
DARK: Final = 0.35
"""So far from the middle of the scale a cell is dark."""
LOOK_BACK: Final = 30
"""Days, as the connector's setting lookback_days has it by default."""
WIDTH: Final = 8.6

Plot = Callable[[pd.DataFrame], Figure | None]


def _plot(draw: Plot) -> Callable[[pd.DataFrame], Figure | Markdown]:
    """A picture in the style of all, or a line of text where there is nothing to be drawn."""

    @wraps(draw)
    def drawn(frame: pd.DataFrame) -> Figure | Markdown:
        with mpl.rc_context(STYLE):
            figure = None if frame.empty else draw(frame)
        plt.close(figure)  # the notebook shows what a cell gives, and would else show it twice
        return figure or Markdown("There is nothing to be drawn: the query has no such rows.")

    return drawn


@_plot
def hours_by_project_and_week(frame: pd.DataFrame) -> Figure | None:
    """A small chart for each of the projects with the most hours; billable ones are below those that are not."""
    frame = frame[frame["hours"] > 0].fillna({"project": "No project", "client": ""}).astype({"week": "datetime64[ns]"})
    if frame.empty:
        return None
    frame = _latest(frame)
    weeks = pd.date_range(frame["week"].min(), frame["week"].max(), freq="7D")
    totals = frame.groupby(["project", "client"])["hours"].sum().nlargest(MOST)
    rows = ceil(len(totals) / 3)
    figure, grid = plt.subplots(rows, 3, figsize=(WIDTH, 1.55 * rows + 0.7), sharex=True, sharey=True, squeeze=False)
    for axes, (project, client) in zip(grid.flat, totals.index, strict=False):
        of_project = frame[(frame["project"] == project) & (frame["client"] == client)]
        by_week = of_project.groupby("week")[["hours", "billable_hours"]].sum().reindex(weeks, fill_value=0.0)
        axes.bar(weeks, by_week["billable_hours"], 5.5, color=BLUE, label="billable")
        rest = by_week["hours"] - by_week["billable_hours"]
        axes.bar(weeks, rest, 5.5, by_week["billable_hours"], color=SKY, label="not billable")
        axes.set_title(_short(project), fontsize=9.5, pad=12)
        axes.text(
            0,
            1.03,
            f"{_short(client, 'no client')}, {totals[project, client]:,.0f} h",
            transform=axes.transAxes,
            size=8,
        )
        axes.tick_params(length=0)
        axes.yaxis.set_major_locator(MaxNLocator(3))
        axes.grid(axis="y", color=PALE, linewidth=0.8)
        axes.set_axisbelow(True)
    for number, axes in enumerate(grid.flat):
        if number >= len(totals):
            axes.set_axis_off()
    for axes in grid.flat[max(len(totals) - 3, 0) : len(totals)]:
        _label_weeks(axes, weeks)
    grid[0][0].set_ylabel("hours a week")
    (first, _), share = totals.index[0], totals.iloc[0] / frame["hours"].sum()
    title = f"{_short(first)} took {share:.0%} of all hours in {_count(len(weeks), 'week', 'weeks')}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
    figure.legend(
        *grid[0][0].get_legend_handles_labels(), loc="outside lower right", ncols=2, frameon=False, fontsize=9
    )
    return figure


@_plot
def billable_share(frame: pd.DataFrame) -> Figure | None:
    """A row for each person, a dot for each of the last three months."""
    frame = frame[frame["hours"] > 0].astype({"month": "datetime64[ns]"})
    if frame.empty:
        return None
    months = sorted(frame["month"].unique())[-3:]
    frame = frame[frame["month"].isin(months)]
    sums = frame.groupby(["person", "month"])[["hours", "billable_hours"]].sum()
    people = sums.groupby("person").sum().nlargest(PEOPLE, "hours")
    people = people.assign(share=people["billable_hours"] / people["hours"]).sort_values("share")
    figure, axes = plt.subplots(figsize=(WIDTH, 0.36 * len(people) + 1.3))
    shares = (sums["billable_hours"] / sums["hours"]).unstack("month").reindex(people.index)
    rows = range(len(people))
    axes.set_yticks(rows, map(_short, people.index))
    axes.hlines(rows, shares.min(axis=1), shares.max(axis=1), color=PALE, linewidth=5, zorder=1)
    for month, colour in zip(months, (PALE, SKY, BLUE)[-len(months) :], strict=True):
        axes.scatter(shares[month], rows, 60, color=colour, edgecolor=BLUE, zorder=2, label=f"{month:%B %Y}")
    overall = frame["billable_hours"].sum() / frame["hours"].sum()
    axes.axvline(overall, color=VERMILION, linewidth=1.2, zorder=0)
    place: dict[str, Any] = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points"}
    axes.annotate(f"all: {overall:.0%}", (overall, 0), (-5, 6), **place, ha="right", size=9, color=VERMILION)
    axes.set_xlim(0, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("share of a person's hours that is billable")
    least, most = people["share"].iloc[[0, -1]]
    axes.set_title(f"{overall:.0%} of the hours are billable, from {least:.0%} to {most:.0%} by person")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    figure.legend(loc="outside lower right", ncols=3, frameon=False, fontsize=9)
    return figure


@_plot
def utilisation(frame: pd.DataFrame) -> Figure | None:
    """A cell for each person and week: white where the hours are the capacity, and empty in weeks off."""
    frame = _latest(frame.astype({"week": "datetime64[ns]"}))
    sums = frame.groupby(["person", "week"])[["hours", "capacity_hours"]].sum()
    people = sums.groupby("person").sum().query("capacity_hours > 0")
    if people.empty:
        return None
    people = people.assign(share=people["hours"] / people["capacity_hours"]).nlargest(PEOPLE, "hours")
    people = people.sort_values("share", ascending=False)
    cells = sums.unstack("week").reindex(people.index)
    capacity = cells["capacity_hours"].to_numpy(dtype=float)
    share = np.divide(
        cells["hours"].to_numpy(dtype=float), capacity, out=np.full_like(capacity, np.nan), where=capacity > 0
    )
    weeks = cells["hours"].columns
    figure, axes = plt.subplots(figsize=(WIDTH, 0.36 * len(people) + 1.4))
    axes.imshow(share, "PuOr_r", aspect="auto", norm=TwoSlopeNorm(1, 0.5, 1.5))
    for (row, column), value in np.ndenumerate(share):
        text = "off" if capacity[row, column] == 0 else "" if np.isnan(value) else f"{100 * value:.0f}"
        colour = GREY if text == "off" else "white" if abs(value - 1) > DARK else INK
        axes.text(column, row, text, ha="center", va="center", size=8.5, color=colour)
    axes.set_yticks(range(len(people)), [f"{_short(name)}  {row.share:.0%}" for name, row in people.iterrows()])
    axes.set_xticks(
        range(len(weeks)), [f"{week.day}\n{week:%b}" if week in _firsts(weeks) else week.day for week in weeks]
    )
    axes.set_xlabel("week from Monday")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    busiest = people.iloc[0]
    axes.set_title(f"Hours as a percentage of capacity: {_short(people.index[0])} is at {busiest['share']:.0%}")
    return figure


@_plot
def budget_against_actual(frame: pd.DataFrame) -> Figure | None:
    """Hours that were tracked, within the frame of those that were estimated."""
    frame = frame[frame["estimated_hours"].fillna(0) > 0].nlargest(MOST, "share").iloc[::-1]
    if frame.empty:
        return None
    figure, axes = plt.subplots(figsize=(WIDTH, 0.62 * len(frame) + 1.1))
    bars = _name_bars(axes, frame)
    over = (frame["tracked_hours"] - frame["estimated_hours"]).clip(lower=0)
    axes.barh(bars, frame["estimated_hours"], 0.62, color="none", edgecolor=GREY, label="estimated")
    axes.barh(bars, frame["tracked_hours"] - over, 0.36, color=BLUE, label="tracked")
    axes.barh(bars, over, 0.36, frame["estimated_hours"], color=VERMILION, label="beyond the estimate")
    for bar, row in zip(bars, frame.itertuples(), strict=True):
        text = f"{row.tracked_hours:,.0f} of {row.estimated_hours:,.0f} h, {row.share:.0%}"
        end = max(row.estimated_hours, row.tracked_hours)
        _label_bar(axes, text, end, bar, VERMILION if row.share > 1 else INK)
    axes.set_xlabel("hours")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlim(0, 1.25 * frame[["estimated_hours", "tracked_hours"]].max(axis=None))
    worst, exceeded = frame.iloc[-1], int((frame["share"] > 1).sum())
    axes.set_title(
        f"{_count(exceeded, 'estimate is', 'estimates are')} exceeded; {_short(worst['project'])} is at {worst['share']:.0%}"
    )
    figure.legend(loc="outside lower right", ncols=3, frameon=False, fontsize=9)
    return figure


@_plot
def edited_late(frame: pd.DataFrame) -> Figure | None:
    """When it was changed, and how long after the work."""
    frame = frame.astype({"changed_at": "datetime64[ns]", "days_late": float})
    figure, axes = plt.subplots(figsize=(WIDTH, 3.4))
    for change, colour, marker in (("edited", BLUE, "o"), ("added", VERMILION, "D")):
        of_kind = frame[frame["change"] == change]
        axes.scatter(
            of_kind["changed_at"], of_kind["days_late"], 45, color=colour, marker=marker, alpha=0.65, label=change
        )
    axes.axhline(LOOK_BACK, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
    place: dict[str, Any] = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
    axes.annotate(f"look-back of {LOOK_BACK} days", (0, LOOK_BACK), (3, 3), **place, size=8.5, color=GREY)
    axes.set_ylim(0)
    axes.set_ylabel("days after the work")
    axes.set_xlabel("day of the change")
    axes.xaxis.set_major_locator(AutoDateLocator(interval_multiples=False, maxticks=8))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"{num2date(day).day} {num2date(day):%b}"))
    beyond, number = int((frame["days_late"] > LOOK_BACK).sum()), _count(len(frame), "late change", "late changes")
    axes.set_title(f"{number}, {beyond} of them more than {LOOK_BACK} days after the work")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize=9)
    return figure


@_plot
def not_yet_invoiced(frame: pd.DataFrame) -> Figure | None:
    """A bar for each project, in the currency that has the most of it."""
    frame = frame[frame["amount"] > 0].fillna({"currency": "units"})
    if frame.empty:
        return None
    currency = frame.groupby("currency")["amount"].sum().idxmax()
    frame = frame[frame["currency"] == currency]
    total, frame = frame["amount"].sum(), frame.nlargest(MOST, "amount").iloc[::-1]
    figure, axes = plt.subplots(figsize=(WIDTH, 0.52 * len(frame) + 1.0))
    bars = _name_bars(axes, frame)
    axes.barh(bars, frame["amount"], 0.6, color=BLUE)
    for bar, row in zip(bars, frame.itertuples(), strict=True):
        _label_bar(axes, f"{row.amount:,.0f} for {row.hours:,.0f} h", row.amount, bar)
    axes.set_xlabel(f"{currency} of billable time on no invoice")
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_xlim(0, 1.25 * frame["amount"].max())
    top, share = _short(frame["project"].iloc[-1], "no project"), frame["amount"].iloc[-1] / total
    axes.set_title(f"{total:,.0f} {currency} are still to be billed, {share:.0%} of them for {top}")
    return figure


def _latest(frame: pd.DataFrame) -> pd.DataFrame:
    """The last weeks: so many as can be told apart."""
    return frame[frame["week"] > frame["week"].max() - pd.Timedelta(weeks=WEEKS)]


def _label_weeks(axes: Axes, weeks: pd.DatetimeIndex) -> None:
    firsts = _firsts(weeks)
    axes.set_xticks(firsts, [f"{week.day} {week:%b}" for week in firsts])
    axes.tick_params(axis="x", labelbottom=True)


def _firsts(weeks: pd.DatetimeIndex) -> list[pd.Timestamp]:
    """The first week, and the first of each month."""
    return [week for number, week in enumerate(weeks) if number == 0 or week.month != weeks[number - 1].month]


def _name_bars(axes: Axes, frame: pd.DataFrame) -> range:
    """A place on the axis for each project: two may have the same name."""
    names = [f"{_short(row.project)}\n{_short(row.client, '')}" for row in frame.itertuples()]
    axes.set_yticks(range(len(frame)), names)
    axes.tick_params(axis="y", length=0)
    return range(len(frame))


def _short(name: str | None, instead: str = "No project") -> str:
    """A name that fits on the picture."""
    return shorten(name or instead, 28, placeholder=" …")


def _label_bar(axes: Axes, text: str, end: float, bar: int, colour: str = INK) -> None:
    axes.annotate(text, (end, bar), (6, 0), textcoords="offset points", va="center", size=9, color=colour)


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
