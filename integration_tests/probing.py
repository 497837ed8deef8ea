"""Runs the probe against a sandbox, as `make probe` does, and gives what it told and wrote."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from harness.clock import FastClock
from probe.__main__ import main
from sandbox import Sandbox, World
from sandbox.api import ENDPOINTS
from sandbox.host import as_json
from sandbox.recorded import Recorded
from source_clockify.streams.entity_changes import ENTITY_TYPES

Row = dict[str, Any]
SIGNS = {"✓": "holds", "✗": "differs", "?": "could not tell"}
FILE = Path("probe-output") / "shapes.json"


@dataclass
class Probed:
    """How a run ended, what it printed, and what it wrote; None: nothing."""

    code: int
    text: str
    document: Row | None

    def claims(self, verdict: str) -> set[str]:
        """The assumptions of which the file says so."""
        assert self.document is not None
        return {claim for claim, found in self.document["found"].items() if found == verdict}

    def answer(self, name: str) -> Row:
        """What the file says of a request."""
        assert self.document is not None
        [answer] = [answer for answer in self.document["answers"] if answer["request"] == name]
        return dict(answer)


@dataclass
class Prober:
    """Probes in a folder of its own, with these variables of the environment."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, **variables: str) -> Probed:
        for name in ("API_KEY", "REGION", "API_URL", "WORKSPACE_ID"):
            self.monkeypatch.delenv(f"CLOCKIFY_{name}", raising=False)
        for name, value in {
            **{f"CLOCKIFY_{name}": value for name, value in variables.items()},
            "COLUMNS": "400",
        }.items():
            self.monkeypatch.setenv(name, value)
        self.monkeypatch.chdir(self.folder)
        code = main(FastClock())
        printed = self.capsys.readouterr()
        assert printed.err == ""
        document = json.loads(FILE.read_text("utf-8")) if FILE.exists() else None
        return Probed(int(code), printed.out, document)

    def of(self, sandbox: Sandbox, key: str = "owner", **variables: str) -> Probed:
        """Probe a sandbox with the key of one of its users."""
        api_key = sandbox.world.keys.get(key, key)
        return self(API_KEY=api_key, API_URL=sandbox.url, **variables)


@contextmanager
def as_assumed(world: World | None = None, **options: Any) -> Iterator[Sandbox]:
    """A sandbox that is all that the connector takes Clockify to be."""
    world = world or World.generate(seed=3, users=14, projects=6, entries_per_user=8, others=8)
    world.entity_types, world.hydrates_projects = ENTITY_TYPES, False
    with Sandbox(world, **options) as sandbox:
        yield sandbox


def to(path: str, query: str = "", body: str = "") -> Callable[[Recorded], bool]:
    """Whether a request is to a path that ends so, with a parameter such as `page=2`, and with such text in its body."""
    name, _, value = query.partition("=")

    def is_meant(request: Recorded) -> bool:
        is_asked = not query or request.query.get(name) == value
        return re.search(f"{path}$", request.path) is not None and is_asked and body.encode() in request.body

    return is_meant


def changed(change: Callable[[Any], Any], **headers: str) -> Callable[[Recorded, Response], Response]:
    """An answer with another body."""

    def alter(_: Recorded, response: Response) -> Response:
        if response.status_code != 200:
            return response
        told = {name: response.headers[name] for name in ("last-page", "total-count") if name in response.headers}
        return as_json(change(json.loads(bytes(response.body))), 200, {**told, **headers})

    return alter


def reads(requests: list[Recorded]) -> bool:
    """Whether nothing was sent but what the sandbox knows as a way to read."""
    posts = {endpoint.path for endpoint in ENDPOINTS if endpoint.method == "POST" and endpoint.path != CREATE}
    reports = ("/reports/summary", "/reports/attendance")
    return all(
        request.method == "GET"
        or (request.method == "POST" and (request.route in posts or request.path.endswith(reports)))
        for request in requests
    )


CREATE = "/workspaces/{workspaceId}/time-entries"
