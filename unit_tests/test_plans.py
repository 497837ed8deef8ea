"""What a plan lacks is asked for once in a workspace, however many streams need it."""

from typing import Any, Final

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import Read, Row, answer, rows, url_of, workspace
from unit_tests.streams import STREAMS, serve_all

REFUSED: Final[Row] = {"status_code": 403, "json": {"message": "Upgrade", "code": 501}}
OTHER: Final = "64a687e29ae1f428e7ebe304"
TIME_OFF: Final = ("holidays", "time_off_policies", "time_off_requests", "time_off_balances")
EXPENSES: Final = ("expenses", "expense_categories", "expense_report")


def answered(clockify: requests_mock.Mocker, name: str, **given: Any) -> None:
    """Answer the lists of a stream as given."""
    clockify.request(requests_mock.ANY, url_of(STREAMS[name].endpoint), **given)


def asked(clockify: requests_mock.Mocker, *names: str) -> list[str]:
    """The streams whose lists were asked for, request by request."""
    return [
        name
        for request in clockify.request_history
        for name in names
        if url_of(STREAMS[name].endpoint).search(request.url)
    ]


def told(output: EntrypointOutput) -> list[tuple[str, str]]:
    """Which streams were skipped, each by the level of its line."""
    lines = [message.log for message in output.logs if message.log and "not in the plan" in message.log.message]
    return [(line.level.value, line.message.partition(":")[0]) for line in lines]


@pytest.mark.parametrize("workers", [1, 20])
@pytest.mark.parametrize("names", [TIME_OFF, EXPENSES, ("invoices", "invoice_details", "invoice_payments")])
def test_streams_that_need_the_same_feature_share_the_first_refusal(
    names: tuple[str, ...], workers: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    """Whichever host they are read from."""
    answer(clockify, "/workspaces", [workspace(features=[])])
    for name in names:
        answered(clockify, name, **REFUSED)
    output = read(*names, num_workers=workers)
    assert asked(clockify, *names) == [names[0]]
    assert told(output) == [("WARN", names[0]), *(("INFO", name) for name in names[1:])]
    assert {output.get_stream_statuses(name)[-1] for name in names} == {AirbyteStreamStatus.COMPLETE}


def test_a_list_of_parents_is_not_asked_for_where_another_stream_was_refused(
    clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, "/workspaces", [workspace(features=[])])
    for name in TIME_OFF:
        answered(clockify, name, **REFUSED)
    output = read("time_off_requests", "time_off_balances")
    assert asked(clockify, *TIME_OFF) == ["time_off_requests"]
    assert [name for _, name in told(output)] == ["time_off_requests", "time_off_balances"]


def test_the_refused_list_of_parents_counts_for_other_streams(clockify: requests_mock.Mocker, read: Read) -> None:
    """It is read for the children first, as its own stream is not selected."""
    answer(clockify, "/workspaces", [workspace(features=[])])
    for name in ("invoices", "invoice_details"):
        answered(clockify, name, **REFUSED)
    output = read("invoice_details", "invoice_payments")
    assert asked(clockify, "invoices", "invoice_details", "invoice_payments") == ["invoices"]
    assert [name for _, name in told(output)] == ["invoice_details", "invoice_payments"]


def test_another_feature_and_another_workspace_are_asked_for(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, "/workspaces", [workspace(features=[]), workspace(id=OTHER, features=[])])
    names = ("assignments", "holidays", "time_off_requests")
    for name in names:
        answered(clockify, name, **REFUSED)
    read(*names)
    assert asked(clockify, *names) == ["assignments"] * 2 + ["holidays"] * 2


def test_a_plan_that_has_the_feature_is_not_what_refuses(clockify: requests_mock.Mocker, read: Read) -> None:
    """Then it is the role, which may suffice for another stream."""
    answer(clockify, "/workspaces", [workspace(), workspace(id=OTHER, features=[])])
    for name in ("holidays", "time_off_policies"):
        answered(clockify, name, **REFUSED)
    serve_all(clockify, STREAMS["time_off_requests"], [{"id": "r1"}])
    output = read("holidays", "time_off_policies", "time_off_requests", failing=True)
    assert asked(clockify, *TIME_OFF) == ["holidays"] * 2 + ["time_off_policies"] + ["time_off_requests"]
    assert [output.get_stream_statuses(name)[-1] for name in TIME_OFF[:2]] == [AirbyteStreamStatus.INCOMPLETE] * 2
    assert len(rows(output, "time_off_requests")) == 1


def test_a_feature_of_which_something_was_read_is_there(clockify: requests_mock.Mocker, read: Read) -> None:
    """Whatever the plan tells: so each of the other streams is asked for, and skipped by its own refusal."""
    answer(clockify, "/workspaces", [workspace(features=[])])
    serve_all(clockify, STREAMS["expenses"], [{"id": "e1"}])
    for name in EXPENSES[1:]:
        answered(clockify, name, **REFUSED)
    output = read(*EXPENSES)
    assert asked(clockify, *EXPENSES) == list(EXPENSES)
    assert len(rows(output, "expenses")) == 1
    assert [name for _, name in told(output)] == list(EXPENSES[1:])


@pytest.mark.parametrize("fault", [{"status_code": 500}, {"json": "nothing"}, {"status_code": 404}], ids=str)
def test_a_list_that_fails_is_not_refused(fault: Row, clockify: requests_mock.Mocker, read: Read) -> None:
    """Then the next stream asks, for all that come after it."""
    answer(clockify, "/workspaces", [workspace(features=[])])
    answered(clockify, "expenses", **fault)
    for name in EXPENSES[1:]:
        answered(clockify, name, **REFUSED)
    output = read(*EXPENSES, failing=True)
    assert list(dict.fromkeys(asked(clockify, *EXPENSES))) == list(EXPENSES[:2])
    assert asked(clockify, "expense_categories") == ["expense_categories"]
    assert [name for _, name in told(output)] == list(EXPENSES[1:])
    assert output.get_stream_statuses("expenses")[-1] == AirbyteStreamStatus.INCOMPLETE


def test_the_next_sync_asks_again(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, "/workspaces", [workspace(features=[])])
    answered(clockify, "holidays", **REFUSED)
    read("holidays")
    serve_all(clockify, STREAMS["holidays"], [{"id": "h1"}])
    assert len(rows(read("holidays"), "holidays")) == 1
