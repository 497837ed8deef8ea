"""A walk through the pages of a list that may change meanwhile.

Lists are paged by offset, so a row that vanishes from a page that was read pulls the later ones up, past the reader.
Therefore each page overlaps the one before: where it begins with a row that was seen, no row was left out.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import Endless, TooLarge, system_error
from source_clockify.api.keys import Seen
from source_clockify.api.page import Page

logger = logging.getLogger("airbyte")

MOST_WALKS: Final = 3
MOST_PAGES: Final = 1000
MOST_ROWS: Final = 500_000
"""A list that has more pages, and if they are as large as can be more rows, is taken for one that never ends: unless it told
how many there are, or is declared to have more.
"""
MOST_ROWS_TOLD: Final = 100_000_000
"""No list is believed to have more."""
SMALLEST_PAGE: Final = 10
"""Of fewer rows none is asked for, where larger pages are too large: no row has a tenth of what an answer may have."""
STALE_PAGES: Final = 3
"""So many pages in a row may bring nothing new, where rows were put in front of them."""
UNRELATED_PAGES: Final = 50
"""So many pages in a row may hold no row that was seen, in a list that has no order."""


@dataclass(frozen=True)
class Place:
    """A page of a list by its number, from 1, and its size."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size

    @classmethod
    def overlapping(cls, read: int, largest: int) -> "Place":
        """The page that begins with the last row read, or before it, and brings the most rows after it."""
        size = max(range(largest, largest // 2, -1), key=lambda size: size - 1 - (read - 1) % size)
        return cls((read - 1) // size + 1, size)

    @classmethod
    def adjoining(cls, read: int, largest: int) -> "Place":
        """The page that begins after the last row read; before it, where no page begins there."""
        return cls(read // largest + 1, largest)


class Walk:
    """The way from the first page of a list to the last. `largest` is how many rows may be asked for at once.

    `most_rows` is how many the list may have without telling. `overlaps`: whether pages can overlap, as they cannot where the
    host alone chooses their size. A list in which a row may have moved from what was not read yet to what was is walked through
    again, for the rows that were not seen.
    """

    def __init__(
        self,
        fetch: Callable[[Place], Page],
        seen: Seen,
        largest: int,
        *,
        most_rows: int = MOST_ROWS,
        overlaps: bool = True,
    ) -> None:
        self._fetch = fetch
        self._seen = seen
        self._largest = largest
        self._most_rows = most_rows
        self._overlaps = overlaps
        self._size = largest
        self._read = 0
        """Rows from the beginning of the list to the end of the page that was taken last."""
        self._furthest = 0
        self._brought = 0
        self._expected = 0
        """Rows of the list, as its first page told it."""
        self._twice = 0
        self._has_restarted = False
        self._has_warned = False
        self._url = ""
        self._back = 1
        self._stale = self._unrelated = 0
        self._last: tuple[Place, Sequence[str]] | None = None
        self._repeats = 0
        self._is_doubtful = False
        self._was_told_of_more = False
        self._excess = ""
        """Why smaller pages are asked for than at first."""

    def pages(self) -> Iterator[Page]:
        """Yield the pages, in all of which a row is new once.

        Raises:
            AirbyteTracedException: system error where the list contradicts itself, or has no end.
        """
        for _ in range(MOST_WALKS):
            yield from self._once()
            if not self._is_doubtful:
                return
            if self._seen.has_forgotten:  # and would double what it has forgotten
                break
        self._warn_of_disorder()

    def _once(self) -> Iterator[Page]:
        self._is_doubtful, self._read, self._twice, self._last = False, 0, 0, None
        self._was_told_of_more = False
        place = Place(1, self._largest)
        for number in count():
            if number >= self._most_pages:
                raise endless(self._url)
            place, page = self._ask(place)
            self._url = page.url
            if number == 0 and page.is_last and page.total is None:
                yield page  # not decoded yet, which is left to whoever reads it
                return
            if len(page.rows) > place.size:  # the host chooses the size itself
                self._overlaps, self._largest = False, len(page.rows)
                place = Place(place.number, self._largest)
            if self._overlaps and self._begins_too_late(place, page):
                place = self._step_back()
                continue
            is_over = self._take(place, page)
            yield page
            if is_over:
                return
            del page  # which would be kept until the next one is there
            place = self._next(place)

    def _ask(self, place: Place) -> tuple[Place, Page]:
        """Fetch a page. Where it is too large, one of half as many rows, which has its first row; so are all later ones.

        Raises:
            TooLarge: where the host alone chooses the size, or a page of few rows is too large.
        """
        try:
            page = self._fetch(place).after(self._seen)
        except TooLarge as excess:
            if not self._overlaps:
                raise
            self._excess = excess.said  # without the error, whose frames hold the answer
        else:
            if self._excess and place.offset and len(page.rows) > place.size:  # the host chooses: these are other rows
                raise _too_large(self._excess, place)
            return place, page
        if place.size <= SMALLEST_PAGE:
            raise _too_large(self._excess, place)
        self._size = self._largest = max(place.size // 2, SMALLEST_PAGE)
        logger.info(f"{self._excess}: pages of {self._largest:,} rows are asked for instead of {place.size:,}.")
        return self._ask(Place.overlapping(place.offset + 1, self._largest))

    @property
    def _most_pages(self) -> int:
        """More are no walk with an end. Each page brings at least half of what it may have: see `Place.overlapping`."""
        rows = 0 if self._largest < self._size else self._most_rows
        return max(MOST_PAGES, rows // self._size, 2 * min(self._expected, MOST_ROWS_TOLD) // self._largest)

    def _begins_too_late(self, place: Place, page: Page) -> bool:
        """Whether none of the rows that were read is where the page begins: some were pulled up and are not on it."""
        return 0 < place.offset < self._read and not (page.keys and page.keys[0] in self._seen)

    def _step_back(self) -> Place:
        """A page that begins earlier, the further the more often it is asked for: at the furthest the first one, once."""
        self._back *= 2
        if self._back < min(self._read, Seen.KEPT):
            return Place.overlapping(self._read - self._back, self._largest)
        if self._has_restarted or self._seen.has_forgotten:
            self._overlaps = False
            self._warn_of_disorder()
            return Place.adjoining(self._read, self._largest)
        self._has_restarted, self._read = True, 0
        return Place(1, self._largest)

    def _warn_of_disorder(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                f"{self._url}: rows change places while they are read, so some may be missing until the next sync."
            )

    def _next(self, place: Place) -> Place:
        if not self._overlaps and place.size == self._largest:
            return Place(place.number + 1, place.size)
        following = Place.overlapping(self._read, self._largest)
        if self._overlaps and following.offset + following.size > self._read:
            return following
        return Place.adjoining(self._read, self._largest)  # of a handful of rows none may be left for an overlap

    def _take(self, place: Place, page: Page) -> bool:
        """Note what a page brings; returns whether it is the last."""
        self._require_another(place, page)
        distinct = len(set(page.keys))
        before, self._read = self._read, place.offset + len(page.rows)
        was_walked = self._read <= self._furthest
        if was_walked:
            self._is_doubtful |= bool(page.new)
        else:
            is_apart = bool(page.rows) and 0 < place.offset >= before
            is_pushed = distinct - len(page.new) > max(0, self._furthest - place.offset)
            self._is_doubtful |= is_apart or is_pushed
            self._furthest = self._read
        self._brought += len(page.new)
        self._twice += len(page.rows) - distinct
        is_last = self._is_said_to_be_last(page)
        self._is_doubtful |= self._was_told_of_more and not page.rows  # they moved up, then
        self._was_told_of_more = is_last is False
        if is_last or (is_last is None and not page.new and len(page.rows) < place.size):
            self._is_doubtful |= self._brought < self._read - self._twice
            return True
        if place.offset == 0:  # a page that is short and not the last shows how many the host gives at once
            self._expected = page.total or 0
            self._largest = min(self._largest, max(len(page.rows), 1))
        self._unrelated = 0 if len(page.new) < distinct else self._unrelated + 1
        if self._has_restarted and not self._overlaps and self._unrelated > UNRELATED_PAGES:
            raise endless(page.url)
        if was_walked:
            self._stale = 0 if page.new or self._read > before else self._stale + 1
        elif page.new:
            self._stale, self._back = 0, 1
        elif len(page.rows) < place.size:
            raise contradiction(page.url, f"goes on after {self._read} rows, and brings no more")
        else:
            self._stale += 1
        if self._stale > STALE_PAGES:
            raise _repeated(place, page)
        return False

    def _require_another(self, place: Place, page: Page) -> None:
        """Raise where a page is the one before again: once, as many rows may have been put in front as the page went on."""
        last, self._last = self._last, (place, page.keys)
        is_repeated = bool(page.keys) and last is not None and last[0].offset != place.offset and last[1] == page.keys
        self._repeats += is_repeated
        if self._repeats > 1:
            raise _repeated(place, page)

    def _is_said_to_be_last(self, page: Page) -> bool | None:
        """What a page says of the end, or the total; None where neither says anything that can be true."""
        total = page.total
        if total is None or total < self._read:  # else it counts something else
            return page.is_last
        if page.is_last and total > self._read:
            raise contradiction(page.url, f"has {total} rows, and ends after {self._read}")
        return total == self._read if page.is_last is None else page.is_last


def _repeated(place: Place, page: Page) -> AirbyteTracedException:
    return system_error(
        f"The API sent the same page twice (page {place.number} of {page.url}): stopped, as rows would be doubled or missing."
    )


def _too_large(said: str, place: Place) -> TooLarge:
    return TooLarge(
        f"{said}: nothing was read from it, though no more than {place.size} rows were asked for. The API has changed, or a "
        "proxy in between answers in its place."
    )


def endless(url: str) -> Endless:
    """For a list that goes on and on."""
    return Endless(_words(url, "never ends"))


def contradiction(url: str, what: str) -> AirbyteTracedException:
    """For a list that is not what it says of itself."""
    return system_error(_words(url, what))


def _words(url: str, what: str) -> str:
    return f"The list {url} {what}: the API has changed, or a proxy answers in its place. Stopped, as rows would be missing."
