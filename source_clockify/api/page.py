"""A page of a list: the one place where a body is decoded, once, and taken apart."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from io import BytesIO
from typing import Any, Final

import ijson
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.decoding import LONG, decode
from source_clockify.api.errors import ApiError, system_error
from source_clockify.api.keys import Keys, Row, RowKey, Seen, at
from source_clockify.api.words import host_of

DECODED: Final = 5
"""Memory of rows beside that of the text they were decoded from."""

_ESCAPED_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class Page:
    """One answer of a list. It is decoded when its rows or its total are first asked for.

    `rows_at` and `total_at` are the keys that lead to the rows and to the number of rows in the whole list; no keys: the
    body is the array itself, or with `is_single` the one row. `rows_else_at` leads to the rows where the host names them
    otherwise. `more_at` leads to whether there are more pages, where no header says it. `key` tells rows apart; None: they are
    not told apart.
    """

    def __init__(
        self,
        response: requests.Response,
        rows_at: Keys = (),
        total_at: Keys = (),
        is_single: bool = False,
        key: RowKey | None = None,
        more_at: Keys = (),
        rows_else_at: Keys = (),
    ) -> None:
        self._content = response.content
        self._headers = response.headers
        self._rows_at = rows_at
        self._rows_else_at = rows_else_at
        self._total_at = total_at
        self._is_single = is_single
        self._key = key
        self._more_at = more_at
        self._seen = Seen()
        self.url = str(response.url).partition("?")[0]
        """Where the page is from, without parameters."""
        self.size = len(self._content)
        """Of the body, in bytes."""

    @cached_property
    def body(self) -> Any:
        """The JSON of the answer.

        Raises:
            ApiError: transient error where it is broken in a way that the session does not notice.
        """
        try:
            return decode(self._content)
        except ValueError as fault:
            raise ApiError(
                f"A body of {host_of(self.url)} is broken in the middle: try again later, or look for a proxy in between.",
                FailureType.transient_error,
            ) from fault
        finally:
            self._content = b""  # of no more use, and as large as a part of the rows

    @property
    def weight(self) -> int:
        """Memory that the page takes, in bytes: more once it is decoded."""
        return self.size * (DECODED if "body" in vars(self) else 1)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the page.

        Raises:
            AirbyteTracedException: system error where the body has another shape: the API has changed.
        """
        rows = [self.body] if self._is_single else at(self.body, self._rows_at)
        if rows is None and self._rows_else_at:
            rows = at(self.body, self._rows_else_at)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.wrong_shape()
        return rows

    @cached_property
    def keys(self) -> Sequence[str]:
        """The keys of the rows; their places where they are not told apart.

        Raises:
            AirbyteTracedException: system error where a row has none: it could not be told from another, now or later.
        """
        return [self._key_of(row, place) for place, row in enumerate(self.rows, start=1)]

    def _key_of(self, row: Row, place: int) -> str:
        key = self._key(row) if self._key else str(place)
        if isinstance(key, str) and key:
            return key
        raise system_error(
            f"Row {place} of {self.url} has no id by which it could be told apart ({str(key)[:40]!r}): the API has changed, "
            "or a proxy answers in its place. Nothing was read from this page."
        )

    def after(self, seen: Seen) -> "Page":
        """The same page, as one that follows on what was seen."""
        self._seen = seen
        return self

    @cached_property
    def new(self) -> list[Row]:
        """The rows that come with this page first, each once. They count as seen from then on."""
        new = {key: row for key, row in zip(self.keys, self.rows, strict=True) if key not in self._seen}
        self._seen.add(new)
        return list(new.values())

    def settle(self) -> None:
        """Say now which rows are new, and not when they are read: for pages on which a walk follows that asks what was seen."""
        _ = self.new

    def each_row(self) -> Iterator[Row]:
        """The rows of an array one by one, for those that are too large to be held together; raises as `rows` does."""
        if not self._content.lstrip().startswith(b"["):
            raise self.wrong_shape()
        for place, row in enumerate(self._one_by_one(), start=1):
            if not isinstance(row, dict):
                raise self.wrong_shape()
            if (key := self._key_of(row, place)) not in self._seen:
                self._seen.add([key])
                yield row

    def _one_by_one(self) -> Iterator[Any]:
        if _ESCAPED_HALF.search(self._content):  # of which ijson makes question marks
            yield from self.rows
            return
        came = 0
        try:
            for row in ijson.items(BytesIO(self._content), "item", use_float=True):
                came += 1
                yield row
        except ijson.JSONError:  # which it has less patience with than `decode`
            yield from self.rows[came:]

    @property
    def total(self) -> int | None:
        """The number of rows in the whole list, from the body or the `total-count` header; None: not told."""
        told = at(self.body, self._total_at) if self._total_at else None
        total = str(self._headers.get("total-count") if told is None else told)
        return int(total) if total.isascii() and total.isdigit() and len(total) < LONG else None

    @property
    def is_last(self) -> bool | None:
        """What the `Last-Page` header says, or the body; None where neither says it."""
        told = self._headers.get("Last-Page", "").strip().lower()
        has_more = at(self.body, self._more_at) if self._more_at else None
        return not has_more if isinstance(has_more, bool) else {"true": True, "false": False}.get(told)

    def wrong_shape(self) -> AirbyteTracedException:
        return system_error(
            f"The answer to {self.url} is not of the expected shape: the API has changed, or a proxy answers in its place. "
            "Nothing was read from it."
        )
