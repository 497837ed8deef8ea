"""Compares the schemas with recorded answers: JSON files that hold the `body` of an answer."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator

from tools.evidence import LEFT_OUT
from tools.schemas import load, record_formats, undeclared_keys

# Stream, recording, and the keys that lead to the rows.
RECORDINGS: Final[list[tuple[str, str, tuple[str, ...]]]] = [
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
RETYPED: Final = {"golden_timeoff_requests_search__apet97-clockify-ts-sdk", "tags__jpweijers", "tasks__jpweijers"}

HIDDEN: Final = re.compile(r"<.*>")
"""What a recorder put in the place of a value, such as `<redacted>`."""

CUT: Final = "_"
"""The key that stands for keys that were left out."""


def differences(folder: Path) -> Iterator[str]:
    """What the recordings in a folder have that the schemas do not declare, or declare differently.

    Raises:
        FileNotFoundError: where a recording is not there.
    """
    for stream, recording, keys in RECORDINGS:
        rows = recorded_rows(folder / f"{recording}.json", keys)
        for line in unlike(stream, rows, with_values=recording not in RETYPED):
            yield f"{stream}: {line} ({recording})"


def unlike(stream: str, rows: list[Any], with_values: bool = True) -> list[str]:
    """Where rows differ from the schema of their stream, in their keys or in their values too; each difference once."""
    schema = load(stream)
    undeclared = {key for row in rows for key in undeclared_keys(row, schema)} - LEFT_OUT.get(stream, set())
    found = {f"{key}: not declared" for key in undeclared if key.rpartition(".")[2] != CUT}
    if with_values:
        validator = Draft7Validator(schema, format_checker=record_formats)
        found |= {
            f"{fault.json_path.removeprefix('$.')}: {fault.message}"
            for row in map(without_hidden, rows)
            for fault in validator.iter_errors(row)
        }
    return sorted(found) if rows else ["no rows"]


def recorded_rows(file: Path, keys: tuple[str, ...]) -> list[Any]:
    """The rows of a recording; a row within each row of a list, where keys lead there."""
    body = json.loads(file.read_text(encoding="utf-8"))["body"]
    for key in keys:
        body = [row[key] for row in body] if isinstance(body, list) else body[key]
    return body if isinstance(body, list) else [body]


def without_hidden(value: Any) -> Any:
    """The value without what its recorder hid or cut."""
    if isinstance(value, dict):
        return {key: without_hidden(child) for key, child in value.items() if key != CUT and not is_hidden(child)}
    if isinstance(value, list):
        return [without_hidden(child) for child in value if not is_hidden(child)]
    return value


def is_hidden(value: object) -> bool:
    return isinstance(value, str) and HIDDEN.fullmatch(value) is not None
