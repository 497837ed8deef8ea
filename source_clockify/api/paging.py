"""How the pages of a list are asked for, and how the last one is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson
import requests

from source_clockify.api.errors import system_error

Parameters = Mapping[str, Any]
Fetch = Callable[[Parameters], requests.Response]
"""Fetches one page, given the parameters that choose it."""

LARGEST_PAGE: Final = 5000
"""The most rows that Clockify's core API gives at once; more is refused with 400."""


class Body(Protocol):
    """Knows where the rows stand in an answer, and the number of rows in the whole list if the answer tells it."""

    def rows(self, response: requests.Response) -> list[dict[str, Any]]: ...

    def total(self, response: requests.Response) -> int | None: ...


class Paging(Protocol):
    """A way to walk through a list."""

    def walk(self, fetch: Fetch, body: Body) -> Iterator[requests.Response]:
        """Yield the answers of one list in order, fetching each only when it is asked for."""
        ...


def repeated_page(response: requests.Response, page: int) -> Exception:
    """For a list that sends one page again in place of the next."""
    return system_error(
        f"The API sent the same page twice (page {page} of {response.url.partition('?')[0]}): "
        "stopped, as rows would be doubled or missing."
    )


@dataclass(frozen=True)
class Unpaged:
    """Lists that ignore paging parameters: asked for a second page, they would send the first one again."""

    def walk(self, fetch: Fetch, body: Body) -> Iterator[requests.Response]:
        yield fetch({})


@dataclass(frozen=True)
class Pages:
    """Lists with `page` (from 1) and a page size.

    The end is where `Last-Page` says so. Without that header it is where the total is reached, else an empty page:
    never one that is merely short, as a server that caps the page size makes its first page look like the last.
    """

    size: int = LARGEST_PAGE
    size_key: str = "page-size"

    def walk(self, fetch: Fetch, body: Body) -> Iterator[requests.Response]:
        page, rows = 1, 0
        previous: int | None = None
        while True:
            response = fetch({"page": page, self.size_key: self.size})
            if previous is not None and hash(response.content) == previous:
                raise repeated_page(response, page)
            yield response
            match response.headers.get("Last-Page", "").lower():
                case "true":
                    return
                case "false":
                    pass
                case _:
                    found, total = len(body.rows(response)), body.total(response)
                    rows += found
                    if not found or (total is not None and rows >= total):
                        return
            previous = hash(response.content)
            page += 1


@dataclass(frozen=True)
class Feed:
    """Lists with `page` (from 0) and `limit` whose paging cannot be relied on: they end when a page brings nothing new."""

    limit: int = 50

    def walk(self, fetch: Fetch, body: Body) -> Iterator[requests.Response]:
        page = 0
        seen: set[int] = set()
        while True:
            response = fetch({"page": page, "limit": self.limit})
            new = {hash(orjson.dumps(row)) for row in body.rows(response)} - seen
            if not new:
                return
            yield response
            seen |= new
            page += 1
