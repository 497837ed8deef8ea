"""The request budget, on a clock of its own."""

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
import requests
from pytest_mock import MockerFixture

from source_clockify.api.pace import RequestBudget, retry_after


class Clock:
    """Time that passes only when somebody sleeps; `slept` is how long each time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def response(status: int = 200, retry_after: str | None = None) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer


def budget(clock: Clock, requests_per_second: float = 40) -> RequestBudget:
    return RequestBudget(requests_per_second, clock=clock, sleep=clock.sleep)


def sent(paced: RequestBudget, number: int) -> list[requests.PreparedRequest]:
    """So many requests that are under way."""
    under_way = [requests.PreparedRequest() for _ in range(number)]
    for request in under_way:
        paced.acquire_call(request)
    return under_way


class QuotaServer:
    """Allows so many requests in any window of so many seconds."""

    def __init__(self, clock: Clock, limit: int, seconds: float) -> None:
        self.clock, self.limit, self.seconds = clock, limit, seconds
        self.taken: list[float] = []
        self.refused = 0

    def answer(self) -> requests.Response:
        self.taken = [moment for moment in self.taken if moment > self.clock.now - self.seconds]
        if len(self.taken) >= self.limit:
            self.refused += 1
            return response(429)
        self.taken.append(self.clock.now)
        return response()


def drive(budget: RequestBudget, server: QuotaServer, successes: int) -> None:
    done = 0
    while done < successes:
        budget.acquire_call(None)
        answer = server.answer()
        budget.update_from_response(None, answer)
        done += answer.ok


def test_never_faster_than_the_ceiling(clock: Clock) -> None:
    paced = budget(clock, 40)
    sent = []
    for _ in range(400):
        paced.acquire_call(None)
        sent.append(clock.now)
    in_any_second = max(sum(1 for other in sent if moment <= other < moment + 1) for moment in sent)
    assert in_any_second <= 42
    assert sent[-1] - sent[0] == pytest.approx(399 / 40, rel=0.01)


def test_gives_way_to_a_lower_limit_with_few_refusals(clock: Clock) -> None:
    server = QuotaServer(clock, limit=10, seconds=1)
    drive(budget(clock, 40), server, successes=500)
    assert server.refused < 25  # under 5 %


def test_recovers_when_the_limit_is_gone(clock: Clock) -> None:
    paced = budget(clock, 40)
    for _ in range(3):
        clock.sleep(1)
        paced.update_from_response(None, response(429))
    assert paced.pace == pytest.approx(5)
    for _ in range(2000):
        paced.acquire_call(None)
        paced.update_from_response(None, response())
    assert paced.pace == pytest.approx(40)


def test_lives_through_a_quota_by_the_hour_and_says_so(
    clock: Clock, caplog: pytest.LogCaptureFixture, mocker: MockerFixture
) -> None:
    server = QuotaServer(clock, limit=30, seconds=3600)
    told: list[float] = []
    mocker.patch.object(caplog.handler, "emit", side_effect=lambda _: told.append(clock.now))
    began = clock.now
    with caplog.at_level(logging.INFO, logger="airbyte"):
        drive(budget(clock), server, successes=61)
    assert clock.now - began >= 2 * 3600
    waits = [later - earlier for earlier, later in pairwise(told)]
    assert max(waits) <= 30


def test_retry_after_holds_all_requests_back(clock: Clock) -> None:
    paced = budget(clock)
    paced.update_from_response(None, response(429, retry_after="120"))
    assert paced.held_back_for == 120
    before = clock.now
    paced.acquire_call(None)
    assert clock.now - before >= 120


def test_requests_under_way_at_a_refusal_slow_down_only_once(clock: Clock) -> None:
    paced = budget(clock, 40)
    under_way = sent(paced, 5)
    clock.sleep(1)
    for request in under_way:
        paced.update_from_response(request, response(429))
    assert paced.pace == 20
    assert paced.held_back_for == 1


def test_of_several_answers_the_longest_retry_after_counts_whenever_they_were_sent(clock: Clock) -> None:
    paced = budget(clock, 40)
    under_way = sent(paced, 3)
    clock.sleep(1)
    for request, seconds in zip(under_way, ("10", "60", "5"), strict=True):
        paced.update_from_response(request, response(429, retry_after=seconds))
    assert paced.held_back_for == 60
    assert paced.pace == 20


def pauses(paced: RequestBudget, clock: Clock, refusals: int) -> list[float]:
    """How long each of so many refusals without `Retry-After` holds requests back, one after the other."""
    held = []
    for _ in range(refusals):
        clock.sleep(paced.held_back_for + 0.001)
        paced.update_from_response(None, response(429))
        held.append(paced.held_back_for)
    clock.sleep(held[-1] + 0.001)
    return held


def test_pauses_double_up_to_five_minutes(clock: Clock) -> None:
    held = pauses(budget(clock), clock, 11)
    assert held == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])


def test_a_success_halves_the_next_pause_but_not_one_that_was_under_way(clock: Clock) -> None:
    paced = budget(clock)
    [under_way] = sent(paced, 1)
    clock.sleep(0.1)
    pauses(paced, clock, 4)
    paced.update_from_response(under_way, response())
    assert pauses(paced, clock, 1) == pytest.approx([16])
    paced.update_from_response(None, response())
    assert pauses(paced, clock, 1) == pytest.approx([16])
    for _ in range(9):
        paced.update_from_response(None, response())
    assert pauses(paced, clock, 1) == pytest.approx([1])


@pytest.mark.parametrize(("ceiling", "slowest"), [(40, 0.5), (0.25, 0.25)])
def test_the_pace_does_not_fall_below_one_request_in_two_seconds(ceiling: float, slowest: float, clock: Clock) -> None:
    paced = budget(clock, ceiling)
    pauses(paced, clock, 20)
    assert paced.pace == slowest


def test_what_was_not_sent_is_not_made_up_for(clock: Clock) -> None:
    paced = budget(clock, 10)
    clock.sleep(3600)
    before = clock.now
    for _ in range(21):
        paced.acquire_call(None)
    assert clock.now - before >= 1.9


def test_nobody_sleeps_for_long_in_one_piece(clock: Clock) -> None:
    paced = budget(clock)
    paced.wait(95)
    paced.update_from_response(None, response(429, retry_after="95"))
    paced.acquire_call(None)
    assert sum(clock.slept) == pytest.approx(190)
    assert max(clock.slept) <= 10


def test_a_long_wait_for_the_next_try_is_told(
    clock: Clock, caplog: pytest.LogCaptureFixture, mocker: MockerFixture
) -> None:
    told = [clock.now]
    mocker.patch.object(caplog.handler, "emit", side_effect=lambda _: told.append(clock.now))
    with caplog.at_level(logging.INFO, logger="airbyte"):
        budget(clock).wait(300)
    assert max(later - earlier for earlier, later in pairwise([*told, clock.now])) <= 30


def test_a_limit_is_told_now_and_then_however_often_threads_ask(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    paced = RequestBudget(40, clock=clock, sleep=lambda seconds: clock.sleep(min(seconds, 1)))
    paced.update_from_response(None, response(429, retry_after="100"))
    with caplog.at_level(logging.INFO, logger="airbyte"):
        paced.acquire_call(None)
    assert len([line for line in caplog.messages if "request limit is reached" in line]) in (5, 6)


@pytest.mark.parametrize(("seconds", "pace"), [(0, 20), (5, 20), (5.1, 34), (600, 34)])
def test_a_pace_that_held_for_a_while_is_slowed_down_less(seconds: float, pace: float, clock: Clock) -> None:
    paced = budget(clock, 40)
    clock.sleep(seconds)
    paced.update_from_response(None, response(429))
    assert paced.pace == pytest.approx(pace)
    clock.sleep(1)
    paced.update_from_response(None, response(429))
    assert paced.pace == pytest.approx(pace / 2)


def test_time_before_a_refusal_does_not_speed_up_what_comes_after(clock: Clock) -> None:
    paced = budget(clock, 40)
    clock.sleep(60)
    paced.update_from_response(None, response(429))
    paced.acquire_call(None)
    assert paced.pace == pytest.approx(34 * 1.02)


def test_stays_near_a_lower_limit(clock: Clock) -> None:
    server, began = QuotaServer(clock, limit=10, seconds=1), clock.now
    drive(budget(clock, 40), server, successes=1000)
    assert 1000 / (clock.now - began) >= 7.5


def test_retry_after_as_a_date() -> None:
    moment = datetime.now(UTC) + timedelta(seconds=90)
    seconds = retry_after(response(429, retry_after=format_datetime(moment, usegmt=True)))
    assert seconds is not None
    assert 85 < seconds <= 90


def test_a_retry_after_that_has_passed_is_no_wait() -> None:
    moment = datetime.now(UTC) - timedelta(seconds=90)
    assert retry_after(response(429, retry_after=format_datetime(moment, usegmt=True))) == 0


@pytest.mark.parametrize("value", [None, "", "soon", "-5"])
def test_a_useless_retry_after_is_none(value: str | None) -> None:
    assert retry_after(response(429, retry_after=value)) is None
