"""An answer of the API for every stream, sent through the connector: what comes out is what its schema promises.

`answers/` has the rows of each list as the API sends them, made up after what is documented or was seen: nullable fields are
null somewhere, custom fields have every type, and what is odd about an endpoint is there. Their ids refer to each other.
"""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus
from jsonschema import Draft7Validator
from requests import PreparedRequest

from source_clockify.snapshots_api.streams import AllLocations, Locations
from source_clockify.streams.endpoint_stream import EndpointStream
from source_clockify.streams.lists import ChildStream
from tools.catalog import all_streams, key_of
from tools.schemas import record_formats, types_of, undeclared_keys
from unit_tests.conftest import Read, Row, rows, url_of

ANSWERS: Final = Path(__file__).with_name("answers")
STREAMS: Final = {stream.name: stream for stream in all_streams() if isinstance(stream, EndpointStream)}
AGENCY: Final = {"mode": "token", "access_token": "unused-token", "company_id": "unused"}

AS_IT_CAME: Final = {"entity_changes": "entity."}
"""Fields that hold a row of any stream as it came, which a schema cannot declare."""


def also_asked(stream: EndpointStream) -> list[EndpointStream]:
    """The other lists that a stream is made from."""
    if isinstance(stream, ChildStream):
        return [stream.parent]
    return [AllLocations(stream.agency)] if isinstance(stream, Locations) else []


def answer_of(stream: EndpointStream) -> list[Row]:
    answer: list[Row] = json.loads((ANSWERS / f"{stream.name}.json").read_text(encoding="utf-8"))
    return answer


def is_asked_for(stream: EndpointStream, row: Row, request: PreparedRequest) -> bool:
    """Whether the API gives a row in answer to a request: of that parent, or that kind of change."""
    url = str(request.url)
    if isinstance(stream, ChildStream):
        parent_id = row.get(stream.parent_key)
        return parent_id is None or f"/{parent_id}" in url
    if stream.name == "entity_changes":
        times = row.get("auditMetadata", {})
        change = "created" if times.get("createdAt") == times.get("updatedAt") else "updated"
        asked = urlsplit(url)
        return parse_qs(asked.query)["type"] == [row["documentCode"]] and asked.path.endswith(
            "/deleted" if "deletedAt" in row else f"/{change}"
        )
    return True


def send(clockify: requests_mock.Mocker, stream: EndpointStream) -> None:
    """Let the host answer with the stream's rows, each of them once however the list is cut."""
    pending = answer_of(stream)

    def body(request: PreparedRequest, _: object) -> Any:
        sent = [row for row in pending if is_asked_for(stream, row, request)][
            : 1 if stream.endpoint.is_single else None
        ]
        pending[:] = [row for row in pending if row not in sent]
        answered: Any = sent[0] if stream.endpoint.is_single else sent
        for key in reversed(stream.endpoint.rows_at):
            answered = {key: answered}
        return answered

    clockify.request(stream.endpoint.method, url_of(stream.endpoint), json=body, headers={"Last-Page": "true"})


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_an_answer_becomes_records_that_the_schema_describes(
    name: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    stream = STREAMS[name]
    for asked in [*also_asked(stream), stream]:
        send(clockify, asked)

    output = read(name, num_workers=1, snapshots_api=AGENCY)
    records = rows(output, name)

    assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.COMPLETE
    assert len(records) == len(answer_of(stream)) > 0
    schema = stream.get_json_schema()
    validator = Draft7Validator(schema, format_checker=record_formats)
    assert [f"{fault.json_path}: {fault.message}" for row in records for fault in validator.iter_errors(row)] == []
    undeclared = {key for row in records for key in undeclared_keys(row, schema)}
    assert {key for key in undeclared if not key.startswith(AS_IT_CAME.get(name, "\0"))} == set()
    # The CDK leaves a column out where it is null.
    never_null = {column for column, field in schema["properties"].items() if "null" not in types_of(field)}
    filled = {*key_of(stream), *filter(None, [stream.cursor_field]), *never_null}
    assert [(row, column) for row in records for column in filled if row.get(column) in (None, "")] == []


def test_every_answer_is_one_of_a_list() -> None:
    lists = {asked.name for stream in STREAMS.values() for asked in (stream, *also_asked(stream))}
    assert {file.stem for file in ANSWERS.iterdir()} == lists
    assert lists >= {stream.name for stream in all_streams()}
