"""What tells the rows of a list apart: declared with the endpoint, for the walk through its pages and for the records."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final

from source_clockify.api.decoding import encode

Row = dict[str, Any]
Keys = tuple[str | int, ...]
"""The way to a value in a body."""
RowKey = Callable[[Row], object]
"""Gives the key of a row: a text that is not empty, or something else where the row has none."""


def at(body: Any, keys: Keys) -> Any:
    """What some keys lead to in a body; None where they lead nowhere."""
    for key in keys:
        try:
            body = body[key]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def text_at(body: Any, *keys: str) -> str | None:
    """The text that some keys lead to; None where there is none, or something else."""
    value = at(body, keys)
    return value if isinstance(value, str) else None


def by(*keys: str) -> RowKey:
    """The field that some keys lead to."""
    return lambda row: at(row, keys)


BY_ID: Final = by("id")


def whole(row: Row) -> str:
    """A hash of the row, for lists whose rows have no id: two that are equal in everything are one."""
    return hashlib.sha256(encode(row, sort_keys=True).encode()).hexdigest()


class Seen:
    """Which rows a walk has met, by the hashes of their keys: the latest of them, a hundred thousand at most."""

    KEPT: Final = 50_000

    def __init__(self) -> None:
        self._latest: set[int] = set()
        self._earlier: set[int] = set()
        self.has_forgotten = False

    def __contains__(self, key: str) -> bool:
        return (hashed := hash(key)) in self._latest or hashed in self._earlier

    def add(self, keys: Iterable[str]) -> None:
        if len(self._latest) >= self.KEPT:
            self.has_forgotten = bool(self._earlier)
            self._earlier, self._latest = self._latest, set()
        self._latest.update(map(hash, keys))
