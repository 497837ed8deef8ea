"""Writes the table of docs/warehouse.md: the key of each stream, what its rows refer to, and the operations that it reads."""

import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

from airbyte_cdk.sources.streams import Stream

from tools.catalog import DOCS, all_streams, key_of
from tools.erd import references
from tools.reference import replace_table

PAGE: Final = DOCS / "warehouse.md"
COVERAGE: Final = DOCS / "coverage.md"
STREAMS: Final = ("Stream", "Key", "Refers to", "Read by")

_ROW: Final = re.compile(r"^\| (\S*`(?:GET|POST) \S+`\S*) \| (Part of )?(`.*) \|$", re.MULTILINE)
"""A row whose operation is of one stream or several, in full or in part: their names are before the first semicolon or colon."""


def page() -> str:
    """The text of docs/warehouse.md with its table as it should be. Sends no request."""
    streams, read_by = all_streams(), operations()
    rows = [row(stream, read_by[stream.name]) for stream in streams]
    return replace_table(PAGE.read_text(encoding="utf-8"), STREAMS, rows)


def operations() -> dict[str, list[str]]:
    """By stream, as docs/coverage.md has them: those that list its rows before those that only help."""
    found: dict[str, list[str]] = {}
    rows = _ROW.findall(COVERAGE.read_text(encoding="utf-8"))
    for operation, _, use in sorted(rows, key=itemgetter(1)):
        for stream in re.findall(r"`(\w+)`", re.split("[;:]", use)[0]):
            found.setdefault(stream, []).append(operation)
    return found


def row(stream: Stream, read_by: Sequence[str]) -> Sequence[str]:
    key = ", ".join(f"`{column}`" for column in key_of(stream))
    return f"`{stream.name}`", key, ", ".join(parents(stream)), ", ".join(read_by)


def parents(stream: Stream) -> Iterator[str]:
    """What a row refers to but for its workspace: the stream, and the fields that hold its ids."""
    paths: dict[str, list[str]] = {}
    for reference in references(stream.get_json_schema()):
        if reference.parent not in ("workspaces", stream.name):
            paths.setdefault(reference.parent, []).append(f"`{reference.path}`")
    for parent in sorted(paths):
        yield f"{parent}: {' '.join(paths[parent])}"
