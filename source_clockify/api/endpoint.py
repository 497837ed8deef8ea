"""A list operation of the API, declared as data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import Any

import orjson
import requests

from source_clockify.api.errors import system_error
from source_clockify.api.paging import Fetch, Pages, Paging

Row = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """Where a list is, how it is paged and where its rows stand in the body.

    `path` is relative to the API's base and names the parts of a slice in braces. `variants` are sets of query parameters
    that have to be asked for one after the other, where no single request gives the whole list. `rows_at` and `total_at`
    are the keys that lead to the rows and to their number; no keys: the body is the array itself.
    """

    path: str
    paging: Paging = field(default_factory=Pages)
    query: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Mapping[str, str], ...] = ({},)
    rows_at: tuple[str, ...] = ()
    total_at: tuple[str, ...] = ()

    def lighter(self, paging: Paging, **query: str) -> "Endpoint":
        """The same list with less in each row, for those who need only ids."""
        hyphenated = {key.replace("_", "-"): value for key, value in query.items()}
        return replace(self, paging=paging, query={**self.query, **hyphenated})

    def walk(
        self,
        fetch: Fetch,
        is_enough: Callable[[requests.Response], bool] = lambda _: False,
    ) -> Iterator[requests.Response]:
        """Yield the list's pages. `is_enough` may end a variant early, after the page that it is asked about."""
        for variant in self.variants:
            query = {**self.query, **variant}
            for response in self.paging.walk(partial(_fetch_page, fetch, query), self._measure):
                yield response
                if is_enough(response):
                    break

    def rows(self, response: requests.Response) -> list[Row]:
        """The rows of one page.

        Raises:
            AirbyteTracedException: system error where the body has another shape: the API has changed.
        """
        rows = _at(orjson.loads(response.content), self.rows_at)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.wrong_shape(response)
        return rows

    def wrong_shape(self, response: requests.Response) -> Exception:
        return system_error(
            f"Clockify's answer to {response.url.partition('?')[0]} is not of the expected shape: the API has changed, "
            "or a proxy answers in its place. Nothing was read from it."
        )

    def _measure(self, response: requests.Response) -> tuple[int, int | None]:
        total = str(_at(orjson.loads(response.content), self.total_at) if self.total_at else _total_header(response))
        return len(self.rows(response)), int(total) if total.isdigit() else None


def _fetch_page(fetch: Fetch, query: Mapping[str, str], page: Mapping[str, str]) -> requests.Response:
    return fetch({**query, **page})


def _total_header(response: requests.Response) -> str | None:
    return response.headers.get("total-count")


def _at(body: Any, keys: tuple[str, ...]) -> Any:
    return reduce(lambda part, key: part.get(key) if isinstance(part, dict) else None, keys, body)
