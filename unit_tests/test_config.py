"""What a user types in, and what they read when it is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import Type
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify import SourceClockify
from source_clockify.config import ClockifyConfig


def agency(**values: str) -> dict[str, str]:
    return {"access_token": "t", "company_id": "c", **values}


@pytest.mark.parametrize(
    ("config", "key", "words"),
    [
        ({}, "api_key", "missing"),
        ({"api_key": "  "}, "api_key", "empty"),
        ({"api_key": "two words"}, "api_key", "spaces"),
        ({"api_key": "kéy"}, "api_key", "characters"),
        ({"api_key": 7}, "api_key", "empty"),
        ({"api_key": "k", "region": "eu1"}, "region", "euc1"),
        ({"api_key": "k", "api_url": "http://acme.clockify.me"}, "api_url", "unencrypted"),
        ({"api_key": "k", "api_url": "acme.clockify.me"}, "api_url", "https://"),
        ({"api_key": "k", "api_url": "https://host:port"}, "api_url", "not a URL"),
        ({"api_key": "k", "api_url": "https://acme.clockify.me/?x=1"}, "api_url", "more than a host"),
        ({"api_key": "k", "workspace_ids": "64a687e29ae1f428e7ebe303"}, "workspace_ids", "list"),
        ({"api_key": "k", "workspace_ids": [""]}, "workspace_ids", "list"),
        ({"api_key": "k", "start_date": "01.02.2024"}, "start_date", "2024-01-01"),
        ({"api_key": "k", "start_date": "2024-02-30"}, "start_date", "2024-01-01"),
        ({"api_key": "k", "start_date": 20240101}, "start_date", "2024-01-01"),
        ({"api_key": "k", "lookback_days": -1}, "lookback_days", "0 to 365"),
        ({"api_key": "k", "lookback_days": "30"}, "lookback_days", "0 to 365"),
        ({"api_key": "k", "num_workers": 0}, "num_workers", "1 to 20"),
        ({"api_key": "k", "num_workers": True}, "num_workers", "1 to 20"),
        ({"api_key": "k", "requests_per_second": 51}, "requests_per_second", "1 to 50"),
        ({"api_key": "k", "snapshots_api": "token"}, "snapshots_api", "object with access_token"),
        ({"api_key": "k", "snapshots_api": {"access_token": "t"}}, "snapshots_api.company_id", "missing"),
        ({"api_key": "k", "snapshots_api": {"company_id": "c"}}, "snapshots_api.access_token", "missing"),
        ({"api_key": "k", "snapshots_api": agency(access_token="Bearer t")}, "snapshots_api.access_token", "alone"),
        ({"api_key": "k", "snapshots_api": agency(company_id="a/b")}, "snapshots_api.company_id", "no id"),
        ({"api_key": "k", "snapshots_api": agency(api_url="http://x.example")}, "snapshots_api.api_url", "unencrypted"),
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
        ClockifyConfig.parse({"api_key": "k", "region": "mars", "lookback_days": 400})


@pytest.mark.parametrize(
    "config",
    [
        {"api_key": "secret key"},
        {"api_key": "k", "api_url": "https://me:secret@host"},
        {"api_key": "k", "snapshots_api": agency(access_token="secret token")},
        {"api_key": "k", "snapshots_api": {"access_token": "secret"}},
        {"api_key": "k", "snapshots_api": "secret"},
        {"api_key": "k", "snapshots_api": ["secret"]},
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
        ({"api_url": "https://acme.clockify.me"}, "https://acme.clockify.me/api/v1"),
        ({"api_url": "https://ACME.clockify.me/api/v1/"}, "https://acme.clockify.me/api/v1"),
        ({"api_url": "https://api.clockify.me/api/v1", "region": "use2"}, "https://api.clockify.me/api/v1"),
        ({"api_url": "https://api/api/v1"}, "https://api/api/v1"),
        ({"api_url": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080/api/v1"),
        ({"api_url": "http://localhost:8080/api/v1"}, "http://localhost:8080/api/v1"),
        ({"api_url": "http://[::1]:8080"}, "http://[::1]:8080/api/v1"),
    ],
)
def test_hosts(config: dict[str, Any], core: str) -> None:
    assert ClockifyConfig.parse({"api_key": "k", **config}).hosts.core == core


@pytest.mark.parametrize("start_date", ["2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00"])
def test_start_date_is_an_instant_in_utc(start_date: str) -> None:
    moment = ClockifyConfig.parse({"api_key": "k", "start_date": start_date}).start_date
    assert moment is not None
    assert moment.isoformat() == "2024-01-01T00:00:00+00:00"


def test_unknown_keys_are_tolerated() -> None:
    assert ClockifyConfig.parse({"api_key": "k", "something": "else"}).lookback_days == 30


def test_spec_is_what_the_ui_needs(capsys: pytest.CaptureFixture[str]) -> None:
    schema = ClockifyConfig.specification().connectionSpecification
    properties = schema["properties"]
    assert schema["required"] == ["api_key"]
    assert [field["order"] for field in properties.values()] == list(range(len(properties)))
    assert all(field["title"] and field["description"] for field in properties.values())
    assert properties["api_key"]["airbyte_secret"] is True
    assert "https://app.clockify.me" in properties["api_key"]["description"]
    assert dict(zip(properties["region"]["enum"], properties["region"]["enumNames"], strict=True)) == {
        "global": "Global",
        "euc1": "EU (Germany)",
        "use2": "USA",
        "euw2": "UK",
        "apse2": "Australia",
    }
    assert (properties["lookback_days"]["minimum"], properties["lookback_days"]["maximum"]) == (0, 365)
    assert not [word for word in ("anyOf", "allOf", "$ref", "$defs", "cure") if f'"{word}"' in json.dumps(schema)]


def test_spec_of_the_snapshots_api_is_an_object_in_its_place() -> None:
    field = ClockifyConfig.specification().connectionSpecification["properties"]["snapshots_api"]
    assert (field["type"], field["required"]) == ("object", ["access_token", "company_id"])
    parts = field["properties"]
    assert {name: part["order"] for name, part in parts.items()} == {"access_token": 0, "company_id": 1, "api_url": 2}
    assert all(part["title"] and part["description"] for part in [field, *parts.values()])
    assert [name for name, part in parts.items() if part.get("airbyte_secret")] == ["access_token"]
    assert [name for name, part in parts.items() if part.get("airbyte_hidden")] == ["api_url"]
    assert not any("default" in part for part in parts.values())  # which a form would send, though left alone


@pytest.mark.parametrize(
    "left_alone",
    [None, {}, "", {"access_token": "", "company_id": " "}, {"access_token": None, "api_url": None}],
    ids=str,
)
def test_the_snapshots_api_may_be_left_alone(left_alone: object) -> None:
    assert ClockifyConfig.parse({"api_key": "k", "snapshots_api": left_alone}).snapshots_api is None


def test_the_token_is_taken_without_the_blanks_of_a_paste() -> None:
    snapshots_api = ClockifyConfig.parse({"api_key": "k", "snapshots_api": agency(access_token=" t\n")}).snapshots_api
    assert snapshots_api is not None
    assert snapshots_api.access_token.get_secret_value() == "t"


class TestMigration:
    """Configurations of Airbyte's community connector go on working."""

    OLD = {"api_key": "k", "workspace_id": "64a687e29ae1f428e7ebe303", "api_url": "https://api.clockify.me"}  # noqa: RUF012

    def test_old_configuration_is_taken_over_and_told_to_airbyte(self, tmp_path: Path) -> None:
        source = SourceClockify()
        config = source.configure(self.OLD, str(tmp_path))
        assert config == {"api_key": "k", "workspace_ids": ["64a687e29ae1f428e7ebe303"]}
        assert _control_configs(source.message_repository) == [config]

    def test_a_configuration_of_today_is_left_alone(self, tmp_path: Path) -> None:
        source = SourceClockify()
        config = {"api_key": "k", "workspace_ids": ["x"], "api_url": "https://acme.clockify.me"}
        assert source.configure(config, str(tmp_path)) == config
        assert _control_configs(source.message_repository) == []

    def test_chosen_workspaces_win_over_the_old_key(self, tmp_path: Path) -> None:
        config = SourceClockify().configure(
            {"api_key": "k", "workspace_id": "a", "workspace_ids": ["b"]}, str(tmp_path)
        )
        assert config["workspace_ids"] == ["b"]


def _control_configs(repository: MessageRepository) -> list[Any]:
    messages = [message for message in repository.consume_queue() if message.type == Type.CONTROL]
    return [
        message.control.connectorConfig.config
        for message in messages
        if message.control and message.control.connectorConfig
    ]
