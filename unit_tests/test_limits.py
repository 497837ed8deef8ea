"""What a body may be: what exceeds the limits is refused by name before anything decodes it, and what does not is read."""

import gzip
import zlib
from typing import Any

import orjson
import pytest
import requests_mock
from airbyte_cdk.models import FailureType

from source_clockify.api.body import DEEPEST, LARGEST, MOST_VALUES
from unit_tests.conftest import HOST, WORKSPACE, Read, errors, rows
from unit_tests.test_session import failure_types

WORKSPACES = f"{HOST}/workspaces"
TAGS = f"{WORKSPACES}/{WORKSPACE}/tags"


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def nested_objects(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


TOO_DEEP = {
    "arrays": nested(DEEPEST + 1),
    "objects": nested_objects(DEEPEST + 1),
    "both": b'[{"a":' * 51 + b"1" + b"}]" * 51,
    "open": b"[" * 40_000,
    "open behind rows": b'[{"id":"t1"},' + b"[" * 40_000,
    "closed in texts": b'["]",' * 40_000 + b"1" + b"]" * 40_000,
    "closed behind quotes": b'["\\"]\\\\",' * 40_000 + b"1" + b"]" * 40_000,
    "closed in names": b'{"}":' * 40_000 + b"1" + b"}" * 40_000,
    "behind blanks": b" \n\t" * 100 + nested(DEEPEST + 1),
    "behind a mark": b"\xef\xbb\xbf" + nested(DEEPEST + 1),
    "behind a text without an end": b"[" * 101 + b'"',
}
TOO_MANY = {
    "objects": b"[" + b"{}," * MOST_VALUES + b"{}]",
    "arrays": b"[" + b"[]," * MOST_VALUES + b"[]]",
    "numbers": b"[" + b"1," * MOST_VALUES + b"1]",
    "in objects": b'[{"a":' + b'{"a":1},"b":' * 2 + b"[" + b"0," * MOST_VALUES + b"0]}]",
    "texts": b"[" + b'"",' * MOST_VALUES + b'""]',
    "commas": b"[" + b'",",' * 2 * MOST_VALUES + b'","]',
    "without an end": b"[" + b"{}," * (MOST_VALUES + 1),
}
TOO_LARGE = {
    "one text": b'["' + b"x" * LARGEST + b'"]',
    "no JSON": b"<" * (LARGEST + 1),
}
EXCESSES = [
    *((body, f"is nested more than {DEEPEST} deep") for body in TOO_DEEP.values()),
    *((body, "holds more than 2,000,000 values") for body in TOO_MANY.values()),
    *((body, "has more than 64 MiB") for body in TOO_LARGE.values()),
]
NAMES = [*TOO_DEEP, *TOO_MANY, *TOO_LARGE]


@pytest.mark.parametrize(("body", "excess"), EXCESSES, ids=NAMES)
@pytest.mark.parametrize(
    ("url", "path", "status"),
    [
        (WORKSPACES, "/api/v1/workspaces", 200),
        (TAGS, f"/api/v1/workspaces/{WORKSPACE}/tags", 403),
    ],
    ids=["workspaces", "a refusal"],
)
def test_what_exceeds_a_limit_is_refused_by_name(
    url: str, path: str, status: int, body: bytes, excess: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    asked = clockify.get(url, content=body, status_code=status)
    output = read("tags", failing=True)
    assert f"The answer of api.clockify.me to {path} {excess}: nothing was read from it." in errors(output)[0]
    assert failure_types(output) == {FailureType.system_error}
    assert asked.call_count == 1


IN_TEXTS = [
    "[" * 1000,
    '"[{,' * 1000,
    "\\" * 999 + "[" * 200,
    '\\"' * 300 + "[" * 200,
    '"',
    "",
    "\\",
    "\\u005b" * 500,
    "\n[\t{" * 300,
]


@pytest.mark.parametrize("text", IN_TEXTS, ids=lambda text: repr(text[:6]))
def test_what_stands_in_texts_does_not_count(text: str, clockify: requests_mock.Mocker, read: Read) -> None:
    row: dict[str, Any] = {"id": "t1", "name": text, text + "x": [text, text], "last": ""}
    clockify.get(TAGS, content=orjson.dumps([row, {**row, "id": "t2"}]), headers={"Last-Page": "true"})
    output = read("tags")
    assert [row["name"] for row in rows(output, "tags")] == [text, text]


def test_what_is_at_the_limit_is_read(clockify: requests_mock.Mocker, read: Read) -> None:
    deep = orjson.loads(nested(DEEPEST - 2))
    clockify.get(TAGS, json=[{"id": "t1", "deep": deep}], headers={"Last-Page": "true"})
    assert rows(read("tags"), "tags")[0]["deep"] == deep


def test_commas_in_texts_are_no_values(clockify: requests_mock.Mocker, read: Read) -> None:
    text = ",{[" * MOST_VALUES
    clockify.get(TAGS, content=orjson.dumps([{"id": "t1", "name": text}]), headers={"Last-Page": "true"})
    assert rows(read("tags"), "tags")[0]["name"] == text


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_is_counted_as_it_decompresses(encoding: str, clockify: requests_mock.Mocker, read: Read) -> None:
    bomb = b" " * (LARGEST + 1)
    packed = gzip.compress(bomb) if encoding == "gzip" else zlib.compress(bomb)
    clockify.get(WORKSPACES, content=packed, headers={"Content-Encoding": encoding})
    assert "has more than 64 MiB" in errors(read("tags", failing=True))[0]


def test_a_body_that_does_not_decompress_may_pass(clockify: requests_mock.Mocker, read: Read) -> None:
    broken = {"content": b"no gzip", "headers": {"Content-Encoding": "gzip"}}
    clockify.get(TAGS, [broken, {"json": [{"id": "t1"}], "headers": {"Last-Page": "true"}}])
    assert [row["id"] for row in rows(read("tags"), "tags")] == ["t1"]
