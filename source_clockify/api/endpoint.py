"""A list operation of the API, declared as data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import orjson
import requests

from source_clockify.api.errors import broken_body, system_error
from source_clockify.api.paging import Fetch, Pages, Paging, Parameters

Row = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """Where a list is, how it is paged and where its rows stand in the body.

    `path` is relative to the host's base and names the parts of a slice in braces. `query` holds fixed parameters;
    `variants` are sets of them that have to be asked for one after the other, where no single request gives the whole
    list. `rows_at` and `total_at` are the keys that lead to the rows and to their number; no keys: the body is the array
    itself, or with `is_single` the one row. Parameters of a POST go into its body, which the stream makes.
    """

    path: str
    paging: Paging = field(default_factory=Pages)
    query: Parameters = field(default_factory=dict)
    variants: tuple[Parameters, ...] = ({},)
    rows_at: tuple[str | int, ...] = ()
    total_at: tuple[str | int, ...] = ()
    is_single: bool = False
    method: Literal["GET", "POST"] = "GET"
    host: Literal["core", "reports", "audit_log"] = "core"

    def lighter(self, paging: Paging, query: Parameters) -> "Endpoint":
        """The same list with less in each row, for those who need only ids."""
        return replace(self, paging=paging, query={**self.query, **query})

    def walk(
        self,
        fetch: Fetch,
        is_enough: Callable[[requests.Response], bool] = lambda _: False,
    ) -> Iterator[requests.Response]:
        """Yield the list's pages. `is_enough` may end a variant early, after the page that it is asked about."""
        for variant in self.variants:
            query = {**self.query, **variant}
            for response in self.paging.walk(partial(_fetch_page, fetch, query), self):
                yield response
                if is_enough(response):
                    break

    def rows(self, response: requests.Response) -> list[Row]:
        """The rows of one page.

        Raises:
            AirbyteTracedException: system error where the body has another shape: the API has changed. Transient error
                where it is no JSON.
        """
        body = decode(response)
        rows = [body] if self.is_single else _at(body, self.rows_at)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.wrong_shape(response)
        return rows

    def wrong_shape(self, response: requests.Response) -> Exception:
        return system_error(
            f"The answer to {response.url.partition('?')[0]} is not of the expected shape: the API has changed, "
            "or a proxy answers in its place. Nothing was read from it."
        )

    def total(self, response: requests.Response) -> int | None:
        """The number of rows in the whole list, from the body or the `total-count` header; None: not told."""
        body = _at(decode(response), self.total_at) if self.total_at else None
        total = str(response.headers.get("total-count") if body is None else body)
        return int(total) if total.isdigit() else None


def decode(response: requests.Response) -> Any:
    """The JSON of a body.

    Raises:
        AirbyteTracedException: transient error where it is broken in a way that the session does not notice.
    """
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError as fault:
        raise broken_body(response) from fault


def _fetch_page(fetch: Fetch, query: Parameters, page: Parameters) -> requests.Response:
    return fetch({**query, **page})


def _at(body: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        try:
            body = body[key]
        except (KeyError, IndexError, TypeError):
            return None
    return body
