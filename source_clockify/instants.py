"""Instants as Clockify and Airbyte write them: ISO-8601 in UTC."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

BEGINNING: Final = datetime(2015, 1, 1, tzinfo=UTC)
"""Nothing was recorded before this."""
IN_MICROSECONDS: Final = len("2015-01-01T00:00:00.000000Z")
BEYOND_MICROSECONDS: Final = re.compile(r"(?<=[.,]\d{6})\d+")


def parse_instant(text: str) -> datetime:
    """Read an ISO-8601 instant; one without an offset is taken as UTC.

    Raises:
        ValueError, TypeError: where it is not one.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def is_instant(value: object) -> bool:
    """Whether a value is an instant, though it may be so far away that it cannot be told in UTC."""
    try:
        return isinstance(value, str) and bool(parse_instant(value))
    except ValueError:
        return False


def instant(value: object) -> datetime | None:
    """The instant that a value of the API tells, in UTC; None where it tells none, whatever it is."""
    try:
        return parse_instant(value).astimezone(UTC) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def cut_to_microseconds(rows: Iterable[dict[str, Any]], names: Iterable[str]) -> None:
    """Take from times the digits beyond microseconds, which not every destination takes. `names` are those of the fields."""
    for name in names:
        for row in rows:
            value = row.get(name)
            if isinstance(value, str) and len(value) > IN_MICROSECONDS and is_instant(value):
                row[name] = BEYOND_MICROSECONDS.sub("", value)


def to_query(moment: datetime) -> str:
    """As the API takes it: whole seconds and `Z`; milliseconds are refused by some endpoints."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_record(moment: datetime) -> str:
    """As records and state hold it: milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
