"""What the DuckDB file holds: by SQL, as hashes to compare with later ones, and against the truth."""

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from demo.account import Account
from sandbox import World

VIEWS: Final = Path(__file__).parents[1] / "docs" / "queries"
OF_A_SYNC: Final = ["syncedat", "_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta"]
"""Columns that differ from sync to sync even where nothing has changed."""
OF_AN_EVENT: Final = ["timestamp", "action", "userId", "content", "previousContent"]
"""What tells two rows of the audit log apart. Their `id` is the connector's; rows that are wholly equal have the same one."""
FREE_REPORT: Final = (timedelta(days=-365), timedelta(days=31))
"""How far from now reports are read where the plan limits them to a month."""


class Warehouse:
    """The tables of the DuckDB file, one for each stream. PyAirbyte writes the names of columns in lower case."""

    def __init__(self, engine: Engine, primary_keys: dict[str, list[str]]) -> None:
        self._engine = engine
        self._primary_keys = primary_keys

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql, parameters)]

    def hashes(self) -> dict[str, dict[str, int]]:
        """A hash of the content of each row that is not marked as deleted, by stream and key."""
        return {stream: dict(self._rows(stream, "hash(row)")) for stream in self._primary_keys}

    def create_views(self) -> list[str]:
        """Create the views of docs/queries/ on both APIs, and give their names."""
        files = sorted(VIEWS.glob("snapshots_*.sql"))
        with self._engine.begin() as connection:
            for file in files:
                connection.exec_driver_sql(file.read_text(encoding="utf-8"))
        return [file.stem for file in files]

    def head(self, view: str, rows: int) -> tuple[int, list[dict[str, Any]]]:
        """How many rows a view has, and the first of them."""
        with self._engine.connect() as connection:
            found = connection.exec_driver_sql(f"SELECT * FROM {view} ORDER BY 1").mappings().all()  # noqa: S608 - see above
        return len(found), [dict(row) for row in found[:rows]]

    def compare(self, account: Account, but: Collection[str]) -> dict[str, bool]:
        """Of all streams but some: whether a table has the rows of the made-up account, with the same content and each once."""
        compared = [stream for stream in self._primary_keys if stream not in but]
        return {stream: self._is_as_in(_truth(account, stream), stream) for stream in compared} if account.world else {}

    def _is_as_in(self, truth: Iterable[dict[str, Any]], stream: str) -> bool:
        key = OF_AN_EVENT if stream == "audit_log" else self._primary_keys[stream]
        rows = [cells for _, cells in self._rows(stream, "to_json(row)")]
        held = {tuple(_as_text(cells[name.lower()]) for name in key): cells for cells in rows}
        true = {tuple(_as_text(row.get(name)) for name in key): row for row in truth}
        return (
            (len(rows) == len(held) or stream == "audit_log")
            and held.keys() == true.keys()
            and all(_is_same(held[identity], row) for identity, row in true.items())
        )

    def _rows(self, stream: str, expression: str) -> list[tuple[str, Any]]:
        live = "WHERE isdeleted IS NOT TRUE" if stream == "time_entries" else ""
        sql = f"""
            SELECT concat_ws('/', {", ".join(self._primary_keys[stream])}), {expression}
            FROM (SELECT COLUMNS(name -> name NOT IN ?) FROM {stream} {live}) AS row
        """  # noqa: S608 - these names are the connector's own
        return [(key, value) for key, value in self.query(sql, OF_A_SYNC)]


def _truth(account: Account, stream: str) -> Iterable[dict[str, Any]]:
    """The rows of the made-up account that can be read."""
    if account.agency and stream in account.agency.streams:
        return account.agency.rows(stream)
    return _truth_of_clockify(account.world, stream) if account.world else ()


def _truth_of_clockify(world: World, stream: str) -> Iterator[dict[str, Any]]:
    for place in world.workspaces:
        for row in world.rows(stream, place.id):
            # Who was removed from a workspace is not listed any more, so their entries are not read.
            if stream == "time_entries" and row["userId"] not in place.members:
                continue
            if stream == "time_entry_report":
                row["id"] = row.pop("_id")
            if "ONE_MONTH_RANGE_REPORTS" in place.row["features"] and not _is_in_free_report(stream, row, world.now):
                continue
            if stream == "project_assignment_totals":
                row["id"] = "-".join(filter(None, (row["projectId"], row["taskId"])))
            yield _flat(place.id, row)


def _is_in_free_report(stream: str, row: dict[str, Any], now: datetime) -> bool:
    """Whether the reports of the FREE plan reach a row; of the totals they have whole months."""
    first, last = (now + reach for reach in FREE_REPORT)
    if stream == "time_entry_report":
        return first <= datetime.fromisoformat(row["timeInterval"]["start"]) <= last
    return stream != "time_totals" or f"{first:%Y-%m}" < row["month"] <= f"{last:%Y-%m}"


def _flat(workspace_id: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of the account with what the connector adds or copies to the top."""
    return {"workspaceId": workspace_id, **row, **row.get("approvalRequest", {})}


def _is_same(cells: dict[str, Any], row: dict[str, Any]) -> bool:
    shared = {name.lower(): value for name, value in row.items() if name.lower() in cells}
    return all(cells[name] in (value, _rounded(value), _as_text(value)) for name, value in shared.items())


def _rounded(value: Any) -> Any:
    """PyAirbyte keeps nine decimals of a number."""
    return round(value, 9) if isinstance(value, float) else value


def _as_text(value: Any) -> str:
    """As DuckDB writes an instant of the API, and the connector a value of any type."""
    if isinstance(value, str):
        text = value.replace("T", " ").removesuffix("Z")
        return text.rstrip("0") if "." in text else text
    return json.dumps(value, separators=(",", ":"))
