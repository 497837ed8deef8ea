"""The Snapshots API beside Clockify: what a user sees on the command line, and what each host is asked."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.connector import Connector, Row, once
from integration_tests.agency import assert_only_the_agency_fails
from integration_tests.conftest import ServeAgency
from sandbox import Agency, Recorded, Sandbox, SnapshotsSandbox
from sandbox.snapshots_api import FORMER_SAAS_LOCATIONS, SAAS_LOCATIONS, SEARCH

Start = Callable[..., tuple[SnapshotsSandbox, Connector]]
SAAS, ADDRESSES, SNAPSHOTS = "saas/company.read", "locations.readonly", "snapshots.readonly"
FORMER_SAAS = "saas/location.read"


@pytest.fixture
def start(clockify: Sandbox, serve_agency: ServeAgency, tmp_path: Path) -> Start:
    """`start(agency, token, page_size=2, …)` starts a sandbox of the agency, and gives it with a connector to read both."""

    def run(
        agency: Agency, token: str | None = None, setting: Row | None = None, **options: Any
    ) -> tuple[SnapshotsSandbox, Connector]:
        sandbox = serve_agency(agency, **options)
        config = sandbox.config(token or agency.token(), **(setting or {}))
        return sandbox, Connector(clockify, tmp_path, snapshots_api=config)

    return run


def by_id(rows: list[Row]) -> dict[str, Row]:
    """The rows by id, each with what it holds: the CDK leaves nulls out of records."""
    return {
        location: {key: value for key, value in row.items() if value is not None}
        for location, row in once(rows, "location_id").items()
    }


def test_both_streams_hold_what_the_agency_holds(start: Start) -> None:
    agency = Agency(locations=12)
    sandbox, connector = start(agency)
    assert [stream["name"] for stream in connector.streams][-2:] == ["locations", "snapshots"]
    assert len(connector.streams) == 34
    output = connector.read("locations", "snapshots", "tags")
    assert output.returncode == 0
    assert set(output.statuses().values()) == {"COMPLETE"}
    assert by_id(output.records()["locations"]) == by_id(agency.rows("locations"))
    assert output.records()["snapshots"] == agency.rows("snapshots")
    assert output.logs("WARN") == []
    # Three pages of five, whose size the host chooses, so that they are read again; and a list that is not paged.
    routes = Counter(request.route for request in sandbox.requests)
    assert (routes.pop(SAAS_LOCATIONS), routes.pop("/snapshots/")) == (6, 1)
    assert routes.keys() == {SEARCH}
    for stream in connector.streams[-2:]:
        assert stream["supported_sync_modes"] == ["full_refresh"]


def test_without_the_setting_the_host_is_not_asked(clockify: Sandbox, tmp_path: Path) -> None:
    with SnapshotsSandbox(Agency()) as sandbox:
        connector = Connector(clockify, tmp_path, snapshots_api={"access_token": "", "company_id": ""})
        assert len(connector.streams) == 32
        assert connector.check().status() == {"status": "SUCCEEDED"}
        assert set(connector.read("tags", "workspaces").statuses().values()) == {"COMPLETE"}
        assert sandbox.requests == []


class TestScopes:
    def test_without_that_of_the_locations(self, start: Start) -> None:
        agency = Agency()
        _, connector = start(agency, agency.token(ADDRESSES, SNAPSHOTS))
        output = connector.read("locations", "snapshots", "tags")
        assert output.returncode != 0
        assert output.statuses() == {"locations": "INCOMPLETE", "snapshots": "COMPLETE", "tags": "COMPLETE"}
        assert output.errors()["locations"]["failure_type"] == "config_error"
        assert f"{SAAS} and {FORMER_SAAS}" in output.errors()["locations"]["message"]
        assert output.records().keys() == {"snapshots", "tags"}

    def test_without_that_of_the_addresses(self, start: Start) -> None:
        agency = Agency()
        sandbox, connector = start(agency, agency.token(SAAS, SNAPSHOTS))
        output = connector.read("locations", "snapshots")
        assert set(output.statuses().values()) == {"COMPLETE"}
        found = {row["location_id"]: row["isSaas"] for row in output.records()["locations"]}
        assert found == dict.fromkeys(agency.saas, True)
        assert all("address" not in row for row in output.records()["locations"])
        [warning] = output.logs("WARN")
        assert ADDRESSES in warning
        assert [request.route for request in sandbox.requests].count(SEARCH) == 1

    def test_without_that_of_the_snapshots(self, start: Start) -> None:
        agency = Agency()
        _, connector = start(agency, agency.token(SAAS, ADDRESSES))
        output = connector.read("locations", "snapshots", "tags")
        assert output.statuses() == {"locations": "COMPLETE", "snapshots": "INCOMPLETE", "tags": "COMPLETE"}
        assert output.errors()["snapshots"]["failure_type"] == "config_error"
        assert SNAPSHOTS in output.errors()["snapshots"]["message"]


class TestVersions:
    def test_a_token_of_the_older_scope_reads_on(self, start: Start) -> None:
        agency = Agency()
        sandbox, connector = start(agency, agency.token(FORMER_SAAS, ADDRESSES))
        output = connector.read("locations")
        assert by_id(output.records()["locations"]) == by_id(agency.rows("locations"))
        routes = Counter(request.route for request in sandbox.requests)
        assert (routes[SAAS_LOCATIONS], routes[FORMER_SAAS_LOCATIONS]) == (1, 6)
        assert connector.check().status() == {"status": "SUCCEEDED"}

    @pytest.mark.parametrize(
        ("gone", "used"), [(SAAS_LOCATIONS, FORMER_SAAS_LOCATIONS), (FORMER_SAAS_LOCATIONS, SAAS_LOCATIONS)]
    )
    def test_the_one_operation_that_a_host_has_is_enough(self, gone: str, used: str, start: Start) -> None:
        agency = Agency()
        sandbox, connector = start(agency, without=[gone])
        assert by_id(connector.sync("locations").records()["locations"]) == by_id(agency.rows("locations"))
        assert used in {request.route for request in sandbox.requests if request.status == 200}

    def test_a_host_with_neither_is_one_that_has_changed(self, start: Start) -> None:
        _, connector = start(Agency(), without=[SAAS_LOCATIONS, FORMER_SAAS_LOCATIONS])
        assert "does not have this operation" in connector.check().status()["message"]
        output = connector.read("locations", "snapshots")
        assert output.statuses() == {"locations": "INCOMPLETE", "snapshots": "COMPLETE"}


def expired(agency: Agency) -> Row:
    return {"access_token": agency.token(expired=True)}


def mistyped(_: Agency) -> Row:
    return {"access_token": "pit-mistyped-token"}


def of_a_location(agency: Agency) -> Row:
    return {"access_token": agency.token(location=next(iter(agency.locations)))}


def wrong_company(_: Agency) -> Row:
    return {"company_id": "another"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (expired, ("Invalid token", "`snapshots_api.access_token`", "expired")),
        (mistyped, ("Invalid JWT", "`snapshots_api.access_token`")),
        (of_a_location, ("`snapshots_api.access_token`", "not of a sub-account")),
        (wrong_company, ("`snapshots_api.company_id`",)),
    ],
)
def test_what_is_wrong_shows_in_the_check_and_spares_the_tables(
    wrong: Callable[[Agency], Row], words: tuple[str, ...], start: Start
) -> None:
    agency = Agency()
    sandbox, connector = start(agency, setting=wrong(agency))
    check = connector.check()
    assert check.status()["status"] == "FAILED"
    assert all(word in check.status()["message"] for word in words)
    assert len(sandbox.requests) == 1
    output = connector.read("locations", "snapshots", "tags")
    assert_only_the_agency_fails(output, words)
    assert connector.config["snapshots_api"]["access_token"] not in check.text + output.text


def test_check_takes_one_request_more(start: Start, clockify: Sandbox) -> None:
    sandbox, connector = start(Agency())
    output = connector.check()
    assert output.status() == {"status": "SUCCEEDED"}
    assert (len(clockify.requests), len(sandbox.requests)) == (2, 1)
    assert f"The token sees 12 locations in SaaS mode of the agency {sandbox.agency.id}" in output.text


class TestPaging:
    @pytest.mark.parametrize(("page_size", "search_cap"), [(1, 1), (5, 4), (100, 3), (12, 100)])
    def test_whatever_a_page_holds_each_row_comes_once(self, page_size: int, search_cap: int, start: Start) -> None:
        agency = Agency(locations=12)
        _, connector = start(agency, page_size=page_size, search_cap=search_cap)
        assert by_id(connector.sync("locations").records()["locations"]) == by_id(agency.rows("locations"))

    def test_a_location_that_is_added_meanwhile_doubles_none(self, start: Start) -> None:
        agency = Agency(locations=9)
        before = agency.rows("locations")

        def add(request: Recorded) -> None:
            if request.route == SAAS_LOCATIONS and request.query["page"] == "2":
                agency.add_location()

        _, connector = start(agency, page_size=2, after_answer=add)
        read = by_id(connector.sync("locations").records()["locations"])
        assert {**read, **by_id(before)} == read

    def test_a_location_that_is_deleted_meanwhile_hides_none(self, start: Start) -> None:
        agency = Agency(locations=9)

        def delete(request: Recorded) -> None:
            if request.route == SAAS_LOCATIONS and request.query["page"] == "2":
                agency.delete_location(list(agency.saas)[-1])  # the newest, on the first page

        _, connector = start(agency, page_size=2, after_answer=delete)
        read = by_id(connector.sync("locations").records()["locations"])
        assert {**read, **by_id(agency.rows("locations"))} == read

    def test_paging_that_is_ignored_is_an_error_not_a_loop(self, start: Start) -> None:
        sandbox, connector = start(Agency(), ignores_paging=True)
        output = connector.read("locations", "snapshots")
        assert "same page twice" in output.errors()["locations"]["message"]
        assert output.statuses() == {"locations": "INCOMPLETE", "snapshots": "COMPLETE"}
        assert len(sandbox.requests) < 10


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "headers": {"Retry-After": "0"}},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"kind": "truncate"},
        {"kind": "reset"},
        {"kind": "html"},
    ],
    ids=str,
)
def test_a_fault_on_the_way_loses_nothing(fault: Row, start: Start) -> None:
    agency = Agency(locations=7)
    sandbox, connector = start(agency)
    sandbox.faults.add(route=SEARCH, **fault)
    assert by_id(connector.sync("locations").records()["locations"]) == by_id(agency.rows("locations"))


class TestTheTwoCredentials:
    def test_never_cross_and_show_nowhere(self, start: Start, clockify: Sandbox) -> None:
        sandbox, connector = start(Agency())
        key, token = connector.config["api_key"], connector.config["snapshots_api"]["access_token"]
        files = connector.files("locations", "snapshots", "users", "time_entries", state=None)
        output = connector.run("read", "--debug", **files)
        assert output.returncode == 0
        assert {(r.headers.get("x-api-key"), r.headers.get("authorization")) for r in clockify.requests} == {
            (key, None)
        }
        for request in sandbox.requests:
            assert request.headers["authorization"] == f"Bearer {token}"
            assert key not in str(request)
        assert not any(token in str(request) for request in clockify.requests)
        assert {request.status for request in [*sandbox.requests, *clockify.requests]} == {200}
        assert "Bearer ****" in output.text
        assert key not in output.text
        assert token not in output.text

    def test_the_token_does_not_follow_a_redirect(self, start: Start, clockify: Sandbox) -> None:
        sandbox, connector = start(Agency())
        sandbox.faults.add(kind="redirect", location=f"{clockify.url}/api/v1/workspaces", times=None)
        output = connector.read("locations")
        assert "redirects to 127.0.0.1" in output.errors()["locations"]["message"]
        assert clockify.requests == []


@pytest.mark.parametrize("key", ["access_token", "company_id"])
def test_a_bad_value_is_named_before_any_request(key: str, start: Start, clockify: Sandbox) -> None:
    sandbox, connector = start(Agency())
    files = connector.files("locations", state=None)
    connector.config["snapshots_api"][key] = "two words"
    assert f"`snapshots_api.{key}`" in connector.check().status()["message"]
    output = connector.run("read", **{**files, "config": connector.config})
    assert output.returncode != 0
    assert f"`snapshots_api.{key}`" in output.text
    assert clockify.requests == sandbox.requests == []
