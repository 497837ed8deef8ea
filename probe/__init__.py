"""Holds what the connector assumes about Clockify against a real account, by reading only."""

from pathlib import Path
from typing import Final

FILE: Final = Path("probe-output") / "shapes.json"
"""Where the shapes of the answers are written: names, types and forms, and no value of the account."""
