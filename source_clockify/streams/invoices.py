"""Invoices, their details and their payments."""

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.page import Row
from source_clockify.api.paging import Unpaged
from source_clockify.streams.base import BY_ID
from source_clockify.streams.lists import ChildStream, WorkspaceStream


def _is_paid(row: Row) -> bool:
    return bool(row.get("paid")) or row.get("balance") != row.get("amount")


class Invoices(WorkspaceStream):
    """Invoices, one row each without their items. Source: GET /workspaces/{workspaceId}/invoices (getInvoices)."""

    feature = "INVOICING"
    subsets = {**WorkspaceStream.subsets, "paid": _is_paid}  # noqa: RUF012 - data of the class
    endpoint = Endpoint("workspaces/{workspaceId}/invoices", query=BY_ID, rows_at=("invoices",), total_at=("total",))


class InvoiceDetails(ChildStream):
    """Invoices in full, with items, taxes and discount. Source: GET …/invoices/{invoiceId} (getInvoice)."""

    feature = "INVOICING"
    parent_type = Invoices
    parent_key = "id"
    endpoint = Endpoint("workspaces/{workspaceId}/invoices/{id}", paging=Unpaged(), is_single=True)


class InvoicePayments(ChildStream):
    """Payments, of the invoices that have any. Source: GET …/invoices/{invoiceId}/payments (getPaymentsForInvoice)."""

    feature = "INVOICING"
    parent_type = Invoices
    parent_key = "invoiceId"
    of_subset = "paid"
    endpoint = Endpoint("workspaces/{workspaceId}/invoices/{invoiceId}/payments")
