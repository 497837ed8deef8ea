"""What the DuckDB file holds: by SQL, as hashes to compare with later ones, and against the truth."""

import json
from functools import partial
from typing import Any, Final

from sqlalchemy import Engine

from integration_tests.sandbox import World

OF_A_SYNC: Final = ["syncedat", "_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta"]
"""Columns that differ from sync to sync even where nothing has changed."""


class Warehouse:
    """The tables of the DuckDB file, one for each stream. PyAirbyte writes the names of columns in lower case."""

    def __init__(self, engine: Engine, primary_keys: dict[str, list[str]]) -> None:
        self._engine = engine
        self._primary_keys = primary_keys

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql, parameters)]

    def hashes(self) -> dict[str, dict[str, int]]:
        """A hash of the content of each row, by stream and key."""
        return {stream: dict(self._rows(stream, "hash(row)")) for stream in self._primary_keys}

    def compare(self, world: World | None) -> dict[str, bool]:
        """Of each stream, whether its table has the rows of the made-up account, with the same content and each once."""
        return {stream: self._is_as_in(world, stream) for stream in self._primary_keys} if world else {}

    def _is_as_in(self, world: World, stream: str) -> bool:
        rows = self._rows(stream, "to_json(row)")
        held = dict(rows)
        true = {
            "/".join(row[name] for name in self._primary_keys[stream]): row
            for place in world.workspaces
            for row in map(partial(_flat, place.id), world.rows(stream, place.id))
            # Who was removed from a workspace is not listed any more, so their entries are not read.
            if stream != "time_entries" or row["userId"] in place.members
        }
        return (
            len(rows) == len(held)
            and held.keys() == true.keys()
            and all(_is_same(held[key], row) for key, row in true.items())
        )

    def _rows(self, stream: str, expression: str) -> list[tuple[str, Any]]:
        sql = f"""
            SELECT concat_ws('/', {", ".join(self._primary_keys[stream])}), {expression}
            FROM (SELECT COLUMNS(name -> name NOT IN ?) FROM {stream}) AS row
        """  # noqa: S608 - these names are the connector's own
        return [(key, value) for key, value in self.query(sql, OF_A_SYNC)]


def _flat(workspace_id: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of the account with what the connector adds or copies to the top."""
    return {"workspaceId": workspace_id, **row, **row.get("approvalRequest", {})}


def _is_same(cells: dict[str, Any], row: dict[str, Any]) -> bool:
    shared = {name.lower(): value for name, value in row.items() if name.lower() in cells}
    return all(cells[name] == value or cells[name] == _as_text(value) for name, value in shared.items())


def _as_text(value: Any) -> str:
    """As DuckDB writes an instant of the API, and PyAirbyte a value that may have several types."""
    if isinstance(value, str):
        return value.replace("T", " ").removesuffix("Z")
    return json.dumps(value, separators=(",", ":"))
