"""Faults of the lists that children come from: odd ids of parents, and parents that cannot be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.responses import Response

from integration_tests.matrix import bodies, connections, statuses
from integration_tests.matrix.altered import expected
from integration_tests.matrix.fault import EITHER, FAILED, SKIPPED, Answer, Outcome, Struck, one_list
from integration_tests.matrix.lists import page_of, rows_in
from integration_tests.matrix.rows import KEYS, as_json, kept_headers, put
from integration_tests.matrix.streams import has_parents
from integration_tests.matrix.subject import Subject
from sandbox import Recorded
from source_clockify.streams.endpoint_stream import EndpointStream
from source_clockify.streams.lists import ChildStream

ODD: Final[Mapping[str, str]] = {
    "a way up": "../../../user",
    "a question": "a?b=c",
    "a fragment": "a#b",
    "a slash": "a/b",
    "dots that are encoded": "%2e%2e",
    "a blank": " ",
    "a line break": "a\r\nX-Injected: 1",
    "braces": "{workspaceId}",
    "a letter with an accent": "é",
    "half an emoji": "\ud83d",
    "5,000 letters": "x" * 5000,
}
"""Ids that may be asked for, but for nothing else: the sandbox does not know them."""


@dataclass(frozen=True)
class ParentIdFault:
    """One parent whose id is odd, among many. Nothing may be asked for but its children."""

    name: str
    value: Any
    allows: frozenset[Outcome]
    is_known_by_it: bool = False
    """Whether the others can be told from it, and have to be read."""
    concerns: Callable[[EndpointStream], bool] = has_parents
    settings: Mapping[str, Any] = field(default_factory=dict)

    def strike(self, subject: Subject) -> Struck:
        assert isinstance(subject.stream, ChildStream)
        endpoint = subject.stream.parent.endpoint
        [struck] = one_list(subject)
        victim = self._parent_of(struck, subject)

        def alter(_: Recorded, response: Response) -> Response:
            body = orjson.loads(response.body)
            rows = rows_in(body, endpoint)
            for index, row in enumerate(rows):
                rows[index] = put(row, ("id",), self.value) if row["id"] == victim else row
            return Response(as_json(body), headers=dict(kept_headers(response)))

        paths = subject.asked | {path.replace(victim, str(expected(self.value))) for path in subject.asked}
        fault = {"kind": "altered", "alter": alter, "when": subject.is_of_parents, "times": None}
        return Struck([fault], len(subject.rows[struck]) if self.is_known_by_it else None, paths=paths)

    def _parent_of(self, name: str, subject: Subject) -> str:
        """The id of a parent, in the path of the list that it has."""
        assert isinstance(subject.stream, ChildStream)
        rows = (
            row
            for request, body in subject.others
            if subject.is_of_parents(request)
            for row in rows_in(orjson.loads(body), subject.stream.parent.endpoint)
        )
        return next(str(row["id"]) for row in rows if row["id"] in name)


@dataclass(frozen=True)
class ParentListFault:
    """A list of parents that cannot be read, or a page of it (from 1)."""

    name: str
    answer: Answer
    page: int | None = None
    allows: frozenset[Outcome] = FAILED
    concerns: Callable[[EndpointStream], bool] = has_parents
    settings: Mapping[str, Any] = field(default_factory=dict)

    def strike(self, subject: Subject) -> Struck | None:
        pages = list(dict.fromkeys(page_of(request) for request, _ in subject.others if subject.is_of_parents(request)))
        if self.page is not None and len(pages) < self.page:
            return None

        def is_struck(request: Recorded) -> bool:
            is_page = self.page is None or page_of(request) not in pages[: self.page - 1]
            return subject.is_of_parents(request) and is_page

        return Struck([{**self.answer, "when": is_struck, "times": None}])


_ANSWERS: Final[Mapping[str, Answer]] = {
    **connections.ANSWERS,
    **bodies.ANSWERS,
    **{name: statuses.FINAL[name] for name in ("400", "402", "403", "404", "404 without a body")},
    **{name: statuses.TRANSIENT[name] for name in ("500", "503", "429 with Retry-After of a minute")},
    "gone": {"kind": "status", "status": 400, "body": statuses.GONE},
}
_LENIENT: Final = ("a length that is no number", "a length below zero")

FAULTS: Final = [
    *(ParentIdFault(f"the id of a parent: {name}", value, FAILED) for name, value in KEYS.items()),
    *(ParentIdFault(f"the id of a parent: {dots}", dots, FAILED) for dots in (".", "..")),
    *(ParentIdFault(f"the id of a parent: {name}", value, EITHER | SKIPPED, True) for name, value in ODD.items()),
    *(
        ParentListFault(f"parents{where}: {name}", answer, page)
        for where, page in (("", None), ("' pages from the second on", 2))
        for name, answer in _ANSWERS.items()
        if name not in _LENIENT
    ),
]
