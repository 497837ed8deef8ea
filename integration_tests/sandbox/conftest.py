"""A sandbox that is as if it were new for each test, and ways to ask it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests import Response

from sandbox import Sandbox, World
from sandbox.log import ACTIONS

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
RANGE = {"start": "2015-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}
DETAILED, EXPENSES, ATTENDANCE = "reports/detailed", "reports/expenses/detailed", "reports/attendance"
SUMMARY = "reports/summary"
FILTERS = {DETAILED: "detailedFilter", ATTENDANCE: "attendanceFilter"}
REPORT = {"dateRangeStart": "2015-01-01T00:00:00", "dateRangeEnd": "2030-12-31T23:59:59Z", "timeZone": "UTC"}
AUDIT: dict[str, Any] = {
    "actions": sorted(ACTIONS),
    "authors": {"authorIds": [], "contains": "DOES_NOT_CONTAIN"},
    "start": "2026-10-22T00:00:00Z",
    "end": "2026-11-20T10:30:00Z",
}

Ask = Callable[..., Response]
Row = dict[str, Any]


@pytest.fixture
def world() -> World:
    return World.generate(seed=1, time_zone="America/Los_Angeles", now=NOW)


@pytest.fixture(scope="package")
def server() -> Iterator[Sandbox]:
    with Sandbox(World.generate()) as running:
        yield running


@pytest.fixture
def sandbox(world: World, server: Sandbox) -> Sandbox:
    """The one server, as if it were new."""
    server.world, server.page_cap, server.last_page_header, server.rate_limit = world, 7, True, None
    server.clear_requests()
    server.ignored_parameters.clear()
    server.faults.clear()
    return server


@pytest.fixture
def get(world: World, sandbox: Sandbox) -> Iterator[Ask]:
    """Asks as owner for a path, which is one in Acme where it has no leading slash; keyword `key` for others' keys."""
    with requests.Session() as session:

        def send(
            path: str, key: str = "owner", method: str = "GET", json: Any = None, host: str = "/api/v1", **query: object
        ) -> Response:
            inside = path if path.startswith("/") else f"/workspaces/{world.workspaces[0].id}/{path}"
            params = {
                name.replace("_", "-"): value if isinstance(value, list) else str(value)
                for name, value in query.items()
            }
            return session.request(
                method,
                f"{sandbox.url}{host}{inside}",
                params=params,
                headers={"X-Api-Key": world.keys.get(key, key)},
                json=json,
                allow_redirects=False,
                timeout=10,
            )

        yield send


@pytest.fixture
def report(get: Ask) -> Ask:
    """Asks for a page of a report; `body` over a request for everything there is."""

    def send(path: str = DETAILED, key: str = "owner", page: int = 1, size: int = 1000, **body: Any) -> Response:
        paging = {"page": page, "pageSize": size}
        filters = {FILTERS[path]: paging} if path in FILTERS else {} if path == SUMMARY else paging
        whole = {**REPORT, **filters, **body}
        return get(path, key=key, method="POST", host="/report/v1", json=whole)

    return send


@pytest.fixture
def audit(get: Ask) -> Ask:
    """Asks for a page of the audit log; without=… leaves a field of the body out."""

    def send(key: str = "owner", without: str = "", **body: Any) -> Response:
        whole = {name: value for name, value in {**AUDIT, **body}.items() if name != without}
        return get("audit-log", key=key, method="POST", host="/auditlog/v1", json=whole)

    return send


def ids(rows: list[Row]) -> list[str]:
    return [row["id"] if "id" in row else row["approvalRequest"]["id"] for row in rows]


def pages(get: Ask, path: str, **query: object) -> list[Any]:
    """The rows of all pages up to `Last-Page: true`, taken out of their envelopes; there must be more than one page."""
    rows: list[Any] = []
    for page in range(1, 1000):
        answer = get(path, page=page, page_size=200, **query)
        body = answer.json()
        while isinstance(body, dict):
            body = next(iter(body.values()))
        rows += body
        if answer.headers["Last-Page"] == "true":
            assert page > 1
            return rows
    raise AssertionError("no last page")


def user_of(world: World, key: str) -> str:
    account = world.user_of(world.keys[key])
    assert account
    return str(account["id"])


def first_user(world: World, status: str, membership: str) -> str:
    """Someone in Acme with these statuses."""
    members = world.workspaces[0].members
    return next(
        u for u, m in members.items() if (world.accounts[u]["status"], m["membershipStatus"]) == (status, membership)
    )
