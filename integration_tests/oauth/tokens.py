"""Which tokens are used up, and which Airbyte is told to keep."""

from collections.abc import Callable
from urllib.parse import parse_qs

from harness.connector import Connector, Output, Row
from sandbox import SnapshotsSandbox
from sandbox.snapshots_api import TOKENS

Start = Callable[..., tuple[SnapshotsSandbox, Connector]]


def kept(output: Output) -> list[Row]:
    """The configurations that Airbyte is told to keep."""
    return [m["control"]["connectorConfig"]["config"] for m in output.messages if m["type"] == "CONTROL"]


def used(sandbox: SnapshotsSandbox) -> list[str]:
    """The refresh tokens that were sent, in that order."""
    forms = [parse_qs(request.body.decode()) for request in sandbox.requests if request.route == TOKENS]
    return [form["refresh_token"][0] for form in forms]


def setting(connector: Connector) -> Row:
    return dict(connector.config["snapshots_api"])
