"""The schemas of the streams: their form, and how they match what is documented and what Clockify was recorded to send.

The last two groups need third-party evidence that is not part of the repository and are skipped without it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader
from jsonschema import Draft7Validator, FormatChecker

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMAS = REPOSITORY / "source_clockify" / "schemas"
SAMPLES = REPOSITORY.parent / "shared" / "clockify" / "samples"
OPENAPI = REPOSITORY.parent / "shared" / "clockify" / "openapi"
SNAPSHOTS_OPENAPI = REPOSITORY.parent / "shared" / "snapshots-api"

Schema = Mapping[str, Any]

# Per stream, the fields that are never null: its primary key, its parents' ids and its cursor.
GUARANTEED = {
    "approval_requests": {"id", "workspaceId", "updatedAt"},
    "assignments": {"id", "workspaceId", "syncedAt"},
    "audit_log": {"id", "workspaceId", "timestamp"},
    "clients": {"id", "workspaceId"},
    "custom_fields": {"id", "workspaceId"},
    "entity_changes": {"workspaceId", "entityType", "id", "changeType", "changedAt"},
    "expense_categories": {"id", "workspaceId"},
    "expense_report": {"id", "workspaceId", "syncedAt"},
    "expenses": {"id", "workspaceId"},
    "holidays": {"id", "workspaceId"},
    "invoice_details": {"id", "workspaceId"},
    "invoice_payments": {"id", "workspaceId", "invoiceId"},
    "invoices": {"id", "workspaceId"},
    "locations": {"location_id"},
    "member_profiles": {"workspaceId", "userId"},
    "pending_approval_requests": {"id", "workspaceId", "updatedAt"},
    "project_assignment_totals": {"id", "workspaceId"},
    "projects": {"id", "workspaceId"},
    "shared_reports": {"id", "workspaceId"},
    "snapshots": {"id"},
    "tags": {"id", "workspaceId"},
    "tasks": {"id", "workspaceId", "projectId"},
    "time_entries": {"id", "workspaceId", "syncedAt"},
    "time_entry_report": {"id", "workspaceId", "syncedAt"},
    "time_off_balances": {"policyId", "userId", "workspaceId"},
    "time_off_policies": {"id", "workspaceId"},
    "time_off_requests": {"id", "workspaceId"},
    "user_capacity": {"workspaceId", "userId"},
    "user_groups": {"id", "workspaceId"},
    "users": {"workspaceId", "id"},
    "webhooks": {"id", "workspaceId"},
    "workspaces": {"id"},
}

# Fields that the connector adds beyond those: JSON type of each.
ADDED = {
    "approval_requests": {"state": "string"},
    "assignments": {"periodStart": "string", "periodEnd": "string"},
    "locations": dict.fromkeys(
        ("location_id", "location_name", "address", "city", "state", "postalCode", "country"), "string"
    ),
    "pending_approval_requests": {"state": "string"},
    "time_entries": {
        "timeIntervalStart": "string",
        "timeIntervalEnd": "string",
        "isRunning": "boolean",
        "isDeleted": "boolean",
        "_ab_cdc_deleted_at": "string",
    },
}

# Fields of the API that the connector drops: a secret, and one of no analytical use.
LEFT_OUT = {"member_profiles": {"hasPassword"}, "webhooks": {"authToken"}}

# Fields that name or look like an id without that of a stream's record: things that are no stream, or of several kinds.
NO_FOREIGN_KEY = re.compile(
    r"(?:^|\.)(?:cakeOrganizationId|companyId|currencyId|deletionBinId|fileId|kioskId|seriesId|targetId)$"
    # Of HighLevel and of payment providers.
    r"|^(?:customerId|locationId|providerLocationId|subscriptionId)$|^subscriptionInfo\."
    # The embedded row's own request.
    r"|^(?:entries|expenses)\[\]\.approvalRequestId$"
)

FORMATS = {
    "date-time": re.compile(
        r"(?:^|\.)(?:start|end|zonedStart|zonedEnd|timeIntervalStart|timeIntervalEnd|periodStart|periodEnd"
        r"|createdAt|updatedAt|deletedAt|changedAt|syncedAt|timestamp|_ab_cdc_deleted_at"
        r"|issuedDate|dueDate|lockTimeEntries|until|(?:assignments|excludeDays|milestones|totalHoursPerDay)\[\]\.date)$|^date$"
    ),
    "date": re.compile(r"(?:^|\.)(?:startDate|endDate)$"),
}

every_stream = pytest.mark.parametrize("stream", sorted(GUARANTEED))


@cache
def load(stream: str) -> Schema:
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


# Form


def test_there_is_one_schema_file_per_stream() -> None:
    assert {file.stem for file in SCHEMAS.glob("*.json")} == set(GUARANTEED)


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
    assert {path for path, field in fields(load(stream)) if "null" not in types_of(field)} == GUARANTEED[stream]


@pytest.mark.parametrize("stream", sorted(ADDED))
def test_fields_that_the_connector_adds_are_declared(stream: str) -> None:
    properties = load(stream)["properties"]
    assert {name: types_of(properties[name]) - {"null"} for name in ADDED[stream]} == {
        name: {json_type} for name, json_type in ADDED[stream].items()
    }


@every_stream
def test_times_declare_their_format(stream: str) -> None:
    for path, field in fields(load(stream)):
        expected = next((name for name, pattern in FORMATS.items() if pattern.search(path)), None)
        assert field.get("format") == expected, path
        if expected == "date-time":
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
            assert key in GUARANTEED[parent], path


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


# Recorded answers

# Stream, recording, and the keys that lead to the rows.
RECORDINGS: list[tuple[str, str, tuple[str, ...]]] = [
    ("approval_requests", "approval_requests__apet97-go-clockify", ()),
    ("pending_approval_requests", "approval_requests__apet97-go-clockify", ()),
    ("assignments", "scheduling_assignments__apet97-go-clockify", ()),
    ("clients", "clients_getClients__apet97-Dd", ()),
    ("clients", "clients__jpweijers", ()),
    ("custom_fields", "custom_fields__apet97-go-clockify", ()),
    ("expense_categories", "expense_categories__apet97-go-clockify", ("categories",)),
    ("expenses", "expenses__apet97-go-clockify", ("expenses", "expenses")),
    ("holidays", "holidays__apet97-go-clockify", ()),
    ("invoice_details", "invoice_single__apet97-go-clockify", ()),
    ("invoice_details", "golden_invoice_get__apet97-clockify-ts-sdk", ("wire",)),
    ("invoices", "invoices__apet97-go-clockify", ("invoices",)),
    ("member_profiles", "member_profile__apet97-go-clockify", ()),
    ("project_assignment_totals", "scheduling_project_totals__apet97-go-clockify", ()),
    ("projects", "projects__apet97-go-clockify", ()),
    ("projects", "projects__jpweijers", ()),
    ("projects", "time_entries_hydrated__jpweijers", ("project",)),
    ("tags", "tags__apet97-go-clockify", ()),
    ("tags", "tags__jpweijers", ()),
    ("tasks", "tasks__apet97-go-clockify", ()),
    ("tasks", "tasks__jpweijers", ()),
    ("tasks", "time_entries_hydrated__jpweijers", ("task",)),
    ("time_entries", "time_entries__apet97-go-clockify", ()),
    ("time_entries", "time_entries_in_progress__apet97-go-clockify", ()),
    ("time_off_balances", "time_off_balances_user__apet97-go-clockify", ("balances",)),
    ("time_off_policies", "time_off_policies__apet97-go-clockify", ()),
    ("time_off_requests", "golden_timeoff_requests_search__apet97-clockify-ts-sdk", ("wire", "requests")),
    ("user_capacity", "scheduling_user_totals__apet97-go-clockify", ()),
    ("user_groups", "user_groups__apet97-go-clockify", ()),
    ("users", "user_me__apet97-go-clockify", ()),
    ("users", "time_entries_hydrated__jpweijers", ("user",)),
    ("webhooks", "webhooks__apet97-go-clockify", ("webhooks",)),
    ("workspaces", "workspace__apet97-go-clockify", ()),
]

# Typed anew by hand, with booleans, numbers and an object as strings: only their keys are evidence.
RETYPED = {"golden_timeoff_requests_search__apet97-clockify-ts-sdk", "tags__jpweijers", "tasks__jpweijers"}

PLACEHOLDER = re.compile(r"<.*>")

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no recorded answers here")

record_formats = FormatChecker(formats=["date"])


@record_formats.checks("date-time", raises=ValueError)
def is_instant(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and bool(datetime.fromisoformat(value)))


def recorded_rows(recording: str, keys: tuple[str, ...]) -> list[Any]:
    body = json.loads((SAMPLES / f"{recording}.json").read_text(encoding="utf-8"))["body"]
    for key in keys:
        body = [row[key] for row in body] if isinstance(body, list) else body[key]
    return body if isinstance(body, list) else [body]


def without_placeholders(value: Any) -> Any:
    """The value without what its recorder hid: placeholders such as `<redacted>`, and the key `_` for left-out keys."""
    if isinstance(value, dict):
        return {
            key: without_placeholders(child) for key, child in value.items() if key != "_" and not is_placeholder(child)
        }
    if isinstance(value, list):
        return [without_placeholders(child) for child in value if not is_placeholder(child)]
    return value


def is_placeholder(value: object) -> bool:
    return isinstance(value, str) and PLACEHOLDER.fullmatch(value) is not None


def undeclared_keys(value: Any, schema: Schema, path: str = "") -> Iterator[str]:
    if isinstance(value, dict) and not is_any_value(schema):
        for key in value.keys() - {"_"}:
            child = schema.get("properties", {}).get(key)
            if child is None:
                yield f"{path}.{key}".lstrip(".")
            else:
                yield from undeclared_keys(value[key], child, f"{path}.{key}")
    elif isinstance(value, list):
        for child in value:
            yield from undeclared_keys(child, schema.get("items", {"type": []}), f"{path}[]")


@needs_samples
@pytest.mark.parametrize(("stream", "recording", "keys"), RECORDINGS)
def test_recorded_keys_are_declared(stream: str, recording: str, keys: tuple[str, ...]) -> None:
    rows = recorded_rows(recording, keys)
    assert rows
    undeclared = {key for row in rows for key in undeclared_keys(row, load(stream))}
    assert undeclared - LEFT_OUT.get(stream, set()) == set()


@needs_samples
@pytest.mark.parametrize(("stream", "recording", "keys"), [source for source in RECORDINGS if source[1] not in RETYPED])
def test_recorded_values_are_valid(stream: str, recording: str, keys: tuple[str, ...]) -> None:
    validator = Draft7Validator(load(stream), format_checker=record_formats)
    rows = without_placeholders(recorded_rows(recording, keys))
    assert [f"{error.json_path}: {error.message}" for row in rows for error in validator.iter_errors(row)] == []


@pytest.mark.parametrize("value", ["text", 42, 1.5, True, ["a", "b"], {"key": "value"}, None])
def test_values_of_custom_fields_may_be_any_value(value: Any) -> None:
    Draft7Validator(load("time_entries")).validate({"customFieldValues": [{"value": value}]})
    Draft7Validator(load("time_entry_report")).validate({"customFields": [{"value": value}]})


# The documentation of the APIs

# Operation that gives the stream's rows, and the keys that lead to them.
OPERATIONS: dict[str, tuple[str, ...]] = {
    "approval_requests": ("getApprovalRequests",),
    "assignments": ("getAllAssignments",),
    "audit_log": ("getAuditLogs", "response"),
    "clients": ("getClients",),
    "custom_fields": ("ofWorkspace",),
    "expense_categories": ("getCategories", "categories"),
    "expense_report": ("generateDetailedReportV1", "expenses"),
    "expenses": ("getExpenses", "expenses", "expenses"),
    "holidays": ("getHolidays",),
    "invoice_details": ("getInvoice",),
    "invoice_payments": ("getPaymentsForInvoice",),
    "invoices": ("getInvoices", "invoices"),
    "locations": ("get-saas-locations-deprecated", "locations"),
    "member_profiles": ("getMemberProfile",),
    "pending_approval_requests": ("getApprovalRequests",),
    "project_assignment_totals": ("getFilteredProjectTotals",),
    "projects": ("getProjects",),
    "shared_reports": ("getSharedReportsV1", "reports"),
    "snapshots": ("get-custom-snapshots", "snapshots"),
    "tags": ("getTags",),
    "tasks": ("getTasks",),
    "time_entries": ("getTimeEntries",),
    "time_entry_report": ("generateDetailedReport", "timeEntries"),
    "time_off_balances": ("getBalancesForPolicy", "balances"),
    "time_off_policies": ("findPoliciesForWorkspace",),
    "time_off_requests": ("getTimeOffRequest", "requests"),
    "user_capacity": ("getUserTotals",),
    "user_groups": ("getUserGroups",),
    "users": ("getUsersOfWorkspace",),
    "webhooks": ("getWebhooks", "webhooks"),
    "workspaces": ("getWorkspacesOfUser",),
}

# Documented fields of any type that the connector gives as JSON text.
AS_TEXT = {"custom_fields": {".workspaceDefaultValue"}}

# Documented field whose name the documentation garbles, and that of the stream.
RENAMED = {"get_id": "id"}

ANY_VALUE = {"string", "number", "boolean", "array", "object"}


@cache
def openapi() -> Schema:
    """Clockify's document and those of the Snapshots API as one: their names do not collide where they matter here."""
    files = [*SNAPSHOTS_OPENAPI.glob("*.json"), max(OPENAPI.glob("official-*.json"))]
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    schemas = {name: node for document in documents for name, node in document["components"]["schemas"].items()}
    paths = {path: node for document in documents for path, node in document["paths"].items()}
    return {"paths": paths, "components": {"schemas": schemas}}


