"""The sandbox has the quirks of the real API, each seen over a real socket."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
import requests
from requests import Response

from sandbox import RateLimit, Recorded, Sandbox, World
from sandbox.log import ACTIONS

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
RANGE = {"start": "2015-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}
USERS = {"status": "ALL", "account-statuses": "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED"}
TAGS = "/workspaces/{workspaceId}/tags"

Get = Callable[..., Response]


@pytest.fixture
def world() -> World:
    return World.generate(seed=1, time_zone="America/Los_Angeles", now=NOW)


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(World.generate()) as running:
        yield running


@pytest.fixture
def sandbox(world: World, server: Sandbox) -> Sandbox:
    """The one server, as if it were new."""
    server.world, server.page_cap, server.rate_limit = world, 7, None
    server.clear_requests()
    server.ignored_parameters.clear()
    server.faults.clear()
    return server


@pytest.fixture
def get(world: World, sandbox: Sandbox) -> Iterator[Get]:
    """Asks as owner for a path, which is one in Acme where it has no leading slash; keyword `key` for others' keys."""
    with requests.Session() as session:

        def send(
            path: str, key: str = "owner", method: str = "GET", json: Any = None, host: str = "/api/v1", **query: object
        ) -> Response:
            inside = path if path.startswith("/") else f"/workspaces/{world.workspaces[0].id}/{path}"
            params = {name.replace("_", "-"): str(value) for name, value in query.items()}
            headers = {"X-Api-Key": world.keys.get(key, key)}
            url = f"{sandbox.url}{host}{inside.rstrip('/')}"
            return session.request(
                method, url, params=params, headers=headers, json=json, allow_redirects=False, timeout=10
            )

        yield send


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] if "id" in row else row["approvalRequest"]["id"] for row in rows]


def walk(get: Get, path: str, **query: object) -> list[Any]:
    """All pages up to Last-Page: true, each taken out of its envelope; there must be more than one."""
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


def first_user(world: World, status: str, membership: str) -> str:
    """Someone in Acme with these statuses."""
    members = world.workspaces[0].members
    return next(
        u for u, m in members.items() if (world.accounts[u]["status"], m["membershipStatus"]) == (status, membership)
    )


@pytest.mark.parametrize(
    ("path", "stream", "query"),
    [
        ("users", "users", {**USERS, "account-statuses": USERS["account-statuses"] + ",LIMITED_DELETED"}),
        ("user-groups", "user_groups", {"includeTeamManagers": "true"}),
        ("clients", "clients", {}),
        ("projects", "projects", {"hydrated": "true", "sort-column": "ID"}),
        ("tags", "tags", {}),
        ("time-off/policies", "time_off_policies", {"status": "ALL"}),
        ("expenses", "expenses", {}),
        ("invoices", "invoices", {}),
        ("scheduling/assignments/all", "assignments", RANGE),
        ("approval-requests", "pending_approval_requests", {"status": "PENDING"}),
    ],
)
def test_walking_a_list_gives_all_that_is_there(
    world: World, sandbox: Sandbox, get: Get, path: str, stream: str, query: dict[str, str]
) -> None:
    if path == "users":
        query = {**query, "memberships": "ALL", "include-roles": "true"}
    rows = walk(get, path, **query)
    true = world.rows(stream, world.workspaces[0].id)
    assert sorted(rows, key=lambda row: ids([row])) == sorted(true, key=lambda row: ids([row]))
    assert sandbox.ignored_parameters == set()


def test_time_entries_of_everyone_come_newest_first_and_complete(world: World, get: Get) -> None:
    acme = world.workspaces[0]
    assert world.removed_users(acme.id)
    found = []
    for user in acme.timelines:
        rows = walk(get, f"user/{user}/time-entries")
        starts = [row["timeInterval"]["start"] for row in rows]
        assert starts == sorted(starts, reverse=True)
        found += rows
    assert sorted(ids(found)) == sorted(ids(world.rows("time_entries", acme.id)))
    assert any(row["timeInterval"]["start"] > "2026-12" for row in found)
    assert {type(v["value"]) for row in found for v in row["customFieldValues"]} >= {
        str,
        int,
        float,
        bool,
        list,
        type(None),
    }


@pytest.mark.parametrize(("path", "stream"), [("holidays", "holidays"), ("custom-fields", "custom_fields")])
def test_unpaged_lists_ignore_paging(world: World, sandbox: Sandbox, get: Get, path: str, stream: str) -> None:
    answer = get(path, page=9, page_size=3)
    wanted = [row for row in world.rows(stream) if row.get("entityType") != "USER"]
    assert answer.json() == wanted
    assert "Last-Page" not in answer.headers
    assert {name for _, name in sandbox.ignored_parameters} == {"page", "page-size"}


def test_workspaces_are_those_that_the_key_sees(world: World, get: Get) -> None:
    assert get("/workspaces").json() == world.rows("workspaces")
    assert [row["name"] for row in get("/workspaces", key="member").json()] == ["Acme"]
    assert get("/workspaces", key="no_workspace").json() == []


@pytest.mark.parametrize(
    ("path", "options", "status", "code"),
    [
        ("/workspaces", {"key": "another-region's"}, 401, 4003),
        ("/workspaces/000000000000000000000000/tags", {}, 404, None),
        ("/user", {"key": "no_workspace"}, 404, 501),
        ("projects/000000000000000000000000/tasks", {}, 400, 501),
        ("time-entries/000000000000000000000000", {}, 400, 501),
        ("clients/000000000000000000000000", {}, 400, 501),
        ("no-such-thing", {}, 404, 3000),
        ("tags", {"method": "PATCH"}, 405, 3000),
        ("time-entries", {}, 405, 3000),
        ("tags", {"archived": "maybe"}, 400, 3000),
        ("tags", {"page": "x"}, 400, 3000),
        ("tags", {"page_size": 5001}, 400, 501),
        ("tags", {"page_size": 0}, 400, 501),
        ("time-off/policies", {"page_size": 201}, 400, 501),
        ("time-entries/status/in-progress", {"page_size": 1001}, 400, 501),
        ("approval-requests", {"status": "REJECTED"}, 400, 3000),
        ("scheduling/assignments/all", {"start": RANGE["start"]}, 400, 3001),
        ("scheduling/assignments/all", {**RANGE, "end": "2026-01-01"}, 400, 3000),
        ("time-entries/batch", {"method": "POST"}, 400, 3002),
        ("users", {"key": "member"}, 403, 501),
        ("approval-requests", {"key": "member"}, 403, 501),
        ("invoices", {"key": "member"}, 403, 501),
    ],
)
def test_refusals(get: Get, path: str, options: dict[str, Any], status: int, code: int | None) -> None:
    answer = get(path, **options)
    assert answer.status_code == status
    assert (answer.json()["code"] if answer.content else None) == code


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"X-Api-Key": "x", "Authorization": "x"},
        {"X-Api-Key": "x", "X-Addon-Token": "y"},
    ],
)
def test_exactly_one_token_is_wanted(sandbox: Sandbox, headers: dict[str, str]) -> None:
    answer = requests.get(f"{sandbox.url}/api/v1/user", headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, 1000)


