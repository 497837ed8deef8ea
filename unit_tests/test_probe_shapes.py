"""The shapes that the probe writes: what they tell of a document, and what they keep to themselves."""

import json
from typing import Any

import pytest

from probe.shapes import HIDDEN, Shape, form_of, names_of

KNOWN = {"id", "name", "rate", "amount", "value", "rows"}


def shape(*values: Any) -> dict[str, Any]:
    whole = Shape(KNOWN)
    for value in values:
        whole.add(value)
    return whole.as_json()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", "empty"),
        ("64a687e29ae1f428e7ebe303", "id"),
        ("2026-11-22", "date"),
        ("2026-11-22T10:00:00Z", "instant, 0 decimals, Z"),
        ("2026-11-22T10:00:00.123456789Z", "instant, 9 decimals, Z"),
        ("2026-11-22T10:00:00.5+01:00", "instant, 1 decimals, offset"),
        ("2026-11-22T10:00", "instant, 0 decimals, no zone"),
        ("PT8H30M", "duration"),
        ("PT0.5S", "duration"),
        ("TIME_OFF", "constant"),
        ("jane@acme.example", "email"),
        ("https://acme.example/x", "address"),
        ("#03A9F4", "color"),
        ("12.50", "digits"),
        ('{"id": 1}', "json"),
        ("Acme Corp", "text"),
        ("alice", "text"),
    ],
)
def test_a_text_is_told_by_its_form(text: str, form: str) -> None:
    assert form_of(text) == form


def test_what_rows_have_in_common_is_told_once() -> None:
    rows = [{"id": "a", "rate": None}, {"id": "b", "rate": {"amount": 5}}, {"id": "c"}]

    told = shape(rows)

    assert told["length"] == "up to 4"
    fields = told["items"]["fields"]
    assert fields["id"] == {"types": ["string"], "forms": ["text"], "length": "up to 1"}
    assert fields["rate"]["types"] == ["null", "object"]
    assert fields["rate"]["absent"] == "sometimes"
    assert fields["rate"]["fields"] == {"amount": {"types": ["integer"]}}


def test_numbers_are_told_by_type_sign_and_size() -> None:
    assert shape(1, 2.5, True) == {"types": ["boolean", "integer", "number"]}
    assert shape(-1)["forms"] == ["negative"]
    assert shape(2**40)["forms"] == ["more than 32 bits"]


@pytest.mark.parametrize(
    "held",
    [
        {"alice": 1, "bob": 2},
        {"64a687e29ae1f428e7ebe303": {"id": "x"}},
        {"2026-11-22": 1},
        {"name": 1, "alice": 2},
        {"id": 1, "name": 2, "rate": 3, "Jane Doe": 4},
        {"id": 1, "name": 2, "rate": 3, "jane2": 4},
        {"id": 1, "name": 2, "rate": 3, "a" * 41: 4},
        {"value": {"alice": 1}, "id": 1},
        {"value": [{"alice": 1}], "id": 1},
    ],
)
def test_names_that_people_may_have_given_are_not_told(held: dict[str, Any]) -> None:
    told = json.dumps(shape(held))

    for name in ("alice", "bob", "64a6", "2026", "Jane", "jane2", "aaa"):
        assert name not in told


def test_what_such_a_name_leads_to_is_not_looked_into() -> None:
    told = shape({"alice": {"id": "x", "bob": 1}})

    assert told["fields"] == {HIDDEN: {"types": ["object"]}}


def test_a_field_that_a_row_has_beside_known_ones_is_told() -> None:
    assert shape({"id": "a", "name": "b", "mood": "fine"})["fields"].keys() == {"id", "name", "mood"}


def test_the_known_names_are_those_of_a_schema_at_any_depth() -> None:
    inner = {"type": "array", "items": {"type": "object", "properties": {"amount": {}}}}

    assert set(names_of({"properties": {"rows": inner}})) == {"rows", "amount"}
