"""What is said where tokens cannot be renewed, and what that does to everything else."""

from collections.abc import Callable

import pytest

from harness.connector import Row
from integration_tests.agency import assert_only_the_agency_fails
from integration_tests.oauth.tokens import Start, kept, setting, used
from sandbox import Agency, Sandbox
from sandbox.snapshots_api import TOKENS


def used_already(agency: Agency) -> Row:
    token = agency.connect()["refresh_token"]
    agency.renew(token)
    return {"refresh_token": token}


def mistyped(_: Agency) -> Row:
    return {"refresh_token": "eyJ.refresh.mistyped"}


def wrong_secret(_: Agency) -> Row:
    return {"client_secret": "another-secret"}


def wrong_app(_: Agency) -> Row:
    return {"client_id": "another-app"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (used_already, ("invalid_grant", "used once", "connect the app to the agency again", "refresh_token`")),
        (mistyped, ("mistyped", "`snapshots_api.refresh_token`")),
        (wrong_secret, ("Invalid client credentials", "`snapshots_api.client_secret`", "was not used up")),
        (wrong_app, ("`snapshots_api.client_id`",)),
    ],
)
def test_a_refusal_is_told_with_its_cure_and_asked_for_once(
    wrong: Callable[[Agency], Row], words: tuple[str, ...], start: Start
) -> None:
    agency = Agency()
    sandbox, connector = start(agency, setting=wrong(agency))
    output = connector.read("locations", "snapshots", "tags")
    assert_only_the_agency_fails(output, words)
    assert [request.route for request in sandbox.requests] == [TOKENS]
    assert kept(output) == []
    secrets = [setting(connector)[name] for name in ("client_secret", "refresh_token")]
    assert not [secret for secret in secrets if secret in output.text]


def test_tokens_of_a_sub_account_are_kept_and_told_to_be_of_no_use(start: Start) -> None:
    agency = Agency()
    tokens = agency.connect(location=next(iter(agency.locations)))
    _, connector = start(agency, {"refresh_token": tokens["refresh_token"]})
    output = connector.read("locations", "snapshots")
    for stream in ("locations", "snapshots"):
        assert "not of a sub-account" in output.errors()[stream]["message"]
    [told] = kept(output)
    assert told["snapshots_api"]["refresh_token"] in agency.refresh_tokens


PASSING: list[Row] = [
    {"status": 500, "headers": {"Retry-After": "0"}},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"kind": "reset"},
    {"kind": "html"},
]


class TestFaultsOfTheTokenEndpoint:
    @pytest.mark.parametrize("fault", PASSING, ids=str)
    def test_that_pass_cost_nothing(self, fault: Row, start: Start) -> None:
        agency = Agency()
        sandbox, connector = start(agency)
        sandbox.faults.add(TOKENS, **fault)
        assert connector.sync("snapshots").records()["snapshots"] == agency.rows("snapshots")
        assert used(sandbox) == [setting(connector)["refresh_token"]] * 2

    @pytest.mark.parametrize(
        ("fault", "words", "failure_type"),
        [
            ({"status": 503}, "kept failing", "transient_error"),
            ({"status": 429, "headers": {"Retry-After": "600"}}, "too many requests", "transient_error"),
            ({"kind": "reset"}, "could not be reached", "transient_error"),
            ({"kind": "html"}, "not JSON", "transient_error"),
            ({"kind": "wrong_shape"}, "not of the expected shape", "system_error"),
        ],
        ids=str,
    )
    def test_that_stay_are_told_and_stop_no_other_stream(
        self, fault: Row, words: str, failure_type: str, start: Start
    ) -> None:
        sandbox, connector = start(Agency())
        sandbox.faults.add(TOKENS, times=None, **fault)
        output = connector.sync("snapshots", "tags")
        assert output.statuses() == {"tags": "COMPLETE", "snapshots": "INCOMPLETE"}
        assert words in output.errors()["snapshots"]["message"]
        assert output.errors()["snapshots"]["failure_type"] == failure_type

    def test_an_answer_that_is_lost_takes_the_token_along(self, start: Start) -> None:
        sandbox, connector = start(Agency())
        sandbox.faults.add(TOKENS, kind="close_early")
        message = connector.sync("snapshots").errors()["snapshots"]["message"]
        assert "a request whose answer was lost" in message
        assert "connect the app to the agency again" in message

    def test_tokens_do_not_follow_a_redirect(self, start: Start, clockify: Sandbox) -> None:
        sandbox, connector = start(Agency())
        clockify.clear_requests()
        sandbox.faults.add(TOKENS, kind="redirect", location=f"{clockify.url}/api/v1/workspaces", times=None)
        assert "redirects to 127.0.0.1" in connector.sync("snapshots").errors()["snapshots"]["message"]
        assert clockify.requests == []
