"""Tables as Airbyte's own PostgreSQL destination documents them in its version 3.

Names are quoted and keep their capitals. Of each primary key the newest row is there; one that is marked as deleted is not, as
the destination deletes it unless told otherwise.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Engine

from harness.connector import Connector, Row, Table

QUERIES: Final = Path(__file__).parents[1] / "docs" / "queries"
PAGE: Final = QUERIES.parent / "warehouse.md"
SCHEMA: Final = "From Airbyte"
PREFIX: Final = "Clockify_"
TYPES: Final = {"string": "varchar", "integer": "bigint", "number": "decimal(38, 9)", "boolean": "boolean"}
FORMATS: Final = {"date-time": "timestamp with time zone", "date": "date"}
META: Final = {
    "_airbyte_raw_id": "varchar",
    "_airbyte_extracted_at": "timestamp with time zone",
    "_airbyte_meta": "jsonb",
    "_airbyte_generation_id": "bigint",
}


class AirbyteTables:
    """A schema that Airbyte keeps in step with an account, and the views by which the queries run on it."""

    def __init__(self, connector: Connector, engine: Engine) -> None:
        self._connector, self._engine = connector, engine
        self._state: list[Row] = []
        self._tables: dict[str, Table] = {}

    def read(self, *names: str) -> None:
        """Sync some streams: what is incremental is deduplicated, all else overwritten."""
        output = self._connector.sync(*names, state=self._state)
        assert not output.errors()
        self._state, records = output.states(), output.records()
        for stream in self._connector.streams:
            if stream["name"] in names:
                self._load(stream, records[stream["name"]])

    def create_views(self) -> None:
        """Run the script as it is, but for what it asks one to set."""
        script = (QUERIES / "airbyte_postgresql.sql").read_text(encoding="utf-8")
        for name, default, value in (("source", "public", SCHEMA), ("prefix", "", PREFIX)):
            line = f"{name} CONSTANT text := '{default}'"
            assert line in script
            script = script.replace(line, f"{name} CONSTANT text := '{value}'")
        self.execute(script)

    def grant_to_a_reader(self) -> None:
        """Make the role, and run what the page says of the rights of another user."""
        [grants] = re.findall(r"```sql\n(GRANT .+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        grants = grants.replace("public", f'"{SCHEMA}"').replace("ROLE airbyte", "ROLE postgres")
        self.execute(f"CREATE ROLE reader; {grants}")

    def rows(self, sql: str, role: str = "postgres") -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"SET ROLE {role}")
            connection.exec_driver_sql("SET search_path = clockify_views")
            connection.exec_driver_sql("SET TIME ZONE 'Pacific/Kiritimati'")
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def _load(self, stream: Row, records: Iterable[Row]) -> None:
        if cursor := stream.get("default_cursor_field"):
            key = [path[0] for path in stream["source_defined_primary_key"]]
            table = self._tables.setdefault(stream["name"], Table(key, cursor[0]))
            table.load(records)
            records = [row for row in table.rows.values() if not row.get("_ab_cdc_deleted_at")]
        columns = {name: type_of(schema) for name, schema in stream["json_schema"]["properties"].items()}
        self.overwrite(stream["name"], columns, records)

    def overwrite(self, name: str, fields: dict[str, str], rows: Iterable[Row]) -> None:
        """As the destination does: by dropping the table, which fails where anything depends on it."""
        table, columns = f'"{SCHEMA}"."{PREFIX}{name}"', META | fields
        declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        self.execute(
            f'CREATE SCHEMA IF NOT EXISTS "{SCHEMA}"; DROP TABLE IF EXISTS {table}; CREATE TABLE {table} ({declared})'
        )
        # PostgreSQL makes a row of an object, by the names and types of the table's columns.
        insert = f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %s)"
        values = [dict(zip(META, ("a", "2026-01-01T00:00:00Z", {}, 1), strict=True)) | row for row in rows]
        self.execute(insert, orjson.dumps(values).decode())

    def execute(self, sql: str, *values: str) -> None:
        with self._engine.begin() as connection:
            connection.connection.cursor().execute(sql, values or None)


def type_of(schema: Row) -> str:
    """The column of a field."""
    kinds = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    [kind] = kinds - {"null"}
    return FORMATS.get(schema.get("format", ""), TYPES.get(kind, "jsonb"))
