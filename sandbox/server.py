"""The sandbox as a host: the way of a request to the endpoint that answers it."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

import orjson
from starlette.responses import Response
from starlette.routing import Route

from .api import ENDPOINTS, Call, Endpoint
from .endpoints import changes, features, reports, time_entries, workspace  # noqa: F401 - importing them declares them
from .host import Host, Resource, as_json
from .recorded import Recorded
from .refusals import Refusal
from .shapes import Row
from .world import World


class Sandbox(Host):
    """Serves a World while it is entered.

    `page_cap` silently caps every page; `latency` is in seconds for each request; `last_page_header`: True sends
    `Last-Page`, False `total-count` in its place, None neither, as always with lists for which none is known.
    `ignored_parameters` holds the (route, name) of what was sent but is not looked at: by Clockify, or by the sandbox
    where it knows less.
    """

    too_many_requests: ClassVar = {"message": "Too Many Requests", "code": 429}

    def __init__(
        self,
        world: World,
        *,
        page_cap: int | None = None,
        latency: float = 0.0,
        last_page_header: bool | None = True,
        port: int = 0,
    ) -> None:
        self.world, self.page_cap, self.last_page_header = world, page_cap, last_page_header
        self.ignored_parameters: set[tuple[str, str]] = set()
        super().__init__(latency, port)

    def routes(self) -> Iterator[Route]:
        by_path: defaultdict[str, dict[str, Endpoint]] = defaultdict(dict)
        for endpoint in ENDPOINTS:
            by_path[endpoint.host + endpoint.path][endpoint.method] = endpoint
        for path, methods in by_path.items():
            template = next(iter(methods.values())).path
            yield Route(path, Resource(self, template, partial(self._answer, methods)))
        yield Route("/{rest:path}", Resource(self, "", partial(self._answer, {})))

    def _answer(
        self, methods: dict[str, Endpoint], request: Recorded, path: dict[str, str], pages_back: int
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
            arrange = partial(self.arrange, request)
            call = Call(self.world, endpoint, user, path, used, self.page_cap, pages_back, arrange)
            return as_json(call.answer(), 200, self._page_headers(call))

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
