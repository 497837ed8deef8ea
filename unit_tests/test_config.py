"""What a user types in, and what they read when it is wrong."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import Type
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify import SourceClockify
from source_clockify.config import ClockifyConfig
from source_clockify.snapshots_api.config import Off, TokenConfig

KEY = "a-good-key"
TOKEN = "a-good-token"


def agency(**values: str) -> dict[str, str]:
    return {"access_token": TOKEN, "company_id": "c", **values}


@pytest.mark.parametrize(
    ("config", "key", "words"),
    [
        ({}, "api_key", "missing"),
        ({"api_key": "  "}, "api_key", "empty"),
        ({"api_key": "two words"}, "api_key", "spaces"),
        ({"api_key": "kéy"}, "api_key", "characters"),
        ({"api_key": 7}, "api_key", "empty"),
        ({"api_key": KEY, "region": "eu1"}, "region", "euc1"),
        ({"api_key": KEY, "api_url": "http://acme.clockify.me"}, "api_url", "unencrypted"),
        ({"api_key": KEY, "api_url": "ftp://acme.clockify.me"}, "api_url", "https://"),
        ({"api_key": KEY, "api_url": ["acme.clockify.me"]}, "api_url", "not a string"),
        ({"api_key": KEY, "api_url": "https://host:port"}, "api_url", "not a URL"),
        ({"api_key": KEY, "api_url": "https://acme.clockify.me/?x=1"}, "api_url", "more than a host"),
        ({"api_key": KEY, "workspace_ids": "64a687e29ae1f428e7ebe303"}, "workspace_ids", "list"),
        ({"api_key": KEY, "workspace_ids": [""]}, "workspace_ids", "list"),
        ({"api_key": KEY, "start_date": "01.02.2024"}, "start_date", "2024-01-01"),
        ({"api_key": KEY, "start_date": "2024-02-30"}, "start_date", "2024-01-01"),
        ({"api_key": KEY, "start_date": "9999-12-31T23:59:59-14:00"}, "start_date", "too far in the future"),
        ({"api_key": KEY, "start_date": 20240101}, "start_date", "2024-01-01"),
        ({"api_key": KEY, "lookback_days": -1}, "lookback_days", "0 to 365"),
        ({"api_key": KEY, "lookback_days": "30"}, "lookback_days", "0 to 365"),
        ({"api_key": KEY, "lookback_days": 30.5}, "lookback_days", "whole number"),
        ({"api_key": KEY, "lookback_days": float("inf")}, "lookback_days", "whole number"),
        ({"api_key": KEY, "lookback_days": 1e9}, "lookback_days", "0 to 365"),
        ({"api_key": KEY, "detect_deletions": 1}, "detect_deletions", "true or false"),
        ({"api_key": KEY, "refresh_history_days": 366}, "refresh_history_days", "0 to 365"),
        ({"api_key": KEY, "refresh_history_days": True}, "refresh_history_days", "0 to 365"),
        ({"api_key": KEY, "num_workers": 0}, "num_workers", "1 to 20"),
        ({"api_key": KEY, "num_workers": True}, "num_workers", "1 to 20"),
        ({"api_key": KEY, "requests_per_second": 51}, "requests_per_second", "1 to 50"),
        ({"api_key": KEY, "snapshots_api": "token"}, "snapshots_api", "not an object"),
        ({"api_key": KEY, "snapshots_api": {"mode": "on"}}, "snapshots_api", '{"mode": "off"}'),
        ({"api_key": KEY, "snapshots_api": {"mode": ["token"]}}, "snapshots_api", '{"mode": "off"}'),
        ({"api_key": KEY, "snapshots_api": {"mode": "token"}}, "snapshots_api.company_id", "missing"),
        ({"api_key": KEY, "snapshots_api": {"access_token": TOKEN}}, "snapshots_api.company_id", "missing"),
        ({"api_key": KEY, "snapshots_api": {"company_id": "c"}}, "snapshots_api.access_token", "missing"),
        ({"api_key": KEY, "snapshots_api": agency(access_token="Bearer t")}, "snapshots_api.access_token", "alone"),
        ({"api_key": KEY, "snapshots_api": agency(company_id="a/b")}, "snapshots_api.company_id", "not an id"),
        ({"api_key": KEY, "snapshots_api": agency(api_url="http://x.example")}, "snapshots_api.api_url", "unencrypted"),
    ],
)
def test_bad_value_names_key_and_cure(config: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        ClockifyConfig.parse(config)
    assert caught.value.message is not None
    assert f"`{key}`" in caught.value.message
    assert words in caught.value.message


def test_every_bad_value_is_told_at_once() -> None:
    with pytest.raises(AirbyteTracedException, match=r"`region`.*`lookback_days`"):
        ClockifyConfig.parse({"api_key": KEY, "region": "mars", "lookback_days": 400})


@pytest.mark.parametrize(
    "config",
    [
        {"api_key": "secret key"},
        {"api_key": KEY, "api_url": "https://me:secret@host"},
        {"api_key": KEY, "snapshots_api": agency(access_token="secret token")},
        {"api_key": KEY, "snapshots_api": {"access_token": "secret"}},
        {"api_key": KEY, "snapshots_api": "secret"},
        {"api_key": KEY, "snapshots_api": ["secret"]},
    ],
    ids=str,
)
def test_an_error_never_quotes_a_secret(config: dict[str, Any]) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        ClockifyConfig.parse(config)
    assert "secret" not in f"{caught.value.message} {caught.value.internal_message}"


@pytest.mark.parametrize(
    ("config", "core"),
    [
        ({}, "https://api.clockify.me/api/v1"),
        ({"region": "euc1"}, "https://euc1.clockify.me/api/v1"),
        ({"api_url": ""}, "https://api.clockify.me/api/v1"),
        ({"api_url": None, "region": None}, "https://api.clockify.me/api/v1"),
        ({"api_url": "https://acme.clockify.me"}, "https://acme.clockify.me/api/v1"),
        ({"api_url": "acme.clockify.me"}, "https://acme.clockify.me/api/v1"),
        ({"api_url": " acme.clockify.me:8443/api/v1 "}, "https://acme.clockify.me:8443/api/v1"),
        ({"api_url": "https://ACME.clockify.me/api/v1/"}, "https://acme.clockify.me/api/v1"),
        ({"api_url": "https://api.clockify.me/api/v1", "region": "use2"}, "https://api.clockify.me/api/v1"),
        ({"api_url": "https://api/api/v1"}, "https://api/api/v1"),
        ({"api_url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080/api/v1"),
        ({"api_url": "http://localhost:8080/api/v1"}, "http://localhost:8080/api/v1"),
        ({"api_url": "http://[::1]:8080"}, "http://[::1]:8080/api/v1"),
    ],
)
def test_hosts(config: dict[str, Any], core: str) -> None:
    assert ClockifyConfig.parse({"api_key": KEY, **config}).hosts.core == core


@pytest.fixture
def in_los_angeles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """On a machine that is set to that time zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_los_angeles")
@pytest.mark.parametrize("start_date", ["2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00"])
def test_start_date_is_an_instant_in_utc(start_date: str) -> None:
    moment = ClockifyConfig.parse({"api_key": KEY, "start_date": start_date}).start_date
    assert moment is not None
    assert moment.isoformat() == "2024-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "start_date", [None, "", " ", "0001-01-01", "0001-01-01T00:00:00+14:00", "2014-12-31T23:59:59Z"]
)
def test_start_date_left_alone_or_before_2015_means_all_history(start_date: str | None) -> None:
    assert ClockifyConfig.parse({"api_key": KEY, "start_date": start_date}).start_date is None


