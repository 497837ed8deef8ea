"""Invoices."""

from source_clockify.api.endpoint import Endpoint
from source_clockify.streams.base import BY_ID, WorkspaceStream


class Invoices(WorkspaceStream):
    """Invoices, one row each without their items. Source: GET /workspaces/{workspaceId}/invoices (getInvoices)."""

    feature = "INVOICING"
    endpoint = Endpoint("workspaces/{workspaceId}/invoices", query=BY_ID, rows_at=("invoices",), total_at=("total",))
