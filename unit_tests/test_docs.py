"""The pages of the documentation that follow from the code."""

from typing import Any

import pytest

from source_clockify.config import ClockifyConfig
from tools import erd, reference, scaling
from tools.catalog import all_streams


@pytest.mark.parametrize("module", [erd, reference, scaling])
def test_the_page_is_what_the_script_writes(module: Any) -> None:
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "stale: run `make docs`"


def test_every_setting_and_stream_is_in_the_tables() -> None:
    page = reference.page()
    for name in ClockifyConfig.model_fields:
        assert f"| `{name}` |" in page
    for stream in all_streams():
        assert f"| `{stream.name}` |" in page


def test_keys_and_references_are_drawn() -> None:
    drawn = erd.page().splitlines()
    assert "        string projectId FK" in drawn
    assert '    projects ||--o{ tasks : "projectId"' in drawn
    assert '    tags }o--o{ time_entries : "tagIds[]"' in drawn
    assert '    workspaces ||--o{ tags : "workspaceId"' in drawn
