"""Where a list ends, told by what the connector asks for and returns."""

import pytest
import requests_mock

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, answer, errors, rows, serve

CLIENTS = f"/workspaces/{WORKSPACE}/clients"


def clients(number: int) -> list[Row]:
    return [{"id": f"c{place}", "name": f"Client {place}"} for place in range(1, number + 1)]


def places_asked(clockify: requests_mock.Mocker) -> list[tuple[int, int]]:
    """Page and size of each request."""
    lists = [request.qs for request in clockify.request_history if request.path.endswith("/clients")]
    return [(int(query["page"][0]), int(query["page-size"][0])) for query in lists]


def ids(read: Read) -> list[str]:
    return [row["id"] for row in rows(read("clients"), "clients")]


@pytest.mark.parametrize(("more", "last"), [("false", "true"), ("False", "True"), ("FALSE", "TRUE")])
def test_last_page_ends_the_walk_however_it_is_written(
    more: str, last: str, clockify: requests_mock.Mocker, read: Read
) -> None:
    pages = [
        {"json": clients(4), "headers": {"last-page": more}},
        {"json": clients(6)[3:], "headers": {"last-page": last}},
    ]
    clockify.get(f"{HOST}{CLIENTS}", pages)
    assert ids(read) == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert places_asked(clockify) == [(1, 5000), (2, 3)]


def test_a_list_of_one_page_takes_one_request(clockify: requests_mock.Mocker, read: Read) -> None:
    serve(clockify, CLIENTS, clients(4))
    assert ids(read) == ["c1", "c2", "c3", "c4"]
    assert places_asked(clockify) == [(1, 5000)]


def test_a_short_page_is_not_the_last(clockify: requests_mock.Mocker, read: Read) -> None:
    """Without a word of the end, a page has to bring nothing new."""
    serve(clockify, CLIENTS, clients(6), last_page=False)
    assert ids(read) == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert places_asked(clockify) == [(1, 5000), (2, 3), (2, 4)]


@pytest.mark.parametrize("number", [0, 3])
def test_an_empty_list_is_over_at_once(number: int, clockify: requests_mock.Mocker, read: Read) -> None:
    serve(clockify, CLIENTS, clients(number), last_page=False)
    assert ids(read) == [f"c{place + 1}" for place in range(number)]
    assert len(places_asked(clockify)) == (2 if number else 1)


def test_total_count_saves_the_last_request(clockify: requests_mock.Mocker, read: Read) -> None:
    serve(clockify, CLIENTS, clients(6), last_page=False, total=True)
    assert ids(read) == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert places_asked(clockify) == [(1, 5000), (2, 3)]


def test_a_total_in_the_body_saves_it_too(clockify: requests_mock.Mocker, read: Read) -> None:
    path = f"{HOST}/workspaces/{WORKSPACE}/invoices"
    pages = [[{"id": f"i{place}"} for place in page] for page in ((1, 2, 3, 4), (4, 5))]
    listed = clockify.get(path, [{"json": {"invoices": page, "total": 5}} for page in pages])
    assert [row["id"] for row in rows(read("invoices"), "invoices")] == ["i1", "i2", "i3", "i4", "i5"]
    assert listed.call_count == 2


@pytest.mark.parametrize("total", ["3", "-7", "many", "6.5", "", "9" * 5000])
def test_a_total_that_cannot_be_true_is_not_believed(total: str, clockify: requests_mock.Mocker, read: Read) -> None:
    headers = {"total-count": total}
    pages = [clients(4), clients(6)[3:], clients(6)[3:]]
    clockify.get(f"{HOST}{CLIENTS}", [{"json": page, "headers": headers} for page in pages])
    assert ids(read) == ["c1", "c2", "c3", "c4", "c5", "c6"]


def test_a_list_that_ends_before_its_total_is_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    pages = [{"json": clients(4), "headers": {"total-count": "9"}}]
    pages.append({"json": clients(6)[3:], "headers": {"total-count": "9", "Last-Page": "true"}})
    clockify.get(f"{HOST}{CLIENTS}", pages)
    assert "has 9 rows, and ends after 6" in errors(read("clients", failing=True))[0]


def test_a_list_that_brings_less_than_its_total_is_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    pages = [{"json": page, "headers": {"total-count": "9"}} for page in (clients(4), clients(6)[3:], clients(6)[4:])]
    clockify.get(f"{HOST}{CLIENTS}", pages)
    assert "same page twice" in errors(read("clients", failing=True))[0]


def test_a_repeated_page_is_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    clockify.get(f"{HOST}{CLIENTS}", json=clients(4), headers={"Last-Page": "false"})
    assert "same page twice" in errors(read("clients", failing=True))[0]
    assert len(places_asked(clockify)) == 3


def test_pages_that_take_turns_are_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    turns = [{"json": page, "headers": {"Last-Page": "false"}} for page in (clients(4), clients(8)[4:])] * 50
    clockify.get(f"{HOST}{CLIENTS}", turns)
    assert "rows would be" in errors(read("clients", failing=True))[0]
    assert len(places_asked(clockify)) < 30


def test_ever_new_rows_are_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    made = iter(clients(10_000))
    clockify.get(f"{HOST}{CLIENTS}", json=lambda *_: [next(made) for _ in range(4)])
    assert "never ends" in errors(read("clients", failing=True))[0]


def test_a_list_without_end_is_an_error(clockify: requests_mock.Mocker, read: Read) -> None:
    serve(clockify, CLIENTS, clients(5000), last_page=False)
    assert "never ends" in errors(read("clients", failing=True))[0]
    assert len(places_asked(clockify)) == 1000


def test_a_long_list_that_tells_its_length_is_read_to_its_end(clockify: requests_mock.Mocker, read: Read) -> None:
    """As a report on a year of a large workspace does."""
    serve(clockify, CLIENTS, clients(5000), last_page=False, total=True)
    assert len(ids(read)) == 5000
    assert len(places_asked(clockify)) > 1000


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
