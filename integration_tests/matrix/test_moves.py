"""Every paged list while it changes: each row that was there throughout comes, and comes once."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from integration_tests.matrix.cells import SAMPLE, Subjects
from integration_tests.matrix.moves import MOVES, Move, try_move
from integration_tests.matrix.place import Place
from integration_tests.matrix.streams import STREAMS, is_paged


@pytest.fixture(scope="session", params=[4, 7], ids=["pages of 4", "pages of 7"])
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subjects]:
    """Places whose host caps its pages."""
    with Place(tmp_path_factory.mktemp("moves"), page_cap=request.param) as place:
        yield Subjects(place)


def cells() -> list[Any]:
    numbers = count()
    return [
        pytest.param(
            name,
            move,
            id=f"{name}: {move.name}",
            marks=() if next(numbers) % (SAMPLE // 4) == 0 else pytest.mark.whole_matrix,
        )
        for move in MOVES
        for name, stream in STREAMS.items()
        if is_paged(stream)
    ]


@pytest.mark.parametrize(("stream", "move"), cells())
def test_nothing_is_lost_or_doubled(
    pages: Subjects, stream: str, move: Move, record_property: Callable[[str, object], None]
) -> None:
    if not try_move(pages, stream, move):
        pytest.skip("nothing to strike")
    record_property("outcome", "exact")
