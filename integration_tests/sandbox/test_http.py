"""Whom the sandbox answers, what it refuses, and how a list tells its end."""

from typing import Any

import pytest
import requests

from integration_tests.sandbox.conftest import RANGE, Ask
from sandbox import Sandbox, World

UNKNOWN = "000000000000000000000000"
TOTALS = "scheduling/assignments/{}/totals"


def posted(**body: Any) -> dict[str, Any]:
    return {"method": "POST", "json": body}


@pytest.mark.parametrize(
    ("path", "options", "status", "code"),
    [
        (f"/workspaces/{UNKNOWN}/tags", {}, 404, None),
        ("/user", {"key": "no_workspace"}, 404, 501),
        (f"projects/{UNKNOWN}/tasks", {}, 400, 501),
        (f"time-entries/{UNKNOWN}", {}, 400, 501),
        (f"clients/{UNKNOWN}", {}, 400, 501),
        ("no-such-thing", {}, 404, 3000),
        ("tags", {"method": "PATCH"}, 405, 3000),
        ("time-entries", {}, 405, 3000),
        ("time-off/requests", {}, 405, 3000),
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
        ("time-off/requests", posted(statuses=["WITHDRAWN"]), 400, 3002),
        ("time-off/requests", posted(pageSize=201), 400, 501),
        (TOTALS.format("projects"), posted(start=RANGE["start"]), 400, 3001),
        (TOTALS.format("user-filter"), posted(end=RANGE["end"]), 400, 3001),
        ("shared-reports", {"host": "/report/v1", "sharedReportsFilter": "EVERYTHING"}, 500, 500),
    ],
)
def test_refusals(get: Ask, path: str, options: dict[str, Any], status: int, code: int | None) -> None:
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


def test_a_wrong_method_is_told_the_right_one(get: Ask) -> None:
    assert get("tags", method="DELETE").headers["Allow"] == "GET"


@pytest.mark.parametrize(("path", "stream"), [("holidays", "holidays"), ("webhooks", "webhooks")])
def test_unpaged_lists_ignore_paging(world: World, sandbox: Sandbox, get: Ask, path: str, stream: str) -> None:
    answer, wanted = get(path, page=9, page_size=3), world.rows(stream, world.workspaces[0].id)
    assert answer.json() == (wanted if path == "holidays" else {path: wanted, "workspaceWebhookCount": len(wanted)})
    assert "Last-Page" not in answer.headers
    assert {name for _, name in sandbox.ignored_parameters} == {"page", "page-size"}


@pytest.mark.parametrize(("header", "name"), [(True, "Last-Page"), (False, "total-count"), (None, "")])
def test_the_end_of_a_list_shows_in_either_header_or_in_none(
    world: World, sandbox: Sandbox, get: Ask, header: bool | None, name: str
) -> None:
    sandbox.last_page_header = header
    answer, total = get("tags", page=2, page_size=5), len(world.rows("tags", world.workspaces[0].id))
    told = {"Last-Page": "false", "total-count": str(total)}
    assert len(answer.json()) == 5
    assert {key: answer.headers[key] for key in told if key in answer.headers} == ({name: told[name]} if name else {})


def test_beyond_the_end_is_an_empty_last_page(get: Ask) -> None:
    answer = get("tags", page=999)
    assert (answer.json(), answer.headers["Last-Page"]) == ([], "true")


def test_a_body_has_its_own_names_for_paging(sandbox: Sandbox, get: Ask, report: Ask, audit: Ask) -> None:
    report(detailedFilter={"page-size": 3})
    audit(pageSize=3)
    assert len(get(TOTALS.format("user-filter"), **posted(**RANGE, pageSize=3)).json()) == 3
    assert {name for _, name in sandbox.ignored_parameters} == {"detailedFilter.page-size", "pageSize"}


def test_connections_are_kept_alive(get: Ask) -> None:
    assert get("tags").raw.version == 11
    assert "close" not in get("tags").headers.get("Connection", "")
