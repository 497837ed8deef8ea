"""One list among many that cannot be read: the others are, and the error tells which it was."""

from typing import Any, Final

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus

from source_clockify.streams.lists import ChildStream
from unit_tests.conftest import (
    HOST,
    REFUSED,
    WORKSPACE,
    Read,
    Row,
    answer,
    errors,
    kept,
    rows,
    saved,
    url_of,
    workspace,
)
from unit_tests.streams import EVERYTHING, STREAMS, body_of, serve_all
from unit_tests.test_rows import least

CHILDREN: Final = {name: stream for name, stream in STREAMS.items() if isinstance(stream, ChildStream)}
LISTS: Final = sorted(name for name in CHILDREN)
NOT_FOUND: Final[Row] = {"status_code": 404}
GONE: Final[Row] = {"status_code": 400, "json": {"message": "User doesn't belong to Workspace", "code": 501}}
BROKEN: Final[Row] = {"json": "nothing"}
FAULTS: Final = {
    "refused": REFUSED,
    "not paid for": {**REFUSED, "status_code": 402},
    "not found": NOT_FOUND,
    "failing": {"status_code": 500},
    "of another shape": BROKEN,
    "no JSON": {"text": "<html>"},
}
BASE: Final = f"/workspaces/{WORKSPACE}"


def place(name: str, parent: str) -> str:
    """The address of a parent's list."""
    stream = CHILDREN[name]
    return f"{HOST}/{stream.endpoint.path.format(workspaceId=WORKSPACE, **{stream.parent_key: parent})}"


def family(clockify: requests_mock.Mocker, name: str, number: int, **fields: Any) -> list[str]:
    """So many parents, each with a list of one row."""
    answer(clockify, "/workspaces", [workspace(features=fields.pop("features", EVERYTHING))])
    stream = CHILDREN[name]
    parents = [f"p{place}" for place in range(1, number + 1)]
    serve_all(clockify, stream.parent, [{"id": parent, **fields} for parent in parents])
    for parent in parents:
        body: Any = (
            {"id": parent, "weekStart": "MONDAY"} if stream.endpoint.is_single else [least(name, f"of-{parent}")]
        )
        clockify.get(place(name, parent), json=body_of(stream.endpoint, body), headers={"Last-Page": "true"})
    return parents


def parents_read(output: Any, name: str) -> list[str]:
    return [row[CHILDREN[name].parent_key] for row in rows(output, name)]


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", LISTS)
def test_the_others_are_read(name: str, fault: str, at: int, clockify: requests_mock.Mocker, read: Read) -> None:
    parents = family(clockify, name, 3)
    clockify.get(place(name, f"p{at}"), **FAULTS[fault])
    output = read(name, failing=True)
    assert parents_read(output, name) == [parent for parent in parents if parent != f"p{at}"]
    assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.INCOMPLETE
    message, *_ = errors(output)
    assert f"{name}: 1 list could not be read: {CHILDREN[name].parent_key} p{at} in workspace 'Acme'" in message
    assert "workspace_ids" not in message
    assert "owner or admin" not in message


def test_five_are_named_and_the_rest_is_counted(clockify: requests_mock.Mocker, read: Read) -> None:
    family(clockify, "tasks", 9)
    for parent in range(1, 9):
        clockify.get(place("tasks", f"p{parent}"), **REFUSED)
    message, *_ = errors(read("tasks", failing=True))
    assert "8 lists could not be read" in message
    assert message.count("projectId p") == 5
    assert "and 3 more" in message


def test_the_state_of_the_others_is_kept(clockify: requests_mock.Mocker, read: Read) -> None:
    family(clockify, "time_entries", 3)
    clockify.get(place("time_entries", "p2"), **REFUSED)
    earlier = {"readAt": "2026-11-20T00:00:00.000Z"}
    output = read("time_entries", state=saved({"p2": earlier}), failing=True)
    state = kept(output)
    assert state["p2"] == earlier
    assert {state[parent]["readAt"] > earlier["readAt"] for parent in ("p1", "p3")} == {True}


