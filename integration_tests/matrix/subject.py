"""A stream as it is read without faults: the measure of what faults do to it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import orjson
from starlette.responses import Response

from harness.connector import Row
from integration_tests.matrix.lists import list_of, page_of, paths_of, rows_in
from integration_tests.matrix.place import Place
from integration_tests.matrix.streams import STREAMS, primary_key
from sandbox import Recorded
from source_clockify.streams.entity_changes import EntityChanges
from source_clockify.streams.lists import NOT_ACTIVE, ChildStream

Path = tuple[str, ...]
SYNC_TIME: Final = ("syncedAt",)
"""Columns that differ from sync to sync."""
GROUPS: Final[dict[str, set[Path]]] = {"time_totals": {("children",)}}
"""Where the rows of a stream hold the groups that its records are made of, whose odd forms have unit tests."""


def told(record: Row) -> str:
    """All that a record tells, as text: nulls and absent fields are the same, and the time of the sync is left out."""
    return json.dumps(_without_nulls(record, SYNC_TIME), sort_keys=True)


def _without_nulls(value: Any, without: Sequence[str] = ()) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None and k not in without}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The values inside a row that are no objects, with the names that lead to them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    else:
        yield path, value


@dataclass
class Subject:
    """A stream with its records and with the answers that they came from."""

    name: str
    records: list[Row] = field(default_factory=list)
    requests: int = 0
    answers: list[tuple[Recorded, bytes]] = field(default_factory=list)
    others: list[tuple[Recorded, bytes]] = field(default_factory=list)
    """Answers to requests beside the stream's own: for its parents, for what it looks up."""
    asked: set[str] = field(default_factory=set)
    """All paths."""

    def __post_init__(self) -> None:
        self.stream = STREAMS[self.name]
        self.endpoint = self.stream.endpoint
        self.primary_key = primary_key(self.stream)
        self.paths = paths_of(self.endpoint)

    def key(self, record: Row) -> tuple[str, ...]:
        return tuple(str(record.get(name)) for name in self.primary_key)

    @cached_property
    def truth(self) -> Counter[str]:
        return Counter(map(told, self.records))

    def is_own(self, request: Recorded) -> bool:
        return bool(self.paths.fullmatch(request.path))

    def is_of_parents(self, request: Recorded) -> bool:
        parent = self.stream.parent.endpoint if isinstance(self.stream, ChildStream) else None
        return parent is not None and bool(paths_of(parent).fullmatch(request.path))

    @cached_property
    def rows(self) -> dict[str, list[Row]]:
        """The rows of each list that was answered with any, as the API sent them."""
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for request, body in self.answers:
            for row in rows_in(orjson.loads(body), self.endpoint):
                if row not in found[list_of(request)]:
                    found[list_of(request)].append(row)
        return {name: rows for name, rows in found.items() if rows}

    @cached_property
    def required(self) -> list[str]:
        """The lists that must not be refused: accounts that are not active may be."""
        if not isinstance(self.stream, ChildStream) or NOT_ACTIVE not in self.stream.parent.subsets:
            return list(self.rows)
        parents = self.stream.parent.endpoint
        users = [
            row for one, body in self.others if self.is_of_parents(one) for row in rows_in(orjson.loads(body), parents)
        ]
        excused = {user["id"] for user in users if user["status"] != "ACTIVE"}
        return [name for name in self.rows if not any(user in name for user in excused)]

    @cached_property
    def pages(self) -> Counter[str]:
        """How many pages each list has, in the order of reading."""
        return Counter(name for name, _ in dict.fromkeys((list_of(one), page_of(one)) for one, _ in self.answers))

    @cached_property
    def all_rows(self) -> list[Row]:
        return [row for rows in self.rows.values() for row in rows]

    @cached_property
    def from_path(self) -> set[str]:
        """The columns that the connector knows from what it asks for, or can ask for, whatever the rows say."""
        if isinstance(self.stream, EntityChanges):
            return {"workspaceId", "entityType"}
        return {"workspaceId"} | ({self.stream.parent_key} if isinstance(self.stream, ChildStream) else set())

    @property
    def asked_for(self) -> set[str]:
        """The field that holds the id that was asked for, where it tells the rows apart: an answer with another one is wrong."""
        return self.from_path.intersection(self.primary_key) - {"workspaceId"}

    def is_key(self, path: Path) -> bool:
        """Whether a value in a row is a part of what tells it apart."""
        return path in self.key_paths or path[0] in self.asked_for

    @cached_property
    def key_paths(self) -> set[Path]:
        """Where in a row the values of the primary key are, but for those that the connector knows from the path."""
        names = [name for name in self.primary_key if name not in self.from_path]
        texts = [str(record[name]) for record in self.records for name in names]
        values = {*texts, *(part for text in texts for part in text.split("-"))}
        found = {
            path for row in self.all_rows for path, value in leaves(row) if isinstance(value, str) and value in values
        }
        return {
            path
            for path in found
            if self._tells_apart(path) and all(str(at(row, path)) in values for row in self.all_rows)
        }

    def _tells_apart(self, path: Path) -> bool:
        return any(len({str(at(row, path)) for row in rows}) > 1 for rows in self.rows.values())


def at(row: Row, path: Path) -> Any:
    value: Any = row
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def observe(place: Place, name: str, **settings: Any) -> Subject:
    """Read a stream without faults, one request after the other: so the lists are in the order of reading."""
    subject = Subject(name)

    def note(request: Recorded, response: Response) -> Response:
        if response.status_code == 200:
            kind = subject.answers if subject.is_own(request) else subject.others
            kind.append((request, bytes(response.body)))
        return response

    read = place.read(name, faults=[{"kind": "altered", "alter": note, "times": None}], num_workers=1, **settings)
    assert read.output.statuses() == {name: "COMPLETE"}
    subject.records, subject.requests = read.output.records()[name], len(read.requests)
    subject.asked = {request.path for request in read.requests}
    return subject
