"""The limit: what any Python program has to do for these streams, and nothing else. Run it as `python -m benchmarks.raw read …`.

It asks for the pages that the connector asks for, with as many threads and at the same pace, by requests; decodes and
encodes by orjson; and writes one record a line. Any fault ends it.
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Final

import orjson
import requests

WORKERS: Final = 10
PACE: Final = 40
"""Threads, and requests a second: what the connector has where nothing else is set."""

Rows = list[dict[str, Any]]
Query = Mapping[str, str | int]
BY_ID: Final = {"sort-column": "ID", "sort-order": "ASCENDING"}
EVERYBODY: Final = {
    "status": "ALL",
    "account-statuses": "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED,LIMITED_DELETED",
    "memberships": "ALL",
    "include-roles": "true",
}
LISTS: Final[Mapping[str, tuple[str, Query]]] = {
    "users": ("users", {**BY_ID, **EVERYBODY, "page-size": 100}),
    "projects": ("projects", {**BY_ID, "hydrated": "true", "page-size": 500}),
    "clients": ("clients", {"sort-column": "NAME", "sort-order": "ASCENDING", "page-size": 5000}),
    "tags": ("tags", {**BY_ID, "page-size": 5000}),
    "user_groups": ("user-groups", {**BY_ID, "includeTeamManagers": "true", "page-size": 1000}),
    "time_entries": ("user/{}/time-entries", {"page-size": 5000}),
    "tasks": ("projects/{}/tasks", {**BY_ID, "page-size": 5000}),
}
PARENTS: Final = {"time_entries": "users", "tasks": "projects"}


class Reader:
    """Reads lists of one workspace, those of many parents at the same time."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._base = f"{config['api_url']}/api/v1/workspaces/{config['workspace_id']}/"
        self._session = requests.Session()
        self._session.headers["X-Api-Key"] = config["api_key"]
        self._next, self._lock = 0.0, Lock()
        self._lists: dict[str, Rows] = {}

    def read(self, stream: str) -> Iterator[Rows]:
        """The rows of a stream, list by list."""
        if stream not in PARENTS:
            yield self._whole(stream)
            return
        ids = [row["id"] for row in self._whole(PARENTS[stream])]
        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(lambda parent: self._list(stream, parent), ids)

    def _whole(self, stream: str) -> Rows:
        if stream not in self._lists:
            self._lists[stream] = self._list(stream)
        return self._lists[stream]

    def _list(self, stream: str, parent: str = "") -> Rows:
        path, query = LISTS[stream]
        rows: Rows = []
        page, is_last = 0, False
        while not is_last:
            page += 1
            self._wait()
            response = self._session.get(self._base + path.format(parent), params={**query, "page": page}, timeout=60)
            response.raise_for_status()
            rows += orjson.loads(response.content)
            is_last = response.headers["Last-Page"] == "true"
        return rows

    def _wait(self) -> None:
        with self._lock:
            self._next = max(time.monotonic(), self._next + 1 / PACE)
            moment = self._next
        time.sleep(max(0.0, moment - time.monotonic()))


def lines(stream: str, rows: Iterable[dict[str, Any]]) -> bytes:
    moment = int(time.time() * 1000)
    return b"".join(
        orjson.dumps({"type": "RECORD", "record": {"stream": stream, "data": row, "emitted_at": moment}}) + b"\n"
        for row in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["read"])
    parser.add_argument("--config", type=Path)
    parser.add_argument("--catalog", type=Path)
    arguments = parser.parse_args()
    gc.disable()  # records have no cycles; looking for some takes longer than all else
    reader = Reader(orjson.loads(arguments.config.read_bytes()))
    for configured in orjson.loads(arguments.catalog.read_bytes())["streams"]:
        stream = configured["stream"]["name"]
        for rows in reader.read(stream):
            sys.stdout.buffer.write(lines(stream, rows))


if __name__ == "__main__":
    main()
