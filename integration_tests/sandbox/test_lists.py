"""What a list leaves out, and in which order it comes, unless a request says otherwise."""

from collections.abc import Callable

import pytest

from integration_tests.sandbox.conftest import Ask, Row, first_user, ids, pages
from sandbox import Sandbox, World


def test_users_hide_accounts_members_memberships_and_roles_unless_asked(world: World, get: Ask) -> None:
    usual = pages(get, "users")
    assert {row["status"] for row in usual} == {"ACTIVE", "PENDING_EMAIL_VERIFICATION", "NOT_REGISTERED"}
    assert first_user(world, "ACTIVE", "INACTIVE") not in ids(usual)
    assert all(row["memberships"] == [] and "roles" not in row for row in usual)
    assert [row["email"] for row in usual] == sorted(row["email"] for row in usual)
    deactivated = get("users", status="INACTIVE", memberships="WORKSPACE").json()
    assert {row["status"] for row in deactivated} == {"ACTIVE"}
    assert {m["membershipStatus"] for row in deactivated for m in row["memberships"]} == {"INACTIVE"}


def test_who_left_has_no_profile_and_is_in_no_list_but_keeps_their_entries(world: World, get: Ask) -> None:
    user = first_user(world, "LIMITED", "ACTIVE")
    assert get(f"member-profile/{user}").ok
    world.remove_user(user)
    everybody = {"status": "ALL", "account-statuses": "ACTIVE,LIMITED,DELETED"}
    assert user not in ids(pages(get, "users", **everybody))
    assert get(f"user/{user}/time-entries").json()
    for former in (user, first_user(world, "DELETED", "INACTIVE")):
        answer = get(f"member-profile/{former}")
        assert (answer.status_code, answer.json()["code"]) == (400, 501)


def test_archived_rows_and_finished_ones(world: World, get: Ask) -> None:
    everything, active, archived = (
        pages(get, "tags", **query) for query in ({}, {"archived": "false"}, {"archived": "true"})
    )
    assert sorted(ids(everything)) == sorted(ids(active + archived))
    assert {row["archived"] for row in pages(get, "expenses/categories")} == {False}
    assert {row["archived"] for row in pages(get, "time-off/policies")} == {False}
    states = {row["approvalRequest"]["status"]["state"] for row in pages(get, "approval-requests")}
    assert states == {"PENDING"}
    busy = world.rows("projects")[0]["id"]
    assert {row["status"] for row in pages(get, f"projects/{busy}/tasks")} == {"ACTIVE", "DONE"}
    assert {row["status"] for row in get(f"projects/{busy}/tasks", is_active="false").json()} == {"DONE"}


def test_a_kind_may_be_asked_for(world: World, get: Ask) -> None:
    assert {row["entityType"] for row in get("custom-fields").json()} == {"TIMEENTRY"}
    assert {row["entityType"] for row in get("custom-fields", entity_type="USER").json()} == {"USER"}
    kinds = [get("webhooks", type=kind).json()["webhooks"] for kind in ("USER_CREATED", "SYSTEM", "ADDON")]
    assert all(kinds)
    assert sorted(row["id"] for rows in kinds for row in rows) == sorted(
        ids(world.rows("webhooks", world.workspaces[0].id))
    )


def test_light_variants_leave_things_out(get: Ask) -> None:
    assert all("customFields" not in row for row in get("projects").json())
    assert all(row["teamManagers"] == [] for row in get("user-groups").json())


def test_a_hydrated_project_has_its_client_and_tasks_or_is_the_plain_one_and_more(world: World, get: Ask) -> None:
    def hydrated() -> list[Row]:
        rows: list[Row] = get("projects", hydrated="true").json()
        return rows

    recorded = hydrated()
    assert any(row["client"] for row in recorded)
    assert {task["status"] for row in recorded for task in row["tasks"]} == {"ACTIVE", "DONE"}
    assert all("clientName" not in row for row in recorded)
    world.hydrates_projects = False
    plain = hydrated()
    assert all(
        "clientName" in row and "customFields" in row and row.keys().isdisjoint(("client", "tasks")) for row in plain
    )


@pytest.mark.parametrize("path", ["projects", "tags", "user-groups", "users", "invoices"])
def test_order(get: Ask, path: str) -> None:
    usual, by_id = ids(pages(get, path)), ids(pages(get, path, **{"sort-column": "ID"}))
    assert by_id == sorted(by_id)
    assert usual == ids(pages(get, path)) != by_id
    assert ids(pages(get, path, **{"sort-column": "ID", "sort-order": "DESCENDING"})) == by_id[::-1]


def test_time_off_requests_can_be_narrowed(world: World, sandbox: Sandbox, get: Ask) -> None:
    sandbox.page_cap = None
    rows = world.rows("time_off_requests")
    user, group = rows[0]["userId"], world.rows("user_groups")[0]

    def found(**body: object) -> list[str]:
        answer = get("time-off/requests", method="POST", json=body).json()
        assert answer["count"] == len(answer["requests"])
        return sorted(ids(answer["requests"]))

    def wanted(keep: Callable[[Row], bool]) -> list[str]:
        return sorted(row["id"] for row in rows if keep(row))

    assert found() == wanted(lambda _: True)
    assert found(statuses=["APPROVED", "PENDING"]) == wanted(lambda row: row["status"]["statusType"] != "REJECTED")
    assert found(users=[user]) == wanted(lambda row: row["userId"] == user)
    assert found(userGroups=[group["id"]]) == wanted(lambda row: row["userId"] in group["userIds"])
    period = rows[3]["timeOffPeriod"]["period"]
    assert found(start=period["end"], end=period["end"]) == [rows[3]["id"]]
