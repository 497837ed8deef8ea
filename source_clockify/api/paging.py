"""How the pages of a list are asked for, and how the last one is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from source_clockify.api.keys import Seen
from source_clockify.api.page import Page
from source_clockify.api.walk import MOST_PAGES, MOST_ROWS, MOST_WALKS, Place, Walk, endless

Parameters = Mapping[str, Any]
Fetch = Callable[[Parameters], Page]
"""Fetches one page, given the parameters that choose it."""

LARGEST_PAGE: Final = 5000
"""The most rows that Clockify's core API gives at once; more is refused with 400."""


class Paging(Protocol):
    """A way through a list."""

    def pages(self, fetch: Fetch, seen: Seen) -> Iterator[Page]:
        """Yield the pages of one list in order, fetching each only when it is asked for. What was `seen` is not new."""
        ...


@dataclass(frozen=True)
class Unpaged:
    """Lists that ignore paging parameters: asked for a second page, they would send the first one again."""

    def pages(self, fetch: Fetch, seen: Seen) -> Iterator[Page]:
        yield fetch({}).after(seen)


@dataclass(frozen=True)
class Pages:
    """Lists with `page` (from 1) and a page size, which `size` is the largest of.

    The end is where `Last-Page` says so. Without that header it is where the total is reached, else where a page brings
    nothing new: never one that is merely short, as a server that caps the page size makes its first page look like the last.
    `most_rows` is how many a list that does not tell its length may have before it is taken for one that never ends.
    """

    size: int = LARGEST_PAGE
    size_key: str = "page-size"
    most_rows: int = MOST_ROWS

    def pages(self, fetch: Fetch, seen: Seen) -> Iterator[Page]:
        def fetch_place(place: Place) -> Page:
            return fetch({"page": place.number, self.size_key: place.size})

        return Walk(fetch_place, seen, self.size, most_rows=self.most_rows).pages()


@dataclass(frozen=True)
class Feed:
    """Lists with `page` (from 0) and `limit` whose paging cannot be relied on: they end when a page brings nothing new.

    Several pages are read again, for rows that moved up meanwhile, until that brings nothing.
    """

    limit: int = 50

    def place(self, number: int) -> Parameters:
        """What chooses a page."""
        return {"page": number, "limit": self.limit}

    def pages(self, fetch: Fetch, seen: Seen) -> Iterator[Page]:
        walked = 0
        for _ in range(MOST_WALKS):
            brought = 0
            for number in range(MOST_PAGES):
                page = fetch(self.place(number)).after(seen)
                brought += len(page.new)
                if not page.new and number >= walked:
                    break
                yield page
            else:
                raise endless(page.url)
            if number < 2 or (walked and not brought):
                return
            walked = number
