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


def test_recovers_when_the_limit_is_gone(clock: Clock) -> None:
    paced = budget(clock, 40)
    pauses(paced, clock, 3)
    assert paced.pace < 10
    began = clock.now
    while paced.pace < 40:
        paced.acquire_call(None)
        paced.update_from_response(None, response())
    assert clock.now - began < 30


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


@pytest.mark.parametrize("served", [False, True])
def test_retry_after_of_one_second_holds_back_its_own_request_where_others_are_served(
    served: bool, clock: Clock
) -> None:
    paced = budget(clock)
    refused, other = sent(paced, 2)
    paced.update_from_response(refused, response(429, retry_after="1"))
    assert paced.held_back_for == 0
    paced.acquire_call(other)
    if served:
        paced.update_from_response(other, response())
        paced.acquire_call(other)
    before = clock.now
    paced.update_from_response(other, response(429, retry_after="1"))
    sent(paced, 1)
    assert (clock.now - before < 1) is served
    paced.acquire_call(other)
    assert clock.now - before >= 1


def test_nobody_sends_for_the_rest_of_a_second_that_is_used_up(clock: Clock) -> None:
    paced = budget(clock, 40)
    began, under_way = clock.now, sent(paced, 10)
    paced.update_from_response(under_way[9], response(429))
    assert paced.held_back_for == 0
    paced.acquire_call(None)
    assert clock.now - began == pytest.approx(1, abs=0.05)


def test_requests_under_way_at_a_refusal_slow_down_only_once(clock: Clock) -> None:
    paced = budget(clock, 40)
    under_way = sent(paced, 41)
    clock.sleep(1)
    for request in reversed(under_way):
        paced.update_from_response(request, response(429))
    assert paced.pace == 34
    assert paced.held_back_for == 0


def test_of_several_answers_the_longest_retry_after_counts_whenever_they_were_sent(clock: Clock) -> None:
    paced = budget(clock, 40)
    under_way = sent(paced, 41)
    clock.sleep(1)
    for request, seconds in zip(reversed(under_way[-3:]), ("10", "60", "5"), strict=True):
        paced.update_from_response(request, response(429, retry_after=seconds))
    assert paced.held_back_for == 60
    assert paced.pace == 34


def pauses(paced: RequestBudget, clock: Clock, refusals: int) -> list[float]:
    """How long each of so many refusals without `Retry-After` holds requests back, one after the other."""
    held = []
    for _ in range(refusals):
        paced.acquire_call(None)
        clock.sleep(0.001)
        paced.update_from_response(None, response(429))
        held.append(paced.held_back_for)
    return held


def test_pauses_double_up_to_five_minutes_where_nothing_is_let_through(clock: Clock) -> None:
    held = pauses(budget(clock), clock, 11)
    assert held == pytest.approx([0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])


def test_a_success_halves_the_next_pause_but_not_one_that_was_under_way(clock: Clock) -> None:
    paced = budget(clock)
    [under_way] = sent(paced, 1)
    clock.sleep(0.1)
    assert pauses(paced, clock, 5)[-1] == pytest.approx(16)
    paced.update_from_response(under_way, response())
    assert pauses(paced, clock, 1) == pytest.approx([32])
    paced.acquire_call(None)
    paced.update_from_response(None, response())
    assert pauses(paced, clock, 2) == pytest.approx([0, 32])
    for _ in range(9):
        paced.acquire_call(None)
        paced.update_from_response(None, response())
    assert pauses(paced, clock, 2) == pytest.approx([0, 2])


@pytest.mark.parametrize(("ceiling", "slowest"), [(40, 0.5), (0.25, 0.25)])
def test_the_pace_does_not_fall_below_one_request_in_two_seconds(ceiling: float, slowest: float, clock: Clock) -> None:
    paced = budget(clock, ceiling)
    pauses(paced, clock, 20)
    assert paced.pace == pytest.approx(slowest, rel=0.01)


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


def test_time_in_which_nothing_is_sent_does_not_speed_up(clock: Clock) -> None:
    paced = budget(clock, 40)
    under_way = sent(paced, 41)
    paced.update_from_response(under_way[-1], response(429))
    clock.sleep(3600)
    paced.acquire_call(None)
    assert paced.pace == pytest.approx(34, rel=0.01)


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