def test_a_wrong_method_is_told_the_right_one(get: Get) -> None:
    assert get("tags", method="DELETE").headers["Allow"] == "GET"


def test_a_revoked_key_does_not_exist(world: World, get: Get) -> None:
    assert get("/user").ok
    world.revoke(world.keys["owner"])
    assert get("/user").json()["code"] == 4003


@pytest.mark.parametrize("refusal", [402, 403])
def test_what_the_plan_lacks_is_refused(world: World, get: Get, refusal: int) -> None:
    world.plan_refusal = refusal
    acme, side = world.workspaces
    path = "/workspaces/{}/time-off/policies"
    assert get(path.format(side.id)).status_code == refusal
    assert get(path.format(acme.id)).ok
    world.set_features(acme.id, ["TIME_TRACKING"])
    assert get(path.format(acme.id)).status_code == refusal


def test_users_hide_accounts_members_memberships_and_roles_unless_asked(world: World, get: Get) -> None:
    usual = walk(get, "users")
    assert {row["status"] for row in usual} == {"ACTIVE", "PENDING_EMAIL_VERIFICATION", "NOT_REGISTERED"}
    assert first_user(world, "ACTIVE", "INACTIVE") not in ids(usual)
    assert all(row["memberships"] == [] and "roles" not in row for row in usual)
    assert [row["email"] for row in usual] == sorted(row["email"] for row in usual)
    deactivated = get("users", status="INACTIVE", memberships="WORKSPACE").json()
    assert {row["status"] for row in deactivated} == {"ACTIVE"}
    assert {m["membershipStatus"] for row in deactivated for m in row["memberships"]} == {"INACTIVE"}


def test_defaults_of_archived_and_status(world: World, get: Get) -> None:
    everything, active, archived = (
        walk(get, "tags", **query) for query in ({}, {"archived": "false"}, {"archived": "true"})
    )
    assert sorted(ids(everything)) == sorted(ids(active + archived))
    assert {row["archived"] for row in walk(get, "expenses/categories")} == {False}
    assert {row["archived"] for row in walk(get, "time-off/policies")} == {False}
    states = {row["approvalRequest"]["status"]["state"] for row in walk(get, "approval-requests")}
    assert states == {"PENDING"}
    busy = world.rows("projects")[0]["id"]
    assert {row["status"] for row in walk(get, f"projects/{busy}/tasks")} == {"ACTIVE", "DONE"}
    assert {row["status"] for row in get(f"projects/{busy}/tasks", is_active="false").json()} == {"DONE"}


def test_user_fields_come_only_when_asked_for(get: Get) -> None:
    assert {row["entityType"] for row in get("custom-fields").json()} == {"TIMEENTRY"}
    assert {row["entityType"] for row in get("custom-fields", entity_type="USER").json()} == {"USER"}


def test_light_variants_leave_things_out(get: Get) -> None:
    assert all("customFields" not in row for row in get("projects").json())
    assert all(row["teamManagers"] == [] for row in get("user-groups").json())


@pytest.mark.parametrize("path", ["projects", "tags", "user-groups", "users", "invoices"])
def test_order(get: Get, path: str) -> None:
    usual, by_id = ids(walk(get, path)), ids(walk(get, path, **{"sort-column": "ID"}))
    assert by_id == sorted(by_id)
    assert usual == ids(walk(get, path)) != by_id
    assert ids(walk(get, path, **{"sort-column": "ID", "sort-order": "DESCENDING"})) == by_id[::-1]


def test_approvals_by_time_of_change(world: World, get: Get) -> None:
    rows = walk(
        get, "approval-requests", status="APPROVED", **{"sort-column": "UPDATED_AT", "sort-order": "DESCENDING"}
    )
    times = [row["approvalRequest"]["status"]["updatedAt"] for row in rows]
    assert times == sorted(times, reverse=True)
    rows += walk(get, "approval-requests", status="WITHDRAWN_APPROVAL")
    assert sorted(ids(rows)) == sorted(ids(world.rows("approval_requests")))


@pytest.mark.parametrize("time_zone", ["America/Los_Angeles", "Asia/Tokyo", "UTC"])
def test_a_start_is_wall_clock_in_the_account_s_zone(time_zone: str) -> None:
    world = World.generate(time_zone=time_zone, now=NOW)
    key, start = world.keys["owner"], datetime(2027, 11, 1, 12, tzinfo=UTC)
    user = world.user_of(key)
    assert user
    border = start.replace(tzinfo=ZoneInfo(time_zone))
    before, at = (
        world.add_time_entry(user["id"], border + timedelta(seconds=s), NOW + timedelta(days=999)) for s in (-1, 0)
    )
    with Sandbox(world) as sandbox:
        url = f"{sandbox.url}/api/v1/workspaces/{world.workspaces[0].id}/user/{user['id']}/time-entries"
        rows = requests.get(
            url, params={"start": "2027-11-01T12:00:00Z"}, headers={"X-Api-Key": key}, timeout=10
        ).json()
    assert at in ids(rows)
    assert before not in ids(rows)


def test_look_ups_by_id(world: World, get: Get) -> None:
    known = world.rows("time_entries", world.workspaces[0].id)[:3]
    elsewhere = world.rows("time_entries", world.workspaces[1].id)[0]["id"]
    asked = {"timeEntryIds": [*ids(known), elsewhere, "0" * 24]}
    assert get(f"time-entries/{known[0]['id']}").json() == known[0]
    found = get("time-entries/batch", method="POST", json=asked).json()
    assert sorted(ids(found)) == sorted(ids(known))
    world.batch_refuses_unknown = True
    assert get("time-entries/batch", method="POST", json=asked).status_code == 400


def test_running_entries(world: World, get: Get) -> None:
    acme = world.workspaces[0].id
    running = [row["id"] for row in world.rows("time_entries", acme) if row["timeInterval"]["duration"] is None]
    assert sorted(ids(walk(get, "time-entries/status/in-progress"))) == sorted(running)


