"""The spec as Airbyte's form takes it: a form knows a part of JSON Schema only, and begins with values of its own."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft7Validator

from source_clockify.config import ClockifyConfig

Schema = Mapping[str, Any]
KEY = {"api_key": "a-good-key"}


@pytest.fixture
def spec() -> Schema:
    return ClockifyConfig.specification().connectionSpecification


def objects(schema: Schema) -> Iterator[Schema]:
    """The schema and every object within it, those that can be chosen included."""
    yield schema
    for field in schema["properties"].values():
        for child in field.get("oneOf", [field] if "properties" in field else []):
            yield from objects(child)


def fields(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for one in objects(schema):
        yield from one["properties"].items()


def as_the_form_begins(schema: Schema) -> dict[str, Any]:
    """What the form sends of fields that nobody touches: constants, defaults, the first option, `{}` for other objects."""
    values: dict[str, Any] = {}
    for name, field in schema["properties"].items():
        if "oneOf" in field:
            values[name] = as_the_form_begins(field["oneOf"][0])
        elif field["type"] == "object":
            values[name] = as_the_form_begins(field)
        elif "const" in field or "default" in field:
            values[name] = field.get("const", field.get("default"))
    return values


def faults(spec: Schema, config: Mapping[str, Any]) -> list[str]:
    return [error.message for error in Draft7Validator(spec).iter_errors(config)]


def test_the_form_can_be_submitted_with_nothing_but_the_key(spec: Schema) -> None:
    config = {**as_the_form_begins(spec), **KEY}
    assert faults(spec, config) == []
    assert ClockifyConfig.parse(config) == ClockifyConfig.parse(KEY)
    assert (spec["$schema"], spec["type"], spec["title"]) == (
        "http://json-schema.org/draft-07/schema#",
        "object",
        "Clockify",
    )


def test_no_optional_object_has_required_fields_but_in_a_choice_that_begins_with_off(spec: Schema) -> None:
    for one in objects(spec):
        for name, field in one["properties"].items():
            if "oneOf" in field:
                assert field["type"] == "object"
                assert [option["properties"]["mode"]["const"] for option in field["oneOf"]][:1] == ["off"]
                assert all(option["title"] and option["description"] for option in field["oneOf"])
            elif field["type"] == "object" and name not in one.get("required", []):
                assert not field.get("required"), name


def test_a_pattern_is_open_to_a_field_that_was_cleared_and_says_what_it_wants(spec: Schema) -> None:
    patterns = {name: field for name, field in fields(spec) if "pattern" in field}
    assert patterns.keys() >= {"api_url", "start_date"}
    for field in patterns.values():
        assert field["pattern_descriptor"]
        assert re.search(field["pattern"], "")
        assert all(re.search(field["pattern"], example) for example in field["examples"])


def test_what_most_people_need_is_shown_without_a_click(spec: Schema) -> None:
    shown = {name for name, field in spec["properties"].items() if field.get("always_show")}
    assert {*shown, *spec["required"]} == {"api_key", "region", "start_date"}


def test_every_field_has_a_title_a_description_and_its_place(spec: Schema) -> None:
    for one in objects(spec):
        assert [field["order"] for field in one["properties"].values()] == list(range(len(one["properties"])))
        assert one.get("additionalProperties") is True
    assert [
        name for name, field in fields(spec) if name != "mode" and not (field["title"] and field["description"])
    ] == []
    assert spec["properties"]["region"]["enum"] == ["global", "euc1", "use2", "euw2", "apse2"]
    assert all(
        title in spec["properties"]["region"]["description"]
        for title in ("Global", "EU (Germany)", "USA", "UK", "Australia")
    )


def test_secrets_are_marked_and_what_is_for_tests_is_hidden(spec: Schema) -> None:
    def marked(schema: Schema, mark: str) -> list[str]:
        return [name for name, field in fields(schema) if field.get(mark)]

    off, token, oauth = spec["properties"]["snapshots_api"]["oneOf"]
    assert [marked(option, "airbyte_secret") for option in (off, token, oauth)] == [
        [],
        ["access_token"],
        ["client_secret", "refresh_token", "access_token"],
    ]
    assert [marked(option, "airbyte_hidden") for option in (off, token, oauth)] == [
        [],
        ["api_url"],
        ["api_url", "token_expiry_date"],
    ]
    assert marked(spec, "airbyte_secret").count("api_key") == 1


def test_no_word_that_the_form_does_not_know(spec: Schema) -> None:
    unknown = ("anyOf", "allOf", "not", "$ref", "$defs", "discriminator", "enumNames", "cure")
    assert [word for word in unknown if f'"{word}":' in json.dumps(spec)] == []


AGENCY = {"access_token": "a-good-token", "company_id": "c"}
APP = {"client_id": "a1-b2", "client_secret": "a-good-secret", "refresh_token": "a-good-token", "company_id": "c"}
RENEWED = {"access_token": "a-good-token", "token_expiry_date": "2026-11-26T10:00:00+00:00"}
ACCEPTED: list[dict[str, Any]] = [
    {"start_date": ""},
    {"start_date": "2024-01-01"},
    {"start_date": "2024-01-01T00:00:00Z"},
    {"start_date": "2024-01-01T00:00:00.000+02:00"},
    {"api_url": ""},
    {"api_url": "https://acme.clockify.me"},
    {"api_url": "acme.clockify.me"},
    {"api_url": "https://clockify.acme.example:8443/api/v1/"},
    {"api_url": "http://[::1]:8080"},
    {"lookback_days": 30.0},
    {"refresh_history_days": 0},
    {"refresh_history_days": 365.0},
    {"snapshots_api": {"mode": "off"}},
    {"snapshots_api": {"mode": "token", **AGENCY}},
    {"snapshots_api": {"mode": "oauth", **APP}},
    {"snapshots_api": {"mode": "oauth", **APP, **RENEWED}},
    {"snapshots_api": {"mode": "oauth", **APP, "access_token": "", "token_expiry_date": ""}},
    # from before there was a mode
    {"snapshots_api": {}},
    {"snapshots_api": AGENCY},
]


@pytest.mark.parametrize("config", ACCEPTED, ids=str)
def test_what_the_connector_takes_the_spec_takes(config: dict[str, Any], spec: Schema) -> None:
    ClockifyConfig.parse({**KEY, **config})
    assert faults(spec, {**KEY, **config}) == []


@pytest.mark.parametrize(
    "config",
    [
        {"start_date": "soon"},
        {"start_date": "2024-01-01 00:00"},
        {"api_url": "https://me:secret@host"},
        {"api_url": "https://acme.clockify.me/?x=1"},
        {"region": "eu1"},
        {"lookback_days": 366},
        {"refresh_history_days": -1},
        {"snapshots_api": {"mode": "token", "company_id": "c"}},
        {"snapshots_api": {"mode": "on"}},
        {"snapshots_api": {"mode": "oauth", **AGENCY}},
        {"snapshots_api": {"mode": "token", **APP}},
    ],
    ids=str,
)
def test_the_form_refuses_what_can_be_seen_to_be_wrong(config: dict[str, Any], spec: Schema) -> None:
    assert faults(spec, {**KEY, **config})
