"""A host on a real socket: uvicorn in a thread, what it was asked, and what goes wrong on purpose."""

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any, ClassVar, Self

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .faults import Faults, RateLimit
from .recorded import Recorded
from .refusals import Refusal
from .shapes import Row

Handle = Callable[[Recorded, int], Response]
"""Gives the answer to a request, or the one that is so many pages before."""
Arrange = Callable[[Recorded, list[Row]], list[Row]]


class Host(ABC):
    """Answers while it is entered; `latency` is in seconds for each request, `too_many_requests` the body of a 429.

    `arrange` makes of the rows of a whole list, in their order, those that a request's page is cut out of: for lists that
    change while they are read.
    """

    too_many_requests: ClassVar[dict[str, Any]]

    def __init__(self, latency: float, port: int) -> None:
        self.latency = latency
        self.requests: list[Recorded] = []
        self.faults = Faults()
        self.rate_limit: RateLimit | None = None
        self.arrange: Arrange = lambda _, rows: rows
        self._socket = socket.create_server(("127.0.0.1", port))
        # Connections inherit it; without it a body waits up to 40 ms for the client to acknowledge the headers.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"  # ignore-https-check: loopback
        app = Starlette(routes=list(self.routes()))
        self._server = uvicorn.Server(
            uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_level="critical", timeout_keep_alive=60)
        )
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        # The socket listens already, so the first request may come before the thread is up.
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True  # not once its clients have closed their connections
        self._thread.join()
        self._socket.close()

    def clear_requests(self) -> None:
        self.requests.clear()

    @abstractmethod
    def routes(self) -> Iterable[Route]:
        """What is answered where."""

    def refused(self, refusal: Refusal) -> Response:
        return as_json(refusal.body, refusal.status, refusal.headers)

    async def answer(self, request: Request, route: str, handle: Handle) -> Response:
        """Records the request, then: latency, rate limit, faults, the true answer, or the one so many pages before."""
        query = {name: ",".join(request.query_params.getlist(name)) for name in request.query_params}
        headers = dict(request.headers)
        recorded = Recorded(request.method, request.scope["path"], route, query, headers, await request.body())
        self.requests.append(recorded)
        request.scope["sandbox.transport"] = self._connection(request.scope)
        if self.latency:
            await asyncio.sleep(self.latency)

        if self.rate_limit and not self.rate_limit.admit():
            wait = self.rate_limit.retry_after
            response = as_json(self.too_many_requests, 429, {} if wait is None else {"Retry-After": str(wait)})
        elif fault := self.faults.take(recorded):
            response = fault.answer(recorded, handle)
            if fault.kind in ("reset", "silent"):
                return response
        else:
            response = handle(recorded, 0)
        recorded.status = response.status_code
        return response

    def _connection(self, scope: Scope) -> asyncio.Transport:
        connections: Any = self._server.server_state.connections
        transport: asyncio.Transport = next(c.transport for c in connections if c.client == scope["client"])
        return transport


class Resource:
    """One path, as an ASGI application: Starlette then leaves the refusal of methods to us.

    `handle` gives the answer to a request with its path parameters, or the one that is so many pages before; or it raises a
    Refusal.
    """

    def __init__(self, host: Host, route: str, handle: Callable[[Recorded, dict[str, str], int], Response]) -> None:
        self._host, self._route, self._handle = host, route, handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)

        def handle(recorded: Recorded, pages_back: int) -> Response:
            try:
                return self._handle(recorded, request.path_params, pages_back)
            except Refusal as refusal:
                return self._host.refused(refusal)

        response = await self._host.answer(request, self._route or request.url.path, handle)
        await response(scope, receive, send)


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = b"" if body is None else orjson.dumps(body)
    return Response(content, status, headers, media_type="application/json" if content else None)
