"""The part of HighLevel's API that the connector reads, on a socket of its own.

Documented (OpenAPI of the saas-api, locations and snapshots APIs, and the page on rate limits): paths, versions, scopes,
parameters, fields, `pagination`, the shape of refusals, the 401 `Invalid token: access token is invalid`, the headers
`X-RateLimit-…`. Met by users, in public reports: the 401s `The token is not authorized for this scope.`, `Invalid JWT` and
`This authClass type is not allowed to access this scope.`, that scope is looked at before what is asked for, the 403
`The token does not have access to this location.`, a `traceId` in bodies, no total in locations/search, the 400
`Endpoint … not available in API version v3.` of an operation that was removed.
Guessed: the scope of each operation behind the SaaS list, of which documents disagree; that a wrong agency is refused as a
wrong location is; the answer to a missing `Version`; how many rows a page of the SaaS list has, and in which order; that
locations/search caps its pages silently; the body of a 429.

OAuth. Documented: the request and its answer, that a refresh token can be used once, and that an access token lives for a day.
Met by users: `invalid_grant`, `Invalid client credentials`. Guessed: their statuses and the rest of their bodies; that earlier
access tokens go on; that a sub-account's refresh token is renewed as such, whatever `user_type` asks for.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import count
from typing import ClassVar
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.routing import Route

from .agency import Agency, Token
from .host import Host, Resource, as_json
from .recorded import Recorded
from .refusals import Refusal
from .shapes import Row

SAAS_LOCATIONS = "/saas/saas-locations/{companyId}"
FORMER_SAAS_LOCATIONS = "/saas-api/public-api/saas-locations/{companyId}"
SEARCH = "/locations/search"
SNAPSHOTS = "/snapshots/"
TOKENS = "/oauth/token"
Arrange = Callable[[list[Row]], list[Row]]


class SnapshotsSandbox(Host):
    """Serves an Agency while it is entered.

    `page_size` is that of the SaaS list, newest first; `search_cap` silently caps the pages of locations/search;
    `ignores_paging`: every page is the first; `without`: the paths that this host does not have yet, or any more.
    `after_answer` is called with each request that was answered truly, when something is to change between two pages.
    """

    too_many_requests: ClassVar = {"statusCode": 429, "message": "Too Many Requests"}

    def __init__(
        self,
        agency: Agency,
        *,
        page_size: int = 5,
        search_cap: int = 4,
        ignores_paging: bool = False,
        without: Collection[str] = (),
        after_answer: Callable[[Recorded], None] = lambda _: None,
    ) -> None:
        self.agency, self.page_size, self.search_cap = agency, page_size, search_cap
        self.ignores_paging, self.without, self.after_answer = ignores_paging, without, after_answer
        super().__init__(latency=0.0, port=0)

    def config(self, token: str | None = None, **options: str) -> dict[str, str]:
        """The object `snapshots_api` for a configuration; without a token one that may do everything."""
        token = token or self.agency.token()
        return {"mode": "token", "access_token": token, "company_id": self.agency.id, "api_url": self.url, **options}

    def oauth_config(self, tokens: dict[str, str] | None = None, **options: str) -> dict[str, str]:
        """The same by OAuth; without tokens with a refresh token alone, that may do everything."""
        tokens = tokens or {"refresh_token": self.agency.connect()["refresh_token"]}
        app = {"client_id": self.agency.app.client_id, "client_secret": self.agency.app.client_secret}
        return {"mode": "oauth", **app, **tokens, "company_id": self.agency.id, "api_url": self.url, **options}

    def routes(self) -> Iterator[Route]:
        for path, version, scope, rows in (
            (SAAS_LOCATIONS, "v3", "saas/company.read", self._saas_locations),
            (FORMER_SAAS_LOCATIONS, "2021-04-15", "saas/location.read", self._saas_locations),
            (SEARCH, "2021-07-28", "locations.readonly", self._search),
            (SNAPSHOTS, "2021-07-28", "snapshots.readonly", self._snapshots),
        ):
            if path not in self.without:
                yield Route(path, Resource(self, path, partial(self._answer, version, scope, rows)))
        yield Route(TOKENS, Resource(self, TOKENS, self._tokens))
        if FORMER_SAAS_LOCATIONS in self.without:
            yield Route(FORMER_SAAS_LOCATIONS, Resource(self, FORMER_SAAS_LOCATIONS, self._removed))
        yield Route("/{rest:path}", Resource(self, "", self._unknown))

    def refused(self, refusal: Refusal) -> Response:
        status, message = refusal.status, str(refusal)
        body = {"statusCode": status, "message": message, "error": _ERRORS[status], "traceId": _trace_id()}
        return as_json(body, status, _RATE_LIMITS)

    def _answer(
        self,
        version: str,
        scope: str,
        rows: Callable[[dict[str, str], Token, int, Arrange], Row],
        request: Recorded,
        path: dict[str, str],
        pages_back: int,
    ) -> Response:
        with self.agency.lock:
            asked = {**request.query, **path}
            token = self._admitted(request.headers, version, scope, asked.get("companyId"))
            body = rows(asked, token, pages_back, partial(self.arrange, request))
        self.after_answer(request)
        return as_json({**body, "traceId": _trace_id()}, headers=_RATE_LIMITS)

    def _admitted(self, headers: dict[str, str], version: str, scope: str, company: str | None) -> Token:
        token = self.agency.tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
        if token is None:
            raise Refusal(401, "Invalid JWT")
        if token.expired:
            raise Refusal(401, "Invalid token: access token is invalid")
        if headers.get("version") != version:
            raise Refusal(401, "version header was not found.")
        if token.location and scope != "locations.readonly":
            raise Refusal(401, "This authClass type is not allowed to access this scope.")
        if scope not in token.scopes:
            raise Refusal(401, "The token is not authorized for this scope.")
        if company != self.agency.id:
            raise Refusal(403, "The token does not have access to this company.")
        return token

    def _saas_locations(self, asked: dict[str, str], _: Token, pages_back: int, arrange: Arrange) -> Row:
        rows = arrange(list(self.agency.saas.values())[::-1])
        page = 1 if self.ignores_paging else max(int(asked.get("page", 1)) - pages_back, 1)
        first, last = (page - 1) * self.page_size, page * self.page_size
        pagination = {
            "page": page,
            "limit": self.page_size,
            "total": len(rows),
            "totalPages": -(-len(rows) // self.page_size),
            "hasNext": last < len(rows),
            "hasPrev": page > 1,
        }
        return {"locations": rows[first:last], "pagination": pagination}

    def _search(self, asked: dict[str, str], token: Token, _: int, arrange: Arrange) -> Row:
        rows = arrange([row for row in self.agency.locations.values() if token.location in (None, row["id"])])
        skip = 0 if self.ignores_paging else int(asked.get("skip", 0))
        return {"locations": rows[skip : skip + min(int(asked.get("limit", 10)), self.search_cap)]}

    def _snapshots(self, *_: object) -> Row:
        return {"snapshots": self.agency.snapshots}

    def _tokens(self, request: Recorded, *_: object) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        is_form = request.headers.get("content-type") == "application/x-www-form-urlencoded"
        if (
            request.method != "POST"
            or not is_form
            or (form["grant_type"], form["user_type"]) != ("refresh_token", "Company")
        ):
            raise Refusal(422, "grant_type must be a valid enum value")
        if (form["client_id"], form["client_secret"]) != (self.agency.app.client_id, self.agency.app.client_secret):
            return as_json({"error": "UnAuthorized!", "error_description": "Invalid client credentials!"}, 401)
        answer = self.agency.renew(form["refresh_token"])
        if answer is None:
            return as_json({"error": "invalid_grant", "error_description": "This refresh token is invalid"}, 400)
        self.after_answer(request)
        return as_json(answer)

    def _removed(self, request: Recorded, *_: object) -> Response:
        raise Refusal(400, f"Endpoint {request.path} is not available in API version v3. See the documentation.")

    def _unknown(self, request: Recorded, *_: object) -> Response:
        raise Refusal(404, f"Cannot {request.method} {request.path}")


_RATE_LIMITS = {"X-RateLimit-Max": "100", "X-RateLimit-Remaining": "99", "X-RateLimit-Interval-Milliseconds": "10000"}
_ERRORS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 422: "Unprocessable Entity"}
_trace_ids = count(1)


def _trace_id() -> str:
    return f"trace-{next(_trace_ids):08x}"
