"""Prints what CHANGELOG.md says of a version, as the text of its release: `python -m tools.notes 0.2.0`.

A version that is not this checkout's, or whose changes have no date yet, is refused.
"""

import argparse
import re
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


class NotReady(Exception):
    """The checkout is not the release that was asked for."""


def notes(root: Path, version: str) -> str:
    """What changed in the version. Each item is one line, as GitHub shows the line breaks of a release's text."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["poetry"]["version"]
    if version != project:
        raise NotReady(f"This is version {project}, not {version}")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(rf"^## \[{re.escape(version)}\](.*)\n((?:(?!## ).*\n?)*)", changelog, re.MULTILINE)
    if section is None:
        raise NotReady(f"CHANGELOG.md has no section [{version}]")
    date, text = section[1], section[2].strip()
    if not re.fullmatch(r" - \d{4}-\d\d-\d\d", date):
        raise NotReady(f"CHANGELOG.md has no date for [{version}]: ## [{version}] - 2026-01-31")
    if not text:
        raise NotReady(f"CHANGELOG.md says nothing of [{version}]")
    return re.sub(r"(?<!\n)\n *(?![-#\s])", " ", text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.notes", description="Print what changed in a version.")
    parser.add_argument("version", help="that of this checkout, such as 0.2.0")
    try:
        print(notes(ROOT, parser.parse_args().version))
    except NotReady as fault:
        sys.exit(str(fault))
