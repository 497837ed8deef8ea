"""A key or token is in no line that a command prints; and hiding it leaves every line what it is."""

from pathlib import Path
from typing import Any

import pytest
import requests_mock

from source_clockify import SourceClockify
from unit_tests.command import Printed, run
from unit_tests.conftest import HOST, WORKSPACE, answer, catalog_of

SHORT = ["a", "e", "1", ":", "}", ",", "api", "type", "TRACE", "stream", "message", "ERROR"]
OF_OTHER_TYPES: list[Any] = [7, True, 1.5, ["a"], {"a": "e"}, [["a"]]]
WORDS = [
    "connectionStatus",
    "internal_message",
    "failure_type",
    "clockify",
    "stream_descriptor",
    "config_error",
    "12345678",
]


def secret_in(name: str, value: object) -> dict[str, Any]:
    """A configuration with a value as its key, or as its token."""
    if name == "api_key":
        return {"api_key": value}
    agency: dict[str, Any] = {"mode": "token", "access_token": value, "company_id": "5DP4iH6HLkQsiKESj6rh"}
    if name != "access_token":
        app = {
            "client_id": "a1b2c3-d4",
            "client_secret": "a-secret-of-some-length",
            "refresh_token": "a-token-of-some-length",
        }
        agency = {**agency, "mode": "oauth", **app, "access_token": None, name: value}
    return {"api_key": "a-key-of-some-length", "snapshots_api": agency}


def run_all(folder: Path, config: object, *options: str) -> list[Printed]:
    catalog = catalog_of("tags", sync_mode="full_refresh")
    return [
        run(folder, "check", *options, config=config),
        run(folder, "discover", *options, config=config),
        run(folder, "read", *options, config=config, catalog=catalog),
    ]


@pytest.mark.parametrize("options", [[], ["--debug"]], ids=str)
@pytest.mark.parametrize("name", ["api_key", "access_token", "client_secret", "refresh_token"])
@pytest.mark.parametrize("value", [*SHORT, *OF_OTHER_TYPES], ids=str)
def test_what_is_no_key_is_refused_in_plain_words(name: str, value: object, options: list[str], tmp_path: Path) -> None:
    check, *others = run_all(tmp_path, secret_in(name, value), *options)
    told = [check.check(), *(printed.errors()[None] for printed in others)]
    field = "`api_key`" if name == "api_key" else f"`snapshots_api.{name}`"
    for message in told:
        assert message.startswith(f"Configuration: {field} is ")
        assert ": paste " in message
        assert "**" not in message
    assert [printed.code for printed in others] == [1, 1]


@pytest.mark.parametrize("options", [[], ["--debug"]], ids=str)
@pytest.mark.parametrize("key", WORDS)
def test_a_key_that_is_a_word_of_the_protocol_leaves_every_message_in_its_form(
    key: str, options: list[str], clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    clockify.get(f"{HOST}/workspaces/{WORKSPACE}/tags", status_code=401, json={"message": f"Not {key}", "code": 1})
    answer(clockify, f"/workspaces/{WORKSPACE}/clients", [{"id": "c1"}])
    catalog = catalog_of("tags", "clients", sync_mode="full_refresh")
    printed = run(tmp_path, "read", *options, config={"api_key": key}, catalog=catalog)
    assert {message["type"] for message in printed.messages} >= {"LOG", "TRACE", "RECORD"}
    assert printed.statuses() == {"tags": "INCOMPLETE", "clients": "COMPLETE"}
    assert printed.records("clients") == [{"id": "c1", "workspaceId": WORKSPACE}]
    assert "Not ****" in printed.errors()["tags"]


def test_a_fault_that_nobody_foresaw_leaves_its_message_in_its_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("failure_type")

    monkeypatch.setattr(SourceClockify, "streams", fail)
    printed = run(tmp_path, "discover", config={"api_key": "failure_type"})
    [error] = [message["trace"]["error"] for message in printed.messages if message["type"] == "TRACE"]
    assert (error["failure_type"], error["internal_message"]) == ("system_error", "****")
    assert printed.code == 1


def test_a_check_hides_the_key_that_the_host_quotes(clockify: requests_mock.Mocker, tmp_path: Path) -> None:
    key = "a-key-of-some-length"
    clockify.get(requests_mock.ANY, status_code=401, json={"message": f"I was sent {key}", "code": 1000})
    printed = run(tmp_path, "check", config={"api_key": f" {key}\n"})
    assert "I was sent ****" in printed.check()
    assert key not in printed.text


@pytest.mark.parametrize(
    "key", ['a-key-with-"quotes"', "a-key-with-'quotes'", "a-key-with\\backslashes", "kéy-of-some-length"]
)
def test_a_key_that_a_line_of_json_would_write_in_another_way_is_refused(key: str, tmp_path: Path) -> None:
    printed = run(tmp_path, "check", config={"api_key": key})
    assert "characters that no key has" in printed.check()


def test_a_key_of_a_hundred_kilobytes_is_refused_in_few_words(tmp_path: Path) -> None:
    printed = run(tmp_path, "check", config={"api_key": "k" * 100_000})
    assert "too long" in printed.check()
    assert len(printed.text) < 1000
