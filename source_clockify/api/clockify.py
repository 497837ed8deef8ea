"""Clockify as an API: how a request authenticates, and what refusals mean."""

import re
from dataclasses import replace
from typing import Final

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.requests_native_auth.abstract_token import AbstractHeaderAuthenticator

from source_clockify.api.answers import UNEXPECTED, Api, Meaning, Rule
from source_clockify.api.errors import BadRequest, Gone, KeyUnknown, NoSuchRoute, NotVisible, Refused


class ApiKeyAuthenticator(AbstractHeaderAuthenticator):
    """Sends the key as `X-Api-Key`."""

    auth_header = "X-Api-Key"

    def __init__(self, key: str) -> None:
        self._key = key

    @property
    def token(self) -> str:
        return self._key


_VALIDATION: Final = 501
_UNKNOWN_KEY: Final = 4003
_NO_SUCH_ROUTE: Final = 3000
_NAME_OF_404: Final = re.compile("^Not Found$")
"""The audit log's host explains a refusal by nothing but the name of its status."""

_KEY_UNKNOWN: Final = Meaning(
    "{host} does not know this key ({said}): check `api_key` for a typing error or a deleted key, and "
    "`region` or `api_url`, as a key is known only in the region or subdomain where it was made.",
    error=KeyUnknown,
)
_KEY_REJECTED: Final = Meaning(
    "{host} rejected the key ({said}): check `api_key`, then `region` or `api_url`.", error=KeyUnknown
)
_REFUSED: Final = Meaning(
    "{host} refused the key access ({said}): the plan does not include this, or the key's user may not see it.",
    error=Refused,
)
_NOT_VISIBLE: Final = Meaning(
    "{host} shows no such workspace to this key (404): check `workspace_ids`, `region` and `api_url`.",
    error=NotVisible,
)
_ROUTE_MISSING: Final = Meaning(
    "{host} has no such operation ({said}): check `api_url`, or Clockify has removed it.", error=NoSuchRoute
)
_NOT_CLOCKIFY: Final = Meaning("{host} did not answer as Clockify does ({said}): {check_host}.")
_GONE: Final = Meaning(
    "{host} does not have what was asked for ({said}).", failure_type=FailureType.system_error, error=Gone
)
_BAD_REQUEST: Final = replace(UNEXPECTED, error=BadRequest)

CLOCKIFY: Final = Api(
    name="Clockify",
    credential="key",
    check_host="check `region` and `api_url`, or a proxy in between",
    check_network="check `region` and `api_url` if this goes on, else the network",
    rules=(
        Rule((401,), _KEY_UNKNOWN, code=_UNKNOWN_KEY),
        Rule((401,), _KEY_REJECTED),
        Rule((402,), _REFUSED),
        Rule((403,), _REFUSED, body="object"),
        Rule((403,), _REFUSED, body="none"),
        Rule((404,), _NOT_VISIBLE, body="none"),
        Rule((404, 405), _ROUTE_MISSING, code=_NO_SUCH_ROUTE),
        Rule((404,), _ROUTE_MISSING, says=_NAME_OF_404, body="object"),
        Rule((403, 404), _NOT_CLOCKIFY),
        Rule((400,), _GONE, code=_VALIDATION, says=re.compile(r"belong to|not found|not exist", re.IGNORECASE)),
        Rule((400,), _BAD_REQUEST),
    ),
)