def test_a_member_sees_only_what_is_theirs(world: World, get: Get) -> None:
    member, owner = (world.user_of(world.keys[name]) for name in ("member", "owner"))
    assert member
    assert owner
    assert get(f"user/{member['id']}/time-entries", key="member").ok
    assert get(f"user/{owner['id']}/time-entries", key="member").json() == {"message": "Access Denied", "code": 501}
    assert {row["userId"] for row in get("expenses", key="member").json()["expenses"]["expenses"]} == {member["id"]}


def test_changes_show_at_once(world: World, get: Get) -> None:
    user = first_user(world, "LIMITED", "ACTIVE")
    entry = world.start_timer(user, "2026-11-20T09:00:00Z")
    path = f"time-entries/{entry}"
    assert get(path).json()["timeInterval"] == {"start": "2026-11-20T09:00:00Z", "end": None, "duration": None}
    world.stop_timer(entry, "2026-11-20T10:30:05Z")
    assert get(path).json()["timeInterval"]["duration"] == "PT1H30M5S"
    world.edit_time_entry(entry, start="2019-01-01T00:00:00Z", description="moved")
    assert walk(get, f"user/{user}/time-entries")[-1]["description"] == "moved"
    world.delete_time_entry(entry)
    assert get(path).status_code == 400
    project = world.add_project("New")
    world.archive_project(project)
    assert get(f"projects/{project}").json()["archived"] is True
    world.deactivate_user(user)
    assert user not in ids(walk(get, "users", **{"account-statuses": "ACTIVE,LIMITED"}))
    world.reactivate_user(user)
    assert user in ids(walk(get, "users", **{"account-statuses": "ACTIVE,LIMITED"}))
    world.remove_user(user)
    assert user not in ids(walk(get, "users", **USERS))
    assert get(f"user/{user}/time-entries").json()


def test_approvals_change_state(world: World) -> None:
    user = first_user(world, "ACTIVE", "ACTIVE")
    states = ["PENDING", "APPROVED", "WITHDRAWN_APPROVAL"]
    request = world.submit_approval(user, NOW - timedelta(days=7), NOW)
    seen = []
    for change in (None, world.approve, world.withdraw):
        if change:
            change(request)
        rows = world.rows("pending_approval_requests") + world.rows("approval_requests")
        seen += [row["approvalRequest"]["status"]["state"] for row in rows if ids([row]) == [request]]
    assert seen == states
    world.reject(request)
    assert request not in ids(world.rows("approval_requests"))


def test_a_slip_in_a_field_s_name_is_an_error(world: World) -> None:
    with pytest.raises(KeyError, match="colour"):
        world.add("tags", colour="red")


def test_the_same_seed_and_time_make_the_same_world() -> None:
    one, same, other = (World.generate(seed=seed, now=NOW) for seed in (1, 1, 2))
    assert one.rows("time_entries") == same.rows("time_entries") != other.rows("time_entries")
    assert one.keys == same.keys != other.keys


@pytest.mark.parametrize(
    ("header", "present", "absent"), [(False, "total-count", "Last-Page"), (None, None, "Last-Page")]
)
def test_page_headers_may_be_missing(world: World, header: bool | None, present: str | None, absent: str) -> None:
    with Sandbox(world, last_page_header=header) as sandbox:
        url = f"{sandbox.url}/api/v1/workspaces/{world.workspaces[0].id}/tags"
        answer = requests.get(
            url, params={"page": "2", "page-size": "5"}, headers={"X-Api-Key": world.keys["owner"]}, timeout=10
        )
    assert len(answer.json()) == 5
    assert absent not in answer.headers
    assert answer.headers.get("total-count") == (
        str(len(world.rows("tags", world.workspaces[0].id))) if present else None
    )


def test_beyond_the_end_is_an_empty_last_page(get: Get) -> None:
    answer = get("tags", page=999)
    assert (answer.json(), answer.headers["Last-Page"]) == ([], "true")


def test_requests_are_recorded_by_route(world: World, sandbox: Sandbox, get: Get) -> None:
    get("tags", pageSize=3)
    recorded = sandbox.requests[-1]
    assert (recorded.method, recorded.route, recorded.query, recorded.status) == ("GET", TAGS, {"pageSize": "3"}, 200)
    assert recorded.path.startswith("/api/v1/workspaces/")
    assert sandbox.ignored_parameters == {(TAGS, "pageSize")}
    sandbox.clear_requests()
    assert sandbox.requests == []


