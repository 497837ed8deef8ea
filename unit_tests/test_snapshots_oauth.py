"""OAuth of HighLevel: what is asked for, what of the answer is kept, and when."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus

from unit_tests.conftest import KEY, NOW, Read, errors, rows
from unit_tests.highlevel import COMPANY, HOST, SNAPSHOTS, refusal

TOKENS: Final = f"{HOST}/oauth/token"
SETTING: Final[dict[str, Any]] = {
    "mode": "oauth",
    "client_id": "a1b2c3-d4",
    "client_secret": "a-secret-that-nobody-may-see",
    "refresh_token": "the-first-refresh-token",
    "company_id": COMPANY,
}
CONFIG: Final = {"snapshots_api": SETTING}
ANSWER: Final[dict[str, Any]] = {
    "access_token": "the-second-access-token",
    "refresh_token": "the-second-refresh-token",
    "expires_in": 86399,
    "userType": "Company",
}
REJECTED: Final = refusal(401, "Invalid token: access token is invalid")


def configured(**setting: Any) -> dict[str, Any]:
    return {"snapshots_api": {**SETTING, **setting}}


def kept(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The configurations that Airbyte was told to keep."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"CONTROL"' in line]
    return [line["control"]["connectorConfig"]["config"] for line in lines]


def used(highlevel: requests_mock.Mocker) -> list[str]:
    """The access tokens that were sent with requests for rows, in that order."""
    sent = [request.headers.get("Authorization", "") for request in highlevel.request_history if request.url != TOKENS]
    return [header.removeprefix("Bearer ") for header in sent if header]


@pytest.fixture
def renewals(highlevel: requests_mock.Mocker) -> Any:
    """The endpoint that gives out tokens."""
    return highlevel.post(TOKENS, json=ANSWER)


def test_the_request_is_the_one_that_is_documented(renewals: Any, read: Read) -> None:
    read("snapshots", **CONFIG)
    assert renewals.call_count == 1
    request = renewals.last_request
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert {name: value for name, [value] in parse_qs(request.text).items()} == {
        "grant_type": "refresh_token",
        "user_type": "Company",
        "client_id": SETTING["client_id"],
        "client_secret": SETTING["client_secret"],
        "refresh_token": SETTING["refresh_token"],
    }
    assert "Authorization" not in request.headers


def test_credentials_of_netrc_are_not_sent_along(
    renewals: Any, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    read("snapshots", **CONFIG)
    assert "Authorization" not in renewals.last_request.headers


@pytest.mark.usefixtures("renewals", "at_noon")
def test_airbyte_is_told_to_keep_the_whole_configuration(read: Read, capsys: pytest.CaptureFixture[str]) -> None:
    read("snapshots", unknown="kept", **configured(refresh_token=" the-first-refresh-token\n"))
    expiry = (NOW + timedelta(seconds=86399)).isoformat()
    tokens = {name: ANSWER[name] for name in ("access_token", "refresh_token")}
    assert kept(capsys) == [
        {
            "api_key": KEY,
            "num_workers": 2,
            "unknown": "kept",
            "snapshots_api": {**SETTING, **tokens, "token_expiry_date": expiry},
        }
    ]


@pytest.mark.usefixtures("at_noon")
class TestWhenTheTokenIsRenewed:
    @pytest.mark.parametrize(
        ("setting", "expected"),
        [
            ({}, ["the-second-access-token"]),
            ({"access_token": "the-first-access-token"}, ["the-first-access-token"]),
            (
                {"access_token": "the-first-access-token", "token_expiry_date": "2026-11-22T12:00:01Z"},
                ["the-first-access-token"],
            ),
            (
                {"access_token": "the-first-access-token", "token_expiry_date": "2026-11-22T12:00:00Z"},
                ["the-second-access-token"],
            ),
            ({"token_expiry_date": "2099-01-01T00:00:00Z"}, ["the-second-access-token"]),
        ],
        ids=["none", "pasted", "valid", "expired", "a date alone"],
    )
    def test_the_date_decides_where_there_is_one(
        self, setting: dict[str, Any], expected: list[str], renewals: Any, highlevel: requests_mock.Mocker, read: Read
    ) -> None:
        assert rows(read("snapshots", **configured(**setting)), "snapshots")
        assert used(highlevel) == expected
        assert renewals.call_count == (expected == ["the-second-access-token"])

    def test_a_token_that_is_rejected_is_renewed_whatever_its_date(
        self, renewals: Any, highlevel: requests_mock.Mocker, read: Read
    ) -> None:
        highlevel.get(SNAPSHOTS, [REJECTED, {"json": {"snapshots": [{"id": "s1"}]}}])
        setting = {"access_token": "the-first-access-token", "token_expiry_date": "2099-01-01T00:00:00Z"}
        assert rows(read("snapshots", **configured(**setting)), "snapshots") == [{"id": "s1"}]
        assert used(highlevel) == ["the-first-access-token", "the-second-access-token"]
        assert renewals.call_count == 1

    def test_a_new_token_that_is_rejected_is_an_error_not_a_loop(
        self, renewals: Any, highlevel: requests_mock.Mocker, read: Read
    ) -> None:
        highlevel.get(SNAPSHOTS, **REJECTED)
        output = read("snapshots", failing=True, **configured(access_token="the-first-access-token"))
        assert "though it was renewed" in errors(output)[0]
        assert renewals.call_count == 1

    @pytest.mark.parametrize(
        ("refused", "words"),
        [
            (refusal(401, "The token is not authorized for this scope."), "connect the app to the agency again"),
            (refusal(401, "This authClass type is not allowed to access this scope."), "not of a sub-account"),
            (refusal(403, "The token does not have access to this company."), "`snapshots_api.company_id`"),
        ],
        ids=["scope", "type", "company"],
    )
    def test_no_other_refusal_uses_up_a_token(
        self, refused: dict[str, Any], words: str, renewals: Any, highlevel: requests_mock.Mocker, read: Read
    ) -> None:
        highlevel.get(SNAPSHOTS, **refused)
        output = read("snapshots", failing=True, **configured(access_token="the-first-access-token"))
        assert words in errors(output)[0]
        assert "snapshots_api.refresh_token" in errors(output)[0] or "company_id" in words
        assert renewals.call_count == 0


@pytest.mark.usefixtures("at_noon")
class TestWhatTheAnswerHolds:
    def keep(
        self,
        answer: Any,
        highlevel: requests_mock.Mocker,
        read: Read,
        capsys: pytest.CaptureFixture[str],
        **config: Any,
    ) -> tuple[list[dict[str, Any]], Any]:
        highlevel.post(TOKENS, json=answer)
        output = read("snapshots", **configured(), **config)
        return [told["snapshots_api"] for told in kept(capsys)], output

    @pytest.mark.parametrize("expires_in", [None, "soon", -1, 0, 1e308, [], True], ids=repr)
    def test_any_lifetime_will_do(
        self, expires_in: Any, highlevel: requests_mock.Mocker, read: Read, capsys: pytest.CaptureFixture[str]
    ) -> None:
        [told], _ = self.keep({**ANSWER, "expires_in": expires_in}, highlevel, read, capsys)
        assert told["refresh_token"] == ANSWER["refresh_token"]
        assert NOW.isoformat() < told["token_expiry_date"] <= (NOW + timedelta(hours=1)).isoformat()

    def test_without_a_new_refresh_token_the_old_one_stays(
        self, highlevel: requests_mock.Mocker, read: Read, capsys: pytest.CaptureFixture[str]
    ) -> None:
        [told], _ = self.keep({"access_token": "the-second-access-token"}, highlevel, read, capsys)
        assert (told["refresh_token"], told["access_token"]) == (SETTING["refresh_token"], ANSWER["access_token"])

    @pytest.mark.parametrize("access_token", [None, "", 7, "two words", ["a"]], ids=repr)
    def test_a_refresh_token_is_kept_whatever_the_access_token_is(
        self, access_token: Any, highlevel: requests_mock.Mocker, read: Read, capsys: pytest.CaptureFixture[str]
    ) -> None:
        [told], output = self.keep({**ANSWER, "access_token": access_token}, highlevel, read, capsys, failing=True)
        assert (told["refresh_token"], told["access_token"]) == (ANSWER["refresh_token"], "")
        assert "refresh token only" in errors(output)[0]
        assert used(highlevel) == []

    @pytest.mark.parametrize("answer", [[], {}, {"access_token": ""}, [ANSWER], {"refresh_token": "short"}], ids=repr)
    def test_an_answer_of_another_shape_is_an_error(
        self, answer: Any, highlevel: requests_mock.Mocker, read: Read, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told, output = self.keep(answer, highlevel, read, capsys, failing=True)
        assert told == []
        assert "not of the expected shape" in errors(output)[0]
        assert output.get_stream_statuses("snapshots")[-1] == AirbyteStreamStatus.INCOMPLETE


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ({"status_code": 400, "json": {"error": "invalid_grant"}}, "was used already"),
        ({"status_code": 401, "json": {"message": "Invalid refresh token"}}, "was used already"),
        ({"status_code": 400, "json": {"error": "invalid_client"}}, "`snapshots_api.client_secret`"),
        ({"status_code": 401, "json": {"message": "Invalid client credentials!"}}, "`snapshots_api.client_secret`"),
        (refusal(422, ["no reason that anybody knows"]), "no reason that anybody knows"),
        ({"status_code": 404, "json": {}}, "did not renew"),
        ({"status_code": 302, "headers": {"Location": "https://elsewhere.example/"}}, "elsewhere.example"),
    ],
    ids=str,
)
def test_a_refusal_is_told_with_its_cure(
    refused: dict[str, Any], words: str, highlevel: requests_mock.Mocker, read: Read
) -> None:
    asked = highlevel.post(TOKENS, **refused)
    output = read("locations", "snapshots", failing=True, **CONFIG)
    told = errors(output)[:2]
    assert all(words in message and message.startswith("services.leadconnectorhq.com") for message in told)
    assert asked.call_count == 1
