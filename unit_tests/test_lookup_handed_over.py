"""Entries that are another user's now: they come once, and leave the state of the one whose they were."""

import pytest
import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import HOST, REFUSED, WORKSPACE, Read, Row, answer, kept, rows
from unit_tests.entries import BASE, ENTRIES, SINCE, expecting, serve_users

RECENT = "2026-11-15T08:00:00Z"
OLD = "2020-01-01T08:00:00Z"

pytestmark = pytest.mark.usefixtures("at_noon")


def handed_over(clockify: requests_mock.Mocker, start: str, end: str | None = "2026-11-15T09:00:00Z") -> Row:
    """What was u1's entry is u2's."""
    entry: Row = {"id": "e1", "userId": "u2", "timeInterval": {"start": start, "end": end}}
    clockify.get(f"{ENTRIES}/e1", json=entry)
    return entry


def told(output: EntrypointOutput) -> list[tuple[str, str]]:
    return [(row["id"], row["userId"]) for row in rows(output, "time_entries")]


@pytest.mark.parametrize("users", [("u1", "u2"), ("u2", "u1")], ids=" then ".join)
def test_one_in_the_other_users_list_comes_with_it(
    users: tuple[str, str], clockify: requests_mock.Mocker, read: Read
) -> None:
    serve_users(clockify, *users)
    answer(clockify, f"{BASE}/user/u2/time-entries", [handed_over(clockify, RECENT)])
    output = read("time_entries", state=expecting("e1"), detect_deletions=True)
    assert told(output) == [("e1", "u2")]
    assert (kept(output)["u1"]["ids"], kept(output)["u2"]["ids"]) == ("", ["e1"])


def test_one_from_before_the_look_back_is_emitted_by_itself(clockify: requests_mock.Mocker, read: Read) -> None:
    serve_users(clockify, "u1", "u2")
    handed_over(clockify, OLD)
    output = read("time_entries", state=expecting("e1"), detect_deletions=True)
    assert told(output) == [("e1", "u2")]
    assert kept(output)["u1"]["ids"] == ""


@pytest.mark.parametrize(
    "whose", ["nobody who is listed", "an account that is not active", "another than the key's own"]
)
def test_one_whose_user_may_not_be_read_is_emitted_and_not_remembered(
    whose: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    serve_users(clockify, "u1")
    handed_over(clockify, RECENT)
    state, is_own = expecting("e1"), whose == "another than the key's own"
    if is_own:
        clockify.get(f"{HOST}/user", json={"id": "u1"})
        state["onlyMyTime"] = True
    elif whose == "an account that is not active":
        answer(clockify, f"{BASE}/users", [{"id": "u1"}, {"id": "u2", "status": "LIMITED"}])
        clockify.get(f"{HOST}{BASE}/user/u2/time-entries", **REFUSED)
    output = read("time_entries", state=state, detect_deletions=True, only_my_time=is_own)
    assert told(output) == [("e1", "u2")]
    assert kept(output)["u1"]["ids"] == ""


def test_one_that_runs_is_looked_up_until_it_is_stopped(clockify: requests_mock.Mocker, read: Read) -> None:
    serve_users(clockify, "u1", "u2")
    state = expecting(u2={"readAt": "2026-11-20T00:00:00.000Z", "since": SINCE, "ids": ""})
    state["workspaces"][WORKSPACE]["u1"]["running"] = ["e1"]
    running = []
    for end in (None, "2026-11-22T09:00:00Z"):
        handed_over(clockify, OLD, end)
        output = read("time_entries", state=state, detect_deletions=True)
        assert told(output) == [("e1", "u2")]
        state["workspaces"][WORKSPACE] = kept(output)
        running.append(kept(output)["u1"].get("running"))
    assert running == [["e1"], None]
