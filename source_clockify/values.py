"""Checks of single values of the configuration: each gives the value as it is used, or says what is wrong with it."""

import ipaddress
from urllib.parse import SplitResult, urlsplit


def secret(value: object) -> str:
    """A key or token, without what a paste brings along."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is missing or empty")
    key = value.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("holds spaces, line breaks or characters that no key has")
    return key


def is_blank(value: object) -> bool:
    """Whether a setting was left alone: forms send an empty string for it, other clients null."""
    return value is None or (isinstance(value, str) and not value.strip())


def whole_number(value: object) -> int:
    """A whole number; JSON makes no difference between 30 and 30.0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
        raise ValueError("is not a whole number")
    return int(value)


def base_url(value: object) -> str:
    """Where a secret may be sent: https, or plain http on a loopback address; without a trailing slash.

    An address without a scheme is one of https.
    """
    if not isinstance(value, str):
        raise ValueError("is not a string")  # noqa: TRY004 - pydantic reports ValueError only
    url = _split_url(value.strip() if "://" in value else f"https://{value.strip()}")
    if url.scheme not in ("https", "http") or not url.hostname:
        raise ValueError("is not a URL that begins with https://")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("has more than a host and a path")
    if url.scheme == "http" and not _is_loopback(url.hostname):
        raise ValueError("begins with http://, which would send the key unencrypted")  # ignore-https-check
    return f"{url.scheme}://{url.netloc.lower()}{url.path.rstrip('/')}"


def _split_url(value: str) -> SplitResult:
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError as error:
        raise ValueError("is not a URL") from error
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
