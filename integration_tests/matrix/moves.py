"""What becomes of a list while it is read: between the answers to two of its pages."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from harness.connector import Row
from integration_tests.matrix.cells import Subjects
from integration_tests.matrix.lists import list_of, page_of
from integration_tests.matrix.place import Place
from integration_tests.matrix.subject import Subject, told
from integration_tests.matrix.verdict import Wrong
from sandbox import Recorded

_ID: Final = re.compile(r"[0-9a-f]{20,}")
_NEW: Final = "ffffffffffffffffffff"


@dataclass(frozen=True)
class Move:
    """A change to the rows of a list, of which those of the first page have been read."""

    name: str
    change: Callable[[list[Row]], None]
    new: int = 0
    """How many rows come to those that were there."""
    edited: int = 0
    moves: bool = False
    """Whether rows change places: that they cannot where the list is in the order of ids."""


def _another(row: Row, number: int = 0) -> Row:
    """A copy that is another row, by whichever of its ids tells rows apart."""
    copy = deepcopy(row)
    holder = copy.get("approvalRequest", copy)
    name = next(name for name in ("locationId", "id", "projectId", "userId") if holder.get(name))
    holder[name] = f"{_NEW}{number:04x}"
    return copy


def _delete(rows: list[Row]) -> None:
    del rows[0]


def _delete_three(rows: list[Row]) -> None:
    del rows[:3]


def _insert(rows: list[Row]) -> None:
    rows.insert(0, _another(rows[0]))


def _insert_three(rows: list[Row]) -> None:
    rows[:0] = [_another(row, number) for number, row in enumerate(rows[:3])]


def _delete_and_insert(rows: list[Row]) -> None:
    del rows[1:3]
    _insert(rows)


def _edit(rows: list[Row]) -> None:
    edited = deepcopy(rows[0])
    name = next(
        name for name in ("name", "description", "note", "status", *edited) if isinstance(edited.get(name), str)
    )
    edited[name] = "edited"
    rows[0] = edited


def _to_the_end(rows: list[Row]) -> None:
    rows.append(rows.pop(0))


def _to_the_front(rows: list[Row]) -> None:
    rows.insert(0, rows.pop())


def _all_at_once(rows: list[Row]) -> None:
    _to_the_end(rows)
    _delete(rows)
    _insert(rows)


MOVES: Final = [
    Move("a row is deleted", _delete),
    Move("three rows are deleted", _delete_three),
    Move("a row is inserted", _insert, new=1),
    Move("three rows are inserted", _insert_three, new=3),
    Move("two rows are deleted, one inserted", _delete_and_insert, new=1),
    Move("a row is edited", _edit, edited=1),
    Move("a row that was read moves to the end", _to_the_end, moves=True),
    Move("the last row moves to the front", _to_the_front, moves=True),
    Move("a row moves, one is deleted, one inserted", _all_at_once, new=1, moves=True),
]


class Moving:
    """Changes a list once so many of its pages have been answered."""

    def __init__(self, name: str, after: int, move: Move) -> None:
        self._name, self._after, self._move = name, after, move
        self._pages: set[object] = set()

    def __call__(self, request: Recorded, rows: list[Row]) -> list[Row]:
        if list_of(request) != self._name:
            return rows
        self._pages.add(page_of(request))
        if len(self._pages) <= self._after:
            return rows
        moved = list(rows)
        self._move.change(moved)
        return moved


def paged_lists(subject: Subject) -> Iterator[tuple[str, int]]:
    """The longest list of each operation that a stream asks for, with the number of its pages: those that have several."""
    pages: Counter[str] = Counter()
    for name, _ in {(list_of(request), page_of(request)) for request, _ in [*subject.answers, *subject.others]}:
        pages[name] += 1
    longest: dict[str, tuple[str, int]] = {}
    for name, number in sorted(pages.items()):
        operation = _ID.sub("{id}", name.partition("?")[0])
        if number > longest.get(operation, ("", 1))[1]:
            longest[operation] = (name, number)
    yield from longest.values()


def try_move(subjects: Subjects, name: str, move: Move) -> int:
    """Read a stream while a list of it changes, at each boundary of its pages. The number of reads.

    Raises:
        Wrong: a row that was there throughout is lost, or one comes twice.
    """
    subject, reads = subjects.of(name), 0
    for moved, pages in paged_lists(subject):
        if move.moves and re.search(r"(sort-column|sortColumn)=ID\b", moved):
            continue
        for after in range(1, pages):
            reads += 1
            if problem := _read_moving(subjects.place, subject, Moving(moved, after, move), move):
                raise Wrong(f"after page {after} of {moved.partition('?')[0]}: {problem}")
    return reads


def _read_moving(place: Place, subject: Subject, moving: Moving, move: Move) -> str:
    for host in (place.sandbox, place.snapshots):
        host.arrange = moving
    try:
        read = place.read(subject.name, most_requests=10 * subject.requests + 300)
    finally:
        for host in (place.sandbox, place.snapshots):
            host.arrange = lambda _, rows: rows
    if read.output.statuses().get(subject.name) != "COMPLETE":
        return f"not complete: {read.output.errors()[subject.name]['message']}"
    records = read.output.records()[subject.name]
    came, there = Counter(map(subject.key, records)), Counter(map(subject.key, subject.records))
    if lost := there - came:
        return f"lost without a word: {lost.total()} rows"
    if doubled := [key for key, number in came.items() if number > 1]:
        return f"doubled: {len(doubled)} rows"
    # A row that is told apart by all that it holds is another one once it is edited.
    if (came - there).total() > move.new + move.edited:
        return f"{(came - there).total()} rows that are not there"
    if (subject.truth - Counter(map(told, records))).total() > move.edited:
        return "rows are not as they are"
    return ""
