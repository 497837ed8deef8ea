"""An answer of the API for every stream, sent through the connector: what comes out is what was sent and the schema promises.

`answers/` has the rows of each list as the API sends them, made up after what is documented or was seen: every field of the
schema is there, nullable fields are null somewhere, custom fields have every type, and what is odd about an endpoint is
there. Their ids refer to each other.
"""

import hashlib
import json
import re
from collections.abc import Callable
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
from tools.schemas import fields, keys_in, record_formats, types_of, undeclared_keys
from unit_tests.conftest import Read, Row, rows, url_of
from unit_tests.streams import body_of

ANSWERS: Final = Path(__file__).with_name("answers")
STREAMS: Final = {stream.name: stream for stream in all_streams() if isinstance(stream, EndpointStream)}
AGENCY: Final = {"mode": "token", "access_token": "unused-token", "company_id": "unused"}

AS_IT_CAME: Final = {"entity_changes": "entity."}
"""Fields that hold a row of any stream as it came, which a schema cannot declare."""

SYNCED: Final = {"syncedAt": "2026-11-22T12:00:00.000Z"}


def of_request(row: Row) -> Row:
    request = row["approvalRequest"]
    return {"id": request["id"], "state": request["status"]["state"], "updatedAt": request["status"]["updatedAt"]}


def of_assignment(row: Row) -> Row:
    return {"periodStart": row["period"]["start"], "periodEnd": row["period"]["end"], **SYNCED}


def of_event(row: Row) -> Row:
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {"id": hashlib.sha256(text.encode()).hexdigest()}


def of_custom_field(row: Row) -> Row:
    value = row.get("workspaceDefaultValue")
    is_text = value is None or isinstance(value, str)
    return {"workspaceDefaultValue": value if is_text else json.dumps(value, separators=(",", ":"))}


def of_change(row: Row) -> Row:
    """A row without a time of its own kind of change tells none, which none of these are."""
    times = row.get("auditMetadata", {})
    if "deletedAt" in row:
        change = {"changeType": "DELETED", "changedAt": row["deletedAt"]}
    elif times["createdAt"] == times["updatedAt"]:
        change = {"changeType": "CREATED", "changedAt": times["createdAt"]}
    else:
        change = {"changeType": "UPDATED", "changedAt": times["updatedAt"]}
    return {"entityType": row["documentCode"], "id": row["id"], "entity": row, **change}


def of_location(row: Row) -> Row:
    location_id = row.get("locationId") or row["id"]
    [found] = [place for place in rows_in("all_locations") if place["id"] == location_id] or [{}]
    address = {field: found.get(field) for field in ("address", "city", "state", "postalCode", "country")}
    left_out = {"id", "name", "email"} if "locationId" in row else {"id"}
    of_both = {key: value for key, value in found.items() if key not in left_out} | row
    merged = {key: value for key, value in of_both.items() if key != "id"} | {"locationId": location_id}
    name = found.get("name") or row.get("name")
    return {**merged, "location_id": location_id, "location_name": name, "isSaas": "locationId" in row, **address}


def of_totals(row: Row) -> Row:
    return {"id": "-".join(filter(None, (row["projectId"], row["taskId"])))}


def of_project(row: Row) -> Row:
    return {} if "clientName" in row else {"clientName": row["client"]["name"]}


def of_time_off(row: Row) -> Row:
    status = row["status"]
    changed = status["changedAt"] and status["changedAt"].replace(".000000001Z", ".000000Z")
    return {"createdAt": row["createdAt"].replace("456789Z", "456Z"), "status": {**status, "changedAt": changed}}


def of_time_entry(row: Row) -> Row:
    start, end = row["timeInterval"]["start"], row["timeInterval"]["end"]
    return {"timeIntervalStart": start, "timeIntervalEnd": end, "isRunning": end is None, **SYNCED}


def of_report(row: Row) -> Row:
    """A list of what is known of an invoice is empty where nothing is."""
    invoicing = row["invoicingInfo"]
    return {"id": row["_id"], "invoicingInfo": invoicing if isinstance(invoicing, dict) else None, **SYNCED}


def of_user_and_month(row: Row) -> Row:
    """Nothing of it is billable, as nothing is left for the request that asks for that."""
    [group] = row["children"]
    amounts = {f"{amount['type'].lower()}Amount": amount["value"] for amount in group.get("amounts", ())}
    sums = {"seconds": group["duration"], "billableSeconds": 0, "currency": group.get("currency"), **amounts}
    return {"userId": row["_id"], "userName": row["name"], "month": group["_id"][:7], **sums}


MADE: Final[dict[str, Callable[[Row], Row]]] = {
    "approval_requests": of_request,
    "assignments": of_assignment,
    "attendance_report": lambda _: SYNCED,
    "audit_log": of_event,
    "custom_fields": of_custom_field,
    "entity_changes": of_change,
    "expense_report": lambda _: SYNCED,
    "locations": of_location,
    "pending_approval_requests": of_request,
    "project_assignment_totals": of_totals,
    "projects": of_project,
    "time_entries": of_time_entry,
    "time_entry_report": of_report,
    "time_off_requests": of_time_off,
    "time_totals": of_user_and_month,
}
"""What the connector makes of a row, beside the row itself and the ids in the path."""

