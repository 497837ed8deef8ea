"""Compares the schemas with the OpenAPI documents of the APIs."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tools.catalog import all_streams
from tools.evidence import LEFT_OUT
from tools.schemas import Schema, load, types_of

# Operation that gives the stream's rows, and the keys that lead to them.
OPERATIONS: Final[dict[str, tuple[str, ...]]] = {
    "approval_requests": ("getApprovalRequests",),
    "assignments": ("getAllAssignments",),
    "attendance_report": ("generateAttendanceReport", "entities"),
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

WITHOUT_DOCUMENT: Final = {"entity_changes", "time_totals"}
"""Streams whose rows are documented as an object of any shape, or that the connector makes of several rows."""

AS_TEXT: Final = {"custom_fields": {".workspaceDefaultValue"}}
"""Documented fields of any type that the connector gives as JSON text."""

RENAMED: Final = {"get_id": "id"}
"""Documented field whose name the documentation garbles, and that of the stream."""

ANY_VALUE: Final = {"string", "number", "boolean", "array", "object"}


def differences(files: Iterable[Path]) -> Iterator[str]:
    """What the documents describe that the schemas do not declare, or declare differently."""
    documents = Documents([json.loads(file.read_text(encoding="utf-8")) for file in files])
    for stream in sorted(stream.name for stream in all_streams()):
        if stream not in WITHOUT_DOCUMENT:
            yield from (f"{stream}: {line}" for line in documents.unlike(stream))


class Documents:
    """Several OpenAPI documents as one: their names do not collide where they matter here."""

    def __init__(self, documents: Iterable[Schema]) -> None:
        self.schemas: dict[str, Schema] = {}
        self.operations: dict[str, Schema] = {}
        for document in documents:
            self.schemas |= document["components"]["schemas"]
            self.operations |= {
                operation["operationId"]: operation
                for path in document["paths"].values()
                for operation in path.values()
                if isinstance(operation, dict) and "operationId" in operation
            }

    def unlike(self, stream: str) -> Iterator[str]:
        """Where the documented row differs from the stream's schema."""
        operation_id, *keys = OPERATIONS.get(stream, ("",))
        if operation_id not in self.operations:
            yield f"no operation {operation_id!r} in the documents"
            return
        accepted = {f".{name}: not declared" for name in LEFT_OUT.get(stream, ())}
        for line in self.mismatches(self.row(operation_id, *keys), load(stream)):
            if line not in accepted and line.partition(":")[0] not in AS_TEXT.get(stream, ()):
                yield line.lstrip(".")

    def row(self, operation_id: str, *keys: str) -> Schema:
        """The schema of a row in the answer of an operation."""
        (content,) = self.operations[operation_id]["responses"]["200"]["content"].values()
        node = self.resolved(content["schema"])
        for key in keys:
            node = self.resolved(node["properties"][key])
        return self.resolved(node.get("items", node))

    def resolved(self, node: Schema) -> Schema:
        while "$ref" in node:
            node = self.schemas[node["$ref"].rpartition("/")[2]]
        return node

    def mismatches(self, documented: Schema, declared: Schema | None, path: str = "") -> Iterator[str]:
        documented = self.resolved(documented)
        if declared is None:
            yield f"{path}: not declared"
            return
        accepted = types_of(declared) | ({"integer"} if "number" in types_of(declared) else set())
        if missing := documented_types(documented) - accepted:
            yield f"{path}: documented as {sorted(missing)}, declared as {declared['type']}"
        elif documented_types(documented) == {"object"}:
            for name, child in documented.get("properties", {}).items():
                yield from self.mismatches(child, declared["properties"].get(RENAMED.get(name, name)), f"{path}.{name}")
        elif documented["type"] == "array":
            yield from self.mismatches(documented["items"], declared["items"], f"{path}[]")


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
