"""A page that was fetched ahead is the reader's: no other thread looks at it again, or at what was seen."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson
import pytest
import requests
import requests_mock
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import BY_ID
from source_clockify.api.page import Page
from source_clockify.api.paging import Feed, Pages, Paging, Parameters, Unpaged
from source_clockify.api.prefetch import PageFetcher
from source_clockify.streams import base
from unit_tests.conftest import Read, answer, errors, rows, workspace
from unit_tests.streams import EVERYTHING, STREAMS, serve_all
from unit_tests.test_prefetch import page, stream_slice
from unit_tests.test_rows import least


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What fetching threads looked at of pages that they had handed over."""
    handed_over: list[Page] = []
    names: list[str] = []

    def look(at: Page, name: str) -> Any:
        if threading.current_thread().name == "clockify-fetch" and any(at is one for one in handed_over):
            names.append(name)
        return object.__getattribute__(at, name)

    def watched(pages: Iterator[Page]) -> Iterator[Page]:
        for one in pages:
            yield one
            handed_over.append(one)

    class Fetcher(PageFetcher):
        def __init__(self, fetch_pages: Callable[[StreamSlice], Iterator[Page]], workers: int) -> None:
            super().__init__(lambda one: watched(fetch_pages(one)), workers)

    monkeypatch.setattr(Page, "__getattribute__", look, raising=False)
    monkeypatch.setattr(base, "PageFetcher", Fetcher)
    return names


@pytest.mark.parametrize("pages", [1, 2])
def test_no_stream_looks_at_a_page_that_it_has_handed_over(
    pages: int, looked_at: list[str], clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, "/workspaces", [workspace(features=EVERYTHING)])
    for name, stream in STREAMS.items():
        serve_all(clockify, stream, [least(name)], pages)
    output = read(*STREAMS)
    assert errors(output) == []
    assert [name for name in STREAMS if not rows(output, name)] == []
    assert looked_at == []


@pytest.mark.parametrize("is_read", ["while the list is walked", "when it was walked"])
@pytest.mark.parametrize("paging", [Pages(2), Unpaged(), Feed(2)], ids=lambda paging: type(paging).__name__)
def test_a_row_of_two_parts_of_a_list_is_that_of_the_first_whenever_it_is_read(paging: Paging, is_read: str) -> None:
    parts = {"open": [["x"]], "closed": [["x", "y"], ["y", "z"]]}

    def fetch(chosen: Parameters) -> Page:
        pages, number = parts[chosen["part"]], chosen.get("page", 0) - isinstance(paging, Pages)
        listed = pages[number] if number < len(pages) else []
        response = requests.Response()
        response._content = orjson.dumps([{"id": name, "part": chosen["part"]} for name in listed])
        response.headers["Last-Page"] = str(number + 1 >= len(pages)).lower()
        return Page(response, key=BY_ID)

    pages: Iterable[Page] = Endpoint("", paging, variants=tuple({"part": part} for part in parts)).pages(fetch)
    if is_read == "when it was walked":
        pages = list(pages)
    read = [(row["id"], row["part"]) for one in pages for row in one.new]
    assert read[:2] == [("x", "open"), ("y", "closed")]
    assert read[2:] == ([] if isinstance(paging, Unpaged) else [("z", "closed")])


def test_what_becomes_of_a_page_meanwhile_does_not_change_what_may_wait() -> None:
    """A page that weighs more when it is read than when it came makes no room for others."""
    decoded, fetched, waiting = threading.Event(), threading.Semaphore(0), page("x" * 10)

    def fetch(one: StreamSlice) -> Iterator[Page]:
        if one["number"] == 0:
            yield waiting
            assert waiting.body
            decoded.set()
            return
        for _ in range(50):
            fetched.release()
            yield page("x" * 10)

    fetcher = PageFetcher(fetch, workers=1, bytes_ahead=30)
    ahead = fetcher.ahead(map(stream_slice, range(2)))
    next(ahead)
    assert decoded.wait(timeout=10)
    assert len(list(fetcher.pages())) == 1
    for _ in range(3):
        assert fetched.acquire(timeout=10)
    assert not fetched.acquire(timeout=0.1)
    assert [len(list(fetcher.pages())) for _ in ahead] == [50]