@pytest.mark.parametrize("nothing", [None, ""])
def test_every_optional_key_may_be_left_alone(nothing: str | None) -> None:
    optional = [name for name, field in ClockifyConfig.model_fields.items() if not field.is_required()]
    assert ClockifyConfig.parse({"api_key": KEY, **dict.fromkeys(optional, nothing)}) == ClockifyConfig.parse(
        {"api_key": KEY}
    )


def test_a_whole_number_may_come_with_a_point() -> None:
    config = ClockifyConfig.parse({"api_key": KEY, "lookback_days": 7.0, "num_workers": 2.0})
    assert (config.lookback_days, config.num_workers) == (7, 2)
    assert isinstance(config.lookback_days, int)


def test_unknown_keys_are_tolerated() -> None:
    assert ClockifyConfig.parse({"api_key": KEY, "something": "else"}).lookback_days == 30


@pytest.mark.parametrize(
    "left_alone",
    [None, {}, "", {"mode": "off"}, {"mode": ""}, {"access_token": "", "company_id": " "}, {"access_token": None}],
    ids=str,
)
def test_the_snapshots_api_may_be_left_alone(left_alone: object) -> None:
    assert ClockifyConfig.parse({"api_key": KEY, "snapshots_api": left_alone}).snapshots_api == Off()


