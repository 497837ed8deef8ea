"""What the comparison of the schemas with outside evidence finds, in evidence made up here."""

import pytest

from tools.evidence.documents import OPERATIONS, Documents
from tools.evidence.recordings import unlike
from tools.schemas import Schema


def documented(**properties: Schema) -> Documents:
    """A document with one operation, the list of tags."""
    answer = {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}}}
    operation = {"operationId": "getTags", "responses": {"200": {"content": {"application/json": answer}}}}
    tag = {"type": "object", "properties": properties}
    return Documents([{"components": {"schemas": {"Tag": tag}}, "paths": {"/tags": {"get": operation}}}])


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"id": {"type": "string"}, "archived": {"type": "boolean"}}, []),
        ({"colour": {"type": "string"}}, ["colour: not declared"]),
        ({"name": {"type": "integer"}}, ["name: documented as ['integer'], declared as ['null', 'string']"]),
    ],
    ids=["the same", "another field", "another type"],
)
def test_a_document_that_differs_is_told(properties: dict[str, Schema], found: list[str]) -> None:
    assert list(documented(**properties).unlike("tags")) == found


def test_a_stream_without_an_operation_is_told() -> None:
    assert OPERATIONS["clients"] == ("getClients",)
    assert list(documented().unlike("clients")) == ["no operation 'getClients' in the documents"]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"id": "<redacted>", "name": "Night", "_": "<truncated>"}, []),
        ({"id": "t1", "colour": "<redacted>"}, ["colour: not declared"]),
        ({"id": "t1", "archived": "no"}, ["archived: 'no' is not of type 'null', 'boolean'"]),
    ],
    ids=["the same", "another key", "another value"],
)
def test_a_recording_that_differs_is_told(row: dict[str, str], found: list[str]) -> None:
    assert unlike("tags", [row]) == found


def test_a_recording_without_rows_is_told() -> None:
    assert unlike("tags", []) == ["no rows"]
