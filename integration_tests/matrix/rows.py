"""Rows that nobody expected: odd keys, odd values, odd text."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.responses import Response

from harness.connector import Row
from integration_tests.matrix.fault import EITHER, EXACT, FAILED, Outcome, Struck
from integration_tests.matrix.lists import rows_in
from integration_tests.matrix.streams import any_stream, is_incremental, is_list
from integration_tests.matrix.subject import GROUPS, Path, Subject, at, leaves
from sandbox import Recorded
from source_clockify.streams.endpoint_stream import EndpointStream

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d")
TOO_DEEP: Final = "lists in a thousand lists"
"""Stands for them until the row is written, as Python's own encoder cannot write them."""
MISSING: Final = object()
Changes = Callable[[Subject], list[tuple[Row, Row]]]


def put(row: Row, path: Path, value: Any) -> Row:
    """A copy of a row with another value there."""
    changed = deepcopy(row)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    if value is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return changed


def renamed(subject: Subject, row: Row, name: str) -> Row:
    """Another row: of the same content, with an id of its own."""
    paths = subject.key_paths or {next(path for path, value in leaves(row) if isinstance(value, str) and value)}
    for path in paths:
        row = put(row, path, f"{name}{str(at(row, path))[len(name) :]}")
    return row


@dataclass(frozen=True)
class RowFault:
    """Rows that are sent otherwise than they are: `changes` gives them as they were and as they are sent."""

    name: str
    changes: Changes
    allows: frozenset[Outcome] = EXACT
    concerns: Callable[[EndpointStream], bool] = any_stream
    settings: Mapping[str, Any] = field(default_factory=dict)

    def strike(self, subject: Subject) -> Struck | None:
        changes = self.changes(subject)
        if not changes:
            return None
        sent: dict[bytes, Row] = {}
        for before, after in changes:  # two workspaces may have the same row, of one person
            sent.setdefault(_text(before), after)
        altered = [(before, sent[_text(before)]) for before, _ in changes]

        def alter(_: Recorded, response: Response) -> Response:
            body = orjson.loads(response.body)
            if response.status_code != 200:
                return response
            rows = rows_in(body, subject.endpoint)
            for index, row in enumerate(rows):
                rows[index] = sent.get(_text(row), row)
            content = rows[0] if subject.endpoint.is_single else body
            return Response(as_json(content), headers=dict(kept_headers(response)))

        return Struck([{"kind": "altered", "alter": alter, "when": subject.is_own, "times": None}], altered=altered)


def kept_headers(response: Response) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in response.headers.items() if name != "content-length")


def as_json(body: Any) -> str:
    return json.dumps(body).replace(f'"{TOO_DEEP}"', "[" * 1_000 + "]" * 1_000)


def _text(row: Any) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def _fields(subject: Subject, row: Row) -> list[Path]:
    """The fields that hold no part of the key; of an object that does, its fields."""
    keys = subject.key_paths | GROUPS.get(subject.name, set()) | {(name,) for name in subject.asked_for}
    around = {path[0]: row[path[0]] for path in keys if len(path) > 1}
    outer = [(name,) for name in row if (name,) not in keys and name not in around]
    return outer + [(name, inner) for name in around for inner in around[name] if (name, inner) not in keys]


def _in_turn(value: Any, fits: Callable[[Subject, Row], list[Path]]) -> Changes:
    """A place of each row that fits, another one in each."""

    def changes(subject: Subject) -> list[tuple[Row, Row]]:
        changed = []
        for number, row in enumerate(subject.all_rows):
            if paths := fits(subject, row):
                changed.append((row, put(row, paths[number % len(paths)], value)))
        return changed

    return changes


def each_field(value: Any) -> Changes:
    """A field of each row, another one in each."""
    return _in_turn(value, _fields)


def all_fields(value: Any) -> Changes:
    """All fields of one row in the middle."""

    def changes(subject: Subject) -> list[tuple[Row, Row]]:
        row = after = _middle(subject)
        for name in _fields(subject, row):
            after = put(after, name, value)
        return [(row, after)]

    return changes


def one_field(value: Any) -> Changes:
    """The last field of one row in the middle."""

    def changes(subject: Subject) -> list[tuple[Row, Row]]:
        row = _middle(subject)
        *_, last = (path for path in _fields(subject, row) if path[0] not in subject.from_path)
        return [(row, put(row, last, value))]

    return changes


def each_time(value: Any) -> Changes:
    """A time in each row that is no part of its key, wherever it stands, another one in each."""

    def times(subject: Subject, row: Row) -> list[Path]:
        return [path for path, one in _texts(row) if _TIME.match(one) and not subject.is_key(path)]

    return _in_turn(value, times)


