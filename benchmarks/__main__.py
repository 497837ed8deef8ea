"""Measures, and prints a table: all of it, or the parts that are named, such as `python -m benchmarks rate start-up`."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import rate, scale, start_up, throughput
from benchmarks.comparison import COSTS, ROWS, Sync, cells, compare
from benchmarks.figure import Figure

COMPARISON: Final = "comparison"
PARTS: Final[Mapping[str, Callable[[], Iterator[Figure]]]] = {
    "start-up": start_up.measure,
    "rate": rate.measure,
    "throughput": throughput.measure,
    "scale": scale.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join([COMPARISON, *PARTS]))
    chosen = parser.parse_args().parts or [COMPARISON, *PARTS]
    if unknown := set(chosen) - {COMPARISON, *PARTS}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    logging.disable(logging.INFO)  # of the CDK, within this process
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    if COMPARISON in chosen:
        console.print(_syncs(list(compare())))
    is_as_asked = True
    for name in PARTS:
        if name in chosen:
            figures = list(PARTS[name]())
            console.print(_figures(name, figures))
            is_as_asked &= all(figure.holds for figure in figures)
    return 0 if is_as_asked else 1


def _syncs(rounds: list[tuple[str, list[Sync]]]) -> Table:
    shown = _empty("", *COSTS, *ROWS)
    shown.caption = "In brackets: what this connector takes, as a ratio to that."
    for which, syncs in rounds:
        shown.add_row(which, style="bold")
        for row in cells(syncs):
            shown.add_row(*row)
        shown.add_section()
    return shown


def _figures(part: str, figures: list[Figure]) -> Table:
    shown = _empty(part, "connector", "baseline", "ratio", "asked", "")
    for figure in figures:
        asked = f"{figure.asked} {figure.bound:.2f}" if figure.asked else ""
        verdict = ("✓" if figure.holds else "✗") if figure.asked else ""
        shown.add_row(figure.title, figure.connector, figure.baseline, f"{figure.ratio:.2f}", asked, verdict)
    return shown


def _empty(*headings: str) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for number, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if number else "left")
    return shown


if __name__ == "__main__":
    sys.exit(main())
