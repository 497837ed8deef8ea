"""Fetching ahead: a few threads fetch the pages of the next slices while the main thread turns pages into records."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from queue import SimpleQueue
from typing import Final, NamedTuple

from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.page import Page

BYTES_AHEAD: Final = 16 * 2**20
"""Bodies that wait to be read or are under way, over all slices. A full page of time entries has 4 MB."""
JOIN_TIMEOUT_SECONDS: Final = 2.0
"""Seconds to wait for threads that were told to end; one that waits for an hour's quota is left alone."""

FetchPages = Callable[[StreamSlice], Iterator[Page]]
_Item = Page | BaseException | None


class _Ready(NamedTuple):
    """Something to be read, and what it counts for until then, whatever becomes of a page meanwhile."""

    item: _Item
    weight: int


class _SlicePages:
    """The pages of one slice that were fetched and not yet read, and then None or what broke them off."""

    def __init__(self, stream_slice: StreamSlice) -> None:
        self.stream_slice = stream_slice
        self.ready: deque[_Ready] = deque()
        self.is_over = False


class PageFetcher:
    """Fetches the slices of one stream with a few daemon threads and hands their pages out in order, slice by slice.

    What was fetched ahead is bounded in bytes, where a page that is under way counts as much as the largest so far; only the
    slice that is being read may always go on, so that nothing can lock up. A fault in a thread is raised where its slice is
    read. Requests of a slice stay in sequence. Once yielded, a page is the reader's alone: another thread that looked at it would
    decode it at the same time.
    """

    def __init__(self, fetch_pages: FetchPages, workers: int, bytes_ahead: int = BYTES_AHEAD) -> None:
        self._fetch_pages = fetch_pages
        self._workers = workers
        self._bytes_ahead = bytes_ahead
        self._tasks: SimpleQueue[_SlicePages | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._upcoming: deque[_SlicePages] = deque()
        self._bytes_waiting = 0
        self._under_way = 0
        self._largest = 0
        self._closed = False

    def ahead(self, slices: Iterable[StreamSlice]) -> Iterator[StreamSlice]:
        """Yield the slices as they come, with up to `workers` of them already under way."""
        looked_ahead: deque[StreamSlice] = deque()
        fault: Exception | None = None
        try:
            for stream_slice in slices:
                self._start(stream_slice)
                looked_ahead.append(stream_slice)
                if len(looked_ahead) > self._workers:
                    yield looked_ahead.popleft()
        except Exception as failure:  # noqa: BLE001 - raised below: the slices before it are still read, their progress kept
            fault = failure
        yield from looked_ahead
        self.close()
        if fault:
            raise fault

    def pages(self) -> Generator[Page, None, None]:
        """The pages of the next slice: slices are read in the order in which `ahead` gave them."""
        pages = self._upcoming[0]
        try:
            # Without a name for the page here, which would keep it until the next one is there.
            yield from iter(partial(self._take, pages), None)
        finally:
            self._drop(pages)

    def skip(self) -> None:
        """Leave the next slice unread."""
        self._drop(self._upcoming[0])

    def close(self) -> None:
        """Let the threads end, and wait a little for requests under way: the next stream is not to pay for this one's."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for _ in self._threads:
            self._tasks.put(None)
        deadline = time.monotonic() + JOIN_TIMEOUT_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _start(self, stream_slice: StreamSlice) -> None:
        pages = _SlicePages(stream_slice)
        self._upcoming.append(pages)
        self._tasks.put(pages)
        if len(self._threads) < self._workers:
            thread = threading.Thread(target=self._work, name="clockify-fetch", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _take(self, pages: _SlicePages) -> Page | None:
        with self._changed:
            self._changed.wait_for(lambda: pages.ready or self._closed)
            if not pages.ready:
                raise RuntimeError("the slice was not fetched, as fetching had ended")
            item, weight = pages.ready.popleft()
            self._bytes_waiting -= weight
            self._changed.notify_all()
        if isinstance(item, BaseException):
            raise item
        return item

    def _drop(self, pages: _SlicePages) -> None:
        with self._changed:
            self._upcoming.remove(pages)
            pages.is_over = True
            while pages.ready:
                self._bytes_waiting -= pages.ready.popleft().weight
            self._changed.notify_all()

    def _work(self) -> None:
        while (pages := self._tasks.get()) is not None and not self._closed:
            fetched = self._fetch_pages(pages.stream_slice)
            while self._may_fetch(pages):
                self._put(pages, _next_of(fetched))

    def _may_fetch(self, pages: _SlicePages) -> bool:
        """Wait until the slice's next page may be fetched; False where there is none, or nobody wants it any more."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._closed
                    or pages.is_over
                    or self._bytes_waiting + self._under_way * self._largest < self._bytes_ahead
                    or (pages is self._upcoming[0] and not pages.ready)
                )
            )
            if self._closed or pages.is_over:
                return False
            self._under_way += 1
            return True

    def _put(self, pages: _SlicePages, item: _Item) -> None:
        weight = item.weight if isinstance(item, Page) else 0
        with self._changed:
            self._under_way -= 1
            self._largest = max(self._largest, weight)
            if not pages.is_over:
                pages.ready.append(_Ready(item, weight))
                self._bytes_waiting += weight
            if not isinstance(item, Page):
                pages.is_over = True
            self._changed.notify_all()


def _next_of(pages: Iterator[Page]) -> _Item:
    try:
        return next(pages, None)
    except BaseException as fault:  # noqa: BLE001 - whatever it is, it belongs to the reader of this slice
        return fault
