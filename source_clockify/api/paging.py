"""How the pages of a list are asked for, and how the last one is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from source_clockify.api.errors import system_error
from source_clockify.api.page import Page

Parameters = Mapping[str, Any]
Fetch = Callable[[Parameters], Page]
"""Fetches one page, given the parameters that choose it."""

LARGEST_PAGE: Final = 5000
"""The most rows that Clockify's core API gives at once; more is refused with 400."""


class Paging(Protocol):
    """A way through a list."""

    def pages(self, fetch: Fetch) -> Iterator[Page]:
        """Yield the pages of one list in order, fetching each only when it is asked for."""
        ...


def repeated_page(page: Page, number: int) -> Exception:
    """For a list that sends one page again in place of the next."""
    return system_error(
        f"The API sent the same page twice (page {number} of {page.url}): stopped, as rows would be doubled or missing."
    )


@dataclass(frozen=True)
class Unpaged:
    """Lists that ignore paging parameters: asked for a second page, they would send the first one again."""

    def pages(self, fetch: Fetch) -> Iterator[Page]:
        yield fetch({})


@dataclass(frozen=True)
class Pages:
    """Lists with `page` (from 1) and a page size.

    The end is where `Last-Page` says so. Without that header it is where the total is reached, else an empty page:
    never one that is merely short, as a server that caps the page size makes its first page look like the last.
    """

    size: int = LARGEST_PAGE
    size_key: str = "page-size"

    def pages(self, fetch: Fetch) -> Iterator[Page]:
        number, rows = 1, 0
        previous: int | None = None
        while True:
            page = fetch({"page": number, self.size_key: self.size})
            if previous is not None and page.digest == previous:
                raise repeated_page(page, number)
            previous, is_last = page.digest, page.is_last
            if is_last is None:
                found, total = len(page.rows), page.total
                rows += found
                is_last = not found or (total is not None and rows >= total)
            yield page
            del page  # which would be kept until the next one is there
            if is_last:
                return
            number += 1


@dataclass(frozen=True)
class Feed:
    """Lists with `page` (from 0) and `limit` whose paging cannot be relied on: they end when a page brings nothing new."""

    limit: int = 50

    def pages(self, fetch: Fetch) -> Iterator[Page]:
        number = 0
        seen: set[int] = set()
        while True:
            page = fetch({"page": number, "limit": self.limit})
            new = {hash(orjson.dumps(row)) for row in page.rows} - seen
            if not new:
                return
            yield page
            seen |= new
            number += 1
