"""The README's commands, as they stand there."""

import importlib.util
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from harness.connector import Row
from integration_tests.recipes import block, run
from sandbox import Sandbox, World

README = "README.md"
KEY_ALONE = '{"api_key": "…"}'


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(World.generate(seed=21, users=4, entries_per_user=6, projects=2, others=3)) as sandbox:
        yield sandbox


def config(sandbox: Sandbox) -> str:
    return json.dumps({"api_key": sandbox.world.keys["owner"], "api_url": sandbox.url})


def change(world: World) -> None:
    """Delete a tag, and approve what is pending."""
    acme = world.workspace().id
    world.delete("tags", world.rows("tags", acme)[0]["id"])
    for request in world.rows("pending_approval_requests"):
        world.approve(request["approvalRequest"]["id"])


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("bash")), reason="the README's recipe needs jq and bash")
class TestCommandLine:
    @pytest.fixture
    def folder(self, tmp_path: Path, sandbox: Sandbox) -> Path:
        setup = block(README, "sh", "mkdir -p secrets").replace("pip install .\n", "")
        catalog = block(README, "sh", "source-clockify discover")
        script = f"{setup}{catalog}".replace(KEY_ALONE, config(sandbox))
        assert "SUCCEEDED" in run(["bash", "-euc", script], tmp_path)
        return tmp_path

    def sync(self, folder: Path, name: str) -> list[Row]:
        """One sync; gives its messages."""
        recipe = block(README, "sh", 'messages="').replace("$(date -u +%Y%m%dT%H%M%SZ)", name)
        log = run(["bash", "-euo", "pipefail", "-c", recipe], folder)
        assert "Finished syncing source-clockify" in log
        assert '"type"' not in log
        return [json.loads(line) for line in (folder / "secrets" / f"{name}.jsonl").read_text("utf-8").splitlines()]

    def states(self, folder: Path) -> dict[str, Row]:
        states = json.loads((folder / "secrets" / "state.json").read_text(encoding="utf-8"))
        return {state["stream"]["stream_descriptor"]["name"]: state for state in states}

    def test_the_catalog_replaces_what_is_read_in_full_and_merges_the_rest(self, folder: Path) -> None:
        streams = json.loads((folder / "secrets" / "catalog.json").read_text(encoding="utf-8"))["streams"]
        modes = {stream["stream"]["name"]: (stream["sync_mode"], stream["destination_sync_mode"]) for stream in streams}
        assert len(modes) >= 30
        assert modes["tags"] == ("full_refresh", "overwrite")
        assert modes["time_entries"] == ("incremental", "append_dedup")
        [entries] = [stream for stream in streams if stream["stream"]["name"] == "time_entries"]
        assert (entries["primary_key"], entries["cursor_field"]) == ([["id"]], ["syncedAt"])

    def test_the_next_sync_goes_on_from_the_last_state(self, folder: Path, sandbox: Sandbox) -> None:
        first = self.sync(folder, "first")
        assert self.states(folder).keys() >= {"time_entries", "approval_requests", "tags"}
        sandbox.clear_requests()
        second = self.sync(folder, "second")
        assert all("start" in request.query for request in sandbox.requests if request.path.endswith("/time-entries"))
        assert len(second) < len(first)

    def test_a_sync_that_breaks_off_loses_no_state(self, folder: Path, sandbox: Sandbox) -> None:
        self.sync(folder, "first")
        before = self.states(folder)
        recipe = block(README, "sh", 'messages="').replace("source-clockify read", 'printf \'{"type":"RECORD","rec\' #')
        run(["bash", "-euc", recipe.replace("#", "; true #")], folder)
        assert self.states(folder) == before


@pytest.mark.skipif(not importlib.util.find_spec("airbyte"), reason="PyAirbyte is not installed")
def test_the_notebook_shows_no_stale_rows_at_the_second_sync(tmp_path: Path, sandbox: Sandbox) -> None:
    script = block(README, "python", "import airbyte").replace(KEY_ALONE, config(sandbox))

    def tables() -> dict[str, Counter[str]]:
        run([sys.executable, "-c", script], tmp_path)
        [file] = tmp_path.rglob("*.duckdb")
        with duckdb.connect(str(file), read_only=True) as database:
            return {
                table: Counter(key for (key,) in database.table(f"main.{table}").project("id").fetchall())
                for table in ("tags", "pending_approval_requests", "approval_requests", "time_entries")
            }

    before = tables()
    change(sandbox.world)
    after = tables()
    assert before["tags"].total() == after["tags"].total() + 1
    assert before["pending_approval_requests"]
    assert not after["pending_approval_requests"]
    assert before["pending_approval_requests"] <= after["approval_requests"]
    assert before["time_entries"] == after["time_entries"]
