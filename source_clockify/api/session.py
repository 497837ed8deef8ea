"""The HTTP session of a sync: the credential, the pace, time-outs and retries, for every stream alike."""

import logging
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import unquote

import requests
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from pydantic import SecretStr
from requests.auth import AuthBase

from source_clockify.api.answers import Answer, Api, Verdict, judge
from source_clockify.api.body import receive
from source_clockify.api.failures import NO_ANSWER, Failure, kind_of
from source_clockify.api.pace import LONGEST_PAUSE, RequestBudget, TurnTooFar, retry_after
from source_clockify.api.reach import Reach
from source_clockify.api.transport import CONNECT_AND_READ_SECONDS, TimedAdapter, check_proxy, is_loopback
from source_clockify.api.words import host_of, written_forms

logger = logging.getLogger("airbyte")

LONGEST_DELAY: Final = 30.0
CONNECTIONS: Final = 21
"""For 20 threads that fetch ahead and the main one, which lists the next workspace meanwhile."""
_WORKSPACE: Final = re.compile(r"/workspaces/([^/?]+)")


@dataclass(frozen=True)
class RetryPolicy:
    """How often a request that meets faults is tried, and how long one waits for it.

    No further try is made once the tries so far have taken `fault_seconds`, the waits between them not counted: so a host
    that is silent is left sooner than one that fails at once. `quota_seconds` bound what the host makes a request wait for,
    under a quota or by `Retry-After`.
    """

    tries: int
    fault_seconds: float
    quota_seconds: float


SYNC_RETRIES: Final = RetryPolicy(tries=7, fault_seconds=360, quota_seconds=2 * 3600)
"""About a minute of faults, three time-outs or two endless answers; a quota by the hour, which other threads use up too."""
CHECK_RETRIES: Final = RetryPolicy(tries=2, fault_seconds=60, quota_seconds=30)
"""Somebody is looking at the form."""


class ApiSession(requests.Session):
    """A requests session that asks again where that helps, and raises whatever is not a page.

    Retries are here rather than in the CDK's client because that one waits in silence, for as long as one sleep takes,
    gives up on 429 after six tries, ignores `Retry-After` by default and has no jitter. `sent` counts every attempt by
    workspace id ("" where the path has none).
    """

    def __init__(self, api: Api, authenticator: AuthBase, budget: RequestBudget, retries: RetryPolicy) -> None:
        super().__init__()
        self.auth = authenticator
        self.headers["User-Agent"] = "source-clockify"
        # No API needs them, and those of a host that makes up new ones would fill the head of each request until it is refused.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.budget = budget
        self.sent: Counter[str] = Counter()
        self._api = api
        self._retries = retries
        self._reach = Reach()
        self._counting = threading.Lock()
        adapter = TimedAdapter(CONNECTIONS)
        self.mount("https://", adapter)
        self.mount("http://", adapter)  # ignore-https-check: loopback, see the check of api_url

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Prepare a request.

        Raises:
            ApiError: where its address is none.
        """
        try:
            return super().prepare_request(request)
        except NO_ANSWER as fault:
            failure = fault
        raise self._api.error(failure, str(request.url))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect is followed. requests would look at its target and read its body all the same."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send until there is an answer that more waiting would not change, or the retries are used up.

        Raises:
            ApiError: for any answer that is not a page, or where none came.
        """
        url = request.url or ""
        host, clock = host_of(url), self.budget.clock
        kwargs.update(allow_redirects=False, stream=True, timeout=CONNECT_AND_READ_SECONDS)
        if is_loopback(url):
            kwargs["proxies"] = {}  # the credential would go through it unencrypted
        patience = LONGEST_PAUSE if self._reach.is_overrun(host) else self._retries.quota_seconds
        end, before = clock() + min(patience, self._retries.quota_seconds), self._reach.so_far(host)
        faults, spent = 0, 0.0
        while True:
            if self._reach.is_down(host):
                raise self._api.out_of_reach(url)
            self._take_turn(request, end - clock())
            began = clock()
            answer = self._attempt(request, **kwargs)
            verdict = judge(answer)
            if verdict is Verdict.PAGE and isinstance(answer, requests.Response):
                return answer
            asked = retry_after(answer) if isinstance(answer, requests.Response) else None
            held_back = self.budget.held_back_for if verdict is Verdict.BUSY else 0.0
            is_too_long = clock() + max(held_back, asked or 0.0) >= end
            if verdict is Verdict.BUSY and not is_too_long:
                continue
            faults, spent = faults + 1, spent + clock() - began
            is_tried_enough = faults >= self._retries.tries or spent >= self._retries.fault_seconds
            if verdict is not Verdict.TRANSIENT or is_tried_enough or is_too_long:
                is_patience_used_up = asked is None or asked < self._retries.quota_seconds
                if verdict is not Verdict.FINAL and is_patience_used_up:
                    self._reach.gave_up(host, before, is_busy=verdict is Verdict.BUSY)
                raise self._api.error(answer, url, asked if is_too_long else None)
            self._wait_out(answer, host, faults, asked)

    def _take_turn(self, request: requests.PreparedRequest, patience: float) -> None:
        try:
            self.budget.acquire_call(request, patience)
        except TurnTooFar as turn:
            far = turn.seconds
        else:
            return
        raise self._api.still_held_back(request.url or "", far)

    def _attempt(self, request: requests.PreparedRequest, **kwargs: Any) -> Answer:
        url = request.url or ""
        workspace = _WORKSPACE.search(url)
        with self._counting:
            self.sent[unquote(workspace.group(1)) if workspace else ""] += 1
        try:
            check_proxy(url, kwargs.get("proxies"))
            response = super().send(request, **kwargs)
            self._reach.heard_from(host_of(url), is_served=response.status_code != requests.codes.too_many_requests)
            self.budget.update_from_response(request, response, self._retries.quota_seconds)
            receive(response)
        except NO_ANSWER as failure:
            if kind_of(failure) is not Failure.SILENT:
                self._reach.heard_from(host_of(url), is_served=False)
            return failure
        return response

    def _wait_out(self, answer: Answer, host: str, faults: int, asked: float | None) -> None:
        jitter = random.uniform(0.5, 1)  # noqa: S311 - no secret
        delay = jitter * min(LONGEST_DELAY, 2.0**faults) if asked is None else asked
        fault = answer.status_code if isinstance(answer, requests.Response) else type(answer).__name__
        logger.info(f"{host} failed ({fault}): retry {faults} of {self._retries.tries - 1} in {delay:.0f} s.")
        self.budget.wait(delay)


def reveal(secret: SecretStr) -> str:
    """A secret as it is sent. Logs hide it from then on."""
    value = secret.get_secret_value()
    hide(value)
    return value


def hide(secret: str) -> None:
    """Hide a secret in logs from now on, in every form in which it may come back."""
    for form in written_forms(secret):
        add_to_secrets(form)
