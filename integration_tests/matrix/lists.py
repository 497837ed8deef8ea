"""Which list a request is for, and which page of it; and where the rows stand in an answer."""

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from harness.connector import Row
from sandbox import Recorded
from source_clockify.api.endpoint import Endpoint

PAGING: Final = ("page", "page-size", "pageSize", "limit", "skip")
Keys = tuple[str | int, ...]


def page_of(request: Recorded) -> tuple[tuple[str, str], ...]:
    """The parameters that choose the page."""
    return tuple((name, value) for name, value in _parameters(request) if name.rpartition(".")[2] in PAGING)


def list_of(request: Recorded) -> str:
    """The list: the same for each of its pages."""
    chosen = [f"{name}={value}" for name, value in _parameters(request) if name.rpartition(".")[2] not in PAGING]
    return f"{request.method} {request.path}?{'&'.join(chosen)}"


def _parameters(request: Recorded) -> list[tuple[str, str]]:
    body = orjson.loads(request.body) if request.body else {}
    return sorted([*request.query.items(), *_flat(body)])


def _flat(body: Row, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        yield from _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, str(value))]


def paths_of(endpoint: Endpoint) -> re.Pattern[str]:
    """The paths of an endpoint's requests, on whichever host and with whichever ids."""
    parts = re.split(r"\{\w+\}", endpoint.path)
    return re.compile(r"(?:/[\w-]+)*/" + "[^/]+".join(map(re.escape, parts)))


def rows_in(body: Any, endpoint: Endpoint) -> list[Row]:
    """The rows of an answer, which may be changed in place; of a single object that one."""
    if endpoint.is_single:
        return [body]
    for key in endpoint.rows_at:
        body = body[key]
    rows: list[Row] = body
    return rows


def with_rows(body: Any, endpoint: Endpoint, rows: list[Row]) -> Any:
    """The answer with other rows."""
    if endpoint.is_single:
        return rows[0]
    if not endpoint.rows_at:
        return rows
    *path, last = endpoint.rows_at
    for key in path:
        body = body[key]
    body[last] = rows
    return body
