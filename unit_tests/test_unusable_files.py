"""The files of a command: what is wrong with one is told by option, path and cure."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify import SourceClockify
from source_clockify.run import ClockifyEntrypoint
from unit_tests.conftest import catalog_of

CATALOG_CURE: Final = "make one from the output of discover, with the streams to read and their sync modes"
CURES: Final = {
    "--config": 'it has to be an object such as {"api_key": "…"}',
    "--catalog": CATALOG_CURE,
    "--state": "it has to be the list of the state messages of an earlier read, one for each stream, or left out",
}
OTHER_VALUES: Final = {
    "--config": "is not a JSON object",
    "--catalog": "is not a configured catalog",
    "--state": "is not a list of state messages",
}


def errors_of_a_read(files: dict[str, str]) -> list[dict[str, Any]]:
    """What a read that ends with exit code 1 says before."""
    entrypoint = ClockifyEntrypoint(SourceClockify())
    arguments = entrypoint.parse_args(["read", *(part for option in files.items() for part in option)])
    printed: list[dict[str, Any]] = []
    with pytest.raises(SystemExit) as ended:
        printed.extend(json.loads(line) for line in entrypoint.run(arguments))
    assert ended.value.code == 1
    return [message["trace"]["error"] for message in printed if message["type"] == "TRACE"]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Good ones, by the option that names them."""
    contents = {"--config": {"api_key": "key"}, "--catalog": {"streams": []}, "--state": []}
    for option, content in contents.items():
        (tmp_path / option).write_text(json.dumps(content), encoding="utf-8")
    return {option: str(tmp_path / option) for option in contents}


@pytest.mark.parametrize("option", CURES)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read (No such file or directory): check the path, which in a container is the one within it"),
        (b'{"api_key": ', "is not JSON in UTF-8 ("),
        ('{"note": "Büro"}'.encode("latin-1"), "is not JSON in UTF-8 ("),
        (b'{"workspace_ids": ["\\ud83d"]}', "is not JSON in UTF-8 ("),
        ("{}".encode("utf-16"), "is in UTF-16: save it as UTF-8"),
        (b"\xfe\xff\x00{\x00}", "is in UTF-16: save it as UTF-8"),
    ],
    ids=["missing", "torn", "another encoding", "half an emoji", "UTF-16", "UTF-16, big end first"],
)
def test_an_unusable_file_is_named_with_its_cure(
    option: str, content: bytes | None, words: str, files: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "given.json"
    if content is not None:
        path.write_bytes(content)
    [error] = errors_of_a_read({**files, option: str(path)})
    assert error["message"].startswith(f"{option} {path} {words}")
    assert error["message"].endswith(f": {CURES[option]}." if "not JSON" in words else ".")
    assert error["failure_type"] == "config_error"
    assert "stack_trace" not in error


@pytest.mark.parametrize("option", CURES)
def test_another_value_is_named_with_its_cure(option: str, files: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    path.write_text("[1]", encoding="utf-8")
    [error] = errors_of_a_read({**files, option: str(path)})
    assert error["message"].startswith(f"{option} {path} {OTHER_VALUES[option]}")
    assert error["message"].endswith(f": {CURES[option]}.")


@pytest.mark.parametrize("properties", ["1", '["id"]', "null"])
def test_a_schema_that_is_none_is_named_by_its_stream(properties: str, files: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "given.json"
    catalog = json.dumps(catalog_of("tags", json_schema={"properties": "?"}))
    path.write_text(catalog.replace('"?"', properties), encoding="utf-8")
    [error] = errors_of_a_read({**files, "--catalog": str(path)})
    assert "is not a configured catalog (the properties of tags are not an object)" in error["message"]
    assert error["message"].endswith(f": {CURES['--catalog']}.")


def test_a_state_of_no_stream_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    """Airbyte once had such states."""
    path = tmp_path / "given.json"
    path.write_text('[{"type": "LEGACY", "data": {}}]', encoding="utf-8")
    [error] = errors_of_a_read({**files, "--state": str(path)})
    assert "is not a list of state messages" in error["message"]


@pytest.mark.parametrize("content", ["[]", "null", "{}"])
def test_an_empty_state_is_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(content, encoding="utf-8")
    assert SourceClockify.read_state(str(path)) == []


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"note": "Büro 🚀"}', encoding="utf-8-sig")
    assert SourceClockify.read_config(str(path)) == {"note": "Büro 🚀"}


def test_a_path_that_no_file_can_have_is_told() -> None:
    with pytest.raises(AirbyteTracedException, match=r"cannot be read \(embedded null byte\): check the path"):
        SourceClockify.read_config("a\0b")
