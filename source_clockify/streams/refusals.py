"""What is refused once is not asked for again, though many threads ask at the same time."""

from collections.abc import Hashable, Iterator
from concurrent.futures import CancelledError, Future
from typing import Final

from source_clockify.api.errors import Gone
from source_clockify.api.page import Page


class SharedRefusal:
    """Slices that are refused together or not at all: one of them asks, and the others wait for its answer.

    `refusals` are the errors by which Clockify refuses. The one that the asking slice meets is raised by all others too. A
    slice that breaks off for another reason before its first page has learned nothing: the next one asks. One whose rows are
    gone was let through, as whoever is refused does not learn what there is.
    """

    def __init__(self, *refusals: type[Exception]) -> None:
        self._refusals: Final = refusals
        self._answers: dict[Hashable, Future[Exception | None]] = {}

    def pages(self, key: Hashable, pages: Iterator[Page]) -> Iterator[Page]:
        """The pages of a slice. `key` tells which slices stand together."""
        mine: Future[Exception | None] = Future()
        while (answer := self._answers.setdefault(key, mine)) is not mine:
            try:
                refusal = answer.result()
            except CancelledError:
                continue  # who asked has learned nothing, so one of those that waited asks, and the rest wait for that one
            if refusal:
                raise refusal
            yield from pages
            return
        try:
            for page in pages:
                _settle(mine, None)
                yield page
            _settle(mine, None)  # a feed in which nothing happened has no page
        except Gone:
            _settle(mine, None)
            raise
        except self._refusals as refusal:
            _settle(mine, refusal)
            raise
        finally:
            if not mine.done():
                del self._answers[key]
                mine.cancel()

    def was_answered(self, key: Hashable) -> bool:
        """Whether the first answer let somebody through. Who was refused all the same was so for a reason of their own."""
        answer = self._answers.get(key)
        return answer is not None and answer.done() and answer.result() is None


def _settle(answer: Future[Exception | None], refusal: Exception | None) -> None:
    if not answer.done():
        answer.set_result(refusal)
