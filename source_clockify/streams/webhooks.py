"""Webhooks."""

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row
from source_clockify.api.paging import Unpaged
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.lists import WorkspaceStream


class Webhooks(WorkspaceStream):
    """Webhooks, without the token that signs their calls. Source: GET /workspaces/{workspaceId}/webhooks (getWebhooks).

    The list ignores paging. The session has taken the token's value out of the body already; its key goes here.
    """

    endpoint = Endpoint("workspaces/{workspaceId}/webhooks", paging=Unpaged(), rows_at=("webhooks",))

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        row.pop("authToken", None)
        return super().record(row, stream_slice)
