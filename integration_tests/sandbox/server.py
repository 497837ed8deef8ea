"""The sandbox on a real socket: uvicorn in a thread, and the way of a request through it."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread
from time import monotonic
from typing import Any, Self

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from .api import ENDPOINTS, Call, Endpoint, Refusal
from .endpoints import changes, features, reports, time_entries, workspace  # noqa: F401 - importing them declares them
from .faults import Faults, RateLimit
from .shapes import Row
from .world import World


@dataclass
class Recorded:
    """A request as it came; `route` is the template of its path without the host's prefix; status 0: not answered.

    `at` is when it came, in seconds of the monotonic clock.
    """

    method: str
    path: str
    route: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int = 0
    at: float = field(default_factory=monotonic)


class Sandbox:
    """Serves a World while it is entered.

    `page_cap` silently caps every page; `latency` is in seconds for each request; `last_page_header`: True sends
    `Last-Page`, False `total-count` in its place, None neither, as always with lists for which none is known.
    `ignored_parameters` holds the (route, name) of what was sent but is not looked at: by Clockify, or by the sandbox
    where it knows less.
    """

    def __init__(
        self,
        world: World,
        *,
        page_cap: int | None = None,
        latency: float = 0.0,
        last_page_header: bool | None = True,
        port: int = 0,
    ) -> None:
        self.world, self.page_cap, self.latency, self.last_page_header = world, page_cap, latency, last_page_header
        self.requests: list[Recorded] = []
        self.ignored_parameters: set[tuple[str, str]] = set()
        self.faults = Faults()
        self.rate_limit: RateLimit | None = None
        self._socket = socket.create_server(("127.0.0.1", port))
        # Connections inherit it; without it a body waits up to 40 ms for the client to acknowledge the headers.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = Starlette(routes=list(self._routes()))
        self._server = uvicorn.Server(
            uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_level="critical", timeout_keep_alive=60)
        )
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Self:
        # The socket listens already, so the first request may come before the thread is up.
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def clear_requests(self) -> None:
        self.requests.clear()

    async def answer(self, request: Request, methods: dict[str, Endpoint]) -> Response:
        """Records the request, then: latency, rate limit, faults, the true answer."""
        route = next(iter(methods.values())).path if methods else request.url.path
        query, headers = dict(request.query_params), dict(request.headers)
        recorded = Recorded(request.method, request.url.path, route, query, headers, await request.body())
        self.requests.append(recorded)
        request.scope["sandbox.transport"] = self._connection(request.scope)
        if self.latency:
            await asyncio.sleep(self.latency)

        def handle(pages_back: int = 0) -> Response:
            try:
                return self._true_answer(recorded, methods, request.path_params, pages_back)
            except Refusal as refusal:
                return _json(refusal.body, refusal.status, refusal.headers)

        if self.rate_limit and not self.rate_limit.admit():
            wait = self.rate_limit.retry_after
            headers = {} if wait is None else {"Retry-After": str(wait)}
            response = _json({"message": "Too Many Requests", "code": 429}, 429, headers)
        elif fault := self.faults.take(recorded):
            response = fault.answer(handle)
            if fault.kind == "reset":
                return response
        else:
            response = handle()
        recorded.status = response.status_code
        return response

    def _routes(self) -> Iterator[Route]:
        by_path: defaultdict[str, dict[str, Endpoint]] = defaultdict(dict)
        for endpoint in ENDPOINTS:
            by_path[endpoint.host + endpoint.path][endpoint.method] = endpoint
        for path, methods in by_path.items():
            yield Route(path, _Resource(self, methods))
        yield Route("/{rest:path}", _Resource(self, {}))

    def _connection(self, scope: Scope) -> asyncio.Transport:
        connections: Any = self._server.server_state.connections
        transport: asyncio.Transport = next(c.transport for c in connections if c.client == scope["client"])
        return transport

    def _true_answer(
        self, request: Recorded, methods: dict[str, Endpoint], path: dict[str, str], pages_back: int
    ) -> Response:
        with self.world.lock:
            user = self._user(request.headers)
            if not methods:
                raise Refusal(404, f"No static resource {request.path.removeprefix('/api/')}.", 3000)
            if request.method not in methods:
                problem = f"Request method '{request.method}' is not supported"
                raise Refusal(405, problem, 3000, Allow=", ".join(methods))
            endpoint, is_post = methods[request.method], request.method == "POST"
            used, unused = (_body(request), request.query) if is_post else (request.query, {})
            ignored = (used.keys() - endpoint.kinds.keys()) | unused.keys()
            self.ignored_parameters.update((endpoint.path, name) for name in ignored)
            call = Call(self.world, endpoint, user, path, used, self.page_cap, pages_back)
            return _json(call.answer(), 200, self._page_headers(call))

    def _user(self, headers: dict[str, str]) -> Row:
        tokens = headers.keys() & {"x-api-key", "x-addon-token", "authorization"}
        if len(tokens) != 1 or "authorization" in tokens:
            raise Refusal(401, "Multiple or none auth tokens present", 1000)
        if "x-addon-token" in tokens:
            raise Refusal(401, "Token is not valid", 4017)
        user = self.world.user_of(headers["x-api-key"])
        if user is None:
            raise Refusal(401, "Api key does not exist", 4003)
        return user

    def _page_headers(self, call: Call) -> dict[str, str]:
        if call.last_page is None or self.last_page_header is None:
            return {}
        return {"Last-Page": str(call.last_page).lower()} if self.last_page_header else {"total-count": str(call.total)}


class _Resource:
    """The methods of one path, as an ASGI application: Starlette then leaves the refusal of others to us."""

    def __init__(self, sandbox: Sandbox, methods: dict[str, Endpoint]) -> None:
        self._sandbox, self._methods = sandbox, methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._sandbox.answer(Request(scope, receive), self._methods)
        await response(scope, receive, send)


def _body(request: Recorded) -> Row:
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "Request body could not be parsed", 3002)
    return dict(_flat(body))


def _flat(body: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Its fields, those of nested objects under dotted names."""
    for name, value in body.items():
        yield from _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, value)]


def _json(body: Any, status: int, headers: dict[str, str]) -> Response:
    content = b"" if body is None else orjson.dumps(body)
    return Response(content, status, headers, media_type="application/json" if content else None)
