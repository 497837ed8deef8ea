"""The form of the schemas, whatever the stream."""

import re
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator

from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.lists import ChildStream
from tools.catalog import all_streams, key_of
from tools.schemas import SCHEMAS, fields, is_any_value, load, types_of

STREAMS: Final = {stream.name: stream for stream in all_streams()}

# Fields that name or look like an id without that of a stream's record: things that are no stream, or of several kinds.
NO_FOREIGN_KEY = re.compile(
    r"(?:^|\.)(?:cakeOrganizationId|companyId|currencyId|deletionBinId|fileId|kioskId|seriesId|targetId)$"
    # Of HighLevel, of payment providers and of Google.
    r"|^(?:customerId|locationId|providerLocationId|subscriptionId)$|^subscriptionInfo\.|^social\.googlePlacesId$"
    # The embedded row's own request.
    r"|^(?:entries|expenses)\[\]\.approvalRequestId$"
)

# Names of moments and days.
TIME = re.compile(r"(?:^|\.)(?:start|end|date|timestamp|lockTimeEntries|\w+(?:(?<!week)Start|End|Date|At|_at))$")

# The expense within an approval: documented as a day, recorded as a moment.
DAY_OR_MOMENT = re.compile(r"^expenses\[\]\.date$")

every_stream = pytest.mark.parametrize("stream", sorted(STREAMS))


def guaranteed(name: str) -> set[str]:
    """The fields of a stream that are never null: its primary key, its parent's id, its workspace and its cursor."""
    stream = STREAMS[name]
    cursor = [stream.cursor_field] if isinstance(stream.cursor_field, str) else stream.cursor_field
    return {
        *key_of(stream),
        *filter(None, cursor),
        *(["workspaceId"] if isinstance(stream, ClockifyStream) else []),
        *([stream.parent_key] if isinstance(stream, ChildStream) else []),
    }


def test_there_is_one_schema_file_per_stream() -> None:
    assert {file.stem for file in SCHEMAS.glob("*.json")} == STREAMS.keys()


def test_every_shared_part_is_used() -> None:
    referenced = {
        reference.removesuffix(".json")
        for file in SCHEMAS.rglob("*.json")
        for reference in re.findall(r'"\$ref": "([a-z_]+\.json)', file.read_text(encoding="utf-8"))
    }
    assert referenced == {file.stem for file in (SCHEMAS / "shared").glob("*.json")}


@every_stream
def test_schema_is_a_documented_draft_7_object(stream: str) -> None:
    schema = load(stream)
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["type"] == "object"
    assert schema["description"]


@every_stream
def test_every_field_has_a_type_and_a_description(stream: str) -> None:
    assert [path for path, field in fields(load(stream)) if not {"type", "description"} <= field.keys()] == []


@every_stream
def test_arrays_and_objects_are_fully_described(stream: str) -> None:
    vague = [
        path
        for path, field in fields(load(stream))
        if ("array" in types_of(field) and "items" not in field)
        or ("object" in types_of(field) and not (field.get("properties") or is_any_value(field)))
    ]
    assert vague == []


@every_stream
def test_objects_stay_open(stream: str) -> None:
    nodes = {"": load(stream), **dict(fields(load(stream)))}
    closed = [
        path for path, node in nodes.items() if "object" in types_of(node) and node["additionalProperties"] is not True
    ]
    assert closed == []


@every_stream
def test_no_keyword_that_destinations_or_new_values_would_trip_over(stream: str) -> None:
    unwelcome = {"$ref", "allOf", "anyOf", "oneOf", "not", "enum", "const", "pattern", "required"}
    nodes = {"": load(stream), **dict(fields(load(stream)))}
    assert {path: found for path, node in nodes.items() if (found := unwelcome & node.keys())} == {}


@every_stream
def test_only_guaranteed_fields_are_never_null(stream: str) -> None:
    assert {path for path, field in fields(load(stream)) if "null" not in types_of(field)} == guaranteed(stream)


@every_stream
def test_times_declare_their_format(stream: str) -> None:
    for path, field in fields(load(stream)):
        declared = field.get("format")
        assert declared in (None, "date-time", "date"), path
        if "string" in types_of(field) and TIME.search(path) and not DAY_OR_MOMENT.search(path):
            assert declared, path
        if declared == "date-time":
            zoned = path.endswith(("zonedStart", "zonedEnd"))
            assert field["airbyte_type"] == f"timestamp_{'without' if zoned else 'with'}_timezone", path


@every_stream
def test_every_id_refers_to_a_record(stream: str) -> None:
    """Foreign keys name a stream and a field of its primary key; the diagram of the streams is made of them."""
    for path, field in fields(load(stream)):
        is_reference = re.search(r"\wIds?(?:\[\])?$", path) and "array" not in types_of(field)
        if is_reference and not NO_FOREIGN_KEY.search(path):
            assert "foreignKey" in field, path
        if "foreignKey" in field:
            parent, _, key = field["foreignKey"].partition(".")
            assert key in guaranteed(parent), path


@every_stream
def test_every_column_has_one_type_and_a_name_of_its_own(stream: str) -> None:
    """Destinations make a typed column of each top-level field, and some ignore the case of its name."""
    properties = load(stream)["properties"]
    assert len({name.lower() for name in properties}) == len(properties)
    assert [name for name, field in properties.items() if len(types_of(field) - {"null"}) != 1] == []


@every_stream
def test_pyairbyte_knows_a_column_type_for_every_field(stream: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Where it does not, it prints so for each record, and fails to load objects into PostgreSQL."""
    types = pytest.importorskip("airbyte.types", reason="PyAirbyte is not there for this Python")
    for name, field in load(stream)["properties"].items():
        column = types.SQLTypeConverter().to_sql_type(field)
        is_nested = bool(types_of(field) & {"array", "object"})
        assert (type(column).__name__ in ("JSON", "VARIANT")) == is_nested, name
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


@pytest.mark.parametrize("value", ["text", 42, 1.5, True, ["a", "b"], {"key": "value"}, None])
def test_values_of_custom_fields_may_be_any_value(value: Any) -> None:
    Draft7Validator(load("time_entries")).validate({"customFieldValues": [{"value": value}]})
    Draft7Validator(load("time_entry_report")).validate({"customFields": [{"value": value}]})
