"""The account, and what was read of it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live_tests.reading import Reading
from live_tests.totals import Totals, take_totals
from probe.account import NONE, find_config

Row = dict[str, Any]


@pytest.fixture(scope="session")
def config() -> Row:
    """The configuration of the account; without one the test is skipped."""
    found = find_config()
    if found is None:
        pytest.skip(NONE)
    return found


@pytest.fixture(scope="session", autouse=True)
def folder(config: Row) -> Iterator[Path]:
    """Where temporary files go, the key among them. It is gone at the end."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", name)
        yield Path(name)


@pytest.fixture(scope="session")
def before(config: Row) -> Totals:
    """Clockify's own counts before anything is read."""
    return take_totals(config)


@pytest.fixture(scope="session")
def first(config: Row, folder: Path, before: Totals) -> Reading:
    """A read of everything, without a state."""
    return Reading.of(config, folder)


@pytest.fixture(scope="session")
def after(config: Row, first: Reading) -> Totals:
    """Clockify's own counts after that."""
    return take_totals(config)


@pytest.fixture(scope="session")
def second(config: Row, folder: Path, first: Reading) -> Reading:
    """The next read, from the state of the first one."""
    return Reading.of(config, folder, first.states)
