"""Where a list ends, told by what the connector asks for and returns."""

import pytest
import requests_mock

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, answer, errors, rows

CLIENTS = f"/workspaces/{WORKSPACE}/clients"


def client(number: int) -> Row:
    return {"id": f"c{number}", "name": f"Client {number}"}


def pages_asked(clockify: requests_mock.Mocker) -> list[str]:
    return [request.qs["page"][0] for request in clockify.request_history if request.path.endswith("/clients")]


def ids(read: Read) -> list[str]:
    return [row["id"] for row in rows(read("clients"), "clients")]


def test_last_page_header_ends_the_walk(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, CLIENTS, [client(1), client(2)], [client(3)])
    assert ids(read) == ["c1", "c2", "c3"]
    assert pages_asked(clockify) == ["1", "2"]


@pytest.mark.parametrize(("more", "last"), [("False", "True"), ("FALSE", "TRUE")])
def test_last_page_ends_the_walk_however_the_header_is_written(
    more: str, last: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    pages = [
        {"json": [client(1)], "headers": {"last-page": more}},
        {"json": [client(2)], "headers": {"last-page": last}},
    ]
    clockify.get(f"{HOST}{CLIENTS}", pages)
    assert ids(read) == ["c1", "c2"]
    assert pages_asked(clockify) == ["1", "2"]


def test_a_short_page_is_not_the_last(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(f"{HOST}{CLIENTS}", [{"json": [client(1)]}, {"json": [client(2)]}, {"json": []}])
    assert ids(read) == ["c1", "c2"]
    assert pages_asked(clockify) == ["1", "2", "3"]


def test_total_count_header_saves_the_empty_page(clockify: requests_mock.Mocker, read: Read) -> None:
    headers = {"total-count": "3"}
    pages = [{"json": [client(1), client(2)], "headers": headers}, {"json": [client(3)], "headers": headers}]
    clockify.get(f"{HOST}{CLIENTS}", pages)
    assert ids(read) == ["c1", "c2", "c3"]
    assert pages_asked(clockify) == ["1", "2"]


def test_total_in_the_body_saves_the_empty_page(clockify: requests_mock.Mocker, read: Read) -> None:
    path = f"{HOST}/workspaces/{WORKSPACE}/invoices"
    invoices = clockify.get(path, [{"json": {"invoices": [{"id": f"i{n}"}], "total": 2}} for n in (1, 2)])
    assert [row["id"] for row in rows(read("invoices"), "invoices")] == ["i1", "i2"]
    assert invoices.call_count == 2


def test_a_repeated_page_is_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    page = {"json": [client(1)], "headers": {"Last-Page": "false"}}
    clockify.get(f"{HOST}{CLIENTS}", [page, page])
    output = read("clients", failing=True)
    assert "same page twice" in errors(output)[0]


def test_a_row_that_wandered_to_the_next_page_is_not_doubled(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, CLIENTS, [client(1), client(2)], [client(2), client(3)])
    assert ids(read) == ["c1", "c2", "c3"]


def test_the_largest_page_is_asked_for(clockify: requests_mock.Mocker, read: Read) -> None:
    answer(clockify, CLIENTS, [])
    read("clients")
    assert clockify.request_history[-1].qs["page-size"] == ["5000"]


@pytest.mark.parametrize("stream", ["holidays", "custom-fields"])
def test_lists_that_ignore_paging_are_not_paged(stream: str, clockify: requests_mock.Mocker, read: Read) -> None:
    listed = clockify.get(f"{HOST}/workspaces/{WORKSPACE}/{stream}", json=[{"id": "x"}])
    output = read(stream.replace("-", "_"))
    assert [row["id"] for row in rows(output, stream.replace("-", "_"))] == ["x"]
    assert all("page" not in request.qs for request in clockify.request_history)
    assert listed.call_count == (2 if stream == "custom-fields" else 1)  # once more for the fields of users
