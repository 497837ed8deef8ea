"""How tokens go from one run to the next, what is renewed when, and where tokens show."""

import json
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from harness.connector import COMMAND, Output
from integration_tests.oauth.tokens import Start, kept, setting, used
from sandbox import Agency, Recorded
from sandbox.snapshots_api import SAAS_LOCATIONS, SNAPSHOTS, TOKENS
from source_clockify.api.clock import SystemClock
from source_clockify.config import ClockifyConfig
from source_clockify.snapshots_api import api
from source_clockify.snapshots_api.config import OAuthConfig


class TestOneRunAfterTheOther:
    def test_each_goes_on_with_what_the_last_one_told_airbyte_to_keep(self, start: Start) -> None:
        agency = Agency()
        sandbox, connector = start(agency)
        first_config = connector.config
        tokens = [setting(connector)["refresh_token"]]
        for _ in range(3):
            output = connector.read("locations", "snapshots")
            assert set(output.statuses().values()) == {"COMPLETE"}
            assert len(output.records()["locations"]) == len(agency.rows("locations"))
            [connector.config] = kept(output)
            tokens.append(setting(connector)["refresh_token"])
            agency.expire()
        assert used(sandbox) == tokens[:-1]
        assert len(set(tokens)) == 4
        changed = {"refresh_token", "access_token", "token_expiry_date"}
        assert {**setting(connector), **dict.fromkeys(changed)} == {
            **first_config["snapshots_api"],
            **dict.fromkeys(changed),
        }
        assert {**connector.config, "snapshots_api": None} == {**first_config, "snapshots_api": None}

    def test_a_token_that_is_still_valid_is_not_renewed(self, start: Start) -> None:
        sandbox, connector = start(Agency())
        [connector.config] = kept(connector.read("snapshots"))
        again = connector.read("locations", "snapshots")
        assert set(again.statuses().values()) == {"COMPLETE"}
        assert kept(again) == []
        assert connector.check().status() == {"status": "SUCCEEDED"}
        assert len(used(sandbox)) == 1

    def test_pasted_tokens_are_used_as_they_are(self, start: Start) -> None:
        agency = Agency()
        sandbox, connector = start(agency, agency.connect())
        output = connector.read("locations", "snapshots")
        assert set(output.statuses().values()) == {"COMPLETE"}
        assert (kept(output), used(sandbox)) == ([], [])

    def test_clockify_alone_uses_up_no_token(self, start: Start) -> None:
        sandbox, connector = start(Agency())
        assert connector.streams
        assert connector.read("tags").statuses() == {"tags": "COMPLETE"}
        assert sandbox.requests == []


def test_airbyte_is_told_before_the_new_token_is_used(start: Start, tmp_path: Path) -> None:
    """Whatever happens then, to the request or to the process."""
    printed = tmp_path / "printed.jsonl"
    at_first_use: list[str] = []

    def look(request: Recorded) -> None:
        if request.route != TOKENS:
            at_first_use.append(printed.read_text(encoding="utf-8"))

    agency = Agency()
    _, connector = start(agency, after_answer=look)
    options = connector.write(connector.files("snapshots", state=None))
    with printed.open("w", encoding="utf-8") as file:
        subprocess.run([*COMMAND, "read", *options], stdout=file, check=True)
    [told] = kept(Output.of(at_first_use[0].splitlines(keepends=True), 0))
    assert told["snapshots_api"]["refresh_token"] in agency.refresh_tokens
    assert told["snapshots_api"]["access_token"] in agency.tokens


def test_airbyte_is_told_though_all_else_fails(start: Start) -> None:
    agency = Agency()
    sandbox, connector = start(agency)
    sandbox.faults.add(SNAPSHOTS, status=403, body={"message": "no"}, times=None)
    output = connector.read("snapshots")
    assert output.statuses() == {"snapshots": "INCOMPLETE"}
    [told] = kept(output)
    assert told["snapshots_api"]["refresh_token"] in agency.refresh_tokens


