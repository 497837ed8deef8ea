"""Rows that were sent otherwise than they are: each comes once, with all that it was sent with."""

import json
import math
import re
from collections import Counter
from typing import Any, Final

from harness.connector import Row
from integration_tests.matrix.subject import GROUPS, Subject, at, told
from source_clockify.snapshots_api.streams import Locations

ONE_OBJECT: Final = {("time_entry_report", "invoicingInfo")}
"""Columns that hold an object, of a list the first that is in it."""


def check_altered(subject: Subject, lost: Counter[str], more: Counter[str], altered: list[tuple[Row, Row]]) -> str:
    """What is wrong with the records that came (`more`) in place of those that are lost, if anything."""
    elsewhere = _named_elsewhere(subject, altered)
    if more.total() > len(altered) + elsewhere:
        return f"{more.total() - len(altered)} rows are not as they were sent"
    if more.total() > lost.total() + elsewhere:
        return f"{more.total() - lost.total()} altered rows are doubled"
    records = [json.loads(text) for text in more.elements()]
    for before, after in altered:
        if problem := _check_values(subject, before, after, records):
            return problem
    return ""


def _named_elsewhere(subject: Subject, altered: list[tuple[Row, Row]]) -> int:
    """How many rows come under another key, while another list still names them under theirs: both are records then."""
    if not isinstance(subject.stream, Locations):
        return 0
    return sum(at(before, path) != at(after, path) for before, after in altered for path in subject.key_paths)


def _check_values(subject: Subject, before: Row, after: Row, records: list[Row]) -> str:
    """What the connector passed on of the row as it was has to be passed on of the row as it is."""
    keys = {str(at(after, path)) for path in subject.key_paths}
    candidates = [one for one in subject.records if keys and all(key in "/".join(subject.key(one)) for key in keys)]
    # The same id may be in two workspaces, or that of a user in two lists.
    original = max(candidates, key=lambda one: len(_passed_on(subject, before, one)), default=None)
    if original is None:
        return ""
    record = next((one for one in records if subject.key(one) == subject.key(original)), {})
    for name in _passed_on(subject, before, original) - subject.from_path if record else ():
        sent = expected(after.get(name))
        if (subject.name, name) in ONE_OBJECT and isinstance(sent, list):
            sent = next((one for one in sent if isinstance(one, dict)), None)
        if _told(record.get(name)) not in map(_told, (sent, _as_text(sent), _in_microseconds(sent))):
            return f"{name} comes as {str(record.get(name))[:60]!r}, sent as {str(after.get(name))[:60]!r}"
    return ""


def _passed_on(subject: Subject, row: Row, record: Row) -> set[str]:
    """The fields of a row that are columns, and that a record has as they are: none where records are made of its groups."""
    if subject.name in GROUPS:
        return set()
    columns = subject.stream.get_json_schema()["properties"]
    return {name for name in row if name in columns and _told(record.get(name)) == _told(row[name])}


def _as_text(value: Any) -> str:
    """As a column holds it whose values may be of any type."""
    return json.dumps(value, separators=(",", ":"))


def _in_microseconds(value: Any) -> Any:
    return re.sub(r"(?<=\.\d{6})\d+", "", value) if isinstance(value, str) else value


def _told(value: Any) -> str:
    return told({"": value})


def expected(value: Any) -> Any:
    """A value as records can hold it: U+FFFD for half a character, null for what is no number."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {expected(name): expected(inner) for name, inner in value.items()}
        case list():
            return [expected(inner) for inner in value]
    return value
