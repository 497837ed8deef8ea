"""A page of a list: the one place where a body is decoded, once, and taken apart."""

from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from typing import Any

import ijson
import orjson
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import ApiError, system_error

Row = dict[str, Any]
Keys = tuple[str | int, ...]


class Page:
    """One answer of a list. It is decoded when its rows or its total are first asked for.

    `rows_at` and `total_at` are the keys that lead to the rows and to the number of rows in the whole list; no keys: the
    body is the array itself, or with `is_single` the one row.
    """

    def __init__(
        self, response: requests.Response, rows_at: Keys = (), total_at: Keys = (), is_single: bool = False
    ) -> None:
        self._response = response
        self._rows_at = rows_at
        self._total_at = total_at
        self._is_single = is_single
        self.size = len(response.content)
        """In bytes."""

    @cached_property
    def body(self) -> Any:
        """The JSON of the answer.

        Raises:
            ApiError: transient error where it is broken in a way that the session does not notice.
        """
        try:
            return orjson.loads(self._response.content)
        except orjson.JSONDecodeError as fault:
            host = self.url.split("/")[2]
            raise ApiError(
                f"A body of {host} is broken in the middle: try again later, or look for a proxy in between.",
                FailureType.transient_error,
            ) from fault

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of the page.

        Raises:
            AirbyteTracedException: system error where the body has another shape: the API has changed.
        """
        rows = [self.body] if self._is_single else at(self.body, self._rows_at)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.wrong_shape()
        return rows

    def each_row(self) -> Iterator[Row]:
        """The rows of an array one by one, for those that are too large to be held together; raises as `rows` does."""
        try:
            if not self._response.content.lstrip().startswith(b"["):
                raise self.wrong_shape()
            for row in ijson.items(BytesIO(self._response.content), "item", use_float=True):
                if not isinstance(row, dict):
                    raise self.wrong_shape()
                yield row
        except ijson.JSONError as fault:
            raise self.wrong_shape() from fault

    @property
    def total(self) -> int | None:
        """The number of rows in the whole list, from the body or the `total-count` header; None: not told."""
        told = at(self.body, self._total_at) if self._total_at else None
        total = str(self._response.headers.get("total-count") if told is None else told)
        return int(total) if total.isdigit() else None

    @property
    def is_last(self) -> bool | None:
        """What the `Last-Page` header says; None where there is no such header."""
        return {"true": True, "false": False}.get(self._response.headers.get("Last-Page", "").lower())

    @property
    def url(self) -> str:
        """Where the page is from, without parameters."""
        return self._response.url.partition("?")[0]

    @property
    def digest(self) -> int:
        """The same for the same body."""
        return hash(self._response.content)

    def wrong_shape(self) -> AirbyteTracedException:
        return system_error(
            f"The answer to {self.url} is not of the expected shape: the API has changed, or a proxy answers in its place. "
            "Nothing was read from it."
        )


def at(body: Any, keys: Keys) -> Any:
    """What some keys lead to in a body; None where they lead nowhere."""
    for key in keys:
        try:
            body = body[key]
        except (KeyError, IndexError, TypeError):
            return None
    return body
