"""Rows that were sent otherwise than they are: each comes once, with all that it was sent with."""

import json
import math
from collections import Counter
from typing import Any

from harness.connector import Row
from integration_tests.matrix.subject import Subject, at, told


def check_altered(subject: Subject, lost: Counter[str], more: Counter[str], altered: list[tuple[Row, Row]]) -> str:
    """What is wrong with the records that came (`more`) in place of those that are lost, if anything."""
    if more.total() > len(altered):
        return f"{more.total() - len(altered)} rows are not as they were sent"
    if more.total() > lost.total():
        return f"{more.total() - lost.total()} altered rows are doubled"
    records = [json.loads(text) for text in more.elements()]
    originals = {told(record): record for record in subject.records}
    for before, after in altered:
        if problem := _check_values(subject, before, after, [originals[text] for text in lost], records):
            return problem
    return ""


def _check_values(subject: Subject, before: Row, after: Row, originals: list[Row], records: list[Row]) -> str:
    """What the connector passed on of the row as it was has to be passed on of the row as it is."""
    key = {path: at(after, path) for path in subject.key_paths}
    for original in originals:
        if not key or not set(map(str, key.values())) <= set(subject.key(original)):
            continue
        record = next((one for one in records if subject.key(one) == subject.key(original)), None)
        if record is None:
            continue
        for name in (before.keys() | after.keys()) - subject.from_path:
            is_passed_on = name in before and told({"": original.get(name)}) == told({"": before[name]})
            if is_passed_on and told({"": record.get(name)}) != told({"": expected(after.get(name))}):
                return f"{name} comes as {str(record.get(name))[:60]!r}, sent as {str(after.get(name))[:60]!r}"
    return ""


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
