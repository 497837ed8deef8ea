"""Fetching ahead changes nothing but the time it takes."""

import threading
from collections.abc import Iterator

import orjson
import pytest
import requests
import requests_mock
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api import prefetch
from source_clockify.api.page import Page
from source_clockify.api.prefetch import PageFetcher
from unit_tests.conftest import HOST, WORKSPACE, Read, Row, errors


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


@pytest.mark.parametrize("workers", [1, 2])
def test_no_more_slices_are_fetched_at_once_than_there_are_workers(workers: int) -> None:
    begun, go = threading.Semaphore(0), threading.Event()

    def fetch(one: StreamSlice) -> Iterator[Page]:
        begun.release()
        assert go.wait(timeout=10)
        yield page("x")

    fetcher = PageFetcher(fetch, workers)
    ahead = fetcher.ahead(map(stream_slice, range(5)))
    next(ahead)
    for _ in range(workers):
        assert begun.acquire(timeout=10)
    assert not begun.acquire(timeout=0.1)
    go.set()
    assert len(list(fetcher.pages())) == 1
    assert [len(list(fetcher.pages())) for _ in ahead] == [1] * 4


def test_a_worker_goes_on_with_the_next_slice_though_nobody_has_read_the_one_before() -> None:
    begun = threading.Semaphore(0)

    def fetch(one: StreamSlice) -> Iterator[Page]:
        begun.release()
        yield page("x")

    fetcher = PageFetcher(fetch, workers=1)
    ahead = fetcher.ahead(map(stream_slice, range(3)))
    next(ahead)
    for _ in range(2):
        assert begun.acquire(timeout=10)
    assert len(list(fetcher.pages())) == 1
    assert [len(list(fetcher.pages())) for _ in ahead] == [1, 1]


@pytest.mark.parametrize(("size", "bounds", "pages"), [(10, {"bytes_ahead": 30}, 3), (4 * 2**20, {}, 4)], ids=str)
def test_what_waits_is_bounded_in_bytes(size: int, bounds: dict[str, int], pages: int) -> None:
    """By 16 MB where nothing else is said."""
    fetched, one_page = threading.Semaphore(0), page("x" * size)

    def fetch(one: StreamSlice) -> Iterator[Page]:
        for _ in range(50):
            fetched.release()
            yield one_page

    fetcher = PageFetcher(fetch, workers=1, **bounds)
    slices = fetcher.ahead([stream_slice(1)])
    next(slices)
    for _ in range(pages):
        assert fetched.acquire(timeout=10)
    assert not fetched.acquire(timeout=0.1)
    assert len(list(fetcher.pages())) == 50


@pytest.mark.parametrize(
    ("first_pages", "bytes_ahead", "under_way"), [([10], 25, 2), ([100, 1], 350, 3)], ids=["alike", "one was larger"]
)
def test_a_page_under_way_counts_as_much_as_the_largest_so_far(
    first_pages: list[int], bytes_ahead: int, under_way: int
) -> None:
    begun, known, go = threading.Semaphore(0), threading.Event(), threading.Event()

    def fetch(one: StreamSlice) -> Iterator[Page]:
        if one["number"] == 0:
            yield from (page("x" * size) for size in first_pages)
            known.set()
            return
        begun.release()
        assert go.wait(timeout=10)
        yield page("x" * 10)

    def slices() -> Iterator[StreamSlice]:
        yield stream_slice(0)
        assert known.wait(timeout=10)
        yield from map(stream_slice, range(1, 6))

    fetcher = PageFetcher(fetch, workers=5, bytes_ahead=bytes_ahead)
    ahead = fetcher.ahead(slices())
    next(ahead)
    for _ in range(under_way):
        assert begun.acquire(timeout=10)
    assert not begun.acquire(timeout=0.1)
    go.set()
    assert len(list(fetcher.pages())) == len(first_pages)
    assert [len(list(fetcher.pages())) for _ in ahead] == [1] * 5


