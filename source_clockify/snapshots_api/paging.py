"""The two ways in which the Snapshots API pages its lists. Neither lets the client choose an order."""

from collections.abc import Iterator
from dataclasses import dataclass

from source_clockify.api.page import Page, at
from source_clockify.api.paging import Fetch, repeated_page


@dataclass(frozen=True)
class CountedPages:
    """Lists with `page` (from 1) of a size that the API chooses, and `pagination` in the body: `total`, `hasNext`.

    The end is where `hasNext` is not true and as many rows have come as `total` says, else an empty page. Where the total
    falls, rows were deleted, and later ones may have moved up to a page that was read: the page before is read again.
    One page without new rows may be due to rows that were added; the same one twice, or another after it, is an error.
    `key` names the field that tells rows apart; rows may come twice.
    """

    key: str

    def pages(self, fetch: Fetch) -> Iterator[Page]:
        number, deleted = 1, 0
        known: int | None = None
        seen: set[object] = set()
        previous: set[object] = set()
        is_stale = False
        while True:
            page = fetch({"page": number})
            keys = _keys(page, self.key)
            was_stale, is_stale = is_stale, keys <= seen
            if keys and is_stale and (was_stale or keys == previous):
                raise repeated_page(page, number)
            yield page
            seen |= keys
            total = page.total
            if number > 1 and total is not None and known is not None and total < known:
                deleted += known - total
                again = fetch({"page": number - 1})
                yield again
                seen |= _keys(again, self.key)
            if not keys or _is_last(page, len(seen) - deleted):
                return
            number, known, previous = number + 1, total, keys


@dataclass(frozen=True)
class SkippedRows:
    """Lists with `skip` and `limit` that tell neither a total nor an end: they end when a page brings nothing new.

    What is skipped is what has come, so that a page which is shorter than asked for, or moved down, leaves no gap.
    """

    key: str
    limit: int = 100

    def pages(self, fetch: Fetch) -> Iterator[Page]:
        seen: set[object] = set()
        while True:
            page = fetch({"skip": len(seen), "limit": self.limit})
            new = _keys(page, self.key) - seen
            if not new:
                return
            yield page
            seen |= new


def _keys(page: Page, key: str) -> set[object]:
    return {row.get(key) for row in page.rows}


def _is_last(page: Page, came: int) -> bool:
    has_next = at(page.body, ("pagination", "hasNext"))
    if has_next is True:
        return False
    return has_next is False if page.total is None else came >= page.total
