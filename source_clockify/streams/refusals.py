"""What is refused once is not asked for again, though many threads ask at the same time."""

from collections.abc import Hashable, Iterator
from concurrent.futures import Future
from typing import Final

from source_clockify.api.page import Page


class SharedRefusal:
    """Slices that are refused together or not at all: one of them asks, and the others wait for its answer.

    `refusals` are the errors by which Clockify refuses. The one that the asking slice meets is raised by all others too. A
    slice that breaks off for another reason before its first page has learned nothing: the next one asks.
    """

    def __init__(self, *refusals: type[Exception]) -> None:
        self._refusals: Final = refusals
        self._answers: dict[Hashable, Future[Exception | None]] = {}

    def pages(self, key: Hashable, pages: Iterator[Page]) -> Iterator[Page]:
        """The pages of a slice. `key` tells which slices stand together."""
        mine: Future[Exception | None] = Future()
        answer = self._answers.setdefault(key, mine)
        if answer is not mine:
            if refusal := answer.result():
                raise refusal
            yield from pages
            return
        try:
            for page in pages:
                _settle(answer, None)
                yield page
            _settle(answer, None)  # a feed in which nothing happened has no page
        except self._refusals as refusal:
            _settle(answer, refusal)
            raise
        finally:
            if not answer.done():
                del self._answers[key]
                answer.set_result(None)


def _settle(answer: Future[Exception | None], refusal: Exception | None) -> None:
    if not answer.done():
        answer.set_result(refusal)