def test_rate_limit(sandbox: Sandbox, get: Get) -> None:
    sandbox.rate_limit = RateLimit(requests=3, seconds=3600, retry_after=7)
    answers = [get("tags") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json() == {"message": "Too Many Requests", "code": 429}
    assert answers[-1].headers["Retry-After"] == "7"
    assert sandbox.rate_limit.refused == 2


def test_a_fault_strikes_its_route_so_many_times(sandbox: Sandbox, get: Get) -> None:
    sandbox.faults.add(route=TAGS, status=503, headers={"Retry-After": "1"}, body={"message": "down"}, times=2)
    assert get("clients").ok
    down = get("tags")
    assert (down.status_code, down.headers["Retry-After"], down.json()) == (503, "1", {"message": "down"})
    assert [get("tags").status_code for _ in range(2)] == [503, 200]


def test_a_fault_may_choose_its_requests(sandbox: Sandbox, get: Get) -> None:
    def second_page(request: Recorded) -> bool:
        return request.query.get("page") == "2"

    sandbox.faults.add(times=None, when=second_page)
    assert [get("tags", page=page).status_code for page in (1, 2, 3, 2)] == [200, 503, 200, 503]
    sandbox.faults.clear()
    assert get("tags", page=2).ok


def test_broken_bodies(sandbox: Sandbox, get: Get) -> None:
    whole = get("tags")
    for kind in ("truncate", "html"):
        sandbox.faults.add(kind=kind)
        answer = get("tags")
        assert answer.status_code == 200
        with pytest.raises(requests.JSONDecodeError):
            answer.json()
    sandbox.faults.add(kind="wrong_shape")
    assert get("tags").json() == {"data": []}
    sandbox.faults.add(kind="wrong_shape")
    assert get("expenses").json() == []
    sandbox.faults.add(kind="repeat_page")
    assert get("tags", page=2).json() == whole.json() != get("tags", page=2).json()


@pytest.mark.parametrize(("kind", "status"), [("reset", 0), ("close_early", 200)])
def test_broken_connections(sandbox: Sandbox, get: Get, kind: str, status: int) -> None:
    sandbox.faults.add(kind=kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get("tags")
    assert [request.status for request in sandbox.requests] == [status]
    assert get("tags").ok


def test_a_redirect(sandbox: Sandbox, get: Get) -> None:
    sandbox.faults.add(kind="redirect", location="http://127.0.0.1:9/elsewhere")
    answer = get("tags")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://127.0.0.1:9/elsewhere")


def test_connections_are_kept_alive(get: Get) -> None:
    assert get("tags").raw.version == 11
    assert "close" not in get("tags").headers.get("Connection", "")


REPORT = {"dateRangeStart": "2015-01-01T00:00:00", "dateRangeEnd": "2030-12-31T23:59:59Z", "timeZone": "UTC"}
EVERYONE = {"users": {"status": "ALL"}}
FIRST_DAY = {"dateRangeStart": "2026-11-01T00:00:00", "timeZone": "UTC"}
DETAILED, EXPENSES = "reports/detailed", "reports/expenses/detailed"
AUDIT: dict[str, Any] = {
    "actions": sorted(ACTIONS),
    "authors": {"authorIds": [], "contains": "DOES_NOT_CONTAIN"},
    "start": "2026-10-22T00:00:00Z",
    "end": "2026-11-20T10:30:00Z",
}
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
YEAR = timedelta(days=365)


@pytest.fixture
def report(get: Get) -> Get:
    """Asks for a page of a report; `body` over a request for everything there is."""

    def send(path: str = DETAILED, key: str = "owner", page: int = 1, size: int = 1000, **body: Any) -> Response:
        paging = {"page": page, "pageSize": size}
        whole = {**REPORT, **(paging if path == EXPENSES else {"detailedFilter": paging}), **body}
        return get(path, key=key, method="POST", host="/report/v1", json=whole)

    return send


@pytest.fixture
def audit(get: Get) -> Get:
    """Asks for a page of the audit log; without=… leaves a field of the body out."""

    def send(key: str = "owner", without: str = "", workspace: str = "", **body: Any) -> Response:
        whole = {name: value for name, value in {**AUDIT, **body}.items() if name != without}
        path = f"/workspaces/{workspace}/audit-log" if workspace else "audit-log"
        return get(path, key=key, method="POST", host="/auditlog/v1", json=whole)

    return send


def entries_of(answer: Response) -> dict[str, dict[str, Any]]:
    return {row["_id"]: row for row in answer.json()["timeentries"]}


def row_of(world: World, stream: str, row_id: str) -> dict[str, Any]:
    return next(row for row in world.rows(stream) if row["id"] == row_id)


def walk_feed(get: Get, kind: str, entity_type: str = "TAGS", **query: object) -> list[str]:
    """Ids from all pages up to an empty one."""
    found: list[str] = []
    for page in range(1000):
        rows = get(f"entities/{kind}", type=entity_type, page=page, **query).json()
        if not rows:
            return found
        found += ids(rows)
    raise AssertionError("no end")


def test_a_detailed_report_counts_what_its_pages_hold_and_has_no_header(world: World, report: Get) -> None:
    first = report(**EVERYONE)
    count = first.json()["totals"][0]["entriesCount"]
    pages = [entries_of(report(page=page, **EVERYONE)) for page in range(1, -(-count // 7) + 1)]
    rows = {key: row for page in pages for key, row in page.items()}
    assert rows == {row["_id"]: row for row in world.rows("time_entry_report", world.workspaces[0].id)}
    assert len(rows) == count == sum(map(len, pages))
    assert not {"Last-Page", "total-count"} & set(first.headers)
    assert first.json()["totals"][0]["totalTime"] == sum(row["timeInterval"]["duration"] for row in rows.values())


def test_an_expense_report_has_pages_like_other_lists(world: World, sandbox: Sandbox, report: Get) -> None:
    answers = [report(EXPENSES, page=page) for page in (1, 2, 3)]
    assert [answer.headers["Last-Page"] for answer in answers] == ["false", "false", "true"]
    rows = [row for answer in answers for row in answer.json()["expenses"]]
    true = world.rows("expense_report")
    assert sorted(rows, key=lambda row: ids([row])) == sorted(true, key=lambda row: ids([row]))
    assert answers[0].json()["totals"]["expensesCount"] == len(true)
    assert all(row["categoryName"] for row in rows)
    assert {row["projectName"] is None for row in rows} == {True, False}
    assert sandbox.ignored_parameters == set()


@pytest.mark.parametrize("path", [DETAILED, EXPENSES])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"size": 1001}, 501),
        ({"timeZone": "Mars/Olympus"}, 501),
        ({"dateRangeStart": None}, 3001),
        ({"dateRangeEnd": "today"}, 3002),
        ({"exportType": "PDF"}, 3002),
        ({"sortOrder": "UP"}, 3002),
        ({"users": {"status": "GONE"}}, 3002),
    ],
)
def test_refused_reports(report: Get, path: str, body: dict[str, Any], code: int) -> None:
    answer = report(path, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("path", [DETAILED, EXPENSES])
@pytest.mark.parametrize(
    ("plan", "longest", "too_long"),
    [
        ("ONE_MONTH_RANGE_REPORTS", "2026-12-02T00:00:00", "2026-12-02T00:00:01"),
        ("ONE_MONTH_RANGE_REPORTS ONE_YEAR_RANGE_REPORTS", "2027-11-02T00:00:00", "2027-11-02T00:00:01"),
        ("ONE_YEAR_RANGE_REPORTS", "2027-11-02T00:00:00", "2027-11-02T00:00:01"),
        ("UNLIMITED_REPORTS", "2099-01-01T00:00:00", None),
    ],
)
def test_a_plan_limits_the_range_of_reports(
    world: World, report: Get, path: str, plan: str, longest: str, too_long: str | None
) -> None:
    world.set_features(world.workspaces[0].id, ["EXPENSES", *plan.split()])
    assert report(path, **FIRST_DAY, dateRangeEnd=longest).ok
    if too_long:
        assert report(path, **FIRST_DAY, dateRangeEnd=too_long).json()["code"] == 501


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("UTC", "Z"), ("Asia/Tokyo", "+09:00"), (None, "-08:00")],
    ids=["UTC", "Tokyo", "the account's"],
)
def test_report_dates_are_wall_clock_and_inclusive(world: World, report: Get, zone: str | None, offset: str) -> None:
    user, noon = world.rows("users")[0]["id"], datetime(2027, 11, 9, 12, tzinfo=ZoneInfo(zone or "America/Los_Angeles"))
    starts = [noon + timedelta(seconds=seconds) for seconds in (-1, 0, 60, 61)]
    entries = [world.add_time_entry(user, start, start + HOUR) for start in starts]
    rows = entries_of(report(dateRangeStart="2027-11-09T12:00:00Z", dateRangeEnd="2027-11-09T12:01:00", timeZone=zone))
    assert rows.keys() == set(entries[1:3])
    start = f"2027-11-09T12:00:00{offset}"
    assert rows[entries[1]]["timeInterval"] == {"start": start, "end": start.replace("T12", "T13"), "duration": 3600}


