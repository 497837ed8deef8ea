"""The clock of the machine, which the other tests replace."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from source_clockify.api import clock
from source_clockify.api.clock import SystemClock


def test_it_tells_this_instant_in_utc_wherever_the_machine_is() -> None:
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.utcoffset() == timedelta(0)


def test_it_waits_as_long_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(clock, "time", SimpleNamespace(sleep=waits.append))
    SystemClock().sleep(2.5)
    assert waits == [2.5]
