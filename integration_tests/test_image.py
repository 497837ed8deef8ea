"""The image leaves out what no command imports: every command runs in an environment that has what the image has, and no more."""

import ast
import re
import subprocess
import venv
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final

import pytest

from harness.connector import KEYS, Connector
from sandbox import Agency, Sandbox, SnapshotsSandbox, World

Account = tuple[Sandbox, SnapshotsSandbox]
Connect = Callable[..., Connector]
ROOT: Final = Path(__file__).parents[1]
ENTRIES: Final = "/workspaces/{workspaceId}/user/{userId}/time-entries"
FAULTS: Final[list[dict[str, Any]]] = [
    {"status": 500, "headers": {"Retry-After": "0"}},
    {"kind": "close_early"},
]
NEVER_CALLED: Final = {
    ("airbyte_cdk/sources/declarative/extractors/response_to_file_extractor.py", "pandas"),  # of asynchronous jobs
    ("pydantic/_internal/_core_utils.py", "rich"),  # for types, and to debug pydantic itself
}
"""Where a module that is loaded names one that is left out, in a place that no command comes to."""


def named(file: str) -> set[str]:
    """The distributions that a file in requirements/ names."""
    return {*re.findall(r"^([a-z0-9._-]+)", (ROOT / f"requirements/{file}.txt").read_text(), re.MULTILINE)}


LEFT_OUT: Final = named("not-in-image")


def installed(name: str) -> dict[str, Path]:
    """What lies in site-packages of a distribution; nothing where this platform has no need of it."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return {}
    tops = {file.parts[0] for file in found.files or []}
    return {top: Path(str(found.locate_file(top))) for top in tops - {"..", "__pycache__"}}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment like the image's: links to what is installed here, but for what is left out."""
    folder = tmp_path_factory.mktemp("image")
    venv.create(folder)
    [packages] = folder.glob("lib/python*/site-packages")
    links = {"source_clockify": ROOT / "source_clockify"}
    for name in named("main") - LEFT_OUT:
        links |= installed(name)
    for top, path in links.items():
        (packages / top).symlink_to(path)
    return folder


def printed(environment: Path, code: str) -> list[str]:
    """What a program prints in the environment, line by line."""
    done = subprocess.run([environment / "bin/python", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_nothing_that_is_left_out_is_there(environment: Path) -> None:
    names = {
        *printed(environment, "from importlib.metadata import distributions as d\nfor x in d(): print(x.name.lower())")
    }
    assert {"numpy", "pandas", "grpcio"} <= LEFT_OUT <= named("main")
    assert "airbyte-cdk" in names
    assert names & LEFT_OUT == set()


def test_no_module_that_is_loaded_names_what_is_left_out(environment: Path) -> None:
    """Not even in a function that is seldom called."""
    code = "import source_clockify.run, sys\nfor m in [*sys.modules.values()]: print(vars(m).get('__file__'))"
    files = [Path(file) for file in printed(environment, code) if "/site-packages/" in file and file.endswith(".py")]
    names = {top.partition(".")[0] for name in LEFT_OUT for top in installed(name)}
    found = {
        (str(file).partition("/site-packages/")[2], name) for file in files for name in imported(file) if name in names
    }
    assert len(files) > 500
    assert found == NEVER_CALLED


def imported(file: Path) -> Iterator[str]:
    """The packages that any statement of a file imports."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """A small account, and an agency beside it."""
    world = World.generate(seed=51, users=3, entries_per_user=4, projects=2, others=2)
    with Sandbox(world) as sandbox, SnapshotsSandbox(Agency(locations=3)) as agency:
        yield sandbox, agency


@pytest.fixture
def connect(account: Account, environment: Path, tmp_path: Path) -> Iterator[Connect]:
    """`connect(key="owner", **config)` gives the connector of that environment with the account."""
    sandbox, agency = account

    def connected(**config: Any) -> Connector:
        command = (str(environment / "bin/python"), "-m", "source_clockify")
        return Connector(sandbox, tmp_path, command=command, **{"snapshots_api": agency.config(), **config})

    yield connected
    sandbox.faults.clear()


def test_spec_and_discover(connect: Connect) -> None:
    connector = connect()
    assert any(message["type"] == "SPEC" for message in connector.run("spec").messages)
    discovered = connector.run("discover", "--debug", config=connector.config).messages
    [catalog] = [message["catalog"] for message in discovered if message["type"] == "CATALOG"]
    assert {stream["name"] for stream in catalog["streams"]} == KEYS.keys()


@pytest.mark.parametrize(("key", "words"), [("owner", ""), ("a-key-that-is-unknown", "does not know this key")])
def test_check(key: str, words: str, connect: Connect) -> None:
    status = connect(key=key).check().status()
    assert status["status"] == ("FAILED" if words else "SUCCEEDED")
    assert words in status.get("message", "")


def test_every_stream_is_read_and_read_on_through_faults(connect: Connect, account: Account) -> None:
    sandbox, _ = account
    two_months_ago = f"{sandbox.world.now - timedelta(days=60):%Y-%m-%d}"
    connector = connect(detect_deletions=True, refresh_history_days=1, start_date=two_months_ago)
    first = connector.read()
    assert first.statuses() == dict.fromkeys(KEYS, "COMPLETE")
    faults = [sandbox.faults.add(route=ENTRIES, **fault) for fault in FAULTS]
    sandbox.faults.add(route="/workspaces/{workspaceId}/tags", kind="wrong_shape", times=None)
    second = connector.read("time_entries", "audit_log", "tags", state=first.states())
    assert second.statuses() == {"time_entries": "COMPLETE", "audit_log": "COMPLETE", "tags": "INCOMPLETE"}
    assert [fault.times for fault in faults] == [0] * len(FAULTS)


def test_tokens_of_an_app_and_a_key_without_the_role(connect: Connect, account: Account) -> None:
    _, agency = account
    output = connect(key="member", snapshots_api=agency.oauth_config()).read("locations", "snapshots", "users")
    assert output.statuses() == {"locations": "COMPLETE", "snapshots": "COMPLETE", "users": "INCOMPLETE"}
    assert any(message["type"] == "CONTROL" for message in output.messages)


def test_an_unusable_catalog(connect: Connect) -> None:
    connector = connect()
    output = connector.run("read", config=connector.config, catalog={"streams": [{}]})
    assert "is not a configured catalog" in output.text
