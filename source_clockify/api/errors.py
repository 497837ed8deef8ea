"""What an answer of Clockify means. Status, `code` and `message` of the body decide together, here and nowhere else."""

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import ErrorHandler, ErrorResolution, ResponseAction
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

Answer = requests.Response | requests.RequestException

VALIDATION_CODE: Final = 501
UNKNOWN_KEY_CODE: Final = 4003
NO_SUCH_ROUTE_CODE: Final = 3000
_GONE: Final = re.compile(r"belong to|not found|not exist", re.IGNORECASE)


class Verdict(Enum):
    """The kinds of answer that are treated differently."""

    SUCCESS = auto()
    BUSY = auto()
    """Too many requests: wait, then ask again."""
    TRANSIENT = auto()
    """The host or the network had a fault, or the body is no JSON: ask again."""
    KEY_REJECTED = auto()
    REFUSED = auto()
    """Not in the workspace's plan, or the key's user lacks the role."""
    GONE = auto()
    """The thing that was asked for was deleted meanwhile, or is not in this workspace."""
    NOT_VISIBLE = auto()
    """The workspace is not visible to the key."""
    NOT_CLOCKIFY = auto()
    """Something else answered: a proxy, or a host that has no such API."""
    BAD_REQUEST = auto()
    NO_SUCH_ROUTE = auto()
    """The host has no such operation, which Clockify says in its own words."""
    REDIRECTED = auto()
    """Sent to another place, where the key must not follow."""
    UNEXPECTED = auto()


class Refused(Exception):
    """Clockify refused a list: the plan does not include it, or the key's user may not see it."""


class Gone(Exception):
    """What was asked for does not exist any more, or is not in this workspace."""


class NoSuchRoute(AirbyteTracedException):
    """The host does not have this operation: a config error, unless the caller has another way."""


class BadRequest(AirbyteTracedException):
    """Clockify does not take the parameters: a system error, unless the caller expects it."""


def system_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(message=message, internal_message=message, failure_type=FailureType.system_error)


def config_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(message=message, internal_message=message, failure_type=FailureType.config_error)


def broken_body(response: requests.Response) -> AirbyteTracedException:
    message = f"A body of {host_of(response)} is broken in the middle: try again later, or look for a proxy in between."
    return AirbyteTracedException(message=message, internal_message=message, failure_type=FailureType.transient_error)


def error_body(response: requests.Response) -> Mapping[str, Any]:
    """The object that a refusal explains itself with; empty where it is none."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _is_json(content: bytes) -> bool:
    """Whether a body is JSON. One that ends as it begins, with its braces in balance, is not decoded to see that: it will
    be, once, for its rows.
    """
    if content[:1] + content[-1:] in (b"[]", b"{}") and content.count(b"{") == content.count(b"}"):
        return True
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True


def judge(answer: Answer) -> Verdict:
    """Classify one answer, or the failure to get one."""
    if isinstance(answer, requests.RequestException):
        return _judge_failure(answer)
    status = answer.status_code
    if status == requests.codes.too_many_requests:
        return Verdict.BUSY
    if status >= 500 or status == requests.codes.request_timeout:
        return Verdict.TRANSIENT
    if status < 300:
        return Verdict.SUCCESS if _is_json(answer.content) else Verdict.TRANSIENT
    if status < 400:
        return Verdict.REDIRECTED
    return _judge_client_error(answer)


def _judge_failure(failure: requests.RequestException) -> Verdict:
    transient = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
        requests.exceptions.InvalidJSONError,
    )
    return Verdict.TRANSIENT if isinstance(failure, transient) else Verdict.UNEXPECTED


def _judge_client_error(response: requests.Response) -> Verdict:
    body = error_body(response)
    match response.status_code:
        case 401:
            return Verdict.KEY_REJECTED
        case 402:
            return Verdict.REFUSED
        case 403 if body or not response.content:
            return Verdict.REFUSED
        case 404 if not response.content:
            return Verdict.NOT_VISIBLE
        case 404 | 405 if body.get("code") == NO_SUCH_ROUTE_CODE:
            return Verdict.NO_SUCH_ROUTE
        case 403 | 404:
            return Verdict.NOT_CLOCKIFY
        case 400 if body.get("code") == VALIDATION_CODE and _GONE.search(str(body.get("message"))):
            return Verdict.GONE
        case 400:
            return Verdict.BAD_REQUEST
    return Verdict.UNEXPECTED


def hand_on(response: requests.Response) -> requests.Response:
    """Raise what a stream has to decide on; any other answer that got this far is a page.

    Raises:
        Refused: 402 or 403.
        Gone: 400 with code 501.
        NoSuchRoute: 404 or 405 with code 3000.
        BadRequest: any other 400.
    """
    verdict = Verdict.SUCCESS if response.ok else judge(response)
    if verdict is Verdict.REFUSED:
        raise Refused(_quote(response))
    if verdict is Verdict.GONE:
        raise Gone(_quote(response))
    if verdict in _DECIDED_BY_CALLER:
        message = _explain(verdict, response)
        error, failure_type = _DECIDED_BY_CALLER[verdict]
        raise error(message=message, internal_message=message, failure_type=failure_type)
    return response


def _quote(response: requests.Response) -> str:
    body = error_body(response)
    said = str(body.get("message") or response.reason or "no reason given")
    return f"{response.status_code} {said!r}" + (f", code {body['code']}" if "code" in body else "")


class ClockifyErrorHandler(ErrorHandler):
    """The one error handler of all streams. Retries are the session's business, so whatever comes here is final."""

    max_retries = 0
    max_time = 0

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response) and response.status_code < requests.codes.multiple_choices:
            return ErrorResolution(ResponseAction.SUCCESS)
        if not isinstance(response, Answer):
            return ErrorResolution(
                ResponseAction.FAIL, FailureType.system_error, f"No answer from Clockify: {response}"
            )
        verdict = judge(response)
        if verdict in (Verdict.REFUSED, Verdict.GONE, *_DECIDED_BY_CALLER):
            return ErrorResolution(ResponseAction.SUCCESS)  # the stream decides, see hand_on()
        failure_type = _FAILURE_TYPES.get(verdict, FailureType.config_error)
        return ErrorResolution(ResponseAction.FAIL, failure_type, _explain(verdict, response))


