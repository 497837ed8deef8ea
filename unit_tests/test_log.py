"""What a sync says while it reads."""

import re
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from harness.clock import FastClock
from unit_tests.conftest import HOST, WORKSPACE, Read, Row, answer, serve, workspace

BASE = f"/workspaces/{WORKSPACE}"


def lines_of(output: EntrypointOutput, beginning: str) -> list[str]:
    return [m.log.message for m in output.logs if m.log and m.log.message.startswith(beginning)]


def test_one_line_per_stream_and_workspace(clockify: requests_mock.Mocker, read: Read) -> None:
    serve(clockify, f"{BASE}/tags", [{"id": f"t{number}"} for number in range(6)])
    output = read("tags", "workspaces")
    assert lines_of(output, "workspaces: ") == ["workspaces: 1 records, 1 request"]
    told = lines_of(output, "tags: ")
    assert told[0] == f"tags: 6 records, 2 requests from workspace 'Acme' ({WORKSPACE})"
    assert all("does not declare" in line for line in told[1:])


def test_a_read_begins_with_the_plan_and_what_of_the_selection_it_lacks(
    clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, "/workspaces", [workspace(features=["TIME_OFF"])])
    answer(clockify, f"{BASE}/tags", [])
    clockify.get(f"{HOST}{BASE}/holidays", json=[])
    clockify.get(f"{HOST}{BASE}/expenses", status_code=403, json={"message": "Upgrade", "code": 501})
    output = read("tags", "holidays", "expenses")
    assert lines_of(output, "Reading workspace") == [
        f"Reading workspace 'Acme' ({WORKSPACE}): plan PRO; the plan seems to lack expenses"
    ]


@pytest.mark.parametrize(("seconds", "is_long"), [(40, True), (1, False)])
def test_a_long_stream_tells_each_half_minute_how_far_it_is(
    seconds: int, is_long: bool, clockify: requests_mock.Mocker, clock: FastClock, read: Read
) -> None:
    def tasks(*_: Any) -> list[Row]:
        clock.sleep(seconds)
        return [{"id": "t"}]

    answer(clockify, f"{BASE}/projects", [{"id": f"p{number}"} for number in range(3)])
    clockify.get(re.compile("/tasks"), json=tasks, headers={"Last-Page": "true"})
    progress = [line for line in lines_of(read("tasks"), "tasks: ") if " so far " in line]
    assert bool(progress) is is_long
    origin = re.escape(f"from workspace 'Acme' ({WORKSPACE})")
    # The list of projects, the one that was read, and those that are fetched ahead.
    expected = rf"tasks: 1 of 3 lists, 1 records, [2-4] requests so far {origin}, at most .* a second"
    assert all(re.fullmatch(expected, line) for line in progress[:1])