def test_a_report_shows_former_members_only_if_asked_for(world: World, sandbox: Sandbox, report: Get) -> None:
    sandbox.page_cap = None
    acme, former = world.workspaces[0], first_user(world, "ACTIVE", "INACTIVE")

    def users(key: str = "owner", **asked: Any) -> set[str]:
        return {row["userId"] for row in entries_of(report(key=key, users=asked)).values()}

    current = {user for user, row in acme.members.items() if row["membershipStatus"] == "ACTIVE"}
    assert users() == users(status="ACTIVE_WITH_PENDING") == current
    assert users(status="INACTIVE") == acme.timelines.keys() & acme.members.keys() - current
    assert users(status="ALL") == users(status="ALL", ids=[]) == set(acme.timelines)
    assert users(status="ALL", ids=[former], contains="CONTAINS") == {former}
    assert users(status="ALL", ids=[former], contains="DOES_NOT_CONTAIN") == acme.timelines.keys() - {former}
    assert len(users("member", status="ALL")) == 1


def test_a_report_leaves_running_entries_out_unless_told(world: World, sandbox: Sandbox, report: Get) -> None:
    sandbox.page_cap = None
    timer = world.start_timer(first_user(world, "ACTIVE", "ACTIVE"))
    assert timer not in entries_of(report())
    world.report_shows_running = True
    interval = entries_of(report())[timer]["timeInterval"]
    assert interval == {"start": "2026-11-20T10:30:00Z", "end": None, "duration": 0}
    assert timer in {row["_id"] for row in world.rows("time_entry_report")}


@pytest.mark.parametrize(("shown", "rate"), [(None, 6000), ("EARNED", 6000), ("COST", 2500), ("PROFIT", 3500)])
def test_a_report_has_names_amounts_and_the_approval(world: World, report: Get, shown: str | None, rate: int) -> None:
    user, start = world.rows("users")[0], datetime(2027, 11, 9, 12, tzinfo=UTC)
    project = next(row for row in world.rows("projects") if row["clientId"])
    tag = world.rows("tags")[0]
    links = {"projectId": project["id"], "tagIds": [tag["id"]], "hourlyRate": {"amount": 6000, "currency": "EUR"}}
    entry = world.add_time_entry(
        user["id"], start, start + HOUR / 2, costRate={"amount": 2500, "currency": "EUR"}, **links
    )
    request = world.submit_approval(user["id"], start, start + HOUR)
    answer = report(dateRangeStart="2027-11-01T00:00:00", amountShown=shown)
    row = entries_of(answer)[entry]
    assert (row["rate"], row["amount"], row["earnedAmount"], row["costAmount"]) == (rate, rate / 2, 3000, 1250)
    assert (row["userName"], row["projectName"]) == (user["name"], project["name"])
    assert (row["clientId"], row["clientName"]) == (project["clientId"], project["clientName"])
    assert (row["tags"], row["currency"]) == ([{"_id": tag["id"], "name": tag["name"]}], "EUR")
    assert row["approvalRequestId"] == request
    assert answer.json()["totals"][0]["amounts"] == [{"type": shown or "EARNED", "value": rate / 2}]
    world.reject(request)
    assert entries_of(report(dateRangeStart="2027-11-01T00:00:00"))[entry]["approvalRequestId"] is None


def test_totals_of_a_report_can_be_left_out_and_are_null_for_nothing(report: Get) -> None:
    assert "totals" not in report(detailedFilter={"options": {"totals": "EXCLUDE"}}).json()
    nothing = report(dateRangeStart="2016-01-01T00:00:00", dateRangeEnd="2016-01-02T00:00:00").json()
    assert nothing == {"totals": [None], "timeentries": []}


def test_a_body_has_its_own_names_for_paging(sandbox: Sandbox, report: Get, audit: Get) -> None:
    report(detailedFilter={"page-size": 3})
    audit(pageSize=3)
    assert {name for _, name in sandbox.ignored_parameters} == {"detailedFilter.page-size", "pageSize"}


def test_a_page_may_be_repeated_whatever_asks_for_it(sandbox: Sandbox, get: Get, report: Get, audit: Get) -> None:
    def feed(page: int) -> Response:
        return get("entities/updated", type="TAGS", page=page - 1)

    for ask in (report, audit, feed):
        first, second = ask(page=1).json(), ask(page=2).json()
        sandbox.faults.add(kind="repeat_page")
        assert ask(page=2).json() == first != second


def test_the_audit_log_holds_a_year_newest_first(world: World, audit: Get) -> None:
    rows: list[Any] = []
    for days in range(0, 450, 30):
        start, end = NOW - (days + 30) * DAY, NOW - days * DAY - bool(days) * SECOND
        window = {"start": f"{start:%FT%TZ}", "end": f"{end:%FT%TZ}"}
        for page in range(1, 1000):
            if not (found := audit(page=page, **window).json()):
                break
            rows += found
    assert rows == world.rows("audit_log")
    times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
    assert times == sorted(times, reverse=True)
    assert times[-1] >= NOW - YEAR > min(change.at for change in world.changes if change.action)
    texts = [str(row) for row in rows]
    assert len(set(times)) < len(set(texts)) < len(texts)  # some have the same timestamp, and some are equal


