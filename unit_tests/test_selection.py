"""A catalog that is not one of this source: what cannot be read is told, and what can be is read."""

from pathlib import Path
from typing import Any

import pytest
import requests_mock

from unit_tests.command import Printed, run
from unit_tests.conftest import KEY, WORKSPACE, answer, catalog_of, paths_asked

CONFIG = {"api_key": KEY}
AGENCY = {"mode": "token", "access_token": "a-token-of-some-length", "company_id": "5DP4iH6HLkQsiKESj6rh"}


@pytest.fixture(autouse=True)
def _tags(clockify: requests_mock.Mocker) -> None:
    answer(clockify, f"/workspaces/{WORKSPACE}/tags", [{"id": "t1"}])


def read(folder: Path, catalog: object, **config: Any) -> Printed:
    return run(folder, "read", config={**CONFIG, **config}, catalog=catalog)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tag", "did you mean tags?"),
        ("time_entrys", "did you mean time_entries"),
        ("x", "there are workspaces, users,"),
        ("", "there are workspaces, users,"),
        ("locations", "this stream needs `snapshots_api`: configure it"),
        ("snapshots", "this stream needs `snapshots_api`: configure it"),
        ("x" * 100_000, "there are workspaces, users,"),
    ],
    ids=lambda text: text[:20],
)
def test_a_stream_that_is_not_there_fails_by_name_and_the_others_are_read(
    name: str, words: str, tmp_path: Path
) -> None:
    printed = read(tmp_path, catalog_of(name, "tags", sync_mode="full_refresh"))
    error = printed.errors()[name]
    assert error.startswith(f"{name[:99]}")
    assert words in error
    assert "take the stream out of the catalog" in error
    assert len(error) < 1000
    assert printed.statuses() == {name: "INCOMPLETE", "tags": "COMPLETE"}
    assert [row["id"] for row in printed.records("tags")] == ["t1"]
    assert printed.code == 1


def test_the_streams_of_the_snapshots_api_are_there_once_it_is_configured(
    clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    clockify.get("https://services.leadconnectorhq.com/snapshots/", json={"snapshots": [{"id": "s1"}]})
    printed = read(tmp_path, catalog_of("snapshots", "tags", sync_mode="full_refresh"), snapshots_api=AGENCY)
    assert printed.statuses() == {"tags": "COMPLETE", "snapshots": "COMPLETE"}
    assert printed.code == 0


@pytest.mark.parametrize(
    ("catalog", "words"),
    [
        (catalog_of("tags", "users", "tags"), "more than one entry for tags: keep one"),
        (catalog_of("x", "x"), "more than one entry for x: keep one"),
        ({"streams": []}, "no stream: choose at least one"),
        ({"streams": None}, "is not a configured catalog (None is not of type"),
        (None, "is not a configured catalog"),
        ([], "is not a configured catalog"),
        (5, "is not a configured catalog"),
        (catalog_of("tags", json_schema=None), "is not a configured catalog"),
        (catalog_of("tags", sync_mode="sometimes"), '"sometimes" is not one of'),
        (catalog_of("tags", sync_mode="x" * 100_000), "is not a configured catalog"),
        ({"streams": [{"stream": {"name": "tags"}}]}, '"json_schema" is a required property'),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_catalog_that_cannot_be_meant_is_refused_before_any_request(
    catalog: object, words: str, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    printed = read(tmp_path, catalog)
    error = printed.errors()[None]
    assert words in error
    assert len(error) < 1000
    assert printed.code == 1
    assert paths_asked(clockify) == []


def test_a_stream_with_a_namespace_is_none_of_this_source(tmp_path: Path) -> None:
    printed = read(tmp_path, catalog_of("tags", namespace="public", sync_mode="full_refresh"))
    assert "have no namespace" in printed.errors()["tags"]
    assert printed.records("tags") == []
    assert printed.code == 1


@pytest.mark.parametrize(
    "chosen", [{"sync_mode": "incremental"}, {"cursor_field": ["name"]}, {"primary_key": [["name"]]}], ids=str
)
def test_what_the_destination_is_to_do_with_the_rows_changes_nothing_in_them(
    chosen: dict[str, Any], tmp_path: Path
) -> None:
    catalog = catalog_of("tags", sync_mode="full_refresh")
    catalog["streams"][0] |= chosen
    printed = read(tmp_path, catalog)
    assert printed.records("tags") == [{"id": "t1", "workspaceId": WORKSPACE}]
    assert (printed.code, printed.errors()) == (0, {})


@pytest.mark.parametrize("limit", [1, "one", None, [], {}], ids=str)
def test_keys_by_which_the_cdk_would_read_less_are_unknown_keys(
    limit: object, clockify: requests_mock.Mocker, tmp_path: Path
) -> None:
    answer(clockify, f"/workspaces/{WORKSPACE}/tags", [{"id": "t1"}, {"id": "t2"}])
    printed = read(tmp_path, catalog_of("tags", sync_mode="full_refresh"), _limit=limit, _page_size=limit)
    assert [row["id"] for row in printed.records("tags")] == ["t1", "t2"]
    assert printed.code == 0
