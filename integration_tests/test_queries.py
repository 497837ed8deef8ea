"""The queries of docs/queries, on tables that PyAirbyte made and on those of Airbyte's own destination, against the truth."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest

from harness.connector import Connector
from integration_tests import answers
from integration_tests.airbyte_tables import QUERIES, AirbyteTables
from integration_tests.consultancy import Consultancy
from integration_tests.warehouse import Warehouse, duckdb, postgresql
from sandbox import Sandbox

AT_FIRST: Final = ("time_entries", "time_entry_report", "expense_report", "entity_changes", "audit_log")
LATER: Final = (
    *("workspaces", "users", "user_groups", "member_profiles", "clients", "projects", "tasks", "holidays"),
    *("time_off_requests", "expenses", "invoices", "invoice_details", "time_totals"),
)
DATABASES: Final = ("duckdb", "postgresql", "airbyte")
# The others make views.
NAMES: Final = sorted(
    path.stem for path in QUERIES.glob("*.sql") if not path.stem.startswith(("airbyte_", "snapshots_"))
)
PAGE: Final = QUERIES.parent / "warehouse.md"

Rows = list[tuple[Any, ...]]


@dataclass
class Synced:
    """An account, and the databases that are in step with it: each runs SQL."""

    account: Consultancy
    databases: dict[str, Callable[[str], Rows]]

    def ask(self, database: str, query: str) -> Rows:
        return self.databases[database](sql_of(query))

    def last_sync(self, database: str) -> datetime:
        [(synced,)] = self.databases[database]("SELECT MAX(syncedat) FROM time_entries")
        return synced.replace(tzinfo=UTC)  # type: ignore[no-any-return]


def sql_of(query: str) -> str:
    return (QUERIES / f"{query}.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    """Two syncs with changes in between. The tables of Airbyte are looked at in sessions that are not in UTC."""
    account = Consultancy()
    with Sandbox(account.world) as sandbox, duckdb() as file, postgresql("UTC") as server:
        connector = Connector(sandbox, tmp_path_factory.mktemp("queries"), detect_deletions=True)
        in_duckdb = Warehouse.of(connector, file)
        airbyte = AirbyteTables(connector, server.get_sql_engine())
        every: list[Warehouse | AirbyteTables] = [in_duckdb, replace(in_duckdb, cache=server), airbyte]
        for each in every:
            each.read(*AT_FIRST)
        airbyte.create_views()
        account.change()
        for each in every:
            each.read(*AT_FIRST, *LATER)
        airbyte.create_views()
        yield Synced(account, {name: each.rows for name, each in zip(DATABASES, every, strict=True)})


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("query", NAMES)
def test_a_query_gives_the_truth(query: str, database: str, synced: Synced) -> None:
    expected = getattr(answers, query)(synced.account, synced.last_sync(database))
    assert expected
    assert_same(synced.ask(database, query), expected)


def test_the_page_names_every_query_and_its_columns(synced: Synced) -> None:
    described = re.findall(r"\(queries/(\w+)\.sql\) \| (.*?) \| ", PAGE.read_text(encoding="utf-8"))
    assert sorted(query for query, _ in described) == NAMES
    for query, columns in described:
        [column, *_] = zip(*synced.databases["duckdb"](f"DESCRIBE {sql_of(query)}"), strict=True)
        names = re.findall(r"`(\w+)`", columns)
        assert list(column[: len(names)]) == names
        assert all(name.endswith("id") for name in column[len(names) :])


def assert_same(found: Rows, expected: Rows) -> None:
    """The same rows in any order, with numbers that are the same to the last digit of those that were found."""

    def words(row: tuple[Any, ...]) -> list[str]:
        return [str(cell) for cell in row if not isinstance(cell, int | float | Decimal)]

    found, expected = sorted(found, key=words), sorted(expected, key=words)
    assert [words(row) for row in found] == [words(row) for row in expected]
    for one, other in zip(found, expected, strict=True):
        for shown, exact in zip(one, other, strict=True):
            if isinstance(shown, Decimal):
                assert exact is not None, (one, other)
                last_digit = Decimal(1).scaleb(int(shown.as_tuple().exponent))
                assert abs(float(shown) - exact) <= float(last_digit) * 0.501, (one, other)
            else:
                assert shown == exact, (one, other)
