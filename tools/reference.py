"""Writes the tables of docs/clockify.md: the settings from the spec, the streams from the catalog and their schemas."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from airbyte_cdk.sources.streams import Stream

from source_clockify.config import ClockifyConfig
from tools.catalog import DOCS, all_streams, key_of

PAGE: Final = DOCS / "clockify.md"
SETTINGS: Final = ("Key", "Default", "Meaning")
STREAMS: Final = ("Stream", "Primary key", "Sync modes, cursor", "Needs", "A record is")


def page() -> str:
    """The text of docs/clockify.md with its tables as they should be. Sends no request."""
    text = PAGE.read_text(encoding="utf-8")
    for header, rows in ((SETTINGS, settings()), (STREAMS, map(stream_row, all_streams()))):
        text = replace_table(text, header, rows)
    return text


def settings() -> Iterator[Sequence[str]]:
    """A row for each setting of the form."""
    spec = ClockifyConfig.specification().connectionSpecification
    for name, field in spec["properties"].items():
        default = "required" if name in spec["required"] else default_of(field)
        yield f"`{name}`", default, f"{field['description']}{choices(field)}{limits(field)}"


def default_of(field: Mapping[str, Any]) -> str:
    if "oneOf" in field:
        return "off"
    return "none" if field.get("default") in (None, []) else f"`{field['default']}`".lower()


def limits(field: Mapping[str, Any]) -> str:
    return f" From {field['minimum']} to {field['maximum']}." if "minimum" in field else ""


def choices(field: Mapping[str, Any]) -> str:
    """What each option of a choice has in it."""
    return "".join(f" {option['title']}: {', '.join(parts(option))}." for option in field.get("oneOf", ()))


def parts(option: Mapping[str, Any]) -> Iterator[str]:
    for name, field in option["properties"].items():
        if not field.get("airbyte_hidden"):
            yield f"`{name}: {field['const']}`" if "const" in field else f"`{name}`"


def stream_row(stream: Stream) -> Sequence[str]:
    """What the catalog says of a stream, and the first sentence of its schema."""
    cursor = f", incremental by `{stream.cursor_field}`" if stream.supports_incremental else ""
    needs = getattr(stream, "feature", "snapshots_api")
    sentence = re.split(r"(?<=\.) ", stream.get_json_schema()["description"])[0]
    key = ", ".join(f"`{column}`" for column in key_of(stream))
    return f"`{stream.name}`", key, f"Full refresh{cursor}", f"`{needs}`" if needs else "", sentence


def replace_table(text: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Put a table in the place of the one with the same header."""
    head = row_of(header)
    table = "\n".join([head, row_of(["---"] * len(header)), *map(row_of, rows)])
    return re.sub(re.escape(head) + r"(\n\|.*)*", lambda _: table, text, count=1)


def row_of(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")
