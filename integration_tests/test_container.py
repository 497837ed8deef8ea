"""The image, run with as few rights as it needs. For `make container`, after `make image`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from harness.connector import KEYS, Connector
from sandbox import Agency, Sandbox, SnapshotsSandbox, World

pytestmark = pytest.mark.container
Contained = Callable[..., Connector]
ENGINE: Final = os.environ.get("ENGINE", "docker")
IMAGE: Final = os.environ.get("IMAGE", "source-clockify:dev")
BARE: Final = "--read-only --memory 512m --user 12345:0 --cap-drop ALL --security-opt no-new-privileges".split()
"""Nothing can be written, there is no user of that number, and it is in root's group, as OpenShift has it."""
# Podman would mount something at /tmp, where Docker and Kubernetes do not.
NOTHING_AT_TMP: Final = ["--read-only-tmpfs=false"] if Path(ENGINE).name == "podman" else []


@pytest.fixture
def contained(tmp_path: Path) -> Iterator[Contained]:
    """`contained(*options, **config)` gives the connector of the image in such a container, with an account and an agency."""
    tmp_path.chmod(0o755)
    world = World.generate(seed=61)
    with Sandbox(world) as sandbox, SnapshotsSandbox(Agency()) as agency:

        def connector(*options: str, **config: Any) -> Connector:
            mounted = ["--network", "host", "--volume", f"{tmp_path}:{tmp_path}:ro"]
            command = [ENGINE, "run", "--rm", *BARE, *NOTHING_AT_TMP, *mounted, *options, IMAGE]
            return Connector(sandbox, tmp_path, command=command, snapshots_api=agency.config(), **config)

        yield connector


def test_spec_check_and_discover(contained: Contained) -> None:
    connector = contained()
    assert [message["type"] for message in connector.run("spec").messages].count("SPEC") == 1
    assert connector.check().status() == {"status": "SUCCEEDED"}
    discovered = connector.run("discover", config=connector.config).messages
    [catalog] = [message["catalog"] for message in discovered if message["type"] == "CATALOG"]
    assert {stream["name"] for stream in catalog["streams"]} == KEYS.keys()


def test_every_stream_is_read_and_read_on(contained: Contained) -> None:
    connector = contained(detect_deletions=True)
    first = connector.read()
    second = connector.read(state=first.states())
    assert first.statuses() == second.statuses() == dict.fromkeys(KEYS, "COMPLETE")
    assert len(first.records()["time_entries"]) > 100


@pytest.mark.parametrize("options", [["--env", "HOME=/nowhere", "--env", "TZ=Pacific/Auckland"], ["--env", "HOME="]])
def test_home_and_time_zone_do_not_matter(options: list[str], contained: Contained) -> None:
    tags = contained(*options).read("tags")
    assert tags.statuses() == {"tags": "COMPLETE"}


def test_a_temporary_directory_is_asked_for_where_there_is_none(contained: Contained) -> None:
    message = contained("--env", "TMPDIR=/nowhere").check().status()["message"]
    assert "There is no directory for temporary files that can be written to" in message
