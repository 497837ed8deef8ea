"""A figure: what was measured, what it is compared with, and what is asked of the ratio."""

from dataclasses import dataclass
from statistics import median
from typing import Literal

from benchmarks.processes import Run


@dataclass(frozen=True)
class Figure:
    """`ratio` has to be at least or at most `bound`; without a bound it is only reported."""

    title: str
    connector: str
    baseline: str
    ratio: float
    asked: Literal["≥", "≤", ""] = ""
    bound: float = 0.0

    @property
    def holds(self) -> bool:
        return {"≥": self.ratio >= self.bound, "≤": self.ratio <= self.bound, "": True}[self.asked]


def typical_seconds(runs: list[Run]) -> float:
    return median(run.seconds for run in runs)


def typical_cpu(runs: list[Run]) -> float:
    return median(run.cpu for run in runs)


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"
