"""`refresh_history_days`: an edit or a move of any age arrives, in time, at no more requests, and with every other setting."""

from itertools import chain
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.connector import Connector, Row
from integration_tests.histories import ANYWHERE, DAY, History, Step, small_world, steps, tried
from sandbox import Sandbox

hours_ago = st.one_of(st.integers(-48, 24 * 12), st.integers(24 * 12, 24 * 4000))
OLD = [("add", number, 24 * 300 * number) for number in range(1, 13)]
pauses = st.tuples(st.just("pass"), st.just(0), st.integers(1, 60))
syncs = st.tuples(st.sampled_from(["sync", "sync", "killed sync"]), st.integers(0, 30), st.just(0))
ends = st.lists(st.tuples(pauses, syncs), min_size=1, max_size=6)


@tried(12)
@given(
    **ANYWHERE,
    refresh_history_days=st.integers(1, 12),
    starting_days_ago=st.sampled_from([None, 20, 700]),
    steps=steps(hours_ago),
    end=ends,
)
def test_every_change_arrives_in_time_whatever_the_age_of_the_entry(
    place: tuple[str, str],
    seed: int,
    lookback_days: int,
    detect_deletions: bool,
    refresh_history_days: int,
    starting_days_ago: int | None,
    steps: list[Step],
    end: list[tuple[Step, Step]],
    served: tuple[Sandbox, Path],
) -> None:
    """Within the history and after its last change: what is as old as the days is in the table after each whole sync."""
    sandbox, folder = served
    world = sandbox.world = small_world(seed, *place)
    options: Row = {
        "lookback_days": lookback_days,
        "detect_deletions": detect_deletions,
        "refresh_history_days": refresh_history_days,
    }
    if starting_days_ago is not None:
        options["start_date"] = f"{world.now - starting_days_ago * DAY:%Y-%m-%dT%H:%M:%SZ}"
    history = History(world, Connector(sandbox, folder, num_workers=2, **options))
    for step in [*OLD, ("sync", 0, 0), *steps]:
        history.play(*step)
    last_change = world.now
    for step in chain.from_iterable(end):
        history.play(*step)
    world.now = max(world.now, last_change + refresh_history_days * DAY)
    history.play("sync", 0, 0)
    assert history.missed(last_change) == set()
