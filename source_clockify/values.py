"""Checks of single values of the configuration: each gives the value as it is used, or says what is wrong with it."""

import ipaddress
import re
from typing import Final

import requests

SHORTEST_SECRET: Final = 8
"""Keys and tokens have forty characters and more. What hides them in the log would hide each "a" for a key of "a"."""
LONGEST_SECRET: Final = 5000
"""More does not fit into a header."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_SECRET: Final = re.compile(r"[!#-&(-\[\]-~]+")
"""Printable, without quotes and backslashes: a line of the log writes those in another way, so the secret would not be hidden."""
_ID: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._~:-]{1,100}")
_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/*",
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


def secret(value: object) -> str:
    """A key or token, without what a paste brings along."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is missing or empty")
    key = value.strip()
    if not _SECRET.fullmatch(key):
        raise ValueError("holds spaces, quotes, line breaks or characters that no key has")
    if len(key) < SHORTEST_SECRET:
        raise ValueError("is too short to be a key")
    if len(key) > LONGEST_SECRET:
        raise ValueError("is too long to be a key")
    return key


def is_secret(value: object) -> bool:
    """Whether a value may be taken for a key or token."""
    try:
        return bool(secret(value))
    except ValueError:
        return False


def is_id(value: object) -> bool:
    """Whether a value may be the id of something: a text that has a place in the path of a request as it is."""
    return isinstance(value, str) and bool(_ID.fullmatch(value))


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

    An address without a scheme is one of https. What two parsers could read differently is refused, as the secret would go to
    a host that nobody has checked: user names, backslashes, escapes, other alphabets, numbers that stand for an IP address,
    and in the end whatever the HTTP library writes in another way.
    """
    if not isinstance(value, str):
        raise ValueError("is not a string")  # noqa: TRY004 - pydantic reports ValueError only
    text = value.strip() if "://" in value else f"https://{value.strip()}"
    scheme, _, rest = text.partition("://")
    if scheme.lower() not in DEFAULT_PORTS:
        raise ValueError("is not a URL that begins with https://")
    if set(rest) & set("?#@"):
        raise ValueError("has more than a host and a path")
    authority, slash, path = rest.partition("/")
    url = _URL.fullmatch(f"{scheme}://{authority}".lower() + slash + path) if authority.isascii() else None
    if not url or not _is_host(url["host"]) or int(url["port"] or 1) > 65535 or {".", ".."} & set(path.split("/")):
        raise ValueError("is not a URL of a host and a path, written plainly")
    if url["scheme"] == "http" and not _is_loopback(url["host"]):
        raise ValueError("begins with http://, which would send the key unencrypted")  # ignore-https-check
    port = f":{url['port']}" if int(url["port"] or 0) not in (0, DEFAULT_PORTS[url["scheme"]]) else ""
    base = f"{url['scheme']}://{url['host']}{port}{url['path']}"
    if not _is_sent_to(base):
        raise ValueError("is not a URL that is read alike everywhere")
    return base


def _is_sent_to(base: str) -> bool:
    probe = f"{base}/x"
    try:
        return requests.Request("GET", probe).prepare().url == probe
    except (requests.RequestException, ValueError):
        return False


def _is_host(host: str) -> bool:
    """Whether a host is a name, or an IP address in its usual form: 127.1, 0x7f000001 and 2130706433 are addresses too."""
    if host.startswith("["):
        return _address(host) is not None
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _address(host) is not None
    return len(host) <= 253 and all(len(label) <= 63 for label in labels)


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
