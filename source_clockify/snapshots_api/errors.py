"""What an answer of the Snapshots API means, in words that name the key to look at, or the scope that is missing."""

import re
from typing import Final
from urllib.parse import urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import ErrorHandler, ErrorResolution, ResponseAction
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import Answer, Verdict, error_body, host_of, judge

# Three kinds of 401 differ by their message only. The messages are those that users of the API have met.
_LACKS_SCOPE: Final = re.compile(r"not authori[sz]ed for this scope", re.IGNORECASE)
_OF_WRONG_TYPE: Final = re.compile(r"auth ?class|user type", re.IGNORECASE)

_NO_SUCH_AGENCY: Final = (400, 404, 422)
"""The agency's id is all that a user puts into a request."""


class ScopeMissing(AirbyteTracedException):
    """The token lacks the scope of an operation: a config error, unless the caller can do without the operation."""


class SnapshotsApiErrorHandler(ErrorHandler):
    """For one operation, which needs `scope`. Retries are the session's business, so whatever comes here is final."""

    max_retries = 0
    max_time = 0

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if not isinstance(response, Answer):
            return ErrorResolution(ResponseAction.FAIL, FailureType.system_error, f"No answer: {response}")
        verdict = judge(response)
        if verdict is Verdict.SUCCESS or (isinstance(response, requests.Response) and _lacks_scope(response)):
            return ErrorResolution(ResponseAction.SUCCESS)  # without the scope the caller decides, see hand_on()
        return ErrorResolution(ResponseAction.FAIL, _failure_type(verdict, response), self._explain(verdict, response))

    def hand_on(self, response: requests.Response) -> requests.Response:
        """Give back what is a page.

        Raises:
            ScopeMissing: where the answer is that the token lacks the scope.
        """
        if not _lacks_scope(response):
            return response
        message = (
            f"{host_of(response)} does not allow this to the token ({_said(response)}): add the scope {self._scope} to the "
            "private integration or app whose token `snapshots_api.access_token` is."
        )
        raise ScopeMissing(message=message, internal_message=message, failure_type=FailureType.config_error)

    def _explain(self, verdict: Verdict, answer: Answer) -> str:
        host = host_of(answer)
        if isinstance(answer, requests.exceptions.InvalidJSONError):
            return f"{host} kept answering with something that is no JSON: a proxy may stand in between."
        if isinstance(answer, requests.RequestException):
            return f"{host} could not be reached or broke off ({type(answer).__name__}): check the network."
        said = _said(answer)
        match verdict, answer.status_code:
            case Verdict.BUSY, _:
                return f"{host} kept answering that there are too many requests ({said}): try again later."
            case Verdict.TRANSIENT, _:
                return f"{host} kept failing ({said}): try again later."
            case Verdict.REDIRECTED, _:
                target = urlsplit(answer.headers.get("Location", "")).hostname or "another place"
                return f"{host} redirects to {target}, where the token is not sent: check for a proxy in between."
            case _, 401 if _OF_WRONG_TYPE.search(said):
                return (
                    f"{host} does not allow this to a token of this type ({said}): `snapshots_api.access_token` must be "
                    f"one of the agency, not of a sub-account, with the scope {self._scope}."
                )
            case _, 401:
                return (
                    f"{host} rejected the token ({said}): it is wrong, has expired or was replaced. Renew "
                    "`snapshots_api.access_token`: one of a private integration stays valid, an OAuth access token for a day."
                )
            case _, 403:
                return (
                    f"{host} refused the token access ({said}): check that `snapshots_api.company_id` is the agency that "
                    "`snapshots_api.access_token` was made in, and that the token is the agency's, not a sub-account's."
                )
            case _, status if status in _NO_SUCH_AGENCY:
                return f"{host} does not know the agency ({said}): check `snapshots_api.company_id`, or the API has changed."
        return f"{host} answered {said} to a request that it should take: a fault of the connector, or the API has changed."


def _failure_type(verdict: Verdict, answer: Answer) -> FailureType:
    if verdict in (Verdict.BUSY, Verdict.TRANSIENT):
        return FailureType.transient_error
    is_about_the_agency = isinstance(answer, requests.Response) and answer.status_code in _NO_SUCH_AGENCY
    is_unexpected = verdict is Verdict.UNEXPECTED and not is_about_the_agency
    return FailureType.system_error if is_unexpected else FailureType.config_error


def _lacks_scope(response: requests.Response) -> bool:
    return response.status_code == requests.codes.unauthorized and bool(_LACKS_SCOPE.search(_said(response)))


def _said(response: requests.Response) -> str:
    message = error_body(response).get("message")
    said = ", ".join(map(str, message)) if isinstance(message, list) else message
    return f"{response.status_code} {str(said or response.reason or 'no reason given')!r}"
