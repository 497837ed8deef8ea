"""The pages of the documentation that follow from the code."""

from typing import Any

import pytest

from source_clockify.api.prefetch import BYTES_AHEAD
from source_clockify.config import ClockifyConfig
from source_clockify.streams.state import STATE_SHARE
from tools import erd, reference, scale, scaling, warehouse
from tools.catalog import all_streams
from tools.shape import People, Settings


@pytest.mark.parametrize("module", [erd, reference, scaling, warehouse])
def test_the_page_is_what_the_script_writes(module: Any) -> None:
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "stale: run `make docs`"


def test_what_the_page_on_scaling_says_in_words_is_what_the_formulas_have() -> None:
    words = " ".join(scaling.PAGE.read_text(encoding="utf-8").split())
    plain, with_ids = Settings(), Settings(detect_deletions=True)
    one, busy, idle = People(1, 9, 9), People(1, 9, 9, running=1), People(1, 9, 0)
    user = scale.user_state_bytes(plain, one)
    timer, ids = scale.user_state_bytes(plain, busy) - user, scale.user_state_bytes(with_ids, idle) - user
    entry = (scale.user_state_bytes(with_ids, one) - user - ids) / 9
    assert (
        f"{user:.0f} bytes a user, {timer:.0f} more while a timer is running; with `detect_deletions` {ids:.0f} more"
        in words
    )
    assert f"and {entry:.0f} for each entry in the look-back" in words
    assert (
        f"{plain.seconds_per_request * 1000:.0f} ms a request and a second for {plain.records_per_second:,.0f}" in words
    )
    assert f"{scale.STARTED / 1e6:.0f} MB; what is fetched ahead, {BYTES_AHEAD >> 20} MB" in words
    assert f"{scale.USER_IN_MEMORY / 1000} KB a user" in words
    assert f"and {scale.IDS_IN_MEMORY * scale.ID_BYTES} bytes for each id" in words
    assert f"when {STATE_SHARE} times the state's size" in words


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