def test_the_audit_log_tells_who_did_what(world: World, audit: Get) -> None:
    user, former = world.rows("users")[1], first_user(world, "ACTIVE", "INACTIVE")
    owner = world.rows("users")[0]["id"]
    world.now += DAY
    entry = world.start_timer(user["id"])
    world.edit_time_entry(entry, description="edited", at=world.now + MINUTE)
    world.add_time_entry(former, NOW - HOUR, NOW, at=world.now + 2 * MINUTE)
    world.delete_time_entry(entry, at=world.now + 3 * MINUTE)

    def actions(**body: Any) -> list[str]:
        rows = audit(start="2026-11-21T00:00:00Z", end="2026-11-22T00:00:00Z", **body).json()
        return [row["action"] for row in rows]

    theirs = ["DELETE_TIME_PERSONAL", "UPDATE_TIME_PERSONAL", "CREATE_TIME_PERSONAL_TIMER"]
    assert actions() == [theirs[0], "CREATE_TIME_FOR_OTHER", *theirs[1:]]
    assert actions(authors={"authorIds": [owner], "contains": "CONTAINS"}) == ["CREATE_TIME_FOR_OTHER"]
    assert actions(authors={"authorIds": [owner], "contains": "DOES_NOT_CONTAIN"}) == theirs
    assert actions(actions=["UPDATE_TIME_PERSONAL"]) == ["UPDATE_TIME_PERSONAL"]
    row = next(row for row in world.rows("audit_log") if row["action"] == "UPDATE_TIME_PERSONAL")
    assert '"description":"edited"' in row["content"]
    assert '"description":""' in row["previousContent"]
    assert (row["userEmail"], row["timestamp"]) == (user["email"], "2026-11-21T10:31:00Z")


def test_a_page_of_the_audit_log_is_cut_to_fifty(sandbox: Sandbox, audit: Get) -> None:
    sandbox.page_cap = None
    answer = audit(**{"page-size": 5000})
    assert len(answer.json()) == 50
    assert "Last-Page" not in answer.headers
    assert len(audit(**{"page-size": 3}).json()) == 3


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        *[({"without": name}, 400, 3001) for name in ("actions", "authors", "start", "end")],
        ({"start": "2026-10-21T10:29:59Z"}, 400, 501),
        ({"start": "2026-10-21"}, 400, 3002),
        ({"actions": ["READ_TAG"]}, 400, 3002),
        ({"actions": "CREATE_TAG"}, 400, 3002),
        ({"key": "member"}, 403, 501),
    ],
)
def test_refused_audit_logs(audit: Get, body: dict[str, Any], status: int, code: int) -> None:
    answer = audit(**body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert audit(start="2026-10-21T10:30:00Z").ok


def test_an_audit_log_is_for_its_plan_only(world: World, audit: Get) -> None:
    side = world.workspaces[1].id
    assert audit(workspace=side).status_code == 403
    assert world.rows("audit_log", side) == []


def test_a_feed_shows_a_change_as_what_it_was_last_and_loses_some(world: World, sandbox: Sandbox, get: Get) -> None:
    sandbox.page_cap = None
    window = {"start": "2026-11-10T00:00:00Z", "end": "2026-11-12T00:00:00Z"}
    before, inside, after = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (9, 11, 13))
    stories = {
        "created": [("add", inside)],
        "created, then updated": [("add", inside), ("edit", inside)],
        "created, then updated after the window": [("add", inside), ("edit", after)],
        "updated": [("add", before), ("edit", inside)],
        "updated after the window too": [("add", before), ("edit", inside), ("edit", after)],
        "deleted": [("add", before), ("delete", inside)],
        "updated, then deleted": [("add", before), ("edit", inside), ("delete", inside)],
        "created, then deleted": [("add", inside), ("delete", inside)],
        "created, then deleted after the window": [("add", inside), ("delete", after)],
        "deleted after the window": [("add", before), ("delete", after)],
    }
    told: dict[str, str] = {}
    for story, events in stories.items():
        tag = world.add("tags", name=story, at=events[0][1])
        told[tag] = story
        for method, at in events[1:]:
            getattr(world, method)("tags", tag, at=at, **({"archived": True} if method == "edit" else {}))
    seen = {
        kind: {told[tag] for tag in walk_feed(get, kind, limit=50, **window) if tag in told}
        for kind in ("created", "updated", "deleted")
    }
    assert seen == {
        "created": {"created", "created, then updated", "created, then updated after the window"},
        "updated": {"updated"},
        "deleted": {"deleted", "updated, then deleted"},
    }


def test_a_feed_s_items(world: World, get: Get) -> None:
    at = NOW - HOUR + timedelta(milliseconds=71)
    tag = world.add("tags", name="old", at=NOW - 40 * DAY)
    gone = world.add("tags", name="gone", at=NOW - 40 * DAY)
    world.edit("tags", tag, name="new", at=at)
    world.delete("tags", gone, at=at)
    start = {"start": f"{NOW - DAY:%FT%TZ}"}
    times = {"createdAt": "2026-10-11T10:30:00Z", "updatedAt": "2026-11-20T09:30:00.071Z"}
    [updated] = [row for row in get("entities/updated", type="TAGS", **start).json() if row["id"] == tag]
    assert updated == {**row_of(world, "tags", tag), "documentCode": "TAGS", "auditMetadata": times}
    [deleted] = [row for row in get("entities/deleted", type="TAGS", **start).json() if row["id"] == gone]
    document = {"_id": gone, "name": "gone", "workspaceId": world.workspaces[0].id}
    times = {**times, "updatedAt": times["createdAt"]}
    assert deleted == {
        "id": gone,
        "deletedAt": "2026-11-20T09:30:00.071Z",
        "documentCode": "TAGS",
        "document": {**document, "auditMetadata": times},
    }


def test_time_moves_on_and_a_deletion_shows_a_minute_later(world: World, get: Get) -> None:
    entry = world.rows("time_entries")[5]
    world.now += 40 * DAY
    world.delete_time_entry(entry["id"])
    assert entry["id"] not in walk_feed(get, "deleted", "TIME_ENTRY")
    world.now += timedelta(minutes=1)
    assert entry["id"] in walk_feed(get, "deleted", "TIME_ENTRY")
    world.restore_time_entry(entry)
    assert entry["id"] not in walk_feed(get, "deleted", "TIME_ENTRY")
    assert entry["id"] in walk_feed(get, "updated", "TIME_ENTRY")
    assert get(f"time-entries/{entry['id']}").json() == entry


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({}, [1, 21]),
        ({"start": "2026-09-21T00:00:00Z"}, [41]),
        ({"end": "2026-10-21T00:00:00Z"}, [41]),
        ({"start": "2026-09-21T00:00:00Z", "end": "2026-11-30T00:00:00Z"}, [1, 21, 41]),
    ],
)
def test_a_feed_s_window_has_thirty_days_unless_told(
    world: World, get: Get, query: dict[str, str], days: list[int]
) -> None:
    rows = [row_of(world, "clients", client) for client in walk_feed(get, "created", "CLIENTS", **query)]
    assert sorted(row["name"] for row in rows) == sorted(f"Client {18 - (day - 1) // 20:03d}" for day in days)