@pytest.mark.parametrize("name", LISTS)
def test_one_that_is_gone_is_left_out(name: str, clockify: requests_mock.Mocker, read: Read) -> None:
    family(clockify, name, 3)
    clockify.get(place(name, "p1"), **GONE)
    output = read(name)
    assert parents_read(output, name) == ["p2", "p3"]
    assert errors(output) == []


@pytest.mark.parametrize("name", LISTS)
def test_all_of_them_cannot_be_gone(name: str, clockify: requests_mock.Mocker, read: Read) -> None:
    for parent in family(clockify, name, 3):
        clockify.get(place(name, parent), **GONE)
    output = read(name, failing=True)
    error = errors(output)[0]
    assert "for each of the " in error
    assert error.count(f"{name}: ") == error.count("workspace '") == 1
    assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.INCOMPLETE


class TestPlans:
    """The plan seems to lack the feature."""

    NAMES = sorted(name for name, stream in CHILDREN.items() if stream.feature)

    @pytest.mark.parametrize("name", NAMES)
    def test_a_refusal_of_the_first_skips_the_workspace(
        self, name: str, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        for parent in family(clockify, name, 3, features=[]):
            clockify.get(place(name, parent), **REFUSED)
        output = read(name)
        assert errors(output) == []
        asked = [request for request in clockify.request_history if url_of(CHILDREN[name].endpoint).search(request.url)]
        assert len(asked) == 1

    @pytest.mark.parametrize("name", NAMES)
    def test_a_refusal_after_an_answer_is_an_error(self, name: str, clockify: requests_mock.Mocker, read: Read) -> None:
        family(clockify, name, 3, features=[])
        clockify.get(place(name, "p3"), **REFUSED)
        output = read(name, failing=True, num_workers=1)
        assert parents_read(output, name) == ["p1", "p2"]
        assert "p3" in errors(output)[0]


class TestAccountsThatAreNotActive:
    @pytest.mark.parametrize("fault", ["refused", "not paid for", "not found"])
    @pytest.mark.parametrize("status", ["DELETED", "LIMITED", "LIMITED_DELETED", "PENDING_EMAIL_VERIFICATION"])
    @pytest.mark.parametrize("name", ["time_entries", "member_profiles"])
    def test_may_be_refused(
        self, name: str, status: str, fault: str, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        family(clockify, name, 3)
        listed = [{"id": "p1", "status": "ACTIVE"}, {"id": "p2", "status": status}, {"id": "p3", "status": None}]
        answer(clockify, f"{BASE}/users", listed)
        clockify.get(place(name, "p2"), **FAULTS[fault])
        earlier = {"readAt": "2026-11-20T00:00:00.000Z"}
        state = saved({"p2": earlier}) if name == "time_entries" else None
        output = read(name, state=state)
        assert parents_read(output, name) == ["p1", "p3"]
        warnings = [m.log.message for m in output.logs if m.log and m.log.level.value == "WARN"]
        assert [f"{name}: Clockify refused to show 1 of the users" in text for text in warnings] == [True]
        if state:
            assert "time_entry_report" in warnings[0]
            assert kept(output)["p2"] == earlier

    def test_do_not_excuse_one_that_is(self, clockify: requests_mock.Mocker, read: Read) -> None:
        family(clockify, "time_entries", 3)
        answer(
            clockify,
            f"{BASE}/users",
            [{"id": "p1"}, {"id": "p2", "status": "DELETED"}, {"id": "p3", "status": "ACTIVE"}],
        )
        for parent in ("p2", "p3"):
            clockify.get(place("time_entries", parent), **REFUSED)
        message, *_ = errors(read("time_entries", failing=True))
        assert "1 list could not be read: userId p3" in message

    def test_are_no_excuse_for_a_fault(self, clockify: requests_mock.Mocker, read: Read) -> None:
        family(clockify, "time_entries", 2, status="DELETED")
        clockify.get(place("time_entries", "p2"), **BROKEN)
        assert "userId p2" in errors(read("time_entries", failing=True))[0]


@pytest.mark.parametrize("fault", ["refused", "not paid for", "not found"])
def test_a_former_user_who_cannot_be_read_is_forgotten(fault: str, clockify: requests_mock.Mocker, read: Read) -> None:
    family(clockify, "time_entries", 2)
    clockify.get(place("time_entries", "former"), **FAULTS[fault])
    output = read("time_entries", state=saved({"former": {"readAt": "2026-11-20T00:00:00.000Z"}}))
    assert kept(output).keys() == {"p1", "p2"}


@pytest.mark.parametrize(
    "body", [{}, {"message": "OK"}, {"id": "another", "weekStart": "MONDAY"}, {"workspaceId": WORKSPACE}], ids=str
)
@pytest.mark.parametrize("name", ["invoice_details"])
def test_another_object_than_was_asked_for_is_an_error(
    name: str, body: Row, clockify: requests_mock.Mocker, read: Read
) -> None:
    family(clockify, name, 2)
    clockify.get(place(name, "p1"), json=body)
    output = read(name, failing=True)
    assert parents_read(output, name) == ["p2"]
    assert "p1" in errors(output)[0]


@pytest.mark.parametrize("body", [{}, {"message": "OK"}, {"userId": "another", "weekStart": "MONDAY"}], ids=str)
def test_a_profile_that_is_none_or_of_another_is_an_error(
    body: Row, clockify: requests_mock.Mocker, read: Read
) -> None:
    family(clockify, "member_profiles", 2)
    clockify.get(place("member_profiles", "p1"), json=body)
    output = read("member_profiles", failing=True)
    assert parents_read(output, "member_profiles") == ["p2"]
    assert "userId p1" in errors(output)[0]


def test_a_host_that_fails_for_three_in_a_row_is_asked_no_more(clockify: requests_mock.Mocker, read: Read) -> None:
    family(clockify, "tasks", 9)
    for parent in range(2, 10):
        clockify.get(place("tasks", f"p{parent}"), status_code=500)
    output = read("tasks", failing=True, num_workers=1)
    assert parents_read(output, "tasks") == ["p1"]
    assert "3 lists could not be read" in errors(output)[0]
    assert "The rest was not tried" in errors(output)[0]
    assert not any("/p7/" in request.url for request in clockify.request_history)


def test_a_key_that_is_revoked_meanwhile_ends_the_stream(clockify: requests_mock.Mocker, read: Read) -> None:
    family(clockify, "tasks", 9)
    clockify.get(place("tasks", "p2"), status_code=401, json={"message": "Api key does not exist", "code": 4003})
    output = read("tasks", failing=True, num_workers=1)
    assert "does not know this key" in errors(output)[0]
    assert not any("/p7/" in request.url for request in clockify.request_history)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", sorted(STREAMS))
def test_a_workspace_that_cannot_be_read_leaves_the_others(
    name: str, fault: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    stream = STREAMS[name]
    root = stream.parent if isinstance(stream, ChildStream) else stream
    answer(
        clockify,
        "/workspaces",
        [workspace(id="other", name="Other", features=EVERYTHING), workspace(features=EVERYTHING)],
    )
    for one in {root, stream}:
        own = one.endpoint.path.replace("{workspaceId}", WORKSPACE)
        body: Any = {**least(name, "x"), "id": "x"} if one.endpoint.is_single else [least(one.name)]
        clockify.request(requests_mock.ANY, url_of(one.endpoint), **FAULTS[fault])
        pattern = url_of(type(one.endpoint)(own))
        clockify.request(requests_mock.ANY, pattern, json=body_of(one.endpoint, body), headers={"Last-Page": "true"})
    output = read(name, failing=True)
    assert {row["workspaceId"] for row in rows(output, name)} == {WORKSPACE}
    assert "Other" in errors(output)[0] or "other" in errors(output)[0]
