"""Lists that change while they are read: a row that was there throughout comes once, whatever happens to others."""

import random
from collections.abc import Callable
from typing import Any

import pytest
import requests_mock

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, rows, serve
from unit_tests.test_paging import CLIENTS, clients, places_asked

Change = Callable[[list[Row]], Any]


def insert(rows: list[Row], place: int, *names: str) -> None:
    rows[place:place] = [{"id": name, "name": name} for name in names]


def move(rows: list[Row], old: int, new: int) -> None:
    rows.insert(new, rows.pop(old))


def at_once(rows: list[Row]) -> None:
    rows.pop(2)
    insert(rows, 0, "n1")
    move(rows, 1, 8)


CHANGES: dict[str, Change] = {
    "a row that was read is deleted": lambda rows: rows.pop(1),
    "the last row that was read is deleted": lambda rows: rows.pop(3),
    "three are deleted": lambda rows: [rows.pop(0) for _ in range(3)],
    "all that were read are deleted": lambda rows: [rows.pop(0) for _ in range(4)],
    "one is put in front": lambda rows: insert(rows, 0, "n1"),
    "three are put in front": lambda rows: insert(rows, 0, "n1", "n2", "n3"),
    "more than a page is put in front": lambda rows: insert(rows, 0, *(f"n{place}" for place in range(9))),
    "one is put between what was read and what was not": lambda rows: insert(rows, 4, "n1"),
    "one moves from what was read to what was not": lambda rows: move(rows, 1, 9),
    "one moves from what was not read to what was": lambda rows: move(rows, 9, 1),
    "one is deleted, one is put in front, one moves on": at_once,
    "the order is turned round": lambda rows: rows.reverse(),
}


@pytest.mark.parametrize("boundary", [1, 2, 3])
@pytest.mark.parametrize("change", CHANGES)
def test_no_row_is_lost_or_doubled(change: str, boundary: int, clockify: requests_mock.Mocker, read: Read) -> None:
    listed = clients(14)
    before = {row["id"] for row in listed}

    def meanwhile(page: int) -> None:
        if page == boundary:
            CHANGES[change](listed)

    serve(clockify, CLIENTS, listed, meanwhile=meanwhile)
    came = [row["id"] for row in rows(read("clients"), "clients")]
    assert len(came) == len(set(came))
    assert before & {row["id"] for row in listed} <= set(came)
    assert len(places_asked(clockify)) < 30


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("number", [0, 1, 2, 3, 7, 8, 21])
@pytest.mark.parametrize("told", [{}, {"last_page": False}, {"last_page": False, "total": True}], ids=str)
def test_quiet_lists_of_any_length_come_whole(
    told: Any, number: int, size: int, clockify: requests_mock.Mocker, read: Read
) -> None:
    serve(clockify, CLIENTS, clients(number), size, **told)
    assert [row["id"] for row in rows(read("clients"), "clients")] == [row["id"] for row in clients(number)]


@pytest.mark.parametrize("seed", range(20))
def test_what_a_list_without_an_order_loses_is_told(seed: int, clockify: requests_mock.Mocker, read: Read) -> None:
    listed = clients(14)
    chance = random.Random(seed)
    serve(clockify, CLIENTS, listed, meanwhile=lambda _: chance.shuffle(listed))
    output = read("clients")
    came = [row["id"] for row in rows(output, "clients")]
    assert len(came) == len(set(came))
    warnings = [message.log.message for message in output.logs if message.log and message.log.level.value == "WARN"]
    assert len(came) == len(listed) or ["change places" in text for text in warnings] == [True]


def test_a_host_that_ignores_the_page_size_is_read_whole(clockify: requests_mock.Mocker, read: Read) -> None:
    listed = clients(11)

    def page(request: requests_mock.request._RequestObjectProxy, context: requests_mock.response._Context) -> list[Row]:
        end = int(request.qs["page"][0]) * 4
        context.headers["Last-Page"] = str(end >= len(listed)).lower()
        return listed[end - 4 : end]

    clockify.get(f"{HOST}{CLIENTS}", json=page)
    assert [row["id"] for row in rows(read("clients"), "clients")] == [row["id"] for row in listed]


def test_a_parent_that_moved_up_is_not_passed_by(clockify: requests_mock.Mocker, read: Read) -> None:
    """The ids for the lists of children come from the same walk."""
    listed: list[Row] = [{"id": f"p{place}", "name": "P"} for place in range(9)]

    def meanwhile(page: int) -> None:
        if page == 1:
            listed.pop(0)

    serve(clockify, f"/workspaces/{WORKSPACE}/projects", listed, meanwhile=meanwhile)
    for place in range(9):
        clockify.get(f"{HOST}/workspaces/{WORKSPACE}/projects/p{place}/tasks", json=[{"id": f"t{place}"}])
    assert {row["id"] for row in rows(read("tasks"), "tasks")} == {f"t{place}" for place in range(9)}
