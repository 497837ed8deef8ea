"""Any history of a workspace, with syncs between, ends in a table that equals the workspace: for all that is promised."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.connector import Connector, Row
from integration_tests.histories import ANYWHERE, History, Step, small_world, steps, tried
from sandbox import Sandbox

hours_ago = st.one_of(st.integers(-48, 30), st.integers(0, 24 * 12), st.integers(24 * 12, 24 * 300))


@tried(40)
@given(
    **ANYWHERE,
    steps=steps(hours_ago, "archive", "submit", "approve", "withdraw", "reject"),
)
def test_the_table_equals_the_workspace(
    place: tuple[str, str],
    seed: int,
    lookback_days: int,
    detect_deletions: bool,
    steps: list[Step],
    served: tuple[Sandbox, Path],
) -> None:
    sandbox, folder = served
    sandbox.world = small_world(seed, *place)
    options: Row = {"lookback_days": lookback_days, "detect_deletions": detect_deletions}
    history = History(sandbox.world, Connector(sandbox, folder, num_workers=2, **options), with_approvals=True)
    for step in [("sync", 0, 0), *steps, ("sync", 0, 0)]:
        history.play(*step)
