"""Every incremental stream, broken off in every way: the next sync brings what is missing, and nothing is stale."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from integration_tests.matrix.cells import SAMPLE
from integration_tests.matrix.kills import KILLS, SHARES, Course, Kill, try_kill
from integration_tests.matrix.place import Place
from integration_tests.matrix.streams import STREAMS, is_incremental


@pytest.fixture(scope="session", params=[True, False], ids=["the first sync", "a later one"])
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    # The processes have no other clock than the machine's.
    now, folder = datetime.now(UTC), tmp_path_factory.mktemp("kills")
    with Place(folder, page_cap=20, now=now, entries_per_user=30, others=30) as place:
        yield Course(place, is_first=request.param)


def cells() -> list[Any]:
    numbers = count()
    return [
        pytest.param(
            name,
            kill,
            share,
            id=f"{name}: {kill.name} at {share:.0%}",
            marks=() if next(numbers) % SAMPLE == 0 else pytest.mark.whole_matrix,
        )
        for kill in KILLS
        for share in SHARES
        for name, stream in STREAMS.items()
        if is_incremental(stream)
    ]


@pytest.mark.parametrize(("stream", "kill", "share"), cells())
def test_nothing_is_lost_or_stale(
    course: Course, stream: str, kill: Kill, share: float, record_property: Callable[[str, object], None]
) -> None:
    try_kill(course, stream, kill, share)
    record_property("outcome", "exact")
