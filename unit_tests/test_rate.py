"""How much of a limit is used that nobody tells, and at how many refusals: syncs and hosts on a clock of their own."""

import logging
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from unit_tests.traffic import FixedWindow, Limiter, SlidingWindow, Sync, TokenBucket, simulate

MINUTE: Final = 60.0
Limited = Callable[[float], Limiter]
# What Clockify limits by is not known.
LIMITERS: Final[dict[str, Limited]] = {
    "fixed window": FixedWindow,
    "sliding window": SlidingWindow,
    "token bucket, 3 at once": lambda rate: TokenBucket(rate, 3),
    "token bucket, a second's worth": lambda rate: TokenBucket(rate, rate),
    "token bucket, 100 at once": lambda rate: TokenBucket(rate, 100),
}
each_limiter: Final = pytest.mark.parametrize("limited_to", LIMITERS.values(), ids=LIMITERS.keys())
each_header: Final = pytest.mark.parametrize("retry_after", [None, 1], ids=["no header", "Retry-After"])


@pytest.fixture(autouse=True)
def _silent(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Thousands of log lines would take longer than what is simulated."""
    with caplog.at_level(logging.CRITICAL, logger="airbyte"):
        yield


@each_limiter
@each_header
@pytest.mark.parametrize(("allowed", "latencies"), [(10, (0.02, 0.1, 0.5)), (25, (0.02, 0.1, 0.3))])
def test_nine_tenths_of_a_limit_are_used_at_few_refusals(
    allowed: float, latencies: tuple[float, ...], retry_after: int | None, limited_to: Limited
) -> None:
    for latency in latencies:
        sync = Sync(latency)
        simulate(limited_to(allowed), sync, seconds=2 * MINUTE, retry_after=retry_after)
        assert sync.rate(0, 2 * MINUTE) >= 0.9 * allowed, latency
        assert sync.share_refused <= 0.03, latency


@each_limiter
def test_refusals_that_are_told_late_cost_more_of_them(limited_to: Limited) -> None:
    sync = Sync(latency=2, workers=20)
    simulate(limited_to(5), sync, seconds=5 * MINUTE)
    assert sync.rate(0, 5 * MINUTE) >= 0.85 * 5
    assert sync.share_refused <= 0.08


@pytest.mark.parametrize("ceiling", [1, 10, 40, 50])
@each_limiter
def test_what_is_set_is_used_where_nothing_refuses(ceiling: float, limited_to: Limited) -> None:
    sync = Sync(ceiling=ceiling)
    simulate(limited_to(100), sync, seconds=MINUTE)
    assert sync.refused == []
    assert 0.95 * ceiling <= sync.rate(0, MINUTE) <= ceiling + 1 / MINUTE


@each_limiter
@pytest.mark.parametrize(("before", "after"), [(25, 10), (10, 25), (5, 35)])
def test_a_new_limit_is_followed_within_half_a_minute(before: float, after: float, limited_to: Limited) -> None:
    for changes_at in (40, 45, 50, 55):  # wherever the pace is on its way from one refusal to the next
        sync, followed = Sync(workers=5), changes_at + 30
        simulate(limited_to(before), sync, seconds=followed + 20, changes={changes_at: after})
        assert sync.rate(followed, followed + 20) >= 0.85 * after, changes_at
        assert sum(changes_at <= moment < followed for moment in sync.refused) <= 30, changes_at


@each_limiter
@pytest.mark.parametrize(
    "latencies", [(0.1, 0.1), (0.8, 0.05), (0.05, 0.8)], ids=["alike", "slow first", "quick first"]
)
def test_two_syncs_share_a_limit_whoever_came_first(latencies: tuple[float, ...], limited_to: Limited) -> None:
    for later in (20.0, 26.3, 33.1):
        first, second = (Sync(latency, begins=begins) for latency, begins in zip(latencies, (0.0, later), strict=True))
        end = later + 4 * MINUTE
        simulate(limited_to(10), first, second, seconds=end)
        rates = [sync.rate(later, end) for sync in (first, second)]
        assert min(rates) >= 0.35 * sum(rates), later
        assert sum(rates) >= 0.85 * 10, later


@each_limiter
def test_none_of_three_syncs_starves(limited_to: Limited) -> None:
    syncs = [Sync(workers=5, begins=begins) for begins in (0, 17.3, 33.9)]
    simulate(limited_to(25), *syncs, seconds=34 + 4 * MINUTE)
    rates = [sync.rate(34, 34 + 4 * MINUTE) for sync in syncs]
    assert min(rates) >= 0.2 * sum(rates)
    assert sum(rates) >= 0.85 * 25


@pytest.mark.parametrize("workers", [1, 10])
def test_an_hours_quota_that_is_used_up_costs_few_refusals(workers: int) -> None:
    sync = Sync(workers=workers)
    simulate(SlidingWindow(30, seconds=60 * MINUTE), sync, seconds=4 * 60 * MINUTE)
    assert len(sync.served) == 4 * 30
    assert len(sync.refused) <= 4 * 24