class TestExpiryWithinASync:
    def test_is_renewed_once_and_no_row_is_lost(self, start: Start) -> None:
        agency = Agency()
        expiries = iter([True])

        def expire(request: Recorded) -> None:
            if request.route == SAAS_LOCATIONS and next(expiries, False):
                agency.expire()

        sandbox, connector = start(agency, agency.connect(), page_size=2, after_answer=expire)
        output = connector.read("locations", "snapshots")
        assert set(output.statuses().values()) == {"COMPLETE"}
        assert len(output.records()["locations"]) == len(agency.rows("locations"))
        assert len(used(sandbox)) == len(kept(output)) == 1
        assert Counter(request.status for request in sandbox.requests)[401] == 1

    @pytest.mark.parametrize("has_expired", [True, False], ids=["refused", "not there"])
    def test_all_threads_wait_for_the_one_renewal(
        self, has_expired: bool, start: Start, capsys: pytest.CaptureFixture[str]
    ) -> None:
        agency = Agency()
        tokens = agency.connect()
        sandbox, connector = start(agency, tokens if has_expired else {"refresh_token": tokens["refresh_token"]})
        agency.expire()
        parsed = ClockifyConfig.parse(connector.config).snapshots_api
        assert isinstance(parsed, OAuthConfig)
        session = api.Agency(parsed, connector.config, SystemClock()).session
        begin = Barrier(8)

        def ask(_: int) -> int:
            begin.wait()
            query, version = {"companyId": agency.id}, {"Version": "2021-07-28"}
            return session.get(f"{sandbox.url}{SNAPSHOTS}", params=query, headers=version).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(ask, range(8))) == {200}
        assert used(sandbox) == [tokens["refresh_token"]]
        assert len(kept(Output.of(capsys.readouterr().out.splitlines(keepends=True), 0))) == 1


class TestCheck:
    def test_proves_a_token_that_is_there(self, start: Start) -> None:
        agency = Agency()
        sandbox, connector = start(agency, agency.connect())
        output = connector.check()
        assert output.status() == {"status": "SUCCEEDED"}
        assert "The token sees 12 locations" in output.text
        assert [request.route for request in sandbox.requests] == [SAAS_LOCATIONS]

    @pytest.mark.parametrize("is_pasted", [True, False], ids=["expired", "none"])
    def test_uses_up_no_refresh_token(self, is_pasted: bool, start: Start) -> None:
        """Airbyte would not keep the new one of a source that is not saved yet."""
        agency = Agency()
        tokens = agency.connect()
        agency.expire()
        sandbox, connector = start(agency, tokens if is_pasted else {"refresh_token": tokens["refresh_token"]})
        output = connector.check()
        assert output.status() == {"status": "SUCCEEDED"}
        [warning] = output.logs("WARN")
        assert "not checked" in warning
        assert (used(sandbox), kept(output)) == ([], [])
        assert set(connector.read("locations").statuses().values()) == {"COMPLETE"}

    def test_says_what_is_wrong_with_a_token_that_is_there(self, start: Start) -> None:
        agency = Agency()
        _, connector = start(agency, agency.connect(location=next(iter(agency.locations))))
        status = connector.check().status()
        assert status["status"] == "FAILED"
        assert "not of a sub-account" in status["message"]
        assert "`snapshots_api.refresh_token`" in status["message"]


@pytest.mark.parametrize("options", [[], ["--debug"]], ids=str)
def test_no_token_shows_but_where_airbyte_is_told_to_keep_it(options: list[str], start: Start) -> None:
    agency = Agency()
    tokens = agency.connect()
    agency.expire()
    sandbox, connector = start(agency, tokens)
    refused = {"message": f"I was sent {tokens['access_token']}"}
    sandbox.faults.add(SNAPSHOTS, status=403, body=refused, times=None)
    output = connector.run("read", *options, **connector.files("locations", "snapshots", state=None))
    assert output.statuses() == {"locations": "COMPLETE", "snapshots": "INCOMPLETE"}
    [told] = kept(output)
    fresh = told["snapshots_api"]
    secrets = [*tokens.values(), fresh["access_token"], fresh["refresh_token"], agency.app.client_secret]
    shown = "".join(json.dumps(message) for message in output.messages if message["type"] != "CONTROL")
    assert "I was sent ****" in shown
    assert [secret for secret in secrets if secret in shown] == []
    assert len(set(secrets)) == 5
