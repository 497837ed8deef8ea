"""A value of any type or size for any key: what is wrong is told in few words, with the key and the cure."""

import sys
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.config import ClockifyConfig
from source_clockify.snapshots_api.config import OAuthConfig, TokenConfig

KEYS = list(ClockifyConfig.model_fields)
GOOD: dict[str, Any] = {"api_key": "a-good-key"}
AGENCY = {"mode": "token", "access_token": "a-good-token", "company_id": "5DP4iH6HLkQsiKESj6rh"}
APP = {
    "mode": "oauth",
    "client_id": "a1b2c3-d4",
    "client_secret": "a-good-secret",
    "refresh_token": "a-good-token",
    "company_id": "5DP4iH6HLkQsiKESj6rh",
}
IN_A_WHOLE: list[tuple[str, dict[str, Any]]] = [
    *((key, {}) for key in KEYS),
    *((f"snapshots_api.{key}", AGENCY) for key in TokenConfig.model_fields),
    *((f"snapshots_api.{key}", APP) for key in OAuthConfig.model_fields),
]


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


ODD: list[Any] = [
    *[0.5, -1, 10**30, 1e308, float("nan"), float("inf"), sys.maxsize],
    *["\x00", "\ud83d", "上海 🚀", "x" * 100_000, "\u202e", "a b"],
    *[[None], [[[]]], [{}], ["x" * 100_000], ["../../x"], [7], list(range(100_000)), nested(90)],
    *[{"a": 1}, {"x" * 100_000: 1}, {"": {}}, dict.fromkeys(map(str, range(10_000)), 1), {"mode": {"mode": "token"}}],
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize(("key", "whole"), IN_A_WHOLE, ids=lambda one: one if isinstance(one, str) else one.get("mode"))
def test_an_odd_value_is_told_with_its_key_and_its_cure(key: str, whole: dict[str, Any], value: Any) -> None:
    outer, _, inner = key.partition(".")
    config = {**GOOD, outer: {**whole, inner: value} if inner else value}
    message = fault_of(config)
    assert f"`{outer}" in message
    assert any(cure in message for cure in (": use ", ": paste ", ": give ", ": leave "))
    assert len(message) < 800
    assert message.encode()  # what cannot be encoded is shown escaped
    assert "a-good" not in message


@pytest.mark.parametrize("number", [True, False, 7.5, "7", [7], 366, -1, 1e308, float("nan")], ids=str)
@pytest.mark.parametrize("key", ["lookback_days", "refresh_history_days"])
def test_a_number_that_is_none_of_the_allowed_ones_is_told_with_them(key: str, number: object) -> None:
    assert "use a whole number of days from 0 to 365" in fault_of({**GOOD, key: number})


@pytest.mark.parametrize(
    "date",
    [
        *[
            "24:00:00",
            "2024-02-30",
            "2023-02-29",
            "10000-01-01",
            "0000-01-01",
            "2024-01-01T00:00:00+25:00",
            "2024-13-01",
        ],
        *["2024-01-01T25:00:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00Z extra", "２０２４-01-01", "2101-01-01"],
        *["2024-01-01T00:00:00+99:99", "-2024-01-01", "1704067200", "now", "2024-01-01T00:00:00\x00Z"],
    ],
)
def test_a_date_that_is_in_no_calendar_is_told_with_an_example(date: str) -> None:
    message = fault_of({**GOOD, "start_date": date})
    assert message.startswith("Configuration: `start_date` is ")
    assert "use a date such as 2024-01-01" in message


def test_all_that_is_wrong_is_told_in_few_words() -> None:
    message = fault_of(dict.fromkeys(KEYS, "x" * 100_000))
    assert [key for key in KEYS if f"`{key}`" not in message] == []
    assert len(message) < 5000


def test_of_a_long_value_enough_is_repeated_to_know_it_by() -> None:
    assert "(got 'mars" in fault_of({**GOOD, "region": "mars" + "x" * 100_000})


def fault_of(config: dict[str, Any]) -> str:
    with pytest.raises(AirbyteTracedException) as caught:
        ClockifyConfig.parse(config)
    assert caught.value.failure_type == FailureType.config_error
    assert caught.value.message is not None
    return caught.value.message
