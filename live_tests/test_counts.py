"""A read of the whole account, and the next one: complete, without doubles, and as many rows as Clockify itself counts."""

from datetime import timedelta
from typing import Any

import pytest

from live_tests.reading import Reading
from live_tests.totals import Totals
from source_clockify.config import ClockifyConfig
from source_clockify.streams.catalog import FEATURES

MEANWHILE = "unless that is what was changed meanwhile; then run it again"


def test_every_stream_is_read_to_its_end(first: Reading) -> None:
    assert not first.errors
    assert set(first.statuses.values()) == {"COMPLETE"}
    assert first.returncode == 0


def test_no_row_comes_twice(first: Reading) -> None:
    assert {stream: first.count(stream) for stream in first.keys} == {s: len(keys) for s, keys in first.keys.items()}


@pytest.mark.parametrize("stream", FEATURES)
def test_as_many_records_come_as_clockify_counts(stream: str, before: Totals, first: Reading, after: Totals) -> None:
    places = [place for name, place in before.rows if name == stream and (name, place) in after.rows]
    if not places:
        pytest.skip("Clockify tells no total")
    for place in places:
        fewest, most = sorted((before.rows[stream, place], after.rows[stream, place]))
        assert fewest <= first.records[stream, place] <= most, MEANWHILE


def test_the_time_of_all_entries_is_that_of_the_summary_report(before: Totals, first: Reading, after: Totals) -> None:
    if untold := before.untold or after.untold:
        pytest.skip(untold)
    for place, seconds in before.seconds.items():
        fewest, most = sorted((seconds, after.seconds[place]))
        assert fewest <= first.seconds[place] <= most, MEANWHILE


def test_the_next_read_is_complete_and_reads_the_look_back_again(
    config: dict[str, Any], first: Reading, second: Reading
) -> None:
    assert not second.errors
    assert set(second.statuses.values()) == {"COMPLETE"}
    assert second.returncode == 0
    if first.began is None:
        pytest.skip("there are no time entries")
    since = first.began - timedelta(days=ClockifyConfig.parse(config).lookback_days)
    expected = {entry for entry, start in first.starts.items() if start >= since}
    assert expected <= second.starts.keys() | second.gone, MEANWHILE
    assert second.count("time_entries") <= first.count("time_entries"), MEANWHILE
