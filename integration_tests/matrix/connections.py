"""Faults of bytes: what a network, a proxy or a broken server does to an answer on its way."""

import gzip
import zlib
from collections.abc import Callable
from typing import Final

from starlette.responses import Response

from integration_tests.matrix.fault import EITHER, EXACT, FAILED, Answer, HostFault, Outcome, first_list, one_list
from integration_tests.matrix.streams import has_parents
from sandbox import Raw, Recorded

_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _altered(make: Callable[[bytes], Response]) -> Answer:
    """An answer made of the body of the true one."""

    def alter(_: Recorded, response: Response) -> Response:
        return make(bytes(response.body))

    return {"kind": "altered", "alter": alter}


def _on_the_wire(head: bytes, make: Callable[[bytes], bytes] = lambda body: body) -> Answer:
    return _altered(lambda body: Raw(head + make(body)))


def _encoded(name: str, make: Callable[[bytes], bytes]) -> Answer:
    return _altered(
        lambda body: Response(make(body), headers={"Content-Encoding": name}, media_type="application/json")
    )


def _sized(size: Callable[[int], object], make: Callable[[bytes], bytes] = lambda body: body) -> Answer:
    return _altered(lambda body: Raw(_OK + f"Content-Length: {size(len(body))}\r\n\r\n".encode() + make(body)))


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _flipped(body: bytes) -> bytes:
    """One wrong byte in the middle, between two that stay."""
    middle = len(body) // 2
    return body[:middle] + b"\x00" + body[middle + 1 :]


ANSWERS: Final[dict[str, Answer]] = {
    "a reset": {"kind": "reset"},
    "the connection closed without an answer": _on_the_wire(b"", lambda _: b""),
    "the connection closed within the headers": _on_the_wire(_OK[:40], lambda _: b""),
    "bytes that are no HTTP": _on_the_wire(b"\x16\x03\x01\x02\x00garbage\r\n\r\n", lambda _: b""),
    "a status that is no number": _on_the_wire(b"HTTP/1.1 OK 200\r\n\r\n"),
    "an endless header": _on_the_wire(_OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n"),
    "hundreds of headers": _on_the_wire(_OK + b"X: y\r\n" * 300 + b"\r\n"),
    "half of the body, the length of the whole": {"kind": "close_early"},
    "half of the body, its length": {"kind": "truncate"},
    "half of the body without a length": _on_the_wire(_OK + b"\r\n", _half),
    "a length that is too small": _sized(lambda length: length // 2),
    "a length that is no number": _sized(lambda _: "many"),
    "a length below zero": _sized(lambda _: -1),
    "chunks that break off": _on_the_wire(
        _OK + b"Transfer-Encoding: chunked\r\n\r\n", lambda body: b"%x\r\n" % len(body) + _half(body)
    ),
    "chunks of an odd size": _on_the_wire(_OK + b"Transfer-Encoding: chunked\r\n\r\n", lambda body: b"zz\r\n" + body),
    "a byte that is wrong": _altered(lambda body: Response(_flipped(body), media_type="application/json")),
    "gzip that breaks off": _encoded("gzip", lambda body: _half(gzip.compress(body))),
    "gzip that is none": _encoded("gzip", lambda body: body),
    "an encoding that nobody knows": _encoded("x-unknown", lambda body: zlib.compress(body)),
    "gzip that swells to 4 MB of blanks": _encoded("gzip", lambda _: gzip.compress(b" " * 4_000_000)),
    "no byte": _altered(lambda _: Response(b"", media_type="application/json")),
    "another encoding of text": _altered(
        lambda body: Response(body.decode().encode("utf-16"), media_type="application/json")
    ),
}
"""By what comes."""


def _once(name: str) -> frozenset[Outcome]:
    """What a body looks like is seen at once, what is inside when it is read: then it is too late to ask again."""
    return EITHER if name == "a byte that is wrong" else EXACT


def _always(name: str) -> frozenset[Outcome]:
    """Where the length cannot be right, the end of the connection is the end of the body."""
    return EITHER if name in ("a length that is no number", "a length below zero") else FAILED


FAULTS: Final = [
    # It is asked for again, and then is right.
    *(HostFault(f"{name}, once", answer, _once(name), first_list, times=1) for name, answer in ANSWERS.items()),
    *(
        HostFault(
            f"{name}, for one list of many", answer, _always(name), one_list, concerns=has_parents, spares_others=True
        )
        for name, answer in ANSWERS.items()
    ),
    *(HostFault(f"{name}, always", answer, _always(name)) for name, answer in ANSWERS.items()),
]
