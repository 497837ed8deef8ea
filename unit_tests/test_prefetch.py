"""Fetching ahead changes nothing but the time it takes."""

import threading
from collections.abc import Iterator

import orjson
import pytest
import requests
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.page import Page
from source_clockify.api.prefetch import PageFetcher


def stream_slice(number: int) -> StreamSlice:
    return StreamSlice(partition={"number": number}, cursor_slice={})


def page(text: str) -> Page:
    response = requests.Response()
    response._content = orjson.dumps(text)  # two bytes more
    return Page(response)


def walk(one: StreamSlice) -> Iterator[Page]:
    for number in range(3):
        yield page(f"{one['number']}-{number}")


@pytest.mark.parametrize("workers", [1, 3, 20])
@pytest.mark.parametrize("bytes_ahead", [1, 10**6])
def test_pages_come_in_order_however_little_may_wait(workers: int, bytes_ahead: int) -> None:
    fetcher = PageFetcher(walk, workers, bytes_ahead)
    slices = [stream_slice(number) for number in range(10)]
    read = [(one["number"], [p.body for p in fetcher.pages()]) for one in fetcher.ahead(slices)]
    assert read == [(number, [f"{number}-{index}" for index in range(3)]) for number in range(10)]


def test_several_slices_are_fetched_at_once() -> None:
    together = threading.Barrier(3, timeout=10)

    def meet(one: StreamSlice) -> Iterator[Page]:
        together.wait()
        yield page("x")

    fetcher = PageFetcher(meet, workers=3)
    assert [len(list(fetcher.pages())) for _ in fetcher.ahead([stream_slice(n) for n in range(3)])] == [1, 1, 1]


def test_what_waits_is_bounded_in_bytes() -> None:
    waiting: list[int] = []
    fetched = threading.Semaphore(0)

    def count(one: StreamSlice) -> Iterator[Page]:
        for number in range(50):
            waiting.append(1)
            fetched.release()
            yield page(f"{number:08}")

    fetcher = PageFetcher(count, workers=1, bytes_ahead=30)
    slices = fetcher.ahead([stream_slice(1)])
    next(slices)
    for _ in range(3):
        assert fetched.acquire(timeout=10)
    assert not fetched.acquire(timeout=0.1)
    assert len(list(fetcher.pages())) == 50


def test_a_page_under_way_counts_as_much_as_the_largest_so_far() -> None:
    begun, known, go = threading.Semaphore(0), threading.Event(), threading.Event()

    def fetch(one: StreamSlice) -> Iterator[Page]:
        if one["number"] > 0:
            begun.release()
            assert go.wait(timeout=10)
        yield page("x" * 8)
        known.set()

    def slices() -> Iterator[StreamSlice]:
        yield stream_slice(0)
        assert known.wait(timeout=10)
        yield from map(stream_slice, range(1, 6))

    fetcher = PageFetcher(fetch, workers=5, bytes_ahead=25)
    ahead = fetcher.ahead(slices())
    next(ahead)
    for _ in range(2):
        assert begun.acquire(timeout=10)
    assert not begun.acquire(timeout=0.1)
    go.set()
    assert len(list(fetcher.pages())) == 1
    assert [len(list(fetcher.pages())) for _ in ahead] == [1] * 5


def test_a_fault_is_raised_where_its_slice_is_read() -> None:
    def fail(one: StreamSlice) -> Iterator[Page]:
        if one["number"] == 2:
            raise ValueError("slice 2")
        yield page("ok")

    fetcher = PageFetcher(fail, workers=5)
    read = []
    with pytest.raises(ValueError, match="slice 2"):
        for one in fetcher.ahead([stream_slice(number) for number in range(5)]):
            list(fetcher.pages())
            read.append(one["number"])
    assert read == [0, 1]


def test_slices_before_one_that_cannot_be_made_are_read() -> None:
    def make() -> Iterator[StreamSlice]:
        yield stream_slice(0)
        yield stream_slice(1)
        raise ValueError("no third")

    fetcher = PageFetcher(walk, workers=5)
    read: list[tuple[int, int]] = []
    with pytest.raises(ValueError, match="no third"):
        read.extend((one["number"], len(list(fetcher.pages()))) for one in fetcher.ahead(make()))
    assert read == [(0, 3), (1, 3)]


def test_threads_end_when_closed() -> None:
    fetcher = PageFetcher(walk, workers=4, bytes_ahead=1)
    next(fetcher.ahead([stream_slice(number) for number in range(4)]))
    fetcher.close()
    for thread in fetcher._threads:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in fetcher._threads)


def test_a_slice_left_half_read_blocks_nothing() -> None:
    fetcher = PageFetcher(walk, workers=2, bytes_ahead=1)
    read = []
    for one in fetcher.ahead([stream_slice(number) for number in range(4)]):
        pages = fetcher.pages()
        read.append((one["number"], next(pages).body))
        pages.close()  # type: ignore[attr-defined]
    assert read == [(number, f"{number}-0") for number in range(4)]
