"""What a host says, as the connector repeats it: without secrets, legible, short."""

import logging
import re
from typing import Any
from urllib.parse import quote

import pytest
import requests_mock

from harness.clock import FastClock
from source_clockify import SourceClockify
from unit_tests.conftest import HOST, KEY, WORKSPACE, Read, answer, errors

TAGS = f"{HOST}/workspaces/{WORKSPACE}/tags"
ODD_KEY = "a/key+of=odd%signs&more"
FORMS = [
    ODD_KEY,
    quote(ODD_KEY, safe=""),
    quote(ODD_KEY, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"),
    ODD_KEY.replace('"', '\\"'),
    ODD_KEY.replace('"', '\\"').replace("/", "\\/"),
]
EVERY_REGION = re.compile(r"^https://[a-z0-9]+\.clockify\.me/api/v1/workspaces")
STATUSES = [401, 403, 404, 400, 418, 500, 429, 302]


def check_message(key: str) -> str:
    status = SourceClockify(FastClock()).check(logging.getLogger("test"), {"api_key": key})
    assert status.status.value == "FAILED"
    return str(status.message)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("form", FORMS)
def test_no_check_repeats_the_key(form: str, status: int, clockify: requests_mock.Mocker) -> None:
    quoting = {"Location": f"https://{form}.example/", "Retry-After": "99"}
    body = {"message": [f"bad key {form}!", form], "code": form}
    clockify.get(EVERY_REGION, status_code=status, json=body, headers=quoting, reason=form)
    message = check_message(ODD_KEY)
    assert "odd" not in message
    assert status in (302, 401) or "****" in message


@pytest.mark.parametrize("form", FORMS)
def test_no_reason_phrase_repeats_the_key(form: str, clockify: requests_mock.Mocker) -> None:
    clockify.get(f"{HOST}/workspaces", status_code=418, reason=f"Not {form}")
    assert "418 'Not ****'" in check_message(ODD_KEY)


@pytest.mark.parametrize("form", FORMS)
def test_no_read_repeats_the_key(form: str, clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(TAGS, status_code=403, json={"message": f"bad key {form}!", "code": form})
    output = read("tags", failing=True, debug=True, api_key=ODD_KEY)
    printed = [str(message) for message in output.records_and_state_messages + output.logs + output.errors]
    assert not [line for line in printed if "odd" in line]


def test_no_token_is_repeated(clockify: requests_mock.Mocker) -> None:
    answer(clockify, "/workspaces", [{"id": WORKSPACE}])
    clockify.get(
        "https://services.leadconnectorhq.com/saas/saas-locations/agency",
        status_code=403,
        json={"message": "Invalid Bearer my-token"},
    )
    agency = {"mode": "token", "access_token": "my-token", "company_id": "agency"}
    status = SourceClockify(FastClock()).check(logging.getLogger("test"), {"api_key": KEY, "snapshots_api": agency})
    assert "Invalid Bearer ****" in str(status.message)


@pytest.mark.parametrize(
    ("message", "quoted"),
    [
        ("one\ntwo\r\nthree\tfour\x1b[31m", "'one\\ntwo\\r\\nthree\\tfour\\x1b[31m'"),
        ("Zugriff verweigert – ä€", "'Zugriff verweigert – ä€'"),
        ("left\u202eright", "'left\\u202eright'"),
        ("x" * 100_000, f"'{'x' * 299}…'"),
        (["x" * 100_000] * 3, f"'{'x' * 299}…'"),
        ({"deep": ["x" * 100_000]}, "'{'deep': ['xxx"),
        ("", "'Teapot'"),
        (0, "'Teapot'"),
        (None, "'Teapot'"),
        (True, "'True'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_quotation_is_legible_and_short(
    message: Any, quoted: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    clockify.get(TAGS, status_code=418, reason="Teapot", json={"message": message, "code": [1] * 10_000})
    told = errors(read("tags", failing=True))[0]
    assert f"answered 418 {quoted}" in told
    assert len(told) < 1000


@pytest.mark.parametrize("reason", [None, "", "Ärger\x00", "x" * 100_000])
def test_a_reason_phrase_is_one_too(reason: Any, clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(TAGS, status_code=418, reason=reason)
    told = errors(read("tags", failing=True))[0]
    assert "answered 418 '" in told
    assert len(told) < 600
    assert told.isprintable()
