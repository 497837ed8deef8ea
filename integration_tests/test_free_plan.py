"""What a FREE workspace takes, as docs/performance.md has it."""

from tools import free_plan


def test_the_table_is_what_syncs_take() -> None:
    assert free_plan.PAGE.read_text(encoding="utf-8") == free_plan.page(), "stale: run `make docs`"


def test_the_hourly_streams_fit_into_the_quota() -> None:
    check = 2
    first, second = free_plan.syncs(*free_plan.HOURLY)
    assert first.keys() == second.keys() == {*free_plan.HOURLY}
    assert first.total() <= free_plan.QUOTA
    assert second.total() + check <= free_plan.QUOTA
