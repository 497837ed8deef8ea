"""What goes wrong on purpose: the rate limit, and answers that a network, a proxy or a changed API would give."""

import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any, Literal

import orjson
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from .recorded import Recorded

Kind = Literal[
    "status",  # the status, headers and body given
    "truncate",  # JSON cut in the middle, with a Content-Length that agrees
    "close_early",  # the same, but with the Content-Length of the whole, and the connection closed
    "reset",  # the connection dropped without an answer
    "silent",  # no answer, for as long as the client waits
    "html",  # 200 with a proxy's page
    "wrong_shape",  # 200 with JSON of another shape: an object for a list, a list for an object
    "repeat_page",  # every page has the rows of the first one
    "redirect",  # 302 to `location`
    "altered",  # what `alter` makes of the true answer, unless that is a refusal
]
_TO_THE_FIRST = 10**6
"""Pages back from whichever is asked for."""
_PAGE = "<!DOCTYPE html><html><body><h1>Please sign in to the network</h1></body></html>"


@dataclass
class RateLimit:
    """A sliding window over the whole host; `refused` counts the 429s."""

    requests: int = 50
    seconds: float = 1.0
    retry_after: int | None = None
    refused: int = 0
    _admitted: deque[float] = field(default_factory=deque, repr=False)

    def admit(self) -> bool:
        now = monotonic()
        while self._admitted and self._admitted[0] <= now - self.seconds:
            self._admitted.popleft()
        full = len(self._admitted) >= self.requests
        if full:
            self.refused += 1
        else:
            self._admitted.append(now)
        return not full


@dataclass
class Fault:
    """Strikes the next `times` requests (None: all) to `route` (None: any) for which `when` holds."""

    route: str | None
    kind: Kind = "status"
    times: int | None = 1
    when: Callable[[Recorded], bool] | None = None
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    location: str = "/"
    alter: Callable[[Recorded, Response], Response] = lambda _, response: response

    def answer(self, request: Recorded, handle: Callable[[Recorded, int], Response]) -> Response:
        """What the client gets; `handle` gives the true answer, but with the page that is so many pages before."""
        match self.kind:
            case "altered":
                true = handle(request, 0)
                return true if true.status_code >= 400 else self.alter(request, true)
            case "status":
                content = self.body if isinstance(self.body, str | bytes | None) else orjson.dumps(self.body)
                return Response(content, self.status, self.headers, media_type="application/json")
            case "html":
                return HTMLResponse(_PAGE, headers=self.headers)
            case "redirect":
                return Response(status_code=302, headers={**self.headers, "Location": self.location})
            case "reset":
                return Reset()
            case "silent":
                return Silent()
            case "repeat_page":
                return handle(request, _TO_THE_FIRST)
        whole = bytes(handle(request, 0).body)
        half = whole[: len(whole) // 2]
        if self.kind == "wrong_shape":
            return Response(b"[]" if whole.startswith(b"{") else b'{"data": []}', media_type="application/json")
        return CutShort(half, len(whole)) if self.kind == "close_early" else Response(half)


class CutShort(Response):
    """Promises more than it sends: uvicorn then closes the connection."""

    def __init__(self, content: bytes, promised: int) -> None:
        super().__init__(content, headers={"Content-Length": str(promised)}, media_type="application/json")

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


class Raw(Response):
    """Bytes on the connection as they are, whatever HTTP would have there; then it is closed."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        transport = scope["sandbox.transport"]
        transport.write(self.body)
        transport.close()
        await Silent().__call__(scope, receive, _send)


class Silent(Response):
    """No answer until the client has gone."""

    async def __call__(self, _scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


class Reset(Silent):
    """A TCP reset in place of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport, at_once = scope["sandbox.transport"], struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        transport.abort()
        await super().__call__(scope, receive, send)


class Faults:
    """The faults that are still to come; of those that fit a request, the one added first strikes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Fault] = []

    def add(self, route: str | None = None, **options: Any) -> Fault:
        """Options are the fields of Fault."""
        fault = Fault(route, **options)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, request: Recorded) -> Fault | None:
        with self._lock:
            fits = (f for f in self._waiting if f.route in (None, request.route) and (not f.when or f.when(request)))
            fault = next(fits, None)
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
            return fault
