"""Sandboxes of an agency, for connectors that read it by OAuth."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.connector import Connector, Row
from integration_tests.oauth.tokens import Start
from sandbox import Agency, Sandbox, SnapshotsSandbox, World


@pytest.fixture(scope="module")
def clockify() -> Iterator[Sandbox]:
    with Sandbox(World.generate(seed=41, users=4, entries_per_user=3, projects=2, others=2)) as sandbox:
        yield sandbox


@pytest.fixture
def start(clockify: Sandbox, tmp_path: Path) -> Iterator[Start]:
    """`start(agency, tokens, page_size=2, …)` starts a sandbox of the agency, and gives it with a connector."""
    with ExitStack() as stack:

        def run(
            agency: Agency, tokens: Row | None = None, setting: Row | None = None, **options: Any
        ) -> tuple[SnapshotsSandbox, Connector]:
            sandbox = stack.enter_context(SnapshotsSandbox(agency, **options))
            config = sandbox.oauth_config(tokens, **(setting or {}))
            return sandbox, Connector(clockify, tmp_path, snapshots_api=config)

        yield run