def test_the_token_is_taken_without_the_blanks_of_a_paste() -> None:
    snapshots_api = ClockifyConfig.parse(
        {"api_key": KEY, "snapshots_api": agency(access_token=f" {TOKEN}\n")}
    ).snapshots_api
    assert isinstance(snapshots_api, TokenConfig)
    assert snapshots_api.access_token.get_secret_value() == TOKEN


class TestMigration:
    """Configurations of Airbyte's community connector go on working, and those of earlier versions."""

    OLD = {"api_key": KEY, "workspace_id": "64a687e29ae1f428e7ebe303", "api_url": "https://api.clockify.me"}  # noqa: RUF012

    def test_old_configuration_is_taken_over_and_told_to_airbyte(self, tmp_path: Path) -> None:
        source = SourceClockify()
        config = source.configure(self.OLD, str(tmp_path))
        assert config == {"api_key": KEY, "workspace_ids": ["64a687e29ae1f428e7ebe303"]}
        assert _control_configs(source.message_repository) == [config]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ({}, {"mode": "off"}),
            ({"access_token": "", "company_id": ""}, {"mode": "off"}),
            (agency(), {"mode": "token", **agency()}),
        ],
        ids=str,
    )
    def test_a_snapshots_api_without_a_mode_gets_one(
        self, old: dict[str, str], new: dict[str, str], tmp_path: Path
    ) -> None:
        source = SourceClockify()
        config = source.configure({"api_key": KEY, "snapshots_api": old}, str(tmp_path))
        assert config == {"api_key": KEY, "snapshots_api": new}
        assert _control_configs(source.message_repository) == [config]

    @pytest.mark.parametrize("snapshots_api", [None, {"mode": "off"}, {"mode": "token", **agency()}], ids=str)
    def test_a_configuration_of_today_is_left_alone(self, snapshots_api: dict[str, str] | None, tmp_path: Path) -> None:
        source = SourceClockify()
        config = {
            "api_key": KEY,
            "region": "use2",
            "api_url": "https://api.clockify.me",
            "workspace_ids": ["x"],
            "snapshots_api": snapshots_api,
        }
        assert source.configure(config, str(tmp_path)) == config
        assert _control_configs(source.message_repository) == []

    def test_chosen_workspaces_win_over_the_old_key(self, tmp_path: Path) -> None:
        config = SourceClockify().configure(
            {"api_key": KEY, "workspace_id": "a", "workspace_ids": ["b"]}, str(tmp_path)
        )
        assert config["workspace_ids"] == ["b"]


def _control_configs(repository: MessageRepository) -> list[Any]:
    messages = [message for message in repository.consume_queue() if message.type == Type.CONTROL]
    return [
        message.control.connectorConfig.config
        for message in messages
        if message.control and message.control.connectorConfig
    ]
