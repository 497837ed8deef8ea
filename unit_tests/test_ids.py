"""Ids in paths: whatever an id is, a request stays where it belongs."""

from typing import Any

import pytest
import requests_mock
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.paths import fill_in
from unit_tests.conftest import WORKSPACE, Read, answer, errors, workspace

BASE = f"/workspaces/{WORKSPACE}"


@pytest.mark.parametrize(
    ("user_id", "asked"),
    [
        ("../../../user", "..%2F..%2F..%2Fuser"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("%2e%2e", "%252e%252e"),
        ("..;", "..%3B"),
        ("a\r\nX-Api-Key: b", "a%0D%0AX-Api-Key%3A%20b"),
        ("ü", "%C3%BC"),
        ("{workspaceId}", "%7BworkspaceId%7D"),
    ],
)
def test_an_id_stays_one_part_of_the_path(user_id: str, asked: str, clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(requests_mock.ANY, json=[])
    answer(clockify, "/workspaces", [workspace()])
    answer(clockify, f"{BASE}/users", [{"id": user_id}])
    read("time_entries")
    paths = [request.url.split("?")[0].partition("/user/")[2] for request in clockify.request_history]
    assert [path for path in paths if path] == [f"{asked}/time-entries"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "not an id"),
        (" ", "not an id"),
        (".", "'.', which is not an id"),
        ("..", "'..', which is not an id"),
        (None, "None, which is not a string"),
        (5, "5, which is not a string"),
        (["u1"], "['u1'], which is not a string"),
        ("\ud83d", "not valid Unicode"),
    ],
    ids=repr,
)
def test_what_is_no_id_is_refused_by_name(value: Any, words: str) -> None:
    with pytest.raises(AirbyteTracedException) as refused:
        fill_in("workspaces/{workspaceId}/user/{userId}", {"workspaceId": WORKSPACE, "userId": value}, "time_entries")
    assert str(refused.value.message).startswith("time_entries: userId is ")
    assert words in str(refused.value.message)
    assert "system_error" in str(refused.value.failure_type)


def test_an_id_that_is_cut_out_of_a_path_is_refused(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, f"{BASE}/projects", [{"id": ".."}])
    output = read("tasks", failing=True)
    assert any("projectId is '..', which is not an id" in message for message in errors(output))
    assert not any("tasks" in request.path for request in clockify.request_history)


def test_a_message_does_not_repeat_the_whole_of_a_long_id(clockify: requests_mock.Mocker, read: Read) -> None:
    long = "x" * 5000
    clockify.get(requests_mock.ANY, status_code=403, json={"message": "Access denied", "code": 501})
    answer(clockify, "/workspaces", [workspace(id=long)])
    assert max(map(len, errors(read("clients", failing=True)))) < 1000
