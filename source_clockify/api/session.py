"""The HTTP session of a sync: the credential, the pace, time-outs and retries, for every stream alike."""

import logging
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from airbyte_cdk.sources.streams.call_rate import LimiterSession
from airbyte_cdk.sources.streams.http.requests_native_auth.abstract_token import AbstractHeaderAuthenticator
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from pydantic import SecretStr

from source_clockify.api.errors import Answer, Api, Verdict, judge
from source_clockify.api.pace import RequestBudget, retry_after

logger = logging.getLogger("airbyte")

CONNECT_AND_READ_SECONDS: Final = (10.0, 120.0)
LONGEST_DELAY: Final = 30.0
CONNECTIONS: Final = 21
"""For 20 threads that fetch ahead and the main one, which lists the next workspace meanwhile."""
_TOKEN: Final = re.compile(rb'("authToken"\s*:\s*)"(?:[^"\\]|\\.)*"')
_WORKSPACE: Final = re.compile(r"/workspaces/([^/?]+)")


@dataclass(frozen=True)
class RetryPolicy:
    """How often a request that meets faults is tried, and how many seconds one waits for its turn under a quota."""

    tries: int
    quota_seconds: float


SYNC_RETRIES: Final = RetryPolicy(tries=7, quota_seconds=2 * 3600)
"""About a minute of faults; a quota by the hour, which other threads use up too."""
CHECK_RETRIES: Final = RetryPolicy(tries=2, quota_seconds=30)
"""Somebody is looking at the form."""


class ApiSession(LimiterSession):
    """A requests session that asks again where that helps, and raises whatever is not a page.

    Retries are here rather than in the CDK's client because that one waits in silence, for as long as one sleep takes,
    gives up on 429 after six tries, ignores `Retry-After` by default and has no jitter. `sent` counts every attempt by
    workspace id ("" where the path has none).
    """

    def __init__(
        self, api: Api, authenticator: AbstractHeaderAuthenticator, budget: RequestBudget, retries: RetryPolicy
    ) -> None:
        super().__init__(api_budget=budget)
        self.auth = authenticator
        self.headers["User-Agent"] = "source-clockify"
        self.budget = budget
        self.sent: Counter[str] = Counter()
        self._api = api
        self._retries = retries
        self._counting = threading.Lock()
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=CONNECTIONS)
        self.mount("https://", adapter)
        self.mount("http://", adapter)  # ignore-https-check: loopback, see the check of api_url

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send until there is an answer that more waiting would not change, or the retries are used up.

        Raises:
            ApiError: for any answer that is not a page, or where none came.
        """
        kwargs.update(allow_redirects=False, timeout=CONNECT_AND_READ_SECONDS)
        began = self.budget.clock()
        faults = 0
        while True:
            answer = self._attempt(request, **kwargs)
            verdict = judge(answer)
            if verdict is Verdict.PAGE and isinstance(answer, requests.Response):
                return answer
            waited = self.budget.clock() - began
            if verdict is Verdict.BUSY and waited + self.budget.held_back_for < self._retries.quota_seconds:
                continue
            faults += verdict is Verdict.TRANSIENT
            if verdict is not Verdict.TRANSIENT or faults >= self._retries.tries:
                raise self._api.error(answer, request.url or "")
            self._wait_out(answer, request, faults)

    def _attempt(self, request: requests.PreparedRequest, **kwargs: Any) -> Answer:
        workspace = _WORKSPACE.search(request.url or "")
        with self._counting:
            self.sent[workspace.group(1) if workspace else ""] += 1
        try:
            return _without_tokens(super().send(request, **kwargs))
        except requests.RequestException as failure:
            return failure

    def _wait_out(self, answer: Answer, request: requests.PreparedRequest, faults: int) -> None:
        asked = retry_after(answer) if isinstance(answer, requests.Response) else None
        jitter = random.uniform(0.5, 1)  # noqa: S311 - no secret
        delay = jitter * min(LONGEST_DELAY, 2.0**faults) if asked is None else asked
        fault = answer.status_code if isinstance(answer, requests.Response) else type(answer).__name__
        host = urlsplit(request.url or "").hostname
        logger.info(f"{host} failed ({fault}): retry {faults} of {self._retries.tries - 1} in {delay:.0f} s.")
        self.budget.wait(delay)


def _without_tokens(response: requests.Response) -> requests.Response:
    """Webhooks come with the secret that signs their calls: it is gone before anything can log or read the body."""
    if b'"authToken"' in response.content:
        response._content = _TOKEN.sub(rb"\1null", response.content)
    return response


def reveal(secret: SecretStr) -> str:
    """A secret as it is sent. Logs hide it from then on: by itself the CDK hides it with the blanks that it was pasted with."""
    value = secret.get_secret_value()
    add_to_secrets(value)
    return value