@pytest.mark.parametrize(("entity_type", "ok"), [("TIME_ENTRY_RATE", True), ("HOLIDAYS", False), ("NONSENSE", False)])
def test_a_feed_takes_some_types(world: World, get: Get, entity_type: str, ok: bool) -> None:
    answer = get("entities/created", type=entity_type)
    assert (answer.status_code, ok or answer.json()["code"]) == (200 if ok else 400, ok or 3000)
    world.entity_types = ("HOLIDAYS",)
    assert get("entities/created", type="HOLIDAYS").json()
    assert get("entities/created", type="TAGS").status_code == 400
    assert get("entities/created").json()["code"] == 3001


@pytest.mark.parametrize(("paging", "repeats"), [("honoured", False), ("overlapping", True)])
def test_pages_of_a_feed_may_overlap(
    world: World, get: Get, paging: Literal["honoured", "overlapping"], repeats: bool
) -> None:
    world.entity_paging = paging
    found = walk_feed(get, "created", "CLIENTS", limit=5, **RANGE)
    assert set(found) == set(ids(world.rows("clients", world.workspaces[0].id)))
    assert (len(found) > len(set(found))) is repeats


def test_pages_of_a_feed_may_all_be_the_first(world: World, get: Get) -> None:
    world.entity_paging = "ignored"
    first, *others = (get("entities/created", type="CLIENTS", page=page, limit=5, **RANGE) for page in (0, 1, 99))
    assert [other.json() for other in others] == [first.json()] * 2
    assert len(first.json()) == 5
    assert "Last-Page" not in first.headers


@pytest.mark.parametrize("users", [3, 4])
def test_a_world_may_be_tiny(users: int) -> None:
    world = World.generate(users=users, entries_per_user=1, projects=1, tasks=1, others=1)
    assert len(world.rows("users", world.workspaces[0].id)) == users
    for stream in ("time_entry_report", "expense_report", "audit_log", "entity_changes"):
        assert world.rows(stream), stream


def every_page(ask: Callable[[int], Response], *keys: str) -> list[dict[str, Any]]:
    """All rows up to a page that has none, taken from under the keys; there must be more than one page."""
    rows: list[dict[str, Any]] = []
    for page in range(1, 100):
        found = ask(page).json()
        for key in keys:
            found = found[key]
        if not found:
            assert page > 2
            return rows
        rows += found
    raise AssertionError("no last page")


