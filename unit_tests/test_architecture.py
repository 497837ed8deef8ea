"""The worked example of docs/architecture.md, as it stands there."""

import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus

from source_clockify import source
from source_clockify.streams import work
from source_clockify.streams.catalog import FEATURES, STREAMS
from source_clockify.streams.lists import ChildStream
from unit_tests.conftest import WORKSPACE, Read, answer, rows

ROOT: Final = Path(__file__).resolve().parents[1]
SECTION: Final = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("## Adding a stream\n")[2]
NAME: Final = "project_custom_fields"


def the_class() -> type[ChildStream]:
    """The class of the example, made with no names but those of the module that it is written for."""
    [block] = re.findall(r"^ *```python\n(.*?)^ *```", SECTION, re.DOTALL | re.MULTILINE)
    names = dict(vars(work))
    exec(dedent(block), names)  # noqa: S102 - the project's own text
    [made] = [value for name, value in names.items() if name not in vars(work) and name != "__builtins__"]
    assert isinstance(made, type)
    assert issubclass(made, ChildStream)
    return made


def test_the_example_reads_the_list_of_each_project(
    clockify: requests_mock.Mocker, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = the_class()

    def schema(_: ChildStream) -> Mapping[str, Any]:
        return {"type": "object", "properties": {}}

    monkeypatch.setattr(made, "get_json_schema", schema)
    monkeypatch.setattr(source, "STREAMS", (*STREAMS, made))
    monkeypatch.setattr(source, "FEATURES", {**FEATURES, NAME: made.feature})
    base = f"/workspaces/{WORKSPACE}/projects"
    answer(clockify, base, [{"id": "p1"}, {"id": "p2"}])
    for project in ("p1", "p2"):
        answer(clockify, f"{base}/{project}/custom-fields", [{"id": "f1", "name": "Place"}])

    output = read(NAME)

    assert output.get_stream_statuses(NAME)[-1] == AirbyteStreamStatus.COMPLETE
    assert rows(output, NAME) == [
        {"id": "f1", "name": "Place", "projectId": project, "workspaceId": WORKSPACE} for project in ("p1", "p2")
    ]


def test_every_path_of_the_example_is_there_or_could_be() -> None:
    """A file of the example's own is not there, but its folder is."""
    package = ROOT / "source_clockify"
    named = re.findall(r"`([\w/]+/[\w.]*)`|\]\((\w+\.md)\)", SECTION)
    paths = [code or f"docs/{page}" for code, page in named]
    assert len(paths) >= 7
    for path in paths:
        files = [root / path for root in (ROOT, package)]
        made_by_the_reader = Path(path).stem == NAME
        assert any((file.parent if made_by_the_reader else file).exists() for file in files), path
