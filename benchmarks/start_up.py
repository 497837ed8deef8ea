"""How long a command takes that does nothing but start."""

import sys
from collections.abc import Iterator
from typing import Final

from benchmarks.figure import Figure, typical_seconds
from benchmarks.processes import run

ROUNDS: Final = 11
BARE: Final = (sys.executable, "-c", "import airbyte_cdk")
SPEC: Final = (sys.executable, "-m", "source_clockify", "spec")


def measure() -> Iterator[Figure]:
    """`spec` against a process that imports the CDK and ends, in turns."""
    pairs = [(run(BARE), run(SPEC)) for _ in range(ROUNDS)]
    bare, spec = (typical_seconds(list(runs)) for runs in zip(*pairs, strict=True))
    yield Figure("Start-up: spec, seconds", f"{spec:.2f}", f"{bare:.2f} import airbyte_cdk", spec / bare, "≤", 1.1)
