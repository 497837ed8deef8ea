"""What comes of a sync is the same however many lists are asked for ahead of the reading."""

from typing import Final

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus

from source_clockify.streams.entity_changes import ENTITY_TYPES
from unit_tests.conftest import HOST, REFUSED, WORKSPACE, Read, answer, errors, kept, rows, workspace
from unit_tests.streams import EVERYTHING, STREAMS, serve_all
from unit_tests.test_children import BROKEN, CHILDREN, family, place
from unit_tests.test_rows import least

LATER: Final = [f"w{number}" for number in range(1, 10)]
MANY_AT_ONCE: Final = [1, 2, 10]


def serve_the_first_alone(clockify: requests_mock.Mocker, name: str) -> None:
    """The lists of the first workspace, and others whose parents, or feeds, cannot be listed."""
    if child := CHILDREN.get(name):
        family(clockify, name, 3)
    else:
        serve_all(clockify, STREAMS[name], [least(name)])
    listed = child.parent if child else STREAMS[name]
    known = [workspace(features=EVERYTHING), *(workspace(id=later, name=later) for later in LATER)]
    answer(clockify, "/workspaces", known)
    for later in LATER:
        path = listed.endpoint.path.format(workspaceId=later, change="created")
        clockify.get(f"{HOST}/{path}", status_code=503)


class TestTheListsOfLaterWorkspacesCannotBeTold:
    @pytest.mark.parametrize("workers", MANY_AT_ONCE)
    @pytest.mark.parametrize(
        ("name", "number"), [("tasks", 3), ("time_entries", 3), ("entity_changes", 3 * len(ENTITY_TYPES))]
    )
    def test_the_first_one_is_read_and_the_rest_is_left_after_three(
        self, name: str, number: int, workers: int, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        serve_the_first_alone(clockify, name)
        output = read(name, failing=True, num_workers=workers)
        assert len(rows(output, name)) == number
        message, *_ = errors(output)
        assert (
            f"{name}: 3 lists could not be read: workspace 'w1' (w1); workspace 'w2' (w2); workspace 'w3' (w3)."
            in message
        )
        assert "The rest was not tried any more" in message
        assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.INCOMPLETE

    @pytest.mark.parametrize("workers", MANY_AT_ONCE)
    def test_the_state_of_the_first_one_moves(self, workers: int, clockify: requests_mock.Mocker, read: Read) -> None:
        serve_the_first_alone(clockify, "time_entries")
        output = read("time_entries", failing=True, num_workers=workers)
        assert kept(output).keys() == {"p1", "p2", "p3"}

    @pytest.mark.parametrize("name", ["tasks", "entity_changes"])
    def test_those_far_behind_are_not_asked_for(self, name: str, clockify: requests_mock.Mocker, read: Read) -> None:
        serve_the_first_alone(clockify, name)
        read(name, failing=True, num_workers=1)
        assert not any(f"/{LATER[-1]}/" in request.url for request in clockify.request_history)

    @pytest.mark.parametrize("workers", MANY_AT_ONCE)
    def test_the_error_tells_all_failures_in_order(
        self, workers: int, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        family(clockify, "tasks", 3)
        answer(clockify, "/workspaces", [workspace(), workspace(id="other", name="Other")])
        clockify.get(f"{HOST}/workspaces/other/projects", status_code=400, json={"message": "odd", "code": 1})
        for parent, given in (("p1", REFUSED), ("p2", BROKEN), ("p3", BROKEN)):
            clockify.get(place("tasks", parent), **given)
        message, *_ = errors(read("tasks", failing=True, num_workers=workers))
        acme = f"workspace 'Acme' ({WORKSPACE})"
        lists = [*(f"projectId p{number} in {acme}" for number in (1, 2, 3)), "workspace 'Other' (other)"]
        assert f"4 lists could not be read: {'; '.join(lists)}. The first one: 403" in message
