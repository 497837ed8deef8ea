"""What the diagram in docs/erd.md draws is true of the data."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.connector import Connector, Row
from sandbox import Sandbox, World

# Open requests are in a stream of their own; what is only planned or asked for may be of either.
ALSO_IN = {"approval_requests": ["approval_requests", "pending_approval_requests"]}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], dict[str, list[Row]]]:
    """The catalog's streams and all records of an account that nobody has left: who leaves is listed no more."""
    with Sandbox(World.generate(seed=31, users=9, entries_per_user=8)) as sandbox:
        connector = Connector(sandbox, tmp_path_factory.mktemp("account"))
        return connector.streams, connector.sync().records()


def test_every_declared_foreign_key_resolves(account: tuple[list[Row], dict[str, list[Row]]]) -> None:
    streams, records = account
    declared = 0
    for stream in streams:
        for path, target in _foreign_keys(stream["json_schema"]):
            name, field = target.split(".")
            known = {row[field] for other in ALSO_IN.get(name, [name]) for row in records[other]}
            values = {value for row in records[stream["name"]] for value in _values(row, path) if value}
            assert values <= known, f"{stream['name']}.{'.'.join(path)} → {target}"
            declared += 1
    assert declared > 50


def _foreign_keys(schema: Row, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if "foreignKey" in schema:
        yield path, schema["foreignKey"]
    if "items" in schema:
        yield from _foreign_keys(schema["items"], path)
    for name, field in schema.get("properties", {}).items():
        yield from _foreign_keys(field, (*path, name))


def _values(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])
