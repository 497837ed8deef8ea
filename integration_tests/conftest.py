"""Sandboxes for the tests that read them through the command line."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.connector import Connector
from sandbox import Sandbox, World

Connect = Callable[..., tuple[Sandbox, Connector]]


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
