"""Connections: how long an answer may take as a whole, and which hosts are asked without a proxy."""

import ipaddress
import re
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from typing import Any, Final

from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

CONNECT_AND_READ_SECONDS: Final = (10.0, 120.0)
"""Until there is a connection, and from one piece of an answer to the next."""
ANSWER_SECONDS: Final = 300.0
"""From a request to the last byte of its answer. A full page of 4 MB then needs 14 kB a second."""


class TimedAdapter(HTTPAdapter):
    """Breaks an answer off that takes too long as a whole, headers included, though something comes all the time.

    requests has a time-out only for each read. Here the time-out of every read is what is left of the answer's, so it is a
    read time-out that ends a slow answer, too.
    """

    def __init__(
        self,
        connections: int,
        answer_seconds: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._response = partial(_TimedResponse, answer_seconds, clock)
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._time(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            self._time(manager)
        return manager

    def _time(self, manager: PoolManager) -> None:
        pools = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {scheme: self._timed(pool) for scheme, pool in pools.items()}

    def _timed(self, pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
        connection = type(
            pool.ConnectionCls.__name__, (pool.ConnectionCls,), {"response_class": staticmethod(self._response)}
        )
        return type(pool.__name__, (pool,), {"ConnectionCls": connection})


class _TimedResponse(HTTPResponse):
    def __init__(self, seconds: float, clock: Callable[[], float], sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_TimedSocket(sock, seconds, clock), *args, **kwargs)  # type: ignore[arg-type]  # see below


class _TimedSocket:
    """All that an HTTPResponse asks of a socket: a file to read from."""

    def __init__(self, sock: socket, seconds: float, clock: Callable[[], float]) -> None:
        self._sock, self._seconds, self._clock = sock, seconds, clock

    def makefile(self, mode: str) -> BufferedReader:
        return BufferedReader(_TimedReader(self._sock, self._clock() + self._seconds, self._clock))


class _TimedReader(RawIOBase):
    def __init__(self, sock: socket, end: float, clock: Callable[[], float]) -> None:
        self._sock, self._end, self._clock = sock, end, clock
        self._seconds_each = sock.gettimeout()
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left if self._seconds_each is None else min(left, self._seconds_each))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def check_proxy(url: str, proxies: Mapping[str, str] | None) -> None:
    """Look at the proxy through which an address would be asked: requests has many words for one that is none.

    Raises:
        InvalidProxyURL: where it is none.
    """
    proxy = select_proxy(url, dict(proxies or {}))
    if not proxy:
        return
    try:
        parsed = parse_url(proxy if "://" in proxy else f"http://{proxy}")  # ignore-https-check: only parsed
    except LocationParseError:
        parsed = Url()
    if not parsed.host or not re.fullmatch("https?|socks.*", parsed.scheme or ""):
        raise InvalidProxyURL


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine, as the HTTP library reads it."""
    try:
        host = (parse_url(url).host or "").strip("[]").lower()
    except LocationParseError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