LEFT_OUT: Final = {
    "member_profiles": {"hasPassword"},
    "projects": {"tasks"},
    "time_entry_report": {"_id"},
    "time_totals": {"_id", "name", "nameLowerCase", "duration", "amount", "children"},
    "webhooks": {"authToken"},
}
"""What of a row no record has."""


def also_asked(stream: EndpointStream) -> list[EndpointStream]:
    """The other lists that a stream is made from."""
    if isinstance(stream, ChildStream):
        return [stream.parent]
    return [AllLocations(stream.agency)] if isinstance(stream, Locations) else []


def of_others_alone(stream: EndpointStream) -> list[Row]:
    """The records that the stream's own list has no row for."""
    if not isinstance(stream, Locations):
        return []
    listed = {row["locationId"] for row in rows_in(stream.name)}
    return [of_location(row) for row in rows_in("all_locations") if row["id"] not in listed]


def rows_in(name: str) -> list[Row]:
    answer: list[Row] = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))
    return answer


def expected(stream: EndpointStream, row: Row, url: str) -> Row:
    """The record of a row that was sent in answer to a request."""
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/?]+)", stream.endpoint.path)
    found = re.search(path, url)
    of_path = {"workspaceId", getattr(stream, "parent_key", "workspaceId")}
    ids = {key: value for key, value in found.groupdict().items() if key in of_path} if found else {}
    made = MADE[stream.name](row) if stream.name in MADE else {}
    kept = {} if stream.name in AS_IT_CAME else row
    return {key: value for key, value in {**ids, **kept, **made}.items() if key not in LEFT_OUT.get(stream.name, ())}


def is_asked_for(stream: EndpointStream, row: Row, request: PreparedRequest) -> bool:
    """Whether the API gives a row in answer to a request: of that parent, that kind of change or that time."""
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
    if stream.name == "time_totals":
        window, [group] = json.loads(request.body or ""), row["children"]
        return bool(window["dateRangeStart"] < f"{group['_id'][:7]}-02" < window["dateRangeEnd"])
    return True


def send(clockify: requests_mock.Mocker, stream: EndpointStream) -> list[Row]:
    """Let the host answer with the stream's rows, each of them once however the list is cut. Gives the records to come."""
    pending = rows_in(stream.name)
    due: list[Row] = []

    def body(request: PreparedRequest, _: object) -> Any:
        sent = [row for row in pending if is_asked_for(stream, row, request)][
            : 1 if stream.endpoint.is_single else None
        ]
        pending[:] = [row for row in pending if row not in sent]
        due.extend(expected(stream, row, str(request.url)) for row in sent)
        return body_of(stream.endpoint, sent[0] if stream.endpoint.is_single else sent)

    clockify.request(stream.endpoint.method, url_of(stream.endpoint), json=body, headers={"Last-Page": "true"})
    return due


def by_key(stream: EndpointStream, records: list[Row]) -> dict[tuple[Any, ...], Row]:
    """The CDK leaves a column out where it is null."""
    return {
        tuple(record[column] for column in key_of(stream)): {k: v for k, v in record.items() if v is not None}
        for record in records
    }


@pytest.mark.parametrize("name", sorted(STREAMS))
@pytest.mark.usefixtures("at_noon")
def test_an_answer_becomes_records_that_the_schema_describes(
    name: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    stream = STREAMS[name]
    for asked in also_asked(stream):
        send(clockify, asked)
    due = send(clockify, stream)

    output = read(name, num_workers=1, snapshots_api=AGENCY)
    records = rows(output, name)

    assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.COMPLETE
    due += of_others_alone(stream)
    assert len(records) == len(due) > 0
    assert by_key(stream, records) == by_key(stream, due)
    schema = stream.get_json_schema()
    validator = Draft7Validator(schema, format_checker=record_formats)
    assert [f"{fault.json_path}: {fault.message}" for row in records for fault in validator.iter_errors(row)] == []
    undeclared = {key for row in records for key in undeclared_keys(row, schema)}
    assert {key for key in undeclared if not key.startswith(AS_IT_CAME.get(name, "\0"))} == set()
    never_null = {column for column, field in schema["properties"].items() if "null" not in types_of(field)}
    filled = {*key_of(stream), *filter(None, [stream.cursor_field]), *never_null}
    assert [(row, column) for row in records for column in filled if row.get(column) in (None, "")] == []
    declared = {path for path, _ in fields(schema) if not path.endswith("[]")}
    shown = {key for row in due for key, _ in keys_in(row, schema)}
    assert declared - shown == set()


def test_every_answer_is_one_of_a_list() -> None:
    lists = {asked.name for stream in STREAMS.values() for asked in (stream, *also_asked(stream))}
    assert {file.stem for file in ANSWERS.iterdir()} == lists
    assert lists >= {stream.name for stream in all_streams()}
