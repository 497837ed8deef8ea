"""Invoices, their details and their payments."""

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.paging import Unpaged
from source_clockify.streams.base import BY_ID
from source_clockify.streams.lists import ChildStream, WorkspaceStream


class Invoices(WorkspaceStream):
    """Invoices, one row each without their items. Source: GET /workspaces/{workspaceId}/invoices (getInvoices)."""

    feature = "INVOICING"
    endpoint = Endpoint("workspaces/{workspaceId}/invoices", query=BY_ID, rows_at=("invoices",), total_at=("total",))


class InvoiceDetails(ChildStream):
    """Invoices in full, with items, taxes and discount. Source: GET …/invoices/{invoiceId} (getInvoice)."""

    feature = "INVOICING"
    parent_type = Invoices
    parent_key = "id"
    endpoint = Endpoint("workspaces/{workspaceId}/invoices/{id}", paging=Unpaged(), is_single=True)


class InvoicePayments(ChildStream):
    """Payments. Source: GET …/invoices/{invoiceId}/payments (getPaymentsForInvoice).

    Every invoice is asked for its payments: none of its fields shows those that add up to nothing, such as a refund.
    """

    feature = "INVOICING"
    parent_type = Invoices
    parent_key = "invoiceId"
    endpoint = Endpoint("workspaces/{workspaceId}/invoices/{invoiceId}/payments")