def alike(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize(
    ("path", "stream", "body", "keys"),
    [
        ("time-off/requests", "time_off_requests", {"statuses": ["ALL"], "users": [], "userGroups": []}, ["requests"]),
        ("scheduling/assignments/projects/totals", "project_assignment_totals", {**RANGE, "statusFilter": "ALL"}, []),
        ("scheduling/assignments/user-filter/totals", "user_capacity", RANGE, []),
    ],
)
def test_a_list_that_is_posted_for(
    world: World, sandbox: Sandbox, get: Get, path: str, stream: str, body: dict[str, Any], keys: list[str]
) -> None:
    def ask(page: int) -> Response:
        return get(path, method="POST", json={**body, "page": page, "pageSize": 200})

    assert alike(every_page(ask, *keys)) == alike(world.rows(stream))
    assert sandbox.ignored_parameters == set()
    assert get(path).status_code == 405
    assert get(path, method="POST", json={**body, "page-size": 3}).ok
    assert sandbox.ignored_parameters == {(f"/workspaces/{{workspaceId}}/{path}", "page-size")}
    world.set_features(world.workspaces[0].id, [])
    assert ask(1).status_code == 403
    assert stream != "user_capacity" or world.rows(stream) == []


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("time-off/requests", {"statuses": ["WITHDRAWN"]}, 400, 3002),
        ("time-off/requests", {"pageSize": 201}, 400, 501),
        ("scheduling/assignments/projects/totals", {"start": RANGE["start"]}, 400, 3001),
        ("scheduling/assignments/user-filter/totals", {"end": RANGE["end"]}, 400, 3001),
    ],
)
def test_bodies_that_are_refused(get: Get, path: str, body: dict[str, Any], status: int, code: int) -> None:
    answer = get(path, method="POST", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_time_off_requests_can_be_narrowed(world: World, sandbox: Sandbox, get: Get) -> None:
    sandbox.page_cap = None
    rows = world.rows("time_off_requests")
    user, group = rows[0]["userId"], world.rows("user_groups")[0]

    def found(**body: Any) -> list[str]:
        answer = get("time-off/requests", method="POST", json=body).json()
        assert answer["count"] == len(answer["requests"])
        return sorted(ids(answer["requests"]))

    def wanted(keep: Callable[[dict[str, Any]], bool]) -> list[str]:
        return sorted(row["id"] for row in rows if keep(row))

    assert found() == wanted(lambda _: True)
    assert found(statuses=["APPROVED", "PENDING"]) == wanted(lambda row: row["status"]["statusType"] != "REJECTED")
    assert found(users=[user]) == wanted(lambda row: row["userId"] == user)
    assert found(userGroups=[group["id"]]) == wanted(lambda row: row["userId"] in group["userIds"])
    period = rows[3]["timeOffPeriod"]["period"]
    assert found(start=period["end"], end=period["end"]) == [rows[3]["id"]]


def test_balances_are_those_of_a_policy(world: World, sandbox: Sandbox, get: Get) -> None:
    by_user = {"sort": "USER", "sort-order": "ASCENDING"}
    [first, *others] = world.rows("time_off_policies")
    found = walk(get, f"time-off/balance/policy/{first['id']}", **by_user)
    sandbox.page_cap = None
    for policy in others:
        found += get(f"time-off/balance/policy/{policy['id']}", **by_user).json()["balances"]
    assert alike(found) == alike(world.rows("time_off_balances"))
    assert {row["policyArchived"] for row in found} == {True, False}
    assert len({(row["policyId"], row["userId"]) for row in found}) == len(found)
    assert sandbox.ignored_parameters == set()
    world.edit("time_off_policies", first["id"], name="renamed", archived=True)
    row = get(f"time-off/balance/policy/{first['id']}").json()["balances"][0]
    assert (row["policyName"], row["policyArchived"]) == ("renamed", True)
    assert get(f"time-off/balance/policy/{first['id']}", page_size=201).status_code == 400


def test_invoices_in_full(world: World, get: Get) -> None:
    invoices = {row["id"]: row for row in world.rows("invoices")}
    details = world.rows("invoice_details")
    assert ids(details) == list(invoices)
    for row in details:
        assert get(f"invoices/{row['id']}").json() == row
        assert row.items() >= invoices[row["id"]].items()
        assert sum(item["amount"] for item in row["items"]) == row["subtotal"]
        assert all(item["amount"] * 10_000 == item["quantity"] * item["unitPrice"] for item in row["items"])
        assert row["amount"] == row["subtotal"] - row["discountAmount"] + row["taxAmount"]
    assert {(row["tax"], row["discount"], *row["visibleZeroFields"]) for row in details} == {
        (2500, 1000),
        (0, 0, "TAX", "DISCOUNT"),
    }


def test_payments_of_an_invoice(world: World, get: Get) -> None:
    payments = world.rows("invoice_payments")
    for invoice in world.rows("invoices"):
        mine = [row for row in payments if row["invoiceId"] == invoice["id"]]
        assert sum(row["amount"] for row in mine) == (invoice["paid"] or 0) == invoice["amount"] - invoice["balance"]
        path = f"invoices/{invoice['id']}/payments"
        found = walk(get, path) if len(mine) > 7 else get(path).json()
        assert alike([{**row, "invoiceId": invoice["id"]} for row in found]) == alike(mine)
    paid_for = {row["invoiceId"] for row in payments}
    assert max(len([row for row in payments if row["invoiceId"] == invoice]) for invoice in paid_for) > 7
    assert paid_for < {row["id"] for row in world.rows("invoices")}


def test_what_belongs_to_a_deleted_invoice_goes_with_it(world: World, get: Get) -> None:
    invoice = world.rows("invoice_payments")[0]["invoiceId"]
    world.delete("invoices", invoice)
    assert invoice not in ids(world.rows("invoice_details"))
    assert invoice not in {row["invoiceId"] for row in world.rows("invoice_payments")}
    for path in (f"invoices/{invoice}", f"invoices/{invoice}/payments"):
        assert (get(path).status_code, get(path).json()["code"]) == (400, 501)


def test_profiles_of_members(world: World, get: Get) -> None:
    acme = world.workspaces[0].id
    profiles = {row.pop("userId"): row for row in world.rows("member_profiles", acme)}
    for user in world.rows("users", acme):
        answer = get(f"member-profile/{user['id']}")
        if user["status"] in ("DELETED", "LIMITED_DELETED"):
            assert (answer.status_code, answer.json()["code"]) == (400, 501)
            assert user["id"] not in profiles
        else:
            assert answer.json() == profiles[user["id"]]
    assert {row["workCapacity"] for row in profiles.values()} == {"PT8H", "PT7H30M"}
    [value] = profiles[world.rows("users", acme)[0]["id"]]["userCustomFieldValues"]
    assert value["customField"] in world.rows("custom_fields")
    for user_id in world.removed_users(acme):
        assert get(f"member-profile/{user_id}").status_code == 400


def test_webhooks(world: World, get: Get) -> None:
    rows = world.rows("webhooks", world.workspaces[0].id)
    answer = get("webhooks", page=2, page_size=3)
    assert answer.json() == {"webhooks": rows, "workspaceWebhookCount": len(rows)}
    assert "Last-Page" not in answer.headers
    assert len({row["authToken"] for row in rows}) == len(rows) > 7
    kinds = [get("webhooks", type=kind).json()["webhooks"] for kind in ("USER_CREATED", "SYSTEM", "ADDON")]
    assert all(kinds)
    assert alike([row for kind in kinds for row in kind]) == alike(rows)


def test_shared_reports(world: World, sandbox: Sandbox, get: Get) -> None:
    def shared(wanted: str = "ALL", page: int = 1, key: str = "owner") -> Response:
        return get("shared-reports", key, host="/report/v1", page=page, pageSize=50, sharedReportsFilter=wanted)

    rows = world.rows("shared_reports", world.workspaces[0].id)
    assert alike(every_page(lambda page: shared(page=page), "reports")) == alike(rows)
    assert shared().json()["count"] == len(rows)
    assert "Last-Page" not in shared().headers
    assert sandbox.ignored_parameters == set()
    assert shared("EVERYTHING").status_code == 500
    sandbox.page_cap, member = None, world.user_of(world.keys["member"])
    assert member
    mine = shared(key="member").json()["reports"]
    assert all(row["isPublic"] or row["visibleToUsers"][0]["id"] == member["id"] for row in mine)
    assert 0 < len(mine) < len(rows)
    owner = world.workspaces[0].owner
    assert {row["reportAuthor"] for row in shared("CREATED_BY_ME").json()["reports"]} == {owner}


def test_what_is_planned_is_told_by_day(world: World, sandbox: Sandbox, get: Get) -> None:
    sandbox.page_cap = None
    project, user = world.add_project("Planned"), first_user(world, "LIMITED", "ACTIVE")
    milestone = world.add("milestones", projectId=project, date="2031-05-02T00:00:00Z")
    for start, end in (("01", "01"), ("03", "04"), ("04", "04")):
        period = {"start": f"2031-05-{start}T08:00:00Z", "end": f"2031-05-{end}T16:00:00Z"}
        world.add("assignments", projectId=project, projectName="Planned", userId=user, period=period, hoursPerDay=4)

    def totals(of: str, first: int, **body: str) -> Any:
        body |= {"start": f"2031-05-0{first}T00:00:00Z", "end": "2031-06-01T00:00:00Z"}
        return get(f"scheduling/assignments/{of}/totals", method="POST", json=body).json()

    [row] = totals("projects", 1)
    assert (row["projectId"], row["taskId"], row["totalHours"]) == (project, None, 16)
    assert [day["hasAssignment"] for day in row["assignments"]] == [True, False, True, True]
    assert row["assignments"][1]["date"] == "2031-05-02T00:00:00Z"
    assert ids(row["milestones"]) == [milestone]
    assert [len(totals("projects", 3)[0][name]) for name in ("assignments", "milestones")] == [2, 0]
    assert totals("projects", 1, search="plan") == [row]
    assert totals("projects", 1, search="nothing") == totals("projects", 1, statusFilter="UNPUBLISHED") == []
    by_user = {row["userId"]: row for row in totals("user-filter", 1)}
    days = by_user.pop(user)["totalHoursPerDay"]
    assert sorted((day["date"][8:10], day["totalHours"]) for day in days) == [
        ("01", 4),
        ("02", 0),
        ("03", 4),
        ("04", 8),
    ]
    assert [day["date"] for day in days] != sorted(day["date"] for day in days)
    assert all(row["totalHoursPerDay"] == [] for row in by_user.values())
    assert first_user(world, "ACTIVE", "INACTIVE") not in by_user
    assert {row["capacityPerDay"] for row in by_user.values()} == {28800, 27000}
