"""Why there is no answer: what the HTTP library raises, as kinds that have a cure each."""

import os
import ssl
from collections.abc import Iterator
from enum import Enum, auto
from http.client import HTTPException
from typing import Final

import requests
import urllib3

from source_clockify.api.words import legible

NO_ANSWER: Final = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError)
"""All that sending a request may raise: not everything comes as an exception of requests."""

_LOST: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    requests.exceptions.InvalidHeader,
)
_BROKEN_OFF: Final = (
    urllib3.exceptions.ProtocolError,
    HTTPException,
    ConnectionResetError,
    BrokenPipeError,
    ssl.SSLError,
)
_CA_VARIABLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class Failure(Enum):
    """Why there is no answer."""

    SILENT = auto()
    """Nothing came back, not even a connection: it may pass."""
    LOST = auto()
    """The connection broke off or brought what is no answer: it may pass."""
    PROXY = auto()
    """The proxy did not let the request through: it may pass."""
    CERTIFICATE = auto()
    """The host's certificate is not trusted."""
    CA_BUNDLE = auto()
    """The certificates to trust cannot be read."""
    BAD_PROXY = auto()
    """The address of the proxy is none, or of a kind that cannot be used."""
    UNUSABLE = auto()
    """The request cannot be made."""

    @property
    def may_pass(self) -> bool:
        return self in (Failure.SILENT, Failure.LOST, Failure.PROXY)


def kind_of(failure: Exception) -> Failure:
    """The kind of a failure to get an answer."""
    if isinstance(failure, requests.exceptions.InvalidProxyURL | requests.exceptions.InvalidSchema):
        return Failure.BAD_PROXY
    if isinstance(failure, requests.exceptions.ProxyError):
        return Failure.PROXY
    for cause in _causes(failure):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure.CERTIFICATE
        if isinstance(cause, ssl.SSLError) and cause.library in ("X509", "PEM") and ca_variable():
            return Failure.CA_BUNDLE
    if isinstance(failure, _LOST):
        is_silent = isinstance(failure, requests.ConnectionError | requests.Timeout)
        return Failure.SILENT if is_silent and not _is_caused_by(failure, _BROKEN_OFF) else Failure.LOST
    if isinstance(failure, OSError) and not isinstance(failure, requests.RequestException):
        return Failure.CA_BUNDLE if ca_variable() else Failure.LOST
    return Failure.UNUSABLE


def reason_of(failure: Exception) -> str:
    """What a failure was, in few words."""
    certificate = next((one for one in _causes(failure) if isinstance(one, ssl.SSLCertVerificationError)), None)
    return legible(certificate.verify_message) if certificate else type(failure).__name__


def proxy_variable(scheme: str) -> str:
    """The variable of the environment that names the proxy for a scheme, as requests looks them up."""
    names = (f"{scheme}_proxy", "all_proxy")
    return next((name for one in names for name in (one, one.upper()) if os.environ.get(name)), "HTTPS_PROXY")


def ca_variable() -> str:
    """The variable of the environment that names the certificates to trust; empty where none does."""
    return next((name for name in _CA_VARIABLES if os.environ.get(name)), "")


def _is_caused_by(failure: Exception, kinds: tuple[type[Exception], ...]) -> bool:
    return any(isinstance(cause, kinds) for cause in _causes(failure))


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """A failure and what is behind it: the HTTP libraries wrap one in another, as an argument."""
    seen: list[BaseException] = []
    waiting: list[object] = [failure]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__]
