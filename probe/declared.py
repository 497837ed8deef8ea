"""What is assumed of records: that they have the fields that the schemas declare, of those types."""

from collections.abc import Iterator
from typing import Any, Final

from airbyte_cdk.models import SyncMode

from probe.asked import LISTS
from probe.finding import Assumption, Finding, Untold, counted, differs, holds
from probe.lab import Lab
from probe.shapes import type_of
from source_clockify.api.keys import Row
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.incremental import IncrementalStream
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.totals import TimeTotals

MOST: Final = 8


def _records(lab: Lab) -> Iterator[tuple[str, dict[str, Any], list[Row]]]:
    """Name, declared fields and records of each stream that was answered."""
    for kind, request in LISTS.items():
        if kind is TimeTotals:  # which makes its records of groups within the rows
            continue
        if rows := lab.rows(request):
            stream = lab.sync.stream(kind)
            if isinstance(stream, IncrementalStream):
                stream.begin(SyncMode.full_refresh)
            records = (stream.record(dict(row), _slice_of(lab, stream, row)) for row in rows)
            yield request.name, stream.schema["properties"], [record for record in records if record]


def _slice_of(lab: Lab, stream: ClockifyStream, row: Row) -> Row:
    """What a stream has to know of the list that a row is from."""
    parent = {stream.parent_key: row.get(stream.parent_key, "")} if isinstance(stream, ChildStream) else {}
    return {"workspaceId": lab.workspace.id, "type": "", "change": "created", "end": "", **parent}


def _told(found: set[str], looked_at: int) -> Finding:
    if not looked_at:
        raise Untold("there are no records")
    named = sorted(found)
    more = f" and {len(named) - MOST} more" if len(named) > MOST else ""
    return differs(", ".join(named[:MOST]) + more) if named else holds(counted(looked_at, "record"))


def _fields(lab: Lab) -> Finding:
    found, looked_at = set(), 0
    for name, properties, records in _records(lab):
        found |= {f"{name}.{field}" for record in records for field in record.keys() - properties.keys()}
        looked_at += len(records)
    return _told(found, looked_at)


def _types(lab: Lab) -> Finding:
    found, looked_at = set(), 0
    for name, properties, records in _records(lab):
        declared = {field: set(_as_list(schema.get("type"))) for field, schema in properties.items()}
        for record in records:
            odd = {field: _odd(value, declared.get(field)) for field, value in record.items()}
            found |= {f"{name}.{field} ({kind})" for field, kind in odd.items() if kind}
        looked_at += len(records)
    return _told(found, looked_at)


def _odd(value: Any, declared: set[str] | None) -> str:
    """The type of a value that is not one of those declared; empty where it is, or none are."""
    name = type_of(value)
    is_declared = not declared or name in declared or (name == "integer" and "number" in declared)
    return "" if is_declared else name


def _as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


ASSUMPTIONS: Final = (
    Assumption(
        "records have no field that the schemas do not declare",
        "those fields come, but destinations have no column for them: declare them in source_clockify/schemas",
        _fields,
    ),
    Assumption(
        "fields have the types that the schemas declare",
        "destinations may refuse such records: correct the schemas, or what is made of the rows",
        _types,
    ),
)
