"""The most memory that a command takes."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

_MEASURED: Final = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, file=sys.stderr)
"""
"""Runs a command and tells the most memory that it had: of a child of its own, a large process would tell what it has itself."""


def peak_of(command: Sequence[str]) -> tuple[str, int]:
    """What a command prints, and the most bytes that were resident meanwhile."""
    process = subprocess.run([sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, check=True)
    return process.stdout, int(process.stderr.splitlines()[-1])
