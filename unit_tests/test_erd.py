"""The diagram of the streams in the documentation."""

from tools import erd


def test_the_page_is_what_the_script_writes() -> None:
    assert erd.PAGE.read_text(encoding="utf-8") == erd.page(), "stale: run `python -m tools.erd`"


def test_keys_and_references_are_drawn() -> None:
    drawn = erd.page().splitlines()
    assert "        string projectId FK" in drawn
    assert '    projects ||--o{ tasks : "projectId"' in drawn
    assert '    tags }o--o{ time_entries : "tagIds[]"' in drawn
    assert '    workspaces ||--o{ tags : "workspaceId"' in drawn
