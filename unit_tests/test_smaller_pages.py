"""Pages that are too large: they are asked for with fewer rows, of which none is lost or doubled."""

import re
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import FailureType
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from source_clockify.api import body, walk
from source_clockify.streams.reports import TimeEntryReport
from unit_tests.conftest import HOST, WORKSPACE, Read, Row, errors, rows, serve, url_of
from unit_tests.highlevel import CONFIG, LOCATIONS
from unit_tests.test_moving import CHANGES
from unit_tests.test_paging import CLIENTS, clients, places_asked
from unit_tests.test_session import failure_types

PROJECTS = f"/workspaces/{WORKSPACE}/projects"
VALUES = 10_000
EXCESS = "holds more than 10,000 values"


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MOST_VALUES", VALUES)


def heavy(listed: list[Row], share: float, *places: int) -> list[Row]:
    """The rows, of which those at some places, or all, have that share of what an answer may have."""
    for place in places or range(len(listed)):
        listed[place]["memberships"] = [0] * int(share * VALUES)
    return listed


def told(output: EntrypointOutput) -> list[str]:
    """What the log tells of smaller pages."""
    lines = [message.log for message in output.logs if message.log]
    return [f"{line.level.value}: {line.message}" for line in lines if "are asked for instead" in line.message]


def test_a_page_that_is_too_large_is_asked_for_with_half_the_rows(clockify: requests_mock.Mocker, read: Read) -> None:
    listed = heavy(clients(2400), 1 / 3000)
    serve(clockify, CLIENTS, listed, 5000)
    output = read("clients")
    assert [row["id"] for row in rows(output, "clients")] == [row["id"] for row in listed]
    assert places_asked(clockify) == [(1, 5000), (1, 2500), (1, 1250), (2, 1249)]
    said = f"INFO: The answer of api.clockify.me to /api/v1{CLIENTS} {EXCESS}: pages of"
    assert told(output) == [
        f"{said} 2,500 rows are asked for instead of 5,000.",
        f"{said} 1,250 rows are asked for instead of 2,500.",
    ]


def test_so_is_a_list_that_is_read_for_its_ids(clockify: requests_mock.Mocker, read: Read) -> None:
    listed = heavy([{"id": f"p{place}"} for place in range(60)], 1 / 50)
    serve(clockify, PROJECTS, listed, 5000)
    clockify.get(re.compile(f"{PROJECTS}/p[0-9]+/tasks"), json=lambda request, _: [{"id": request.path.split("/")[-2]}])
    assert [row["id"] for row in rows(read("tasks"), "tasks")] == [row["id"] for row in listed]


@pytest.mark.usefixtures("at_noon")
def test_so_is_a_report(clockify: requests_mock.Mocker, read: Read) -> None:
    day = "2025-11-12T08:00:00Z"
    listed = heavy([{"_id": f"e{place}", "timeInterval": {"start": day}} for place in range(90)], 1 / 50)

    def page(request: Any, _: Any) -> Row:
        report = request.json()
        asked = report["detailedFilter"]
        of_window = listed if report["dateRangeStart"] < day < report["dateRangeEnd"] else []
        end = asked["page"] * asked["pageSize"]
        return {"totals": [{"entriesCount": len(of_window)}], "timeentries": of_window[end - asked["pageSize"] : end]}

    clockify.post(url_of(TimeEntryReport.endpoint), json=page)
    output = read("time_entry_report", start_date="2025-10-01")
    assert [row["id"] for row in rows(output, "time_entry_report")] == [row["_id"] for row in listed]


