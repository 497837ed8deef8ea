"""The part of HighLevel's API that the connector reads, on a socket of its own, and the agency behind it.

Documented (OpenAPI of the saas-api, locations and snapshots APIs, and the page on rate limits): paths, versions, scopes,
parameters, fields, `pagination`, the shape of refusals, the 401 `Invalid token: access token is invalid`, the headers
`X-RateLimit-…`. Met by users, in public reports: the 401s `The token is not authorized for this scope.`, `Invalid JWT` and
`This authClass type is not allowed to access this scope.`, that scope is looked at before what is asked for, the 403
`The token does not have access to this location.`, a `traceId` in bodies, no total in locations/search.
Guessed: that a wrong agency is refused as a wrong location is; the answer to a missing `Version`; how many rows a page of
the SaaS list has, and in which order; that locations/search caps its pages silently; the body of a 429.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from random import Random
from typing import ClassVar

from starlette.responses import Response
from starlette.routing import Route

from .host import Host, Resource, as_json
from .locked import Locked
from .recorded import Recorded
from .refusals import Refusal
from .shapes import Row

SAAS_LOCATIONS = "/saas-api/public-api/saas-locations/{companyId}"
SEARCH = "/locations/search"
SNAPSHOTS = "/snapshots/"
SCOPES = ("saas/location.read", "locations.readonly", "snapshots.readonly")

_TOWNS = (
    ("Lisbon", "Lisboa", "1100-148", "PT"),
    ("Springfield", "Illinois", "62701", "US"),
    ("Zürich", "ZH", "8001", "CH"),
)
_BUSINESSES = ("Harbour Dental", "Mark Shoes", "Müller & Söhne", "Northside Yoga", "O'Brien Plumbing", "Sunrise Bakery")
_PEOPLE = ("John Doe", "Ada Example", "Grace Sample")
Arrange = Callable[[list[Row]], list[Row]]
_ADDRESS = ("address", "city", "state", "postalCode", "country")


@dataclass
class Token:
    """What a token may do: `scopes`; of the agency, or with `location` of that sub-account only."""

    scopes: tuple[str, ...]
    location: str | None = None
    expired: bool = False


class Agency(Locked):
    """The truth: an agency with `locations` sub-accounts in SaaS mode and a few that are not, its snapshots and its tokens."""

    streams = ("locations", "snapshots")

    def __init__(self, locations: int = 12, snapshots: int = 3, seed: int = 1) -> None:
        super().__init__()
        self._random, self._numbers = Random(seed), count(1)
        self.id = self._new_id()
        self.tokens: dict[str, Token] = {}
        self.saas: dict[str, Row] = {}
        self.locations: dict[str, Row] = {}
        for number in range(1, locations + 1):
            self.add_location()
            if number % 5 == 0:
                self.add_location(in_saas_mode=False)
        self.snapshots = [
            {"id": self._new_id(), "name": f"Snapshot {number}", "type": "own" if number % 2 else "imported"}
            for number in range(1, snapshots + 1)
        ]

    def token(self, *scopes: str, location: str | None = None, expired: bool = False) -> str:
        """A new token; no scopes: all that the connector can use."""
        token = f"pit-{self._random.getrandbits(128):032x}"
        self.tokens[token] = Token(scopes or SCOPES, location, expired)
        return token

    def add_location(self, name: str | None = None, *, in_saas_mode: bool = True) -> str:
        number, location_id = next(self._numbers), self._new_id()
        city, state, postal_code, country = _TOWNS[number % len(_TOWNS)]
        self.locations[location_id] = {
            "id": location_id,
            "name": name or f"{_BUSINESSES[number % len(_BUSINESSES)]} {number}",
            "email": f"office{number}@business.example",
            "address": f"{number} Fleet Street" if number % 7 else None,
            "city": city,
            "state": state,
            "postalCode": postal_code,
            "country": country,
            "timezone": "Europe/Lisbon",
            "settings": {"allowDuplicateContact": False},
        }
        if in_saas_mode:
            self.saas[location_id] = {
                "locationId": location_id,
                "companyId": self.id,
                "saasMode": "saasV2",
                "subscriptionId": f"sub_{number}",
                "customerId": f"cus_{number}",
                "name": _PEOPLE[number % len(_PEOPLE)],
                "email": f"owner{number}@business.example",
                "providerLocationId": self._new_id(),
                "isSaaSV2": True,
                "subscriptionInfo": {
                    "priceId": f"price_{number}",
                    "saasPlanId": f"plan_{number}",
                    "stripeProductId": f"prod_{number}",
                    "subscriptionStatus": "active",
                },
            }
        return location_id

    def delete_location(self, location_id: str) -> None:
        del self.locations[location_id]
        self.saas.pop(location_id, None)

    def rows(self, stream: str) -> list[Row]:
        """What `locations` and `snapshots` are to hold."""
        if stream == "snapshots":
            return [dict(row) for row in self.snapshots]
        return [
            {
                **row,
                "location_id": location_id,
                "location_name": self.locations[location_id]["name"],
                **{field: self.locations[location_id][field] for field in _ADDRESS},
            }
            for location_id, row in self.saas.items()
        ]

    def _new_id(self) -> str:
        return f"{self._random.getrandbits(80):020x}"


class SnapshotsSandbox(Host):
    """Serves an Agency while it is entered.

    `page_size` is that of the SaaS list, newest first; `search_cap` silently caps the pages of locations/search;
    `ignores_paging`: every page is the first. `after_answer` is called with each request that was answered truly, when
    something is to change between two pages.
    """

    too_many_requests: ClassVar = {"statusCode": 429, "message": "Too Many Requests"}

    def __init__(
        self,
        agency: Agency,
        *,
        page_size: int = 5,
        search_cap: int = 4,
        ignores_paging: bool = False,
        after_answer: Callable[[Recorded], None] = lambda _: None,
    ) -> None:
        self.agency, self.page_size, self.search_cap = agency, page_size, search_cap
        self.ignores_paging, self.after_answer = ignores_paging, after_answer
        super().__init__(latency=0.0, port=0)

    def config(self, token: str | None = None, **options: str) -> dict[str, str]:
        """The object `snapshots_api` for a configuration; without a token one that may do everything."""
        token = token or self.agency.token()
        return {"mode": "token", "access_token": token, "company_id": self.agency.id, "api_url": self.url, **options}

    def routes(self) -> Iterator[Route]:
        for path, version, scope, rows in (
            (SAAS_LOCATIONS, "2021-04-15", "saas/location.read", self._saas_locations),
            (SEARCH, "2021-07-28", "locations.readonly", self._search),
            (SNAPSHOTS, "2021-07-28", "snapshots.readonly", self._snapshots),
        ):
            yield Route(path, Resource(self, path, partial(self._answer, version, scope, rows)))
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

    def _unknown(self, request: Recorded, *_: object) -> Response:
        raise Refusal(404, f"Cannot {request.method} {request.path}")


_RATE_LIMITS = {"X-RateLimit-Max": "100", "X-RateLimit-Remaining": "99", "X-RateLimit-Interval-Milliseconds": "10000"}
_ERRORS = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
_trace_ids = count(1)


def _trace_id() -> str:
    return f"trace-{next(_trace_ids):08x}"