_FAILURE_TYPES: Final[Mapping[Verdict, FailureType]] = {
    Verdict.BUSY: FailureType.transient_error,
    Verdict.TRANSIENT: FailureType.transient_error,
    Verdict.UNEXPECTED: FailureType.system_error,
}


_DECIDED_BY_CALLER: Final[Mapping[Verdict, tuple[type[AirbyteTracedException], FailureType]]] = {
    Verdict.NO_SUCH_ROUTE: (NoSuchRoute, FailureType.config_error),
    Verdict.BAD_REQUEST: (BadRequest, FailureType.system_error),
}


def host_of(answer: Answer) -> str:
    url = answer.url if isinstance(answer, requests.Response) else answer.request.url if answer.request else None
    return urlsplit(str(url or "")).hostname or "the host"


def _explain(verdict: Verdict, answer: Answer) -> str:
    host = host_of(answer)
    if isinstance(answer, requests.exceptions.InvalidJSONError):
        return f"{host} kept answering with something that is no JSON: check `api_url`, or a proxy in between."
    if isinstance(answer, requests.RequestException):
        cure = "check `region` and `api_url` if this goes on, else the network"
        return f"{host} could not be reached or broke off ({type(answer).__name__}): {cure}."
    said = _quote(answer)
    match verdict:
        case Verdict.BUSY:
            return f"{host} kept answering that there are too many requests ({said}); the next sync goes on from here."
        case Verdict.TRANSIENT:
            return f"{host} kept failing ({said}): try again later."
        case Verdict.KEY_REJECTED if error_body(answer).get("code") == UNKNOWN_KEY_CODE:
            return (
                f"{host} does not know this key ({said}): check `api_key` for a typing error or a deleted key, and "
                "`region` or `api_url`, as a key is known only in the region or subdomain where it was made."
            )
        case Verdict.KEY_REJECTED:
            return f"{host} rejected the key ({said}): check `api_key`, then `region` or `api_url`."
        case Verdict.NOT_VISIBLE:
            return f"{host} shows no such workspace to this key (404): check `workspace_ids`, `region` and `api_url`."
        case Verdict.NO_SUCH_ROUTE:
            return f"{host} has no such operation ({said}): check `api_url`, or Clockify has removed it."
        case Verdict.NOT_CLOCKIFY:
            return f"{host} did not answer as Clockify does ({said}): check `api_url`, or a proxy in between."
        case Verdict.REDIRECTED:
            target = urlsplit(answer.headers.get("Location", "")).hostname or "another place"
            return f"{host} redirects to {target}, where the key is not sent: check `region` and `api_url`."
    return f"{host} answered {said} to a request that it should take: a fault of the connector, or the API has changed."
