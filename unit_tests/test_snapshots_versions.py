"""The two operations behind the locations in SaaS mode: the newer one where it is to be had, the older one elsewhere."""

from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import FailureType

from unit_tests.conftest import Read, errors, rows
from unit_tests.highlevel import (
    CONFIG,
    FORMER_LOCATIONS,
    LOCATIONS,
    NO_SCOPE,
    NO_SUCH_OPERATION,
    SEARCH,
    page,
    refusal,
)

NOT_THERE = [
    NO_SUCH_OPERATION,
    refusal(404, "Cannot GET /saas/saas-locations/5DP4iH6HLkQsiKESj6rh"),
    refusal(401, "version header is invalid"),
    NO_SCOPE,
]


def asked(highlevel: requests_mock.Mocker) -> list[tuple[str, str | None]]:
    """Which operations were asked, in which version."""
    found = [(request.url.partition("?")[0], request.headers.get("Version")) for request in highlevel.request_history]
    return [(url, version) for url, version in found if url in (LOCATIONS, FORMER_LOCATIONS)]


def test_the_newer_one_is_asked(highlevel: requests_mock.Mocker, read: Read) -> None:
    read("locations", **CONFIG)
    assert asked(highlevel) == [(LOCATIONS, "v3")]


@pytest.mark.parametrize("refused", NOT_THERE, ids=str)
def test_the_older_one_where_the_newer_is_not_to_be_had(
    refused: dict[str, Any], highlevel: requests_mock.Mocker, read: Read
) -> None:
    def answer(request: Any, _: Any) -> Any:
        is_first = request.qs["page"] == ["1"]
        return page("l1" if is_first else "l2", total=2, hasNext=is_first)

    highlevel.get(LOCATIONS, **refused)
    highlevel.get(FORMER_LOCATIONS, json=answer)
    output = read("locations", **CONFIG)
    assert [row["location_id"] for row in rows(output, "locations")] == ["l1", "l2"]
    assert asked(highlevel) == [(LOCATIONS, "v3"), *[(FORMER_LOCATIONS, "2021-04-15")] * 4]
    lines = [message.log.message for message in output.logs if message.log]
    assert [line for line in lines if "asking by the older operation" in line]


@pytest.mark.parametrize(
    ("newer", "older", "words", "failure_type"),
    [
        (NO_SUCH_OPERATION, NO_SUCH_OPERATION, "does not have this operation", FailureType.system_error),
        (NO_SUCH_OPERATION, NO_SCOPE, "saas/company.read and saas/location.read", FailureType.config_error),
        (NO_SCOPE, NO_SUCH_OPERATION, "saas/company.read and saas/location.read", FailureType.config_error),
        (NO_SCOPE, NO_SCOPE, "saas/company.read and saas/location.read", FailureType.config_error),
    ],
    ids=["neither", "no older scope", "no newer scope", "no scope"],
)
def test_where_both_fail_the_cure_is_told(
    newer: dict[str, Any],
    older: dict[str, Any],
    words: str,
    failure_type: FailureType,
    highlevel: requests_mock.Mocker,
    read: Read,
) -> None:
    highlevel.get(LOCATIONS, **newer)
    highlevel.get(FORMER_LOCATIONS, **older)
    output = read("locations", failing=True, **CONFIG)
    assert words in errors(output)[0]
    [error, *_] = [message.trace.error for message in output.errors if message.trace and message.trace.error]
    assert error.failure_type == failure_type
    assert rows(output, "locations") == []


@pytest.mark.parametrize("refused", [refusal(401, "Invalid JWT"), refusal(404, "Company not found")], ids=str)
def test_any_other_refusal_is_one_of_both(refused: dict[str, Any], highlevel: requests_mock.Mocker, read: Read) -> None:
    highlevel.get(LOCATIONS, **refused)
    read("locations", failing=True, **CONFIG)
    assert asked(highlevel) == [(LOCATIONS, "v3")]


def test_the_operation_does_not_change_within_a_list(highlevel: requests_mock.Mocker, read: Read) -> None:
    highlevel.get(LOCATIONS, [{"json": page("l1", total=2, hasNext=True)}, NO_SUCH_OPERATION])
    output = read("locations", failing=True, **CONFIG)
    assert "does not have this operation" in errors(output)[0]
    assert asked(highlevel) == [(LOCATIONS, "v3")] * 2
    assert not [request for request in highlevel.request_history if request.url.startswith(SEARCH)]
