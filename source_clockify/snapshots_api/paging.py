"""The two ways in which the Snapshots API pages its lists. Neither lets the client choose an order."""

from collections.abc import Iterator
from dataclasses import dataclass

from source_clockify.api.keys import Seen
from source_clockify.api.page import Page
from source_clockify.api.paging import Fetch
from source_clockify.api.walk import Place, Walk


@dataclass(frozen=True)
class NumberedPages:
    """Lists with `page` (from 1) of a size that the API chooses: so pages cannot overlap, and are walked through again.

    `largest` is more than any page has.
    """

    largest: int = 1000

    def pages(self, fetch: Fetch, seen: Seen) -> Iterator[Page]:
        def fetch_place(place: Place) -> Page:
            return fetch({"page": place.number})

        return Walk(fetch_place, seen, self.largest, overlaps=False).pages()


@dataclass(frozen=True)
class SkippedRows:
    """Lists with `skip` and `limit` that tell neither a total nor an end: they end when a page brings nothing new."""

    limit: int = 100

    def pages(self, fetch: Fetch, seen: Seen) -> Iterator[Page]:
        def fetch_place(place: Place) -> Page:
            return fetch({"skip": place.offset, "limit": place.size})

        return Walk(fetch_place, seen, self.limit).pages()