def each_text(value: str) -> Changes:
    """A text in each row that is no part of its key, wherever it stands."""
    return _in_turn(value, lambda subject, row: [path for path, _ in _texts(row) if not subject.is_key(path)])


def _texts(row: Row) -> list[tuple[Path, str]]:
    return [(path, one) for path, one in leaves(row) if isinstance(one, str)]


def key(value: Any) -> Changes:
    """The key of one row in the middle."""

    def changes(subject: Subject) -> list[tuple[Row, Row]]:
        row = _middle(subject)
        return [(row, put(row, path, value)) for path in sorted(subject.key_paths)[:1]]

    return changes


def unknown_fields(value: Any) -> Changes:
    """A field that no schema knows, in every row."""

    def changes(subject: Subject) -> list[tuple[Row, Row]]:
        return [(row, {**row, "somethingNew": value}) for row in subject.all_rows]

    return changes


def _middle(subject: Subject) -> Row:
    return subject.all_rows[len(subject.all_rows) // 2]


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


VALUES: Final[Mapping[str, Any]] = {
    "null": None,
    "missing": MISSING,
    "an empty text": "",
    "a text": "odd",
    "half an emoji": "so\ud83d",
    "NaN": float("nan"),
    "infinite": float("inf"),
    "a number": 5,
    "a number below zero": -1,
    "a fraction": 2.5,
    "a number of 30 digits": 123456789012345678901234567890,
    "true": True,
    "an empty list": [],
    "a list": [1, "a", None],
    "an empty object": {},
    "an object": {"a": {"b": [1]}},
    "a text of 1 MB": "x" * 1_000_000,
}
TIMES: Final[Mapping[str, Any]] = {
    **{text: text for text in ("24:00:00", "2024-02-30", "2024-02-30T10:00:00Z", "10000-01-01T00:00:00Z")},
    **{text: text for text in ("0000-01-01T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20", "2026-11-20T10:00:00")},
    **{text: text for text in ("2026-11-20T10:00:00.123456789Z", "2026-11-20T10:00:00+25:00", "20261120", "now")},
    "a superscript": "²",
    **{name: VALUES[name] for name in ("null", "missing", "an empty text", "a number", "true", "a list", "an object")},
    "seconds since 1970": 1_795_170_600,
}
KEYS: Final[Mapping[str, Any]] = {
    name: VALUES[name]
    for name in ("null", "missing", "an empty text", "an empty list", "a list", "an empty object", "an object")
}
FILTERED: Final = {"start_date": "2016-01-01", "detect_deletions": True}
"""Nothing is older, so nothing is left out."""

FAULTS: Final = [
    *(RowFault(f"each field in turn: {name}", each_field(value)) for name, value in VALUES.items()),
    # An object of which nothing is left may not be the one that was asked for.
    *(
        RowFault(f"all fields of a row: {name}", all_fields(value), EITHER if name == "missing" else EXACT)
        for name, value in VALUES.items()
    ),
    *(RowFault(f"each time in turn: {name}", each_time(value)) for name, value in TIMES.items()),
    *(
        RowFault(f"each time in turn, from a start date on: {name}", each_time(value), EXACT, is_incremental, FILTERED)
        for name, value in TIMES.items()
    ),
    *(
        RowFault(f"each text in turn: {name}", each_text(value))
        for name, value in TIMES.items()
        if isinstance(value, str)
    ),
    RowFault("each text in turn: half an emoji", each_text("\ude00 so")),
    RowFault("each text in turn: odd characters", each_text("\x00\x1b[31m\u2028\ufeff\u202e")),
    *(RowFault(f"the key: {name}", key(value), FAILED, is_list) for name, value in KEYS.items()),
    *(RowFault(f"the key: {name}", key(VALUES[name]), EITHER, is_list) for name in ("a number", "true", "NaN")),
    RowFault("the key: half an emoji", key("\ud83d"), EITHER, is_list),
    *(
        RowFault(f"the key: {text}", key(text), EITHER, is_list)
        for text in (".", "../../../user", "a?b=c", "a/b", "%2e")
    ),
    *(
        RowFault(f"a field that is new: {name}", unknown_fields(value))
        for name, value in VALUES.items()
        if value is not MISSING
    ),
    RowFault("a field nested 100 deep", one_field(nested(100)), EITHER),
    RowFault("a field nested 1,000 deep", one_field(TOO_DEEP), FAILED),
]
