"""The files of a command: whatever they hold, what is wrong is told by option, path and cure."""

from pathlib import Path
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pytest_mock import MockerFixture

from source_clockify import SourceClockify
from source_clockify.run import ClockifyEntrypoint
from unit_tests.command import run
from unit_tests.conftest import KEY, WORKSPACE, answer, catalog_of, paths_asked


def test_a_path_that_is_not_text_is_told_as_far_as_it_can_be() -> None:
    with pytest.raises(AirbyteTracedException, match=r"--config /caf\ufffd\.json cannot be read"):
        SourceClockify.read_config("/caf\udce9.json")


def test_a_file_that_may_not_be_read_names_who_has_to(mocker: MockerFixture) -> None:
    path = mocker.patch("source_clockify.files.Path")
    path.return_value.open.side_effect = PermissionError(13, "Permission denied")
    with pytest.raises(AirbyteTracedException) as caught:
        SourceClockify.read_config("/secrets/config.json")
    assert caught.value.message == (
        "--config /secrets/config.json may not be read: make it readable for whoever runs the connector, "
        "in the container image user 1000."
    )


GOOD: dict[str, Any] = {
    "config": {"api_key": KEY},
    "catalog": catalog_of("tags", sync_mode="full_refresh"),
    "state": [],
}


def state_of(name: str, **fields: Any) -> dict[str, Any]:
    stream = {"stream_descriptor": {"name": name, **fields.pop("descriptor", {})}, "stream_state": {}, **fields}
    return {"type": "STREAM", "stream": stream}


@pytest.mark.parametrize("option", GOOD)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON in UTF-8 ("),
        (b" ", "is not JSON in UTF-8 ("),
        (b"{", "is not JSON in UTF-8 ("),
        (b"5", "is not a"),
        (b"true", "is not a"),
        (b'"text"', "is not a"),
        (b'{"api_key": NaN}', "is not JSON in UTF-8 ("),
        (b"[1e400]", "is not"),
        (b"[" * 100_000, "is not JSON in UTF-8 ("),
        (b"[" * 100_000 + b"]" * 100_000, "is not JSON in UTF-8 ("),
        (b"[" * 500 + b"]" * 500, "is nested more than 100 levels deep"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "is nested more than 100 levels deep"),
        (b"x" * 1_000_000, "is not JSON in UTF-8 ("),
        ("{}".encode("utf-16"), "is in UTF-16: save it as UTF-8"),
        ("{}".encode("utf-32"), "is in UTF-16: save it as UTF-8"),
        ("{}".encode("utf-16-le"), "is not JSON in UTF-8 ("),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_file_that_is_not_what_it_should_be_is_named_with_its_cure(
    option: str, content: bytes, words: str, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    printed = run(tmp_path, "read", **{**GOOD, option: content})
    error = printed.errors()[None]
    assert error.startswith(f"--{option} {tmp_path}/{option}.json {words}")
    assert ": " in error.removeprefix(f"--{option}")
    assert len(error) < 700
    assert "Traceback" not in printed.text
    assert printed.code == 1
    assert paths_asked(clockify) == []


@pytest.mark.parametrize("content", [b'{"api_key": "a", "api_key": "b"}', b'{"x": [{"api_key": 1, "api_key": 1}]}'])
def test_a_setting_that_is_there_twice_is_refused(content: bytes, tmp_path: Path) -> None:
    printed = run(tmp_path, "check", config=content)
    assert "has the same key twice in one object (api_key): keep one of them" in printed.check()


def test_a_state_as_pyairbyte_writes_it_is_read(clockify: requests_mock.Mocker, tmp_path: Path) -> None:
    answer(clockify, f"/workspaces/{WORKSPACE}/tags", [])
    state = b'[{"type": "STREAM", "stream": {"stream_descriptor": {"name": "tags"}}, "global_": null, "global_": null}]'
    assert run(tmp_path, "read", **{**GOOD, "state": state}).code == 0


@pytest.mark.parametrize("option", GOOD)
def test_a_file_without_an_end_is_refused(option: str, tmp_path: Path) -> None:
    (tmp_path / "endless").symlink_to("/dev/zero")
    options = [
        part
        for name in GOOD
        for part in (f"--{name}", str(tmp_path / ("endless" if name == option else f"{name}.json")))
    ]
    run(tmp_path, "read", **GOOD)
    printed = run(tmp_path, "read", *options)
    assert printed.errors()[None].startswith(f"--{option} {tmp_path}/endless is larger than ")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ([5], "is not a list of state messages (5 is not of type"),
        ({"time_entries": {"readAt": "2026-11-01T08:00:00Z"}}, "is not a list of state messages (it is not a list)"),
        ([{"type": "GLOBAL", "global": {"stream_states": []}}], "one of its messages is not the state of a stream"),
        (
            [{"type": "GLOBAL", "stream": state_of("tags")["stream"]}],
            "one of its messages is not the state of a stream",
        ),
        ([{"type": "LEGACY", "data": {"tags": {}}}], "one of its messages is not the state of a stream"),
        ([{"type": "STREAM"}], "one of its messages is not the state of a stream"),
        ([{}], "one of its messages is not the state of a stream"),
        ([state_of("tags"), state_of("users"), state_of("tags")], "more than one state of tags"),
        ([state_of("tags", descriptor={"namespace": "public"})], "the state of tags has a namespace"),
        ([state_of("tags", descriptor={"namespace": ""})], "the state of tags has a namespace"),
        ([state_of("tags", stream_state=[])], "the state of tags is not an object"),
        ([state_of("tags", stream_state=[["a", 1]])], "the state of tags is not an object"),
        ([state_of("tags", stream_state="x" * 100_000)], "is not a list of state messages ("),
        ([state_of("tags"), state_of("x" * 100_000, stream_state=[])], "is not an object"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_state_that_could_be_passed_over_in_silence_is_refused(
    state: object, words: str, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    printed = run(tmp_path, "read", **{**GOOD, "state": state})
    error = printed.errors()[None]
    assert words in error
    assert "one for each stream, or left out" in error
    assert len(error) < 700
    assert paths_asked(clockify) == []


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        [],
        [state_of("tags", stream_state=None)],
        [state_of("a stream of an earlier version", stream_state={"a": 1})],
        [state_of("tags", stream_state={"a": 1})],
    ],
    ids=str,
)
def test_a_state_that_says_nothing_of_what_is_read_is_no_state(
    state: object, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    answer(clockify, f"/workspaces/{WORKSPACE}/tags", [{"id": "t1"}])
    printed = run(tmp_path, "read", **{**GOOD, "state": state})
    assert printed.records("tags") == [{"id": "t1", "workspaceId": WORKSPACE}]
    assert (printed.code, printed.errors()) == (0, {})


@pytest.mark.parametrize("twice", [["--config=a", "--config", "b"], ["--config", "a", "--config", "b"]], ids=str)
def test_an_option_that_is_given_twice_is_refused(twice: list[str]) -> None:
    with pytest.raises(SystemExit, match="takes --config once"):
        ClockifyEntrypoint.parse_args(["check", *twice])
