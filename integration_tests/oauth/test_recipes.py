"""The recipes of docs/snapshots-api.md that write new tokens back, as they stand there."""

import importlib.util
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness.connector import Connector
from integration_tests.recipes import block, run
from sandbox import Agency, Sandbox, SnapshotsSandbox, World
from sandbox.snapshots_api import TOKENS

PAGE: Final = "docs/snapshots-api.md"


@pytest.fixture
def sandbox() -> Iterator[SnapshotsSandbox]:
    with SnapshotsSandbox(Agency()) as sandbox:
        yield sandbox


@pytest.fixture
def folder(tmp_path: Path, sandbox: SnapshotsSandbox) -> Iterator[Path]:
    """With a configuration and a catalog in `secrets`, as by the README."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    with Sandbox(World.generate(seed=21, users=4, entries_per_user=6, projects=2, others=3)) as clockify:
        connector = Connector(clockify, secrets, snapshots_api=sandbox.oauth_config())
        connector.write(connector.files("snapshots", state=None))
        yield tmp_path


def goes_on_for_days(folder: Path, sandbox: SnapshotsSandbox, command: list[str]) -> None:
    """Run a sync twice within a day, and once after it. Each leaves a configuration with which the next one works."""
    file = folder / "secrets" / "config.json"
    before = json.loads(file.read_text(encoding="utf-8"))
    for renewals in (1, 1, 2):
        if renewals == 2:
            sandbox.agency.expire()
        run(command, folder)
        after = json.loads(file.read_text(encoding="utf-8"))
        assert after["snapshots_api"]["refresh_token"] in sandbox.agency.refresh_tokens
        assert {**after, "snapshots_api": None} == {**before, "snapshots_api": None}
        assert [request.status for request in sandbox.requests if request.route == TOKENS] == [200] * renewals


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("bash")), reason="the recipe needs jq and bash")
def test_command_line(folder: Path, sandbox: SnapshotsSandbox) -> None:
    read = "source-clockify read --config secrets/config.json --catalog secrets/catalog.json"
    recipe = block(PAGE, "sh", "jq -nR")
    script = f'messages=secrets/messages.jsonl\n{read} > "$messages"\n{recipe}'
    goes_on_for_days(folder, sandbox, ["bash", "-euc", script])


@pytest.mark.skipif(not importlib.util.find_spec("airbyte"), reason="PyAirbyte is not installed")
def test_pyairbyte(folder: Path, sandbox: SnapshotsSandbox) -> None:
    read = 'source.read(ab.new_local_cache("agency"), streams=["snapshots"])'
    script = f"{block(PAGE, 'python', 'config_change_callback')}\nsource.check()\n{read}\n{read}\n"
    goes_on_for_days(folder, sandbox, [sys.executable, "-c", script])
