"""Every incremental stream, broken off in every way: the next sync brings what is missing, and nothing is stale."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from integration_tests.matrix.cells import SAMPLE
from integration_tests.matrix.kills import KILLS, SHARES, Kill, try_kill
from integration_tests.matrix.place import Place
from integration_tests.matrix.streams import STREAMS, is_incremental


def cells() -> list[Any]:
    numbers = count()
    return [
        pytest.param(
            name,
            kill,
            share,
            is_first,
            id=f"{name}: {kill.name} at {share:.0%} of {'the first sync' if is_first else 'a later one'}",
            marks=() if next(numbers) % SAMPLE == 0 else pytest.mark.whole_matrix,
        )
        for kill in KILLS
        for share in SHARES
        for is_first in (True, False)
        for name, stream in STREAMS.items()
        if is_incremental(stream)
    ]


@pytest.mark.parametrize(("stream", "kill", "share", "is_first"), cells())
def test_nothing_is_lost_or_stale(
    tmp_path: Path,
    stream: str,
    kill: Kill,
    share: float,
    is_first: bool,
    record_property: Callable[[str, object], None],
) -> None:
    # The process has no other clock than the machine's.
    with Place(tmp_path, page_cap=20, now=datetime.now(UTC), entries_per_user=30, others=30) as place:
        try_kill(place, stream, kill, share, is_first=is_first)
    record_property("outcome", "exact")
