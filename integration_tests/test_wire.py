"""Bytes that no proper server would send: each comes to an honest end, and in bounded time and memory."""

import gc
import gzip
import socket
import warnings
from collections.abc import Callable, Iterator
from itertools import count, repeat

import pytest
import requests
from airbyte_cdk.models import FailureType

from harness.wire import Say, answer, wire
from source_clockify.api.errors import ApiError
from source_clockify.api.session import SYNC_RETRIES, ApiSession
from source_clockify.api.transport import ANSWER_SECONDS, TimedAdapter

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def ask(session: ApiSession, say: Say) -> tuple[ApiError, int]:
    """What a request ends in, and how often it was tried."""
    with wire(say) as host:
        with pytest.raises(ApiError) as raised:
            session.get(f"{host.url}/api/v1/workspaces")
        return raised.value, session.sent.total()


def slowly(pieces: Callable[[], Iterator[bytes]]) -> Say:
    def say(connection: socket.socket, _: str) -> None:
        for piece in pieces():
            connection.sendall(piece)

    return say


def endless(beginning: bytes, again: bytes) -> Say:
    def pieces() -> Iterator[bytes]:
        yield beginning
        yield from repeat(again)

    return slowly(pieces)


def once(said: bytes) -> Say:
    def say(connection: socket.socket, _: str) -> None:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_RDWR)

    return say


EMPTY_MEMBER = gzip.compress(b"")


@pytest.mark.parametrize(
    "say",
    [
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        endless(CHUNKED, b"1\r\n \r\n"),
        endless(CHUNKED + b"2\r\n[]\r\n0\r\n", b"X-Trailer: 1\r\n"),
        endless(OK + b"\r\n", b" "),
        endless(OK + b"Content-Length: 50000000\r\n\r\n", b" "),
        endless(OK + b"Content-Encoding: gzip\r\n\r\n", EMPTY_MEMBER),
    ],
    ids=["before the head", "chunks", "trailers", "no length", "a length", "nothing, compressed"],
)
def test_an_answer_without_an_end_is_broken_off(say: Say, session: ApiSession) -> None:
    """Each read takes a tenth of the time that an answer has, as its clock goes."""
    seconds = count(step=ANSWER_SECONDS / 10)
    session.mount("http://", TimedAdapter(1, clock=lambda: next(seconds)))
    error, tries = ask(session, say)
    assert error.failure_type == FailureType.transient_error
    assert "127.0.0.1 could not be reached or broke off (" in str(error.message)
    assert tries == SYNC_RETRIES.tries
    assert next(seconds) <= tries * 1.2 * ANSWER_SECONDS


def test_a_slow_answer_in_time_is_read(session: ApiSession) -> None:
    seconds = count(step=1.0)
    session.mount("http://", TimedAdapter(1, clock=lambda: next(seconds)))
    body = b"[" + b" " * 1_000_000 + b"]"
    with wire(answer(body)) as host:
        assert session.get(host.url).content == body


def test_a_request_has_its_own_deadline_on_a_connection_that_is_kept(session: ApiSession) -> None:
    seconds = count(step=ANSWER_SECONDS / 10)
    session.mount("http://", TimedAdapter(1, clock=lambda: next(seconds)))
    with wire(answer(b"[]")) as host:
        assert [session.get(host.url).content for _ in range(30)] == [b"[]"] * 30


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\xff\xfe",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 1000 OK\r\n\r\n",
        b"HTTP/1.1 99 OK\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        OK + b"Content-Length: 5\r\n\r\n[]",
        OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n[]",
        OK + b"X: x\r\n" * 200 + b"\r\n[]",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n[]\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 70_000,
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]",
        OK + b"Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\nContent-Length: 2\r\n\r\n[]",
        OK + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 205 \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 999 \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 \xc3\xa4\xff\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=lambda head: repr(head[:60]),
)
def test_what_is_no_answer_is_tried_again_and_told(head: bytes, session: ApiSession) -> None:
    error, tries = ask(session, once(head))
    assert error.failure_type == FailureType.transient_error
    assert str(error.message).startswith("127.0.0.1 ")
    assert tries == SYNC_RETRIES.tries


def test_lengths_that_contradict_each_other_are_no_answer_either(session: ApiSession) -> None:
    with warnings.catch_warnings(action="ignore"):  # urllib3 forgets to close the connection
        error, tries = ask(session, once(OK + b"Content-Length: 2, 3\r\n\r\n[]"))
        gc.collect()
    assert "broke off (InvalidHeader)" in str(error.message)
    assert tries == SYNC_RETRIES.tries


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        ("302 Found", {"Location": "http://[::1"}, "redirects to another place, where the key is not sent"),
        ("302 Found", {"Location": "http://" + "x" * 60_000}, "redirects to xxx"),
        ("302 Found", {"Location": "//elsewhere.example/"}, "redirects to elsewhere.example"),
        ("302 Found", {"Location": "/login"}, "redirects to another place"),
        ("302 Found", {"Location": "\xff\x00:"}, "redirects to another place"),
        ("302 Found", {"Location": ""}, "redirects to another place"),
        ("302 Found", {}, "answered 302 'Found'"),
        ("304 Not Modified", {}, "answered 304 'Not Modified'"),
        ("300 \xe4", {}, "answered 300 'ä'"),
        ("418 ", {}, "answered 418 'no reason given'"),
        ("403 No", {"Content_Type": "text/html; charset=nonsense"}, "did not answer as Clockify does"),
        ("400 No", {"Set_Cookie": "=;;;expires=never;=\xff"}, "answered 400"),
        ("400 No", {"Retry_After": "²".encode().decode("latin-1"), "Date": "never"}, "answered 400"),
    ],
    ids=str,
)
def test_what_is_in_a_head_is_no_fault_of_the_connector(
    status: str, headers: dict[str, str], words: str, session: ApiSession
) -> None:
    error, tries = ask(session, answer(b"<html>", status, **headers))
    assert words in str(error.message)
    assert len(str(error.message)) < 700
    assert tries == 1


def test_the_body_of_a_redirect_is_bounded_too(session: ApiSession) -> None:
    say = endless(b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n", b" " * 2**20)
    error, tries = ask(session, say)
    assert "has more than 64 MiB" in str(error.message)
    assert tries == 1


def test_no_cookie_is_kept(session: ApiSession) -> None:
    """A host that makes up new ones would get longer and longer requests."""
    with wire(answer(b"[]", Set_Cookie=f"a={'x' * 1000}; Path=/")) as host:
        for _ in range(2):
            session.get(f"{host.url}/api/v1/workspaces")
    assert len(host.heads) == 2
    assert "cookie" not in "".join(host.heads).lower()


def test_a_host_that_nobody_serves_is_named(session: ApiSession) -> None:
    with wire(answer(b"[]")) as host:
        url = host.url
    with pytest.raises(ApiError, match=r"127\.0\.0\.1 could not be reached or broke off \(ConnectionError\)"):
        session.get(url)


@pytest.mark.parametrize(
    "url",
    ["https://a b/", "https://a..b/", "https://%/", f"https://{'a' * 300}.example/", "https://[::1/", "https://*.example/",
     "https://.example/", "https:///x", "https://a:99999/", "https://xn--/", "https://\ud83d/", "https://é" + "x" * 70 + "/"],
)  # fmt: skip
def test_an_address_that_is_none_is_told(url: str, session: ApiSession) -> None:
    with pytest.raises(ApiError) as raised:
        session.get(url)
    assert "check `region` and `api_url`" in str(raised.value.message)
    assert not isinstance(raised.value, requests.RequestException)
