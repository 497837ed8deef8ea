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
from integration_tests.airbyte_tables import PAGE, QUERIES, AirbyteTables
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

Rows = list[tuple[Any, ...]]


@dataclass
class Synced:
    """An account, and the databases that are in step with it: each runs SQL."""

    account: Consultancy
    databases: dict[str, Callable[[str], Rows]]
    airbyte: AirbyteTables

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
        airbyte.grant_to_a_reader()
        account.change()
        for each in every:
            each.read(*AT_FIRST, *LATER)
        airbyte.create_views()
        yield Synced(account, {name: each.rows for name, each in zip(DATABASES, every, strict=True)}, airbyte)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("query", NAMES)
def test_a_query_gives_the_truth(query: str, database: str, synced: Synced) -> None:
    expected = getattr(answers, query)(synced.account, synced.last_sync(database))
    assert expected
    assert_same(synced.ask(database, query), expected)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize(
    "query", ["billable_share", "budget_against_actual", "hours_by_project_and_week", "not_yet_invoiced"]
)
def test_what_is_dated_ahead_can_be_left_out(
    query: str, database: str, synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_sync, every = synced.last_sync(database), list(answers.work(synced.account))
    done = [one for one in every if one.start < last_sync]
    monkeypatch.setattr(answers, "work", lambda _: done)
    assert len(done) < len(every)
    [(line, condition)] = re.findall(r"add after (.+):\n-- (AND .+)\n", sql_of(query))
    sql = sql_of(query).replace(f" {line}\n", f" {line} {condition}\n", 1)
    assert_same(synced.databases[database](sql), getattr(answers, query)(synced.account, last_sync))


@pytest.mark.parametrize("database", DATABASES)
def test_what_is_on_invoices_of_some_states_can_be_told_as_not_yet_invoiced(database: str, synced: Synced) -> None:
    """Here of all states, as each invoice of the sandbox has the same items."""
    query, states = sql_of("not_yet_invoiced"), {row["status"] for row in synced.account.world.rows("invoices")}
    [condition] = re.findall(r"add:\n +-- (WHERE .+)\n", query)
    condition = condition.replace("'UNSENT', 'VOID'", str(sorted(states)).strip("[]"))
    found = synced.databases[database](query.replace(" FROM invoices\n", f" FROM invoices {condition}\n", 1))
    last_sync = synced.last_sync(database)
    assert_same(found, answers.not_yet_invoiced(synced.account, last_sync, *states))
    with pytest.raises(AssertionError):
        assert_same(found, answers.not_yet_invoiced(synced.account, last_sync))


def test_a_reader_of_airbytes_tables_may_read_what_was_made_since(synced: Synced) -> None:
    query = sql_of("hours_by_project_and_week")
    assert synced.airbyte.rows(query, role="reader") == synced.airbyte.rows(query)


def test_views_on_airbytes_tables_keep_what_is_built_on_them(synced: Synced) -> None:
    airbyte = synced.airbyte
    airbyte.overwrite("later", {"id": "varchar", "startsAt": "timestamp with time zone"}, [{"id": "a"}])
    airbyte.create_views()
    airbyte.execute("CREATE VIEW clockify_views.mine AS SELECT id FROM clockify_views.later")
    airbyte.overwrite(
        "later", {"added": "bigint", "startsAt": "timestamp with time zone", "id": "varchar"}, [{"id": "b"}]
    )
    airbyte.create_views()
    assert airbyte.rows("SELECT id FROM mine", role="reader") == [("b",)]
    assert airbyte.rows("SELECT id, startsat, added FROM later", role="reader") == [("b", None, None)]
    airbyte.overwrite("later", {"id": "bigint"}, [{"id": 3}])
    with pytest.raises(Exception, match="mine depends on view"):
        airbyte.create_views()
    airbyte.execute("DROP VIEW clockify_views.mine")
    airbyte.create_views()
    assert airbyte.rows("SELECT id FROM later", role="reader") == [(3,)]


def test_the_page_names_every_query_and_its_columns(synced: Synced) -> None:
    described = re.findall(r"\(queries/(\w+)\.sql\) \| (.*?) \|", PAGE.read_text(encoding="utf-8"))
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
