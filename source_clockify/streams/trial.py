"""What is refused once is not asked for again, though many threads ask at the same time."""

from collections.abc import Hashable, Iterator
from concurrent.futures import Future
from typing import Final

import requests


class Trial:
    """Slices that are refused together or not at all: the others wait for the answer to the first of them.

    `refusals` are the errors by which Clockify refuses. The others are then empty, and the first raises.
    """

    def __init__(self, *refusals: type[Exception]) -> None:
        self._refusals: Final = refusals
        self._passed: dict[Hashable, Future[bool]] = {}

    def walk(self, key: Hashable, is_first: bool, pages: Iterator[requests.Response]) -> Iterator[requests.Response]:
        """Walk the pages of a slice. `key` tells which slices stand together; the first is begun before the others."""
        passed = self._passed.setdefault(key, Future())
        if not is_first:
            yield from pages if passed.result() else ()
            return
        has_passed = True
        try:
            for page in pages:
                if not passed.done():
                    passed.set_result(True)
                yield page
        except self._refusals:
            has_passed = False
            raise
        finally:
            if not passed.done():
                passed.set_result(has_passed)
