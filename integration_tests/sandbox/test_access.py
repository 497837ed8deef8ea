"""What a key may read, by membership, plan and role."""

from datetime import timedelta
from typing import Any

import pytest

from integration_tests.sandbox.conftest import DETAILED, EXPENSES, NOW, Ask, ids, user_of
from sandbox import Sandbox, World


def test_workspaces_are_those_that_the_key_is_a_member_of(world: World, get: Ask) -> None:
    side = world.workspaces[1].id
    assert get("/workspaces").json() == world.rows("workspaces")
    assert [row["name"] for row in get("/workspaces", key="member").json()] == ["Acme"]
    assert get(f"/workspaces/{side}/tags", key="member").status_code == 404
    world.deactivate_user(user_of(world, "member"))
    assert get("tags", key="member").status_code == 404


@pytest.mark.parametrize("path", ["users", "approval-requests", "invoices"])
def test_some_lists_are_for_admins_only(get: Ask, path: str) -> None:
    assert get(path, key="admin").ok
    answer = get(path, key="member")
    assert (answer.status_code, answer.json()["code"]) == (403, 501)


def test_a_member_sees_only_what_is_theirs(world: World, sandbox: Sandbox, get: Ask, report: Ask) -> None:
    sandbox.page_cap = None
    member, owner = user_of(world, "member"), user_of(world, "owner")
    entries = {row["id"]: row["userId"] for row in world.rows("time_entries", world.workspaces[0].id)}
    assert get(f"user/{member}/time-entries", key="member").ok
    assert get(f"user/{owner}/time-entries", key="member").json() == {"message": "Access Denied", "code": 501}
    another = next(entry for entry, user in entries.items() if user == owner)
    assert get(f"time-entries/{another}", key="member").status_code == 403
    batch = get("time-entries/batch", key="member", method="POST", json={"timeEntryIds": [*entries]}).json()
    running = get("time-entries/status/in-progress", key="member", page_size=1000).json()
    reported = report(key="member", users={"status": "ALL"}).json()["timeentries"]
    spent = get("expenses", key="member", user_id=owner).json()["expenses"]["expenses"]
    for rows in (batch, running, reported, spent):
        assert {row["userId"] for row in rows} == {member}


def test_a_member_sees_shared_reports_that_are_public_or_shown_to_them(
    world: World, sandbox: Sandbox, get: Ask
) -> None:
    sandbox.page_cap = None

    def shared(key: str, wanted: str = "ALL") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = get("shared-reports", key, host="/report/v1", sharedReportsFilter=wanted).json()[
            "reports"
        ]
        return rows

    rows, member = world.rows("shared_reports", world.workspaces[0].id), user_of(world, "member")
    shown = [row for row in rows if row["isPublic"] or member in {viewer["id"] for viewer in row["visibleToUsers"]}]
    assert sorted(ids(shared("owner"))) == sorted(ids(rows))
    assert sorted(ids(shared("member"))) == sorted(ids(shared("member", "SHARED_WITH_ME"))) == sorted(ids(shown))
    assert 0 < len(shown) < len(rows)
    owner = user_of(world, "owner")
    assert {row["reportAuthor"] for row in shared("owner", "CREATED_BY_ME")} == {owner}


@pytest.mark.parametrize("path", [DETAILED, EXPENSES])
@pytest.mark.parametrize(
    ("plan", "days"),
    [
        ("ONE_MONTH_RANGE_REPORTS", 31),
        ("ONE_MONTH_RANGE_REPORTS ONE_YEAR_RANGE_REPORTS", 366),
        ("ONE_YEAR_RANGE_REPORTS", 366),
        ("UNLIMITED_REPORTS", None),
    ],
)
def test_a_plan_limits_the_range_of_reports(world: World, report: Ask, path: str, plan: str, days: int | None) -> None:
    world.set_features(world.workspaces[0].id, ["EXPENSES", *plan.split()])
    end = NOW + timedelta(days=days or 30_000)
    assert report(path, dateRangeStart=f"{NOW:%FT%T}", dateRangeEnd=f"{end:%FT%T}").ok
    if days:
        answer = report(path, dateRangeStart=f"{NOW:%FT%T}", dateRangeEnd=f"{end:%FT%H:%M}:01")
        assert (answer.status_code, answer.json()["code"]) == (400, 501)
