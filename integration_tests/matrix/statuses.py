"""Refusals and other statuses, for one request, for one list among many, for all of a stream."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from integration_tests.matrix.fault import (
    EITHER,
    EXACT,
    FAILED,
    SKIPPED,
    Answer,
    HostFault,
    first_list,
    last_list,
    one_list,
)
from integration_tests.matrix.streams import has_parents, is_paged

GONE: Final = {"message": "It doesn't belong to Workspace", "code": 501}


def _status(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"kind": "status", "status": status, "body": body, "headers": named}


FINAL: Final[Mapping[str, Answer]] = {
    "400": _status(400, {"message": "No", "code": 3000}),
    "401": _status(401, {"message": "Api key does not exist", "code": 4003}),
    "401 without a body": _status(401),
    "402": _status(402, {"message": "Pay", "code": 501}),
    "403": _status(403, {"message": "Access Denied", "code": 501}),
    "403 without a body": _status(403),
    "404": _status(404, {"message": "No static resource", "code": 3000}),
    "404 without a body": _status(404),
    "405": _status(405, {"message": "Request method is not supported", "code": 3000}),
    "410 with a page of HTML": _status(410, "<html>Gone</html>"),
    "418 with a long message": _status(418, {"message": "x" * 100_000}),
    "a message that is an object": _status(400, {"message": {"a": 1}, "code": [1]}),
    "a body that is a list": _status(403, ["no"]),
    "lists within lists in a refusal": _status(403, "[" * 100_000),
    "a redirect to another host": {"kind": "redirect", "location": "https://elsewhere.example/"},
    "a redirect to itself": {"kind": "redirect", "location": "?"},
    "a redirect to half an address": {"kind": "redirect", "location": "http://[::1"},
    "a redirect to nowhere": {"kind": "redirect", "location": ""},
    "304": _status(304),
    "204": _status(204),
    "600": _status(600, {"message": "odd"}),
}
"""What asking again would not change, but for what some hosts send in passing."""

TRANSIENT: Final[Mapping[str, Answer]] = {
    "408": _status(408),
    "429": _status(429, {"message": "Too Many Requests", "code": 429}),
    "429 with Retry-After of a minute": _status(429, Retry_After="60"),
    "429 with Retry-After of a billion": _status(429, Retry_After="1000000000"),
    "429 with Retry-After of a superscript": _status(429, **{"Retry-After": "²"}),
    "429 with Retry-After -1": _status(429, Retry_After="-1"),
    "429 with Retry-After of text": _status(429, Retry_After="soon"),
    "429 until 2099": _status(429, Retry_After="Thu, 01 Jan 2099 00:00:00 GMT"),
    "500": _status(500, {"message": "Internal Server Error", "code": 500}),
    "501": _status(501),
    "502 with a page of HTML": _status(502, "<html>Bad Gateway</html>"),
    "503": _status(503),
    "503 with Retry-After of a day": _status(503, Retry_After="86400"),
    "503 until 2099": _status(503, Retry_After="Thu, 01 Jan 2099 00:00:00 GMT"),
    "503 until the year 0": _status(503, Retry_After="Thu, 00 Jan 0000 00:00:00 GMT"),
    "503 with Retry-After inf": _status(503, Retry_After="inf"),
    "504": _status(504),
}
"""What is asked for again."""


def _faults() -> Iterator[HostFault]:
    for name, answer in {**FINAL, **TRANSIENT}.items():
        yield HostFault(f"{name}, always", answer, FAILED)
        # A key that is refused is so for all that follows.
        spares = not name.startswith("401")
        for place, where in (
            ("the first list", first_list),
            ("one list of many", one_list),
            ("the last list", last_list),
        ):
            yield HostFault(f"{name}, for {place}", answer, FAILED, where, concerns=has_parents, spares_others=spares)
    for name, answer in TRANSIENT.items():
        # A wait that is longer than the patience of a sync is a failure.
        yield HostFault(f"{name}, once", answer, EITHER if _waits_long(name) else EXACT, first_list, times=1)
    for name in ("403", "404", "400", "500"):
        answer = {**FINAL, **TRANSIENT}[name]
        yield HostFault(f"{name}, for the second page", answer, FAILED, page=2, concerns=is_paged)


def _waits_long(name: str) -> bool:
    return any(word in name for word in ("billion", "2099", "a day"))


FAULTS: Final = [
    *_faults(),
    HostFault("gone, one of many", _status(400, GONE), SKIPPED, one_list, concerns=has_parents, spares_others=True),
    HostFault("gone, always", _status(400, GONE), FAILED),
]
