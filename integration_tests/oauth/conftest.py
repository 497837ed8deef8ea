"""Sandboxes of an agency, for connectors that read it by OAuth."""

from pathlib import Path
from typing import Any

import pytest

from harness.connector import Connector, Row
from integration_tests.conftest import ServeAgency
from integration_tests.oauth.tokens import Start
from sandbox import Agency, Sandbox, SnapshotsSandbox


@pytest.fixture
def start(clockify: Sandbox, serve_agency: ServeAgency, tmp_path: Path) -> Start:
    """`start(agency, tokens, page_size=2, …)` starts a sandbox of the agency, and gives it with a connector."""

    def run(
        agency: Agency, tokens: Row | None = None, setting: Row | None = None, **options: Any
    ) -> tuple[SnapshotsSandbox, Connector]:
        sandbox = serve_agency(agency, **options)
        config = sandbox.oauth_config(tokens, **(setting or {}))
        return sandbox, Connector(clockify, tmp_path, snapshots_api=config)

    return run
