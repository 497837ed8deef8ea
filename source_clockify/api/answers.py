"""What an answer that is not a page means: status, code and message decide together, as data, and in words for people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import requests
from airbyte_cdk.models import FailureType

from source_clockify.api.decoding import decode
from source_clockify.api.errors import ApiError, HostUnusable
from source_clockify.api.failures import Failure, ca_variable, kind_of, proxy_variable, reason_of
from source_clockify.api.words import host_of, legible

Answer = requests.Response | Exception
"""What comes back, or why nothing does."""


class Verdict(Enum):
    """What to do about an answer."""

    PAGE = auto()
    BUSY = auto()
    """Too many requests: wait, then ask again."""
    TRANSIENT = auto()
    """The host or the network had a fault, or the body is not JSON: ask again."""
    FINAL = auto()
    """Asking again would change nothing."""


def judge(answer: Answer) -> Verdict:
    """Classify one answer, or the failure to get one."""
    if isinstance(answer, Exception):
        return Verdict.TRANSIENT if kind_of(answer).may_pass else Verdict.FINAL
    if answer.status_code == requests.codes.too_many_requests:
        return Verdict.BUSY
    if answer.status_code >= 500 or answer.status_code == requests.codes.request_timeout:
        return Verdict.TRANSIENT
    if answer.status_code < 300:
        return Verdict.PAGE if _is_json(answer.content) else Verdict.TRANSIENT
    return Verdict.FINAL


def _is_json(content: bytes) -> bool:
    """Whether a body is JSON. One that ends as it begins, with its braces in balance, is not decoded to see that: it will
    be, once, for its rows.
    """
    if content[:1] + content[-1:] in (b"[]", b"{}") and content.count(b"{") == content.count(b"}"):
        return True
    try:
        decode(content)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Meaning:
    """The error that is raised, its failure type, and its words: a template, see `Api.error` for what it may name."""

    words: str
    failure_type: FailureType = FailureType.config_error
    error: type[ApiError] = ApiError


@dataclass(frozen=True)
class Rule:
    """What a refusal means, by its status, and by the code, the message and the kind of its body where those matter."""

    statuses: tuple[int, ...]
    meaning: Meaning
    code: int | None = None
    says: re.Pattern[str] | None = None
    body: Literal["any", "none", "object"] = "any"

    def covers(self, response: requests.Response, body: Mapping[str, Any]) -> bool:
        return (
            response.status_code in self.statuses
            and (self.code is None or body.get("code") == self.code)
            and (self.says is None or bool(self.says.search(_message(body))))
            and (self.body == "any" or (bool(body) if self.body == "object" else not response.content))
        )


@dataclass(frozen=True)
class Api:
    """What differs between APIs: what their refusals look like, and what people are to look at.

    `credential` is what a request authenticates with, `check_host` and `check_network` are cures. `rules` are tried in
    order. `scopes` holds the scope that an operation needs, by the beginning of its path.
    """

    name: str
    credential: str
    check_host: str
    check_network: str
    rules: tuple[Rule, ...]
    scopes: Mapping[str, str] = field(default_factory=dict)

    def error(self, answer: Answer, url: str, asked: float | None = None) -> ApiError:
        """What is raised for an answer that is not a page, or for the last failure to get one.

        `asked` is how many seconds the host asks to wait, where that is too long. The words may name: {host}, {said} (status,
        message and code), {target} of a redirect, {scope}, {fault} (the kind of a failure), {asked}, {proxy} and
        {certificates} (variables of the environment), and the API's own {credential}, {check_host} and {check_network}.
        """
        if isinstance(answer, requests.Response):
            body = _object(answer)
            meaning, said = self._meaning(answer, body, asked), _said(answer, body)
        else:
            meaning, said = _FAILURES[kind_of(answer)], reason_of(answer)
        return self._raised(meaning, url, said, target=self._target(answer), fault=said, asked=_duration(asked))

    def still_held_back(self, url: str, asked: float) -> ApiError:
        """For a request that is not sent, as the host asked for too many seconds of rest before."""
        return self._raised(HELD_BACK, url, "429", asked=_duration(asked))

    def out_of_reach(self, url: str) -> ApiError:
        """For a request that is not sent, as its host does not answer any more."""
        return self._raised(DOWN, url, "nothing")

    def _raised(self, meaning: Meaning, url: str, said: str, **words: str) -> ApiError:
        scheme, _, address = url.partition("://")
        path = f"/{address.partition('/')[2]}"
        words |= {
            "host": host_of(url),
            "said": said,
            "scope": next((scope for beginning, scope in self.scopes.items() if path.startswith(beginning)), ""),
            "proxy": proxy_variable(scheme),
            "certificates": ca_variable(),
            "credential": self.credential,
            "check_host": self.check_host,
            "check_network": self.check_network,
        }
        return meaning.error(meaning.words.format(**words), meaning.failure_type, said)

    def _meaning(self, answer: requests.Response, body: Mapping[str, Any], asked: float | None) -> Meaning:
        if answer.status_code < 300:
            return NOT_JSON
        if answer.status_code < 400 and "Location" in answer.headers:
            return REDIRECTED
        match judge(answer):
            case Verdict.BUSY:
                return BUSY if asked is None else BUSY_FOR_LONG
            case Verdict.TRANSIENT:
                return FAILING if asked is None else FAILING_FOR_LONG
        return next((rule.meaning for rule in self.rules if rule.covers(answer, body)), UNEXPECTED)

    @staticmethod
    def _target(answer: Answer) -> str:
        location = answer.headers.get("Location", "") if isinstance(answer, requests.Response) else ""
        try:
            place = urlsplit(location).netloc.rpartition("@")[2]
        except ValueError:
            place = ""
        return legible(place or "another place")


UNREACHABLE: Final = Meaning(
    "{host} could not be reached or broke off ({fault}): {check_network}.", FailureType.transient_error
)
DOWN: Final = Meaning(
    "{host} has not answered any more for as long as a request is tried, so it is not asked again in this sync: "
    "{check_network}.",
    FailureType.transient_error,
    HostUnusable,
)
UNREACHABLE_BY_PROXY: Final = Meaning(
    "{host} could not be reached through the proxy that `{proxy}` names ({fault}): check that variable of the environment, "
    "and whether the proxy lets this host through.",
    FailureType.transient_error,
)
BAD_PROXY: Final = Meaning(
    "{host} was not asked, as `{proxy}` names no proxy that can be used ({fault}): correct or remove that variable of the "
    "environment.",
    error=HostUnusable,
)
CERTIFICATE: Final = Meaning(
    "{host} shows a certificate that is not trusted ({fault}): {check_host}. If that proxy inspects TLS, or the host is your "
    "own, name a file with its certificate in the variable REQUESTS_CA_BUNDLE of the environment.",
    error=HostUnusable,
)
CA_BUNDLE: Final = Meaning(
    "{host} was not asked, as `{certificates}` leads to no readable certificates: correct or remove that variable of the "
    "environment.",
    error=HostUnusable,
)
UNUSABLE: Final = Meaning("{host} cannot be asked ({fault}): {check_host}.", error=HostUnusable)
_FAILURES: Final[Mapping[Failure, Meaning]] = {
    Failure.SILENT: UNREACHABLE,
    Failure.LOST: UNREACHABLE,
    Failure.PROXY: UNREACHABLE_BY_PROXY,
    Failure.CERTIFICATE: CERTIFICATE,
    Failure.CA_BUNDLE: CA_BUNDLE,
    Failure.BAD_PROXY: BAD_PROXY,
    Failure.UNUSABLE: UNUSABLE,
}

BUSY: Final = Meaning(
    "{host} kept answering that there are too many requests ({said}): the next sync goes on from here.",
    FailureType.transient_error,
)
BUSY_FOR_LONG: Final = Meaning(
    "{host} answered that there are too many requests ({said}) and asks to wait {asked}: longer than this waits, so the next "
    "sync goes on from here.",
    FailureType.transient_error,
)
HELD_BACK: Final = Meaning(
    "{host} answered that there are too many requests, and the next may come in {asked}: longer than this waits, so the next "
    "sync goes on from here.",
    FailureType.transient_error,
)
FAILING: Final = Meaning("{host} kept failing ({said}): try again later.", FailureType.transient_error)
FAILING_FOR_LONG: Final = Meaning(
    "{host} failed ({said}) and asks to wait {asked}: longer than this waits, so try again after that.",
    FailureType.transient_error,
)
NOT_JSON: Final = Meaning(
    "{host} kept answering with something that is not JSON: {check_host}.", FailureType.transient_error
)
REDIRECTED: Final = Meaning("{host} redirects to {target}, where the {credential} is not sent: {check_host}.")
UNEXPECTED: Final = Meaning(
    "{host} answered {said} to a request that it should accept: a fault of the connector, or the API has changed.",
    FailureType.system_error,
)


def _object(response: requests.Response) -> Mapping[str, Any]:
    """The object that a refusal explains itself with; empty where it is none."""
    try:
        body = decode(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _message(body: Mapping[str, Any]) -> str:
    error = ": ".join(str(body[name]) for name in ("error", "error_description") if body.get(name))
    message = body.get("message") or error
    return ", ".join(map(str, message)) if isinstance(message, list) else str(message)


def _said(response: requests.Response, body: Mapping[str, Any]) -> str:
    said = legible(_message(body) or str(response.reason or "no reason given"))
    return f"{response.status_code} '{said}'" + (f", code {legible(str(body['code']))}" if "code" in body else "")


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else f"{timedelta(seconds=round(seconds))} h"
