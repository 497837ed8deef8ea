"""What a refusal means where the plan seems to lack the stream: the first answer decides, in whatever order lists are read."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Event, Semaphore
from typing import Any, Final

import pytest
import requests_mock
from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.page import Page
from source_clockify.streams import refusals
from unit_tests.conftest import REFUSED, Read, errors
from unit_tests.test_children import CHILDREN, GONE, family, parents_read, place

NEED_A_PLAN: Final = sorted(name for name, stream in CHILDREN.items() if stream.feature)
AskFirst = Callable[[str, str], None]


@pytest.fixture
def ask_first(clockify: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch) -> AskFirst:
    """Holds the other lists of a stream back until that of a parent is asked for, whichever thread runs first."""

    def hold(name: str, parent: str) -> None:
        kind, asked = type(CHILDREN[name]), Event()
        pages = kind.pages

        def held(stream: Any, stream_slice: StreamSlice) -> Iterator[Page]:
            if stream_slice[kind.parent_key] != parent:
                asked.wait(30)
            return pages(stream, stream_slice)

        def note(request: Any) -> None:
            if request.url.partition("?")[0] == place(name, parent):
                asked.set()

        monkeypatch.setattr(kind, "pages", held)
        clockify.add_matcher(note)

    return hold


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Semaphore:
    """Released by each list that begins to wait for the answer to another."""
    begun = Semaphore(0)

    class Answer(Future[Exception | None]):
        def result(self, timeout: float | None = None) -> Exception | None:
            begun.release()
            return super().result(timeout)

    monkeypatch.setattr(refusals, "Future", Answer)
    return begun


class TestOneIsRefusedByAPlanThatSeemsToLackTheStream:
    @pytest.mark.parametrize("name", NEED_A_PLAN)
    def test_before_any_was_answered_all_are_skipped(
        self, name: str, ask_first: AskFirst, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        family(clockify, name, 3, features=[])
        clockify.get(place(name, "p1"), **REFUSED)
        ask_first(name, "p1")
        output = read(name)
        assert parents_read(output, name) == errors(output) == []

    @pytest.mark.parametrize("name", NEED_A_PLAN)
    def test_after_another_was_answered_it_is_an_error(
        self, name: str, ask_first: AskFirst, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        """Though it is read before the other one."""
        family(clockify, name, 3, features=[])
        clockify.get(place(name, "p1"), **REFUSED)
        ask_first(name, "p2")
        output = read(name, failing=True)
        assert parents_read(output, name) == ["p2", "p3"]
        assert "1 list could not be read" in errors(output)[0]
        assert "p1" in errors(output)[0]

    @pytest.mark.parametrize("name", NEED_A_PLAN)
    def test_after_another_was_gone_it_is_an_error(
        self, name: str, ask_first: AskFirst, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        family(clockify, name, 3, features=[])
        clockify.get(place(name, "p1"), **REFUSED)
        clockify.get(place(name, "p2"), **GONE)
        ask_first(name, "p2")
        output = read(name, failing=True)
        assert parents_read(output, name) == ["p3"]
        assert "1 list could not be read" in errors(output)[0]

    @pytest.mark.parametrize("name", NEED_A_PLAN)
    def test_after_another_failed_only_one_of_those_that_waited_asks(
        self, name: str, ask_first: AskFirst, waiting: Semaphore, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        parents = family(clockify, name, 6, features=[])
        refusing = [clockify.get(place(name, parent), **REFUSED) for parent in parents[1:]]

        def once_all_wait(*_: object) -> str:
            for _parent in parents[1:]:
                waiting.acquire(timeout=30)
            return ""

        clockify.get(place(name, "p1"), status_code=404, text=once_all_wait)
        ask_first(name, "p1")
        output = read(name, failing=True, num_workers=6)
        assert sum(matcher.call_count for matcher in refusing) == 1
        assert "p1 in workspace 'Acme'" in errors(output)[0]
