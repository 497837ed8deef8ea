"""From a pydantic model to the form that Airbyte shows, and from a fault that pydantic found to words that name field and cure.

Airbyte's forms know a part of JSON Schema only: no references, no `anyOf` with null, and a choice between objects only as
`oneOf` with a constant in each. An optional object with required fields of its own could not be left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from source_clockify.excerpts import quoted

Schema = dict[str, Any]


def connection_specification(model: type[BaseModel]) -> Schema:
    """The JSON schema of a configuration, as Airbyte's form takes it."""
    schema = _inlined(model)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": schema["title"],
        "type": "object",
        "properties": _ordered(schema["properties"]),
        "required": schema["required"],
        "additionalProperties": True,
    }


def complaint(model: type[BaseModel], fault: Mapping[str, Any]) -> str:
    """One of pydantic's faults in a sentence: the field, what is wrong with it, and the field's `cure`. Quotes no secret."""
    names: list[str] = []
    field: Schema = _inlined(model)
    for step in fault["loc"]:
        if "oneOf" in field:
            field = next(option for option in field["oneOf"] if step in _constants(option))
        elif "properties" in field:
            names.append(step)
            field = field["properties"][step]
    is_secret = bool({"airbyte_secret", "properties", "oneOf"} & field.keys())
    is_missing = fault["type"] == "missing"
    got = "" if is_secret or is_missing or "@" in str(fault["input"]) else f" (got {quoted(fault['input'])})"
    reason = fault.get("ctx", {}).get("error") or ("is missing or empty" if is_missing else "is not allowed")
    return f"`{'.'.join(names)}` {reason}{got}: {field['cure']}"


class _FormSchema(GenerateJsonSchema):
    """An optional field is one that is not required, rather than one that may be null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        """Without `format`: Airbyte's server takes that of a date-time literally, and would refuse a plain date."""
        return {"type": "string"}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if isinstance(schema.get("default"), BaseModel | None):  # of a choice, the form takes the first
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)


def _inlined(model: type[BaseModel]) -> Schema:
    schema = model.model_json_schema(schema_generator=_FormSchema)
    definitions = {f"#/$defs/{name}": part for name, part in schema.pop("$defs", {}).items()}
    for field in schema["properties"].values():
        if field.pop("discriminator", None):
            field["type"] = "object"
            field["oneOf"] = [definitions[option["$ref"]] for option in field["oneOf"]]
    return schema


def _constants(option: Schema) -> Iterator[str]:
    return (field["const"] for field in option["properties"].values() if "const" in field)


def _ordered(properties: Schema) -> Schema:
    """The fields in their order, those of options too, without what is only for error messages."""
    for order, field in enumerate(properties.values()):
        field["order"] = order
        field.pop("cure", None)
        for option in field.get("oneOf", ()):
            _ordered(option["properties"])
            option["additionalProperties"] = True
    return properties
