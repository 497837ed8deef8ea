"""The HTTP session of a sync: the credential, the pace, time-outs and patience, for every stream alike."""

import logging
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import requests
from airbyte_cdk.sources.streams.call_rate import LimiterSession
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.sources.streams.http.requests_native_auth.abstract_token import AbstractHeaderAuthenticator
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pydantic import SecretStr

from source_clockify.api.errors import Answer, Verdict, hand_on, host_of, judge
from source_clockify.api.pace import RequestBudget, retry_after
from source_clockify.config import ClockifyConfig

logger = logging.getLogger("airbyte")

CONNECT_AND_READ_SECONDS: Final = (10.0, 120.0)
LONGEST_DELAY: Final = 30.0
CONNECTIONS: Final = 21
"""For 20 threads that fetch ahead and the main one, which lists the next workspace meanwhile."""
_TOKEN: Final = re.compile(rb'("authToken"\s*:\s*)"(?:[^"\\]|\\.)*"')
_WORKSPACE: Final = re.compile(r"/workspaces/([^/?]+)")


@dataclass(frozen=True)
class Patience:
    """How often a request that meets faults is tried, and how many seconds one waits for its turn under a quota."""

    tries: int
    quota_seconds: float


OF_A_SYNC: Final = Patience(tries=7, quota_seconds=2 * 3600)
"""About a minute of faults; a quota by the hour, which other threads use up too."""
OF_A_CHECK: Final = Patience(tries=2, quota_seconds=30)
"""Somebody is looking at the form."""


class ApiKeyAuthenticator(AbstractHeaderAuthenticator):
    """Sends the key as `X-Api-Key`."""

    auth_header = "X-Api-Key"

    def __init__(self, key: str) -> None:
        self._key = key

    @property
    def token(self) -> str:
        return self._key


class ApiClient(HttpClient):
    """The CDK's client over the session, whose errors are the error handler's words and nothing else."""

    def send_request(self, *args: Any, **kwargs: Any) -> tuple[requests.PreparedRequest, requests.Response]:
        """Send one request.

        Raises:
            AirbyteTracedException: for any answer that the error handler fails.
        """
        try:
            return super().send_request(*args, **kwargs)
        except AirbyteTracedException as fault:
            # The CDK has logged the request and the answer; its summary of failed streams would repeat them.
            raise AirbyteTracedException(
                message=fault.message, internal_message=fault.message, failure_type=fault.failure_type
            ) from None


class ClockifyClient(ApiClient):
    """Raises what a stream has to decide on, too."""

    def send_request(self, *args: Any, **kwargs: Any) -> tuple[requests.PreparedRequest, requests.Response]:
        """Send one request.

        Raises:
            Refused, Gone, NoSuchRoute, BadRequest: for the stream to decide on.
            AirbyteTracedException: for any other answer that is no page.
        """
        request, response = super().send_request(*args, **kwargs)
        return request, hand_on(response)


class ApiSession(LimiterSession):
    """A requests session that asks again where that helps.

    Retries are here rather than in the CDK's client because that one waits in silence, for as long as one sleep takes,
    gives up on 429 after six tries, ignores `Retry-After` by default and has no jitter. `sent` counts every attempt by
    workspace id ("" where the path has none).
    """

    def __init__(self, authenticator: AbstractHeaderAuthenticator, budget: RequestBudget, patience: Patience) -> None:
        super().__init__(api_budget=budget)
        self.auth = authenticator
        self.headers["User-Agent"] = "source-clockify"
        self.budget = budget
        self.sent: Counter[str] = Counter()
        self._patience = patience
        self._counting = threading.Lock()
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=CONNECTIONS)
        self.mount("https://", adapter)
        self.mount("http://", adapter)  # ignore-https-check: loopback, see the check of api_url

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send until there is an answer that more waiting would not change, or patience ends.

        Raises:
            requests.RequestException: the last fault, where no answer of any kind came or none that could be read.
        """
        kwargs.update(allow_redirects=False, timeout=CONNECT_AND_READ_SECONDS)
        began = self.budget.clock()
        faults = 0
        while True:
            answer = self._attempt(request, **kwargs)
            verdict = judge(answer)
            waited = self.budget.clock() - began
            if verdict is Verdict.BUSY and waited + self.budget.held_back_for < self._patience.quota_seconds:
                continue
            faults += verdict is Verdict.TRANSIENT
            if verdict is not Verdict.TRANSIENT or faults >= self._patience.tries:
                return _final(answer, verdict)
            self._wait_out(answer, faults)

    def _attempt(self, request: requests.PreparedRequest, **kwargs: Any) -> Answer:
        workspace = _WORKSPACE.search(request.url or "")
        with self._counting:
            self.sent[workspace.group(1) if workspace else ""] += 1
        try:
            return _without_tokens(super().send(request, **kwargs))
        except requests.RequestException as failure:
            return failure

    def _wait_out(self, answer: Answer, faults: int) -> None:
        asked = retry_after(answer) if isinstance(answer, requests.Response) else None
        jitter = random.uniform(0.5, 1)  # noqa: S311 - no secret
        delay = jitter * min(LONGEST_DELAY, 2.0**faults) if asked is None else asked
        fault = answer.status_code if isinstance(answer, requests.Response) else type(answer).__name__
        logger.info(
            f"{host_of(answer)} failed ({fault}): retry {faults} of {self._patience.tries - 1} in {delay:.0f} s."
        )
        self.budget.wait(delay)


def _without_tokens(response: requests.Response) -> requests.Response:
    """Webhooks come with the secret that signs their calls: it is gone before anything can log or read the body."""
    if b'"authToken"' in response.content:
        response._content = _TOKEN.sub(rb"\1null", response.content)
    return response


def _final(answer: Answer, verdict: Verdict) -> requests.Response:
    if isinstance(answer, requests.RequestException):
        raise answer
    if verdict is Verdict.TRANSIENT and answer.ok:
        raise requests.exceptions.InvalidJSONError("the body is no JSON", response=answer)
    return answer


def reveal(secret: SecretStr) -> str:
    """A secret as it is sent. Logs hide it from then on: by itself the CDK hides it with the blanks that it was pasted with."""
    value = secret.get_secret_value()
    add_to_secrets(value)
    return value


def open_session(config: ClockifyConfig, patience: Patience = OF_A_SYNC) -> ApiSession:
    """The one session of all of Clockify's hosts."""
    return ApiSession(ApiKeyAuthenticator(reveal(config.api_key)), RequestBudget(config.requests_per_second), patience)
