"""Time entries that state remembers, and what Clockify answers about them."""

from typing import Any

import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import HOST, WORKSPACE, Row, answer, rows, saved

BASE = f"/workspaces/{WORKSPACE}"
ENTRIES = f"{HOST}{BASE}/time-entries"
SINCE = "2026-10-21T00:00:00Z"
GONE: Row = {"status_code": 400, "json": {"message": "Time entry doesn't belong to Workspace", "code": 501}}


def entry(name: str, end: str | None = "2020-01-01T09:00:00Z") -> Row:
    """An entry from before the look-back."""
    return {"id": name, "userId": "u1", "timeInterval": {"start": "2020-01-01T08:00:00Z", "end": end}}


def serve_users(clockify: requests_mock.Mocker, *users: str) -> None:
    """These users are listed, and in their lists nothing comes back."""
    answer(clockify, f"{BASE}/users", [{"id": user} for user in users])
    for user in users:
        answer(clockify, f"{BASE}/user/{user}/time-entries", [])


def batch(clockify: requests_mock.Mocker, **answered: Any) -> Any:
    return clockify.post(f"{ENTRIES}/batch", **answered)


def expecting(*ids: str, user: str = "u1", **others: Row) -> Row:
    """The state of a sync that saw these entries of a user."""
    return saved({user: {"readAt": "2026-11-20T00:00:00.000Z", "since": SINCE, "ids": list(ids)}, **others})


def told(output: EntrypointOutput) -> list[tuple[str, bool | None]]:
    """The ids that came, and whether as deleted."""
    return [(row["id"], row.get("isDeleted")) for row in rows(output, "time_entries")]