def resolved(node: Schema) -> Schema:
    while "$ref" in node:
        node = openapi()["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return node


def documented_row(operation_id: str, *keys: str) -> Schema:
    operation = next(
        operation
        for path in openapi()["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and operation.get("operationId") == operation_id
    )
    (content,) = operation["responses"]["200"]["content"].values()
    node = resolved(content["schema"])
    for key in keys:
        node = resolved(node["properties"][key])
    return resolved(node.get("items", node))


def documented_types(node: Schema) -> set[str]:
    """JSON types of a documented field. The examples tell where the generated document is wrong about the type."""
    example = node.get("example")
    if "oneOf" in node:  # an enum, or a list of its values, documented with the methods of its Java class
        return {"array" if isinstance(example, list) else "string"}
    if "enum" in node and str(example).startswith("["):
        return {"array"}
    if node["type"] == "object" and "properties" not in node and "example" in node:
        return {"object"} if isinstance(example, dict) else ANY_VALUE
    return {node["type"]}


def mismatches(documented: Schema, declared: Schema | None, path: str = "") -> Iterator[str]:
    documented = resolved(documented)
    if declared is None:
        yield f"{path}: not declared"
        return
    accepted = types_of(declared) | ({"integer"} if "number" in types_of(declared) else set())
    if missing := documented_types(documented) - accepted:
        yield f"{path}: documented as {sorted(missing)}, declared as {declared['type']}"
    elif documented_types(documented) == {"object"}:
        for name, child in documented.get("properties", {}).items():
            yield from mismatches(child, declared["properties"].get(RENAMED.get(name, name)), f"{path}.{name}")
    elif documented["type"] == "array":
        yield from mismatches(documented["items"], declared["items"], f"{path}[]")


needs_openapi = pytest.mark.skipif(
    not (OPENAPI.is_dir() and SNAPSHOTS_OPENAPI.is_dir()), reason="no OpenAPI document here"
)


@needs_openapi
@pytest.mark.parametrize("stream", sorted(OPERATIONS))
def test_documented_fields_are_declared(stream: str) -> None:
    left_out = [f".{name}: not declared" for name in sorted(LEFT_OUT.get(stream, ()))]
    found = mismatches(documented_row(*OPERATIONS[stream]), load(stream))
    assert [line for line in found if line.partition(":")[0] not in AS_TEXT.get(stream, ())] == left_out
