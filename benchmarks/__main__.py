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
from benchmarks.comparison import Sync, compare, ratios
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
    figures: list[Figure] = []
    if COMPARISON in chosen:
        syncs = list(compare())
        console.print(_syncs(syncs))
        figures += ratios(syncs)
    figures += [figure for name in PARTS if name in chosen for figure in PARTS[name]()]
    console.print(_figures(figures))
    return 0 if all(figure.holds for figure in figures) else 1


def _syncs(syncs: list[Sync]) -> Table:
    names = "requests seconds records rows exist doubled missing gone".split()
    shown = _empty("", *names)
    for sync in syncs:
        shown.add_row(sync.title, *(f"{getattr(sync, name):,.{int(name == 'seconds')}f}" for name in names))
    return shown


def _figures(figures: list[Figure]) -> Table:
    shown = _empty("", "connector", "baseline", "ratio", "asked", "")
    for figure in figures:
        asked = f"{figure.asked} {figure.bound:.2f}" if figure.asked else ""
        verdict = ("✓" if figure.holds else "✗") if figure.asked else ""
        shown.add_row(figure.title, figure.connector, figure.baseline, f"{figure.ratio:.2f}", asked, verdict)
    return shown


def _empty(*headings: str) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        shown.add_column(heading, justify="right" if number else "left")
    return shown


if __name__ == "__main__":
    sys.exit(main())
