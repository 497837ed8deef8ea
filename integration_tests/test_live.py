"""`make live`, with a sandbox in the place of the account."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from integration_tests.probing import changed, reads, to
from sandbox import Sandbox, World
from source_clockify.streams.catalog import FEATURES

ROOT = Path(__file__).parents[1]
ACCOUNT, UNKNOWN_KEY = "['account' Test Scenario]", "['unknown-key' Test Scenario]"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    world = World.generate(seed=5, users=14, projects=3, entries_per_user=5, others=4, tasks=2)
    world.plan_refusal = 402
    with Sandbox(world, last_page_header=False) as sandbox:
        yield sandbox


def live(folder: Path, sandbox: Sandbox | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of an account, with the sandbox in its file of secrets."""
    if sandbox:
        (folder / "secrets").mkdir()
        start = sandbox.world.now - timedelta(days=29)
        config = {"api_key": sandbox.world.keys["owner"], "api_url": sandbox.url, "start_date": f"{start:%Y-%m-%d}"}
        (folder / "secrets" / "config.json").write_text(json.dumps(config))
    options = ["-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "--verbose", "--tb=short", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLOCKIFY_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", str(ROOT / "live_tests"), *options],
        cwd=folder,
        env={**environment, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def outcome(done: subprocess.CompletedProcess[str], test: str) -> str:
    """How a test ended, whose name ends so."""
    found = re.findall(rf"::\S*{re.escape(test)} (PASSED|FAILED|SKIPPED|ERROR)", done.stdout)
    assert len(found) == 1, (test, done.stdout)
    return str(found[0])


def test_an_account_that_is_read_well_passes(tmp_path: Path, sandbox: Sandbox) -> None:
    done = live(tmp_path, sandbox)

    assert done.returncode == 0, done.stdout
    counted = {stream for stream in FEATURES if outcome(done, f"[{stream}]") == "PASSED"}
    assert counted >= {"clients", "tags", "expenses", "invoices", "time_off_requests", "time_entry_report"}
    for test in ("summary_report", f"test_basic_read{ACCOUNT}", f"test_check{UNKNOWN_KEY}"):
        assert outcome(done, test) == "PASSED", (test, done.stdout)
    assert reads(sandbox.requests)
    assert sandbox.world.keys["owner"] not in done.stdout + done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["secrets"], "no other file holds the key any longer"


def test_what_is_not_read_is_told_by_stream_and_without_the_key(tmp_path: Path, sandbox: Sandbox) -> None:
    """Clockify counts an invoice more than it lists, and other hours; a list is refused, and one is not as its schema says."""
    count_one_more = changed(lambda body: {**body, "total": body["total"] + 1})
    said = {"message": f"The key {sandbox.world.keys['owner']} is not good enough", "code": 501}
    time = {"totals": [{"totalTime": 1}], "groupOne": []}
    odd = changed(lambda rows: [{**row, "archived": "no"} for row in rows])
    sandbox.faults.add(kind="altered", alter=odd, times=None, when=to("/clients"))
    sandbox.faults.add(kind="altered", alter=count_one_more, times=None, when=to("/invoices", "page-size=1"))
    sandbox.faults.add(status=403, body=said, times=None, when=to("/tags"))
    sandbox.faults.add(body=time, status=200, times=None, when=to("reports/summary"))

    done = live(tmp_path, sandbox, "-k", "test_counts or test_basic_read")

    assert done.returncode == 1
    for test in ("[invoices]", "summary_report", "test_every_stream_is_read_to_its_end", f"test_basic_read{ACCOUNT}"):
        assert outcome(done, test) == "FAILED", (test, done.stdout)
    assert outcome(done, "[expenses]") == "PASSED"
    assert outcome(done, "[tags]") == "SKIPPED"
    assert "tags: Clockify refused" in done.stdout
    assert sandbox.world.keys["owner"] not in done.stdout + done.stderr


def test_without_an_account_all_is_skipped_and_says_why(tmp_path: Path) -> None:
    done = live(tmp_path, None)

    assert done.returncode == 0
    assert "secrets/config.json" in done.stdout
    assert not re.search("passed|failed|error", done.stdout.splitlines()[-1])
