"""Lists that lie: about their end, their length, their pages."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.responses import Response

from harness.connector import Row
from integration_tests.matrix.fault import EITHER, EXACT, Answer, HostFault, Outcome, Struck, longest_list
from integration_tests.matrix.lists import list_of, rows_in, with_rows
from integration_tests.matrix.rows import renamed
from integration_tests.matrix.streams import is_paged, is_paged_reliably
from integration_tests.matrix.subject import Subject
from sandbox import Recorded
from source_clockify.api.endpoint import Endpoint
from source_clockify.streams.endpoint_stream import EndpointStream


def _headers(response: Response, without: tuple[str, ...] = ("content-length",)) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in without}


def _told(**told: str) -> Answer:
    """The true answer, with other headers."""
    named = {name.replace("_", "-").lower(): value for name, value in told.items()}

    def alter(_: Recorded, response: Response) -> Response:
        kept = _headers(response, ("content-length", *named))
        return Response(response.body, response.status_code, {**kept, **named})

    return {"kind": "altered", "alter": alter}


def _silent(_: Recorded, response: Response) -> Response:
    return Response(response.body, headers=_headers(response, ("content-length", "last-page", "total-count")))


_HEADERS: Final[Mapping[str, tuple[Answer, frozenset[Outcome]]]] = {
    "no Last-Page": ({"kind": "altered", "alter": _silent}, EXACT),
    "Last-Page in capitals": (_told(Last_Page="FALSE"), EITHER),
    "a Last-Page of text": (_told(Last_Page="maybe"), EXACT),
    "a Last-Page that is never true": (_told(Last_Page="false"), EITHER),
    "a total-count of text": (_told(Total_Count="many"), EXACT),
    "a total-count below zero": (_told(Total_Count="-1"), EXACT),
    "a total-count of a superscript": (_told(Total_Count="²"), EXACT),
    "a total-count that is too high": (_told(Total_Count="1000000"), EITHER),
}


@dataclass(frozen=True)
class TotalFault:
    """A total in the body that lies, with or without `Last-Page`."""

    name: str
    total: Any
    allows: frozenset[Outcome] = EITHER
    settings: Mapping[str, Any] = field(default_factory=dict)
    last_page: str | None = None
    """The header; None: as it is, "": without."""
    concerns: Callable[[EndpointStream], bool] = field(default=lambda stream: bool(stream.endpoint.total_at))

    def strike(self, subject: Subject) -> Struck:
        def alter(_: Recorded, response: Response) -> Response:
            body = orjson.loads(response.body)
            _set_total(body, subject.endpoint, self.total)
            kept = _headers(response) if self.last_page is None else _headers(response, ("content-length", "last-page"))
            told = {"Last-Page": self.last_page} if self.last_page else {}
            return Response(orjson.dumps(body), response.status_code, {**kept, **told})

        return Struck([{"kind": "altered", "alter": alter, "when": subject.is_own, "times": None}])


def _set_total(body: Any, endpoint: Endpoint, total: Any) -> None:
    *path, last = endpoint.total_at
    for key in path:
        body = body[key]
        if body is None:
            return
    body[last] = total


_TOTALS: Final = [
    TotalFault(f"{name}{said}", total, last_page=header)
    for said, header in (("", None), (" and no Last-Page", ""))
    for name, total in (
        *(
            ("a total of 0", 0),
            ("a total of 3", 3),
            ("a total that is too high", 1_000_000),
            ("a total below zero", -5),
        ),
        *(
            ("a total of null", None),
            ("a total of text", "many"),
            ("a total of a superscript", "²"),
            ("a total that is a list", [3]),
        ),
        *(("a total with a fraction", 3.5), ("a total that is true", True)),
    )
]


@dataclass(frozen=True)
class PageFault:
    """Pages of the longest list that are not those asked for. `pages` gives the rows of each answer, by its number from 0."""

    name: str
    pages: Callable[[Subject, list[Row], int], list[Row]]
    allows: frozenset[Outcome] = EITHER
    headers: Mapping[str, str] = field(default_factory=lambda: {"last-page": "false"})
    concerns: Callable[[EndpointStream], bool] = is_paged_reliably
    invents: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def strike(self, subject: Subject) -> Struck | None:
        lists = longest_list(subject)
        if max(subject.pages.values()) < 2:
            return None
        numbers = itertools.count()

        def alter(request: Recorded, response: Response) -> Response:
            body = orjson.loads(response.body)
            rows = self.pages(subject, rows_in(body, subject.endpoint), next(numbers))
            answer = with_rows(body, subject.endpoint, rows)
            return Response(orjson.dumps(answer), headers={**_headers(response), **self.headers})

        def is_struck(request: Recorded) -> bool:
            return subject.is_own(request) and list_of(request) in lists

        return Struck([{"kind": "altered", "alter": alter, "when": is_struck, "times": None}], invents=self.invents)


def _rows(subject: Subject) -> list[Row]:
    return subject.rows[next(iter(longest_list(subject)))]


def _taking_turns(subject: Subject, _: list[Row], number: int) -> list[Row]:
    rows = _rows(subject)
    return rows[: len(rows) // 2] if number % 2 else rows[len(rows) // 2 :]


def _ever_new(subject: Subject, rows: list[Row], number: int) -> list[Row]:
    return [renamed(subject, row, f"{number:04x}{index:04x}") for index, row in enumerate(_rows(subject)[:4])]


def _each_twice(_: Subject, rows: list[Row], __: int) -> list[Row]:
    return [row for row in rows for _ in range(2)]


_PAGES: Final = [
    PageFault("the first page again and again", lambda subject, *_: _rows(subject)[:4]),
    PageFault("two pages that take turns", _taking_turns),
    PageFault("ever new rows", _ever_new, concerns=is_paged, invents=True),
    PageFault("every row twice", _each_twice, EITHER, {}, is_paged),
    PageFault("all rows on every page", lambda subject, *_: _rows(subject), EITHER),
    PageFault(
        "all rows on every page, each the last", lambda subject, *_: _rows(subject), EITHER, {"last-page": "true"}
    ),
    PageFault(
        "rows in another order on every page", lambda _, rows, number: rows[::-1] if number % 2 else rows, EITHER, {}
    ),
    PageFault("an empty page after the first", lambda _, rows, number: [] if number == 1 else rows, EITHER, {}),
]


FAULTS: Final = [
    *(HostFault(name, answer, allows, concerns=is_paged) for name, (answer, allows) in _HEADERS.items()),
    HostFault(
        "a last page whose header tells of more", _told(Last_Page="true", Total_Count="1000"), EITHER, concerns=is_paged
    ),
    TotalFault("a last page whose total tells of more", 1000, last_page="true"),
    *_TOTALS,
    *_PAGES,
]
