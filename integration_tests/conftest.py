"""Sandboxes for the tests that read them through the command line, and a session for those that ask one host."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.clock import FastClock
from harness.connector import Connector
from sandbox import Agency, Sandbox, SnapshotsSandbox, World
from source_clockify.api.clockify import CLOCKIFY, ApiKeyAuthenticator
from source_clockify.api.pace import RequestBudget
from source_clockify.api.session import SYNC_RETRIES, ApiSession

Connect = Callable[..., tuple[Sandbox, Connector]]
ServeAgency = Callable[..., SnapshotsSandbox]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """`connect(world, page_cap=7, key="owner", **config)` starts a sandbox and gives it with a connector to read it."""
    with ExitStack() as stack:

        def start(
            world: World, page_cap: int | None = 7, key: str = "owner", **config: Any
        ) -> tuple[Sandbox, Connector]:
            sandbox = stack.enter_context(Sandbox(world, page_cap=page_cap))
            return sandbox, Connector(sandbox, tmp_path, key, **config)

        yield start


@pytest.fixture(scope="module")
def clockify() -> Iterator[Sandbox]:
    """A small account beside which agencies are read."""
    with Sandbox(World.generate(seed=41, users=4, entries_per_user=3, projects=2, others=2)) as sandbox:
        yield sandbox


@pytest.fixture
def serve_agency(clockify: Sandbox) -> Iterator[ServeAgency]:
    """`serve_agency(agency, page_size=2, …)` starts a sandbox of the agency, beside an account that was asked nothing yet."""
    clockify.clear_requests()
    with ExitStack() as stack:

        def serve(agency: Agency, **options: Any) -> SnapshotsSandbox:
            return stack.enter_context(SnapshotsSandbox(agency, **options))

        yield serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    """One server, and a folder, for all examples of a property: each puts its own world behind it."""
    with Sandbox(World.generate(seed=1), page_cap=3) as sandbox:
        yield sandbox, tmp_path_factory.mktemp("served")


@pytest.fixture
def session() -> Iterator[ApiSession]:
    """A sync's session, for which waiting takes no time."""
    clock = FastClock()
    budget = RequestBudget(50, clock.monotonic, clock.sleep)
    with ApiSession(CLOCKIFY, ApiKeyAuthenticator("a-key"), budget, SYNC_RETRIES) as session:
        yield session
