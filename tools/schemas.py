"""How to look at a schema, and at values next to it: for the tests, and for the comparison with outside evidence."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader
from jsonschema import FormatChecker

SCHEMAS: Final = Path(__file__).resolve().parents[1] / "source_clockify" / "schemas"

Schema = Mapping[str, Any]


@cache
def load(stream: str) -> Schema:
    """The schema of a stream, with its shared parts put in."""
    return ResourceSchemaLoader("source_clockify").get_schema(stream)


def types_of(schema: Schema) -> set[str]:
    declared = schema["type"]
    return {declared} if isinstance(declared, str) else set(declared)


def is_any_value(schema: Schema) -> bool:
    """Whether the schema is that of a custom field's value, which may be any JSON value."""
    return {"array", "object"} <= types_of(schema)


def fields(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every property and array item below the schema, with its path, such as `memberships[].userId`."""
    children = {f"{path}.{name}".lstrip("."): child for name, child in schema.get("properties", {}).items()}
    if "items" in schema:
        children[f"{path}[]"] = schema["items"]
    for child_path, child in children.items():
        yield child_path, child
        yield from fields(child, child_path)


def keys_in(value: Any, schema: Schema, path: str = "") -> Iterator[tuple[str, bool]]:
    """The path of every key in a value, and whether its schema declares it; below one that it does not, nothing is looked at."""
    if isinstance(value, dict) and not is_any_value(schema):
        for key, child in value.items():
            child_path = f"{path}.{key}".lstrip(".")
            declared = schema.get("properties", {}).get(key)
            yield child_path, declared is not None
            if declared is not None:
                yield from keys_in(child, declared, child_path)
    elif isinstance(value, list):
        for child in value:
            yield from keys_in(child, schema.get("items", {"type": []}), f"{path}[]")


def undeclared_keys(value: Any, schema: Schema) -> Iterator[str]:
    """The paths of the keys in a value that its schema does not declare."""
    return (path for path, is_declared in keys_in(value, schema) if not is_declared)


record_formats: Final = FormatChecker(formats=["date"])
"""Formats as records have them: dates, and instants with or without a zone, to any part of a second."""


@record_formats.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and bool(datetime.fromisoformat(value)))
