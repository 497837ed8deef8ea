"""A list operation of an API, declared as data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import requests

from source_clockify.api.keys import BY_ID, Keys, RowKey, Seen
from source_clockify.api.page import Page
from source_clockify.api.paging import Fetch, Pages, Paging, Parameters


@dataclass(frozen=True)
class Endpoint:
    """Where a list is, how it is paged and where its rows stand in the body.

    `path` is relative to the host's base and names the parts of a slice in braces; `sends` names those that are parameters.
    `query` holds fixed parameters; `variants` are sets of them that have to be asked for one after the other, where no single
    request gives the whole list. `rows_at`, `rows_else_at`, `total_at`, `more_at`, `is_single` and `key` are a Page's; without a
    key only the path tells a row apart. Parameters of a POST go into its body, which the stream makes.
    """

    path: str
    paging: Paging = field(default_factory=Pages)
    query: Parameters = field(default_factory=dict)
    variants: tuple[Parameters, ...] = ({},)
    sends: tuple[str, ...] = ()
    rows_at: Keys = ()
    rows_else_at: Keys = ()
    total_at: Keys = ()
    is_single: bool = False
    more_at: Keys = ()
    key: RowKey | None = BY_ID
    method: Literal["GET", "POST"] = "GET"
    host: Literal["core", "reports", "audit_log"] = "core"

    def ids_only(self, paging: Paging, query: Parameters) -> "Endpoint":
        """The same list with less in each row, for those who need only ids."""
        return replace(self, paging=paging, query={**self.query, **query})

    def page(self, response: requests.Response) -> Page:
        """An answer as a page of this list."""
        return Page(
            response,
            self.rows_at,
            self.total_at,
            self.is_single,
            self.key,
            self.more_at,
            rows_else_at=self.rows_else_at,
        )

    def pages(self, fetch: Fetch, judge: Callable[[], Callable[[Page], bool]] = lambda: _goes_on) -> Iterator[Page]:
        """Yield the list's pages, in all of which a row is new once.

        `judge` gives for each variant what may end it early, after the page that it is asked about.
        """
        seen = Seen()
        for variant in self.variants:
            query, is_enough = {**self.query, **variant}, judge()
            for page in self.paging.pages(partial(_fetch_page, fetch, query), seen):
                enough = is_enough(page)
                if len(self.variants) > 1:
                    page.settle()
                yield page
                del page
                if enough:
                    break

    def parameters(self, stream_slice: Mapping[str, Any], page: Parameters) -> dict[str, Any]:
        """What is sent with a request for a page of a slice."""
        return {**page, **{name: stream_slice[name] for name in self.sends if name in stream_slice}}


def _goes_on(_: Page) -> bool:
    return False


def _fetch_page(fetch: Fetch, query: Parameters, page: Parameters) -> Page:
    return fetch({**query, **page})
