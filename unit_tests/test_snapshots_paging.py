"""The lists of the Snapshots API: where they end, and what happens when they change meanwhile."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import Read, errors, rows
from unit_tests.highlevel import CONFIG, LOCATIONS, SEARCH, page, place
from unit_tests.test_moving import CHANGES

SIZE = 4


def ids(output: EntrypointOutput) -> list[str]:
    return [row["location_id"] for row in rows(output, "locations")]


def asked(mocker: requests_mock.Mocker, url: str, parameter: str) -> list[str]:
    return [request.qs[parameter][0] for request in mocker.request_history if request.url.partition("?")[0] == url]


TOLD: dict[str, Callable[[int, int], dict[str, Any]]] = {
    "both": lambda end, total: {"total": total, "hasNext": end < total},
    "total": lambda _, total: {"total": total},
    "hasNext": lambda end, total: {"hasNext": end < total},
    "neither": lambda *_: {},
    "a total that is too low": lambda end, total: {"total": total // 2, "hasNext": end < total},
}


def serve(
    highlevel: requests_mock.Mocker, locations: list[str], told: str, meanwhile: Callable[[int], Any] = lambda _: None
) -> None:
    pages = count(1)

    def answer(request: Any, _: Any) -> Any:
        end = int(request.qs["page"][0]) * SIZE
        body = page(*locations[end - SIZE : end], **TOLD[told](end, len(locations)))
        meanwhile(next(pages))
        return body

    highlevel.get(LOCATIONS, json=answer)
    highlevel.get(SEARCH, json={"locations": []})


@pytest.mark.parametrize("number", [0, 1, 4, 5, 8, 11])
@pytest.mark.parametrize("told", TOLD)
def test_a_list_comes_whole_however_its_end_is_told(
    told: str, number: int, highlevel: requests_mock.Mocker, read: Read
) -> None:
    locations = [f"l{place}" for place in range(number)]
    serve(highlevel, locations, told)
    assert ids(read("locations", **CONFIG)) == locations


@pytest.mark.parametrize("told", ["both", "total", "hasNext", "neither"])
@pytest.mark.parametrize("boundary", [1, 2, 3])
@pytest.mark.parametrize("change", CHANGES)
def test_no_location_is_lost_or_doubled(
    change: str, boundary: int, told: str, highlevel: requests_mock.Mocker, read: Read
) -> None:
    listed = [{"id": f"l{place}"} for place in range(14)]
    names = [row["id"] for row in listed]
    before = set(names)

    def meanwhile(number: int) -> None:
        if number == boundary:
            CHANGES[change](listed)
            names[:] = [row["id"] for row in listed]

    serve(highlevel, names, told, meanwhile)
    came = ids(read("locations", **CONFIG))
    assert len(came) == len(set(came))
    assert before & set(names) <= set(came)


def test_pages_cannot_overlap_so_a_list_of_several_is_walked_twice(highlevel: requests_mock.Mocker, read: Read) -> None:
    serve(highlevel, [f"l{place}" for place in range(6)], "both")
    read("locations", **CONFIG)
    assert asked(highlevel, LOCATIONS, "page") == ["1", "2", "1", "2"]


def test_a_page_that_repeats_is_an_error_not_a_loop(highlevel: requests_mock.Mocker, read: Read) -> None:
    bodies = [{**page("l1", total=3, hasNext=True), "traceId": trace} for trace in ("a", "b", "c")]
    highlevel.get(LOCATIONS, [{"json": body} for body in bodies])
    assert "same page twice" in errors(read("locations", failing=True, **CONFIG))[0]
    assert len(asked(highlevel, LOCATIONS, "page")) == 3


def test_pages_that_take_turns_are_an_error_not_a_loop(highlevel: requests_mock.Mocker, read: Read) -> None:
    turns = [page("l1", hasNext=True), page("l2", hasNext=True)] * 20
    highlevel.get(LOCATIONS, [{"json": body} for body in turns])
    assert "same page twice" in errors(read("locations", failing=True, **CONFIG))[0]
    assert len(asked(highlevel, LOCATIONS, "page")) < 10


def test_a_list_that_ends_before_its_total_is_an_error(highlevel: requests_mock.Mocker, read: Read) -> None:
    highlevel.get(LOCATIONS, json=page("l1", "l2", total=9, hasNext=False))
    assert "has 9 rows, and ends after 2" in errors(read("locations", failing=True, **CONFIG))[0]


@pytest.mark.parametrize("cap", [3, 4, 7, 100])
@pytest.mark.parametrize("boundary", [1, 2, 3])
@pytest.mark.parametrize("change", CHANGES)
def test_no_address_is_lost(change: str, boundary: int, cap: int, highlevel: requests_mock.Mocker, read: Read) -> None:
    listed = [{"id": f"l{number}"} for number in range(14)]
    before = {row["id"] for row in listed}
    pages = count(1)

    def search(request: Any, _: Any) -> Any:
        skip, limit = int(request.qs["skip"][0]), min(cap, int(request.qs["limit"][0]))
        found = [place(row["id"]) for row in listed[skip : skip + limit]]
        if next(pages) == boundary:
            CHANGES[change](listed)
        return {"locations": found}

    highlevel.get(LOCATIONS, json=page(*sorted(before), total=14, hasNext=False))
    highlevel.get(SEARCH, json=search)
    found = {row["location_id"]: row.get("address") for row in rows(read("locations", **CONFIG), "locations")}
    there = before & {row["id"] for row in listed}
    assert {location for location, address in found.items() if address} >= there


def test_a_search_that_ignores_paging_is_an_error_not_a_loop(highlevel: requests_mock.Mocker, read: Read) -> None:
    highlevel.get(SEARCH, json={"locations": [place(f"l{number}") for number in range(5)]})
    assert "same page twice" in errors(read("locations", failing=True, **CONFIG))[0]
    assert len(asked(highlevel, SEARCH, "skip")) == 3
