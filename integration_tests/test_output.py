"""What a command prints, and what it says of the files that it is given: in any locale, on a full disk, with a wrong path."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest

from harness.connector import COMMAND, Connector, Output
from sandbox import Sandbox, World

TEXT: Final = "Überstunden 🚀 上海 \u2028 Ω"
LOCALES: Final = [
    pytest.param({"PYTHONIOENCODING": "cp1252"}, id="a pipe on Windows"),
    pytest.param({"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, id="no locale"),
    pytest.param({"PYTHONIOENCODING": "utf-16"}, id="another Unicode"),
]


@pytest.fixture(scope="module")
def world() -> World:
    world = World.generate(seed=41, users=4, entries_per_user=3, projects=2, others=3)
    world.add("tags", world.workspace().id, name=TEXT)
    return world


@pytest.fixture(scope="module")
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as sandbox:
        yield sandbox


@pytest.fixture
def connector(sandbox: Sandbox, tmp_path: Path) -> Connector:
    return Connector(sandbox, tmp_path)


def run(arguments: list[str], shell: str = 'exec "$@"', **settings: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the connector, for a shell its parameters."""
    environment = {**os.environ, **settings.pop("env", {})}
    return subprocess.run(
        ["/bin/sh", "-c", shell, "sh", *COMMAND, *arguments], env=environment, check=False, **settings
    )


def messages(printed: bytes) -> Output:
    return Output.of(StringIO(printed.decode("utf-8")), 0)


@pytest.mark.parametrize("locale", LOCALES)
def test_text_of_any_script_arrives_whatever_the_locale(locale: dict[str, str], connector: Connector) -> None:
    files = connector.write(connector.files("tags", state=None))
    done = run(["read", *files], env=locale, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode("utf-8").split("\n")[:-1]
    names = [json.loads(line)["record"]["data"]["name"] for line in lines if '"type":"RECORD"' in line]
    assert TEXT in names
    assert b"\r" not in done.stdout


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
def test_a_configuration_is_read_as_utf_8_whatever_the_locale(
    locale: dict[str, str], mark: bytes, connector: Connector
) -> None:
    path = connector.folder / "Büro 🚀.json"
    path.write_bytes(mark + json.dumps({**connector.config, "note": TEXT}, ensure_ascii=False).encode())
    done = run(["check", "--config", str(path)], env=locale, capture_output=True)
    assert messages(done.stdout).status() == {"status": "SUCCEEDED"}


def test_a_full_disk_ends_the_read_and_is_told(connector: Connector) -> None:
    files = connector.write(connector.files(state=None))
    with Path("/dev/full").open("wb") as full:
        done = run(["read", *files], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode() == "The output cannot be written: No space left on device\n"


@pytest.mark.parametrize("command", ["spec", "check"])
def test_that_no_temporary_file_can_be_written_is_told_with_its_cure(command: str, connector: Connector) -> None:
    """As in a container whose root is read-only."""
    files = [] if command == "spec" else connector.write({"config": connector.config})
    done = run([command, *files], 'ulimit -f 0; exec "$@"', capture_output=True)
    told = done.stdout.decode()
    assert "no directory for temporary files that can be written to: mount one at /tmp" in told
    assert "Traceback" not in told
    assert ('"status":"FAILED"' in told) == (command == "check")


@pytest.fixture(scope="module")
def whole(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Output:
    """Everything, read twice: the second time from the state of the first."""
    connector = Connector(sandbox, tmp_path_factory.mktemp("log"), start_date="2026-01-01")
    return connector.read(state=connector.sync().states())


class TestTheLog:
    def test_its_counts_are_those_of_the_records(self, whole: Output) -> None:
        told: Counter[str] = Counter()
        for line in whole.logs("INFO"):
            stream, _, counts = line.partition(": ")
            if " records, " in counts and " so far " not in counts:
                told[stream] += int(counts.partition(" records")[0])
        printed = {stream: len(rows) for stream, rows in whole.records().items()}
        assert {stream: number for stream, number in told.items() if number} == printed
        assert len(printed) > 20

    def test_each_state_counts_the_records_since_the_last_one(self, whole: Output) -> None:
        since: Counter[str] = Counter()
        for message in whole.messages:
            if message["type"] == "RECORD":
                since[message["record"]["stream"]] += 1
            elif message["type"] == "STATE":
                stream = message["state"]["stream"]["stream_descriptor"]["name"]
                assert message["state"]["sourceStats"] == {"recordCount": since.pop(stream, 0)}
        assert since.total() == 0

    def test_rows_that_became_no_record_are_told(self, whole: Output) -> None:
        [line] = [line for line in whole.logs("INFO") if line.startswith("approval_requests: ") and "Acme" in line]
        assert "left out" in line

    def test_a_plan_takes_one_warning_for_all_that_it_lacks(self, whole: Output) -> None:
        lacking = [line for line in whole.logs("INFO") + whole.logs("WARN") if "not in the plan" in line]
        assert len(lacking) > 10
        [warning] = [line for line in whole.logs("WARN") if "not in the plan" in line]
        assert "What else is refused for this reason is skipped without a warning." in warning

    def test_run_times_and_states_are_not_told_and_nothing_else_is_kept_back(self, whole: Output) -> None:
        told = whole.logs("INFO")
        assert [line for line in told if "runtimes" in line or "Setting state" in line or "readAt" in line] == []
        assert "Finished syncing source-clockify" in told


@pytest.mark.parametrize("option", ["--config", "--catalog", "--state"])
def test_an_unusable_file_is_told_without_a_stack_trace(option: str, connector: Connector) -> None:
    files = connector.write(connector.files("tags", state=[]))
    given = dict(zip(files[::2], files[1::2], strict=True)) | {option: str(connector.folder)}
    done = run(["read", *(part for pair in given.items() for part in pair)], capture_output=True)
    [error] = [m["trace"]["error"] for m in messages(done.stdout).messages if m["type"] == "TRACE"]
    assert error["message"].startswith(f"{option} {connector.folder} cannot be read (Is a directory): check the path")
    assert error["failure_type"] == "config_error"
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"Traceback" not in done.stdout


def test_a_check_of_a_missing_configuration_fails_with_its_cure(connector: Connector) -> None:
    done = run(["check", "--config", str(connector.folder / "missing.json")], capture_output=True)
    status = messages(done.stdout).status()
    assert status["status"] == "FAILED"
    assert "missing.json cannot be read" in status["message"]
    assert b"Traceback" not in done.stdout + done.stderr


def test_a_path_that_is_no_text_is_told_as_far_as_it_can_be(connector: Connector) -> None:
    path = os.fsencode(connector.folder) + b"/caf\xe9.json"
    done = run(["check", "--config", os.fsdecode(path)], capture_output=True)
    assert "/caf\ufffd.json cannot be read" in messages(done.stdout).status()["message"]


def test_a_command_is_asked_for_where_there_is_none() -> None:
    done = run([], capture_output=True)
    assert done.stderr.decode() == "source-clockify needs a command: spec, check, discover or read (see --help)\n"
    assert done.returncode == 1


def test_a_closed_output_ends_the_command(connector: Connector) -> None:
    files = connector.write(connector.files("tags", state=None))
    done = run(["read", *files], 'exec "$@" >&-', stderr=subprocess.PIPE)
    assert done.stderr.decode() == "The output cannot be written: it is closed\n"
    assert done.returncode == 1