@pytest.mark.parametrize("first", [0, 3, 7, 30, 61, 99])
@pytest.mark.parametrize("largest", [20, 33, 100])
def test_rows_that_are_large_may_be_anywhere(
    largest: int, first: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    """The pages before them are as large as can be, whatever the host gives at once; those after them are not."""
    listed = heavy(clients(100), 1 / 12, *range(first, min(first + 15, 100)))
    serve(clockify, CLIENTS, listed, largest)
    output = read("clients")
    assert [row["id"] for row in rows(output, "clients")] == [row["id"] for row in listed]
    assert len(places_asked(clockify)) < 30


def test_bytes_count_as_values_do(clockify: requests_mock.Mocker, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "LARGEST", 2**20)
    listed = [{"id": f"c{place}", "name": "x" * 50_000} for place in range(40)]
    serve(clockify, CLIENTS, listed, 5000)
    output = read("clients")
    assert [row["id"] for row in rows(output, "clients")] == [row["id"] for row in listed]
    assert "has more than 1 MiB" in told(output)[0]


@pytest.mark.parametrize("boundary", range(1, 6))
@pytest.mark.parametrize("change", CHANGES)
def test_no_row_is_lost_or_doubled_if_the_list_changes_meanwhile(
    change: str, boundary: int, clockify: requests_mock.Mocker, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after a page that was refused too."""
    monkeypatch.setattr(walk, "SMALLEST_PAGE", 1)
    listed = heavy(clients(32), 1 / 9, *range(14, 30))
    before = {row["id"] for row in listed}

    def meanwhile(page: int) -> None:
        if page == boundary:
            CHANGES[change](listed)

    serve(clockify, CLIENTS, listed, 16, meanwhile=meanwhile)
    output = read("clients")
    came = [row["id"] for row in rows(output, "clients")]
    assert told(output)
    assert len(came) == len(set(came))
    assert before & {row["id"] for row in listed} <= set(came)


def test_a_page_of_few_rows_that_is_too_large_is_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    serve(clockify, CLIENTS, heavy(clients(20), 1 / 9), 5000)
    output = read("clients", failing=True)
    assert (
        f"{CLIENTS} {EXCESS}: nothing was read from it, though no more than 10 rows were asked for."
        in errors(output)[0]
    )
    assert failure_types(output) == {FailureType.system_error}
    assert [size for _, size in places_asked(clockify)] == [5000, 2500, 1250, 625, 312, 156, 78, 39, 19, 10]


@pytest.mark.parametrize("number", [42, 45, 60, 70, 80])
def test_a_host_that_ignores_the_page_size_hides_no_row(
    number: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    """Its page by the number of a smaller one is another."""
    listed = heavy(clients(number), 1 / 15, *range(20, 40))

    def page(request: Any, context: Any) -> list[Row]:
        end = int(request.qs["page"][0]) * 20
        context.headers["Last-Page"] = str(end >= len(listed)).lower()
        return listed[end - 20 : end]

    clockify.get(f"{HOST}{CLIENTS}", json=page)
    output = read("clients", failing=True)
    assert [row["id"] for row in rows(output, "clients")] == [row["id"] for row in listed[:20]]
    assert EXCESS in errors(output)[0]
    assert len(places_asked(clockify)) < 20


def test_a_list_may_have_as_many_small_pages_as_it_has_rows_for(
    clockify: requests_mock.Mocker, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_PAGES", 5)
    serve(clockify, CLIENTS, heavy(clients(100), 1 / 20), 5000)
    assert len(rows(read("clients"), "clients")) == 100


@pytest.mark.parametrize(
    ("url", "stream"),
    [
        (f"{HOST}/workspaces/{WORKSPACE}/holidays", "holidays"),
        (LOCATIONS, "locations"),
    ],
)
def test_lists_whose_size_cannot_be_chosen_are_asked_for_once(
    url: str, stream: str, highlevel: requests_mock.Mocker, read: Read
) -> None:
    listed = highlevel.get(url, json=heavy(clients(10), 1 / 5))
    assert f"{EXCESS}: nothing was read from it. " in errors(read(stream, failing=True, **CONFIG))[0]
    assert listed.call_count == 1


def test_what_is_nested_too_deep_is_asked_for_once(clockify: requests_mock.Mocker, read: Read) -> None:
    listed = clockify.get(f"{HOST}{CLIENTS}", text="[" * 101 + "]" * 101)
    assert "is nested more than 100 deep" in errors(read("clients", failing=True))[0]
    assert listed.call_count == 1
