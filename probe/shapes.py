"""The shape of JSON: names of fields, types and forms, and no value. What could be a value is not told either.

A form is a class of texts, such as `instant, 6 decimals, Z`; a length is rounded up to a power of two.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

HIDDEN: Final = "*"
"""Stands for all names that are not told."""
LONGEST_NAME: Final = 40
LARGE: Final = 2**31

_NAME: Final = re.compile(r"[a-z][A-Za-z]*")
"""What a field's name looks like: no id, no date and nothing of several words does."""
_OPEN: Final = frozenset({"value", "workspaceDefaultValue", "allowedValues", "content", "previousContent"})
"""Fields that hold what people enter, of any form: it is not looked into."""
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.(\d+))?)?(Z|[+-]\d\d:?\d\d)?")
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "empty": re.compile(r""),
    "id": re.compile(r"[0-9a-f]{24}"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "duration": re.compile(r"-?P(?:\d+D)?(?:T[\d.HMS-]+)?"),
    "digits": re.compile(r"-?[\d.]+"),
    "constant": re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"),
    "address": re.compile(r"https?://\S+"),
    "email": re.compile(r"\S+@\S+"),
    "color": re.compile(r"#[0-9a-fA-F]{6}"),
    "json": re.compile(r"[\[{].*[\]}]", re.DOTALL),
}


@dataclass
class Shape:
    """What the values at one place of a document have in common. `known` are names that are fields for sure."""

    known: Collection[str]
    types: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    longest: int | None = None
    objects: int = 0
    fields: dict[str, "Shape"] = field(default_factory=dict)
    items: "Shape | None" = None
    times: int = 0

    def add(self, value: Any, *, is_open: bool = False) -> "Shape":
        """Take in a value; one that `is_open` without what is in it."""
        self.times += 1
        self.types.add(type_of(value))
        match value:
            case str():
                self.forms.add(form_of(value))
                self._lengthen(len(value))
            case bool():
                pass
            case int() | float() if abs(value) >= LARGE:
                self.forms.add("more than 32 bits")
            case int() | float() if value < 0:
                self.forms.add("negative")
            case list():
                self._lengthen(len(value))
                for item in [] if is_open else value:
                    self.items = (self.items or Shape(self.known)).add(item)
            case dict() if not is_open:
                self._look_into(value)
        return self

    def _lengthen(self, length: int) -> None:
        self.longest = max(self.longest or 0, length)

    def _look_into(self, value: Mapping[str, Any]) -> None:
        self.objects += 1
        told = set(told_names(value, self.known))
        for name, inner in value.items():
            shown = name if name in told else HIDDEN
            self.fields.setdefault(shown, Shape(self.known)).add(inner, is_open=name in _OPEN or shown == HIDDEN)

    def as_json(self) -> dict[str, Any]:
        """As it is written: nothing that is not so is named."""
        shown: dict[str, Any] = {"types": sorted(self.types)}
        if self.forms:
            shown["forms"] = sorted(self.forms)
        if self.longest is not None:
            shown["length"] = f"up to {_rounded(self.longest)}"
        if self.items:
            shown["items"] = self.items.as_json()
        if self.fields:
            shown["fields"] = {
                name: shape.as_json() | ({"absent": "sometimes"} if shape.times < self.objects else {})
                for name, shape in sorted(self.fields.items())
            }
        return shown


def told_names(value: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    """The names of an object that may be told.

    An object most of whose names are known is a row: what else it has is a field that nobody knew of. Any other may be a
    map, whose keys are ids or names that people gave: of it only what is known is told.
    """
    known_here = [name for name in value if name in known]
    yield from known_here
    if 2 * len(known_here) > len(value):
        yield from (name for name in value if _NAME.fullmatch(name) and len(name) <= LONGEST_NAME)


def form_of(text: str) -> str:
    """The class that a text belongs to."""
    if instant := _INSTANT.fullmatch(text):
        decimals, zone = instant.groups()
        written = {None: "no zone", "Z": "Z"}.get(zone, "offset")
        return f"instant, {len(decimals or '')} decimals, {written}"
    return next((name for name, pattern in _FORMS.items() if pattern.fullmatch(text)), "text")


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


def _rounded(length: int) -> int:
    """Up to a power of two."""
    return 1 << (length - 1).bit_length() if length > 1 else length


def names_of(schema: Any) -> Iterator[str]:
    """All names of fields that a JSON schema declares."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for part in schema.values():
            yield from names_of(part)
    if isinstance(schema, list):
        for part in schema:
            yield from names_of(part)
