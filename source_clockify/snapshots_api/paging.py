"""The two ways in which the Snapshots API pages its lists. Neither lets the client choose an order."""

from collections.abc import Iterator
from dataclasses import dataclass

import requests

from source_clockify.api.endpoint import decode
from source_clockify.api.paging import Body, Fetch, repeated_page


@dataclass(frozen=True)
class CountedPages:
    """Lists with `page` (from 1) of a size that the API chooses, and `pagination` in the body: `total`, `hasNext`.

    The end is where `hasNext` is not true and as many rows have come as `total` says, else an empty page. Where the total
    falls, rows were deleted, and later ones may have moved up to a page that was read: the page before is read again.
    One page without new rows may be due to rows that were added; the same one twice, or another after it, is an error.
    `key` names the field that tells rows apart; rows may come twice.
    """

    key: str

    def walk(self, fetch: Fetch, body: Body) -> Iterator[requests.Response]:
        page, deleted = 1, 0
        known: int | None = None
        seen: set[object] = set()
        previous: set[object] = set()
        is_stale = False
        while True:
            response = fetch({"page": page})
            keys = _keys(body, response, self.key)
            was_stale, is_stale = is_stale, keys <= seen
            if keys and is_stale and (was_stale or keys == previous):
                raise repeated_page(response, page)
            yield response
            seen |= keys
            total = body.total(response)
            if page > 1 and total is not None and known is not None and total < known:
                deleted += known - total
                again = fetch({"page": page - 1})
                yield again
                seen |= _keys(body, again, self.key)
            if not keys or _is_last(response, total, len(seen) - deleted):
                return
            page, known, previous = page + 1, total, keys


@dataclass(frozen=True)
class SkippedRows:
    """Lists with `skip` and `limit` that tell neither a total nor an end: they end when a page brings nothing new.

    What is skipped is what has come, so that a page which is shorter than asked for, or moved down, leaves no gap.
    """

    key: str
    limit: int = 100

    def walk(self, fetch: Fetch, body: Body) -> Iterator[requests.Response]:
        seen: set[object] = set()
        while True:
            response = fetch({"skip": len(seen), "limit": self.limit})
            new = _keys(body, response, self.key) - seen
            if not new:
                return
            yield response
            seen |= new


def _keys(body: Body, response: requests.Response, key: str) -> set[object]:
    return {row.get(key) for row in body.rows(response)}


def _is_last(response: requests.Response, total: int | None, came: int) -> bool:
    pagination = decode(response).get("pagination")
    has_next = pagination.get("hasNext") if isinstance(pagination, dict) else None
    if has_next is True:
        return False
    return has_next is False if total is None else came >= total