@pytest.mark.parametrize("rest", ["waits", "is under way"])
def test_pages_of_a_slice_that_is_left_take_up_no_room(rest: str) -> None:
    """Of 15 bytes that may wait, the rest of the slice that is left had 10: the next slice has all of them."""
    begun: dict[int, threading.Semaphore] = {number: threading.Semaphore(0) for number in range(2)}
    go = threading.Event()

    def fetch(one: StreamSlice) -> Iterator[Page]:
        for number in range(3):
            begun[one["number"]].release()
            if rest == "is under way" and (one["number"], number) == (0, 1):
                assert go.wait(timeout=10)
            yield page("x" * 10)

    fetcher = PageFetcher(fetch, workers=1, bytes_ahead=15)
    ahead = fetcher.ahead(map(stream_slice, range(2)))
    next(ahead)
    pages = fetcher.pages()
    next(pages)
    for _ in range(3 if rest == "waits" else 2):  # the third is begun when the second is there
        assert begun[0].acquire(timeout=10)
    pages.close()
    go.set()
    for _ in range(2):
        assert begun[1].acquire(timeout=10)
    assert [len(list(fetcher.pages())) for _ in ahead] == [3]


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


class TestClosed:
    def test_nothing_more_is_fetched_and_nothing_unread_seems_empty(self) -> None:
        """A slice that seemed empty would count as read."""
        walked, begun, before = [], threading.Semaphore(0), set(threading.enumerate())

        def fetch(one: StreamSlice) -> Iterator[Page]:
            walked.append(one["number"])
            return pages_of(one)

        def pages_of(one: StreamSlice) -> Iterator[Page]:
            for _ in range(3):
                begun.release()
                yield page("x" * 10)

        fetcher = PageFetcher(fetch, workers=1, bytes_ahead=15)
        slices = fetcher.ahead(map(stream_slice, range(2)))
        next(slices)
        for _ in range(2):
            assert begun.acquire(timeout=10)
        fetcher.close()
        assert_ended(set(threading.enumerate()) - before)
        assert not begun.acquire(blocking=False)
        assert walked == [0]
        read: list[str] = []
        with pytest.raises(RuntimeError, match="fetching had ended"):
            read.extend(one.body for one in fetcher.pages())
        assert len(read) == 2
        next(slices)
        with pytest.raises(RuntimeError, match="fetching had ended"):
            next(fetcher.pages())

    def test_a_request_that_is_under_way_is_waited_for(self) -> None:
        closing = self.close_while_under_way(until := threading.Event())
        closing.join(timeout=0.1)
        assert closing.is_alive()
        until.set()
        assert_ended({closing})

    def test_one_that_is_never_answered_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nor by the end of the process."""
        monkeypatch.setattr(prefetch, "JOIN_TIMEOUT_SECONDS", 0.0)
        closing = self.close_while_under_way(until := threading.Event())
        assert_ended({closing})
        until.set()
        assert self.fetching.daemon

    def close_while_under_way(self, until: threading.Event) -> threading.Thread:
        """A thread that closes a fetcher, of which a request is under way until then."""
        begun = threading.Semaphore(0)

        def fetch(one: StreamSlice) -> Iterator[Page]:
            self.fetching = threading.current_thread()
            begun.release()
            until.wait()
            yield page("x")

        fetcher = PageFetcher(fetch, workers=1)
        next(fetcher.ahead([stream_slice(0)]))
        assert begun.acquire(timeout=10)
        closing = threading.Thread(target=fetcher.close, daemon=True)
        closing.start()
        return closing


def assert_ended(threads: set[threading.Thread]) -> None:
    for thread in threads:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"json": {}}, "not of the expected shape"),
        ({"status_code": 403, "json": {"message": "Access Denied", "code": 501}}, "owner or admin"),
        ({"status_code": 400, "json": {"message": "Workspace not found", "code": 501}}, "Workspace not found"),
        ({"json": []}, ""),
    ],
    ids=["another shape", "refused", "gone", "no fault"],
)
def test_no_thread_of_a_stream_outlives_it(fault: Row, words: str, clockify: requests_mock.Mocker, read: Read) -> None:
    """Nor do those that wait for work or for room, while the other streams are read."""
    before = set(threading.enumerate())
    clockify.get(f"{HOST}/workspaces/{WORKSPACE}/tags", **{"headers": {"Last-Page": "true"}, **fault})
    output = read("tags", failing=bool(words), num_workers=3)
    assert words in "".join(errors(output)[:1])
    assert_ended(set(threading.enumerate()) - before)


def test_a_slice_left_half_read_blocks_nothing() -> None:
    fetcher = PageFetcher(walk, workers=2, bytes_ahead=1)
    read = []
    for one in fetcher.ahead([stream_slice(number) for number in range(4)]):
        pages = fetcher.pages()
        read.append((one["number"], next(pages).body))
        pages.close()
    assert read == [(number, f"{number}-0") for number in range(4)]
