"""The sandbox has the quirks of the real API, each seen over a real socket."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from requests import Response

from integration_tests.sandbox import RateLimit, Recorded, Sandbox, World

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
RANGE = {"start": "2015-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}
USERS = {"status": "ALL", "account-statuses": "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED"}
TAGS = "/workspaces/{workspaceId}/tags"

Get = Callable[..., Response]


@pytest.fixture
def world() -> World:
    return World.generate(seed=1, time_zone="America/Los_Angeles", now=NOW)


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world, page_cap=7) as running:
        yield running


@pytest.fixture
def get(world: World, sandbox: Sandbox) -> Iterator[Get]:
    """Asks as owner for a path, which is one in Acme where it has no leading slash; keyword `key` for others' keys."""
    with requests.Session() as session:

        def send(path: str, key: str = "owner", method: str = "GET", json: Any = None, **query: object) -> Response:
            inside = path if path.startswith("/") else f"/workspaces/{world.workspaces[0].id}/{path}"
            params = {name.replace("_", "-"): str(value) for name, value in query.items()}
            headers = {"X-Api-Key": world.keys.get(key, key)}
            url = f"{sandbox.url}/api/v1{inside.rstrip('/')}"
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
