"""What has to become of a sync in which the agency cannot be read."""

from collections.abc import Iterable

from harness.connector import Output


def assert_only_the_agency_fails(output: Output, words: Iterable[str]) -> None:
    """Of `locations`, `snapshots` and `tags` the first two fail by their configuration, and say so in these words."""
    assert output.statuses() == {"locations": "INCOMPLETE", "snapshots": "INCOMPLETE", "tags": "COMPLETE"}
    for stream in ("locations", "snapshots"):
        assert output.errors()[stream]["failure_type"] == "config_error"
        assert all(word in output.errors()[stream]["message"] for word in words)
    assert output.records().keys() == {"tags"}
