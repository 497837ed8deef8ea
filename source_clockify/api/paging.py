"""How the pages of a list are asked for, and how the last one is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import requests

from source_clockify.api.errors import system_error

Fetch = Callable[[Mapping[str, str]], requests.Response]
"""Fetches one page, given the query parameters that choose it."""
Measure = Callable[[requests.Response], tuple[int, int | None]]
"""Counts the rows on a page, and reads the total of the whole list where the answer tells it."""

LARGEST_PAGE: Final = 5000
"""The most rows that Clockify's core API gives at once; more is refused with 400."""


class Paging(Protocol):
    """A way to walk through a list."""

    def walk(self, fetch: Fetch, measure: Measure) -> Iterator[requests.Response]:
        """Yield the answers of one list in order, fetching each only when it is asked for."""
        ...


@dataclass(frozen=True)
class Unpaged:
    """Lists that ignore paging parameters: asked for a second page, they would send the first one again."""

    def walk(self, fetch: Fetch, measure: Measure) -> Iterator[requests.Response]:
        yield fetch({})


@dataclass(frozen=True)
class Pages:
    """Lists with `page` (from 1) and `page-size`.

    The end is where `Last-Page` says so. Without that header it is where the total is reached, else an empty page: never
    one that is merely short, as a server that caps the page size makes its first page look like the last.
    """

    size: int = LARGEST_PAGE

    def walk(self, fetch: Fetch, measure: Measure) -> Iterator[requests.Response]:
        page, rows, previous = 1, 0, b""
        while True:
            response = fetch({"page": str(page), "page-size": str(self.size)})
            if response.content == previous:
                raise system_error(
                    f"Clockify sent the same page twice (page {page} of {response.url.partition('?')[0]}): "
                    "stopped, as rows would be doubled or missing."
                )
            yield response
            previous = response.content
            match response.headers.get("Last-Page", "").lower():
                case "true":
                    return
                case "false":
                    pass
                case _:
                    found, total = measure(response)
                    rows += found
                    if not found or (total is not None and rows >= total):
                        return
            page += 1
