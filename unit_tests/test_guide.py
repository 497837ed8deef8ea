"""The pages for users, held against what they are about: the form, the catalog, the schemas, and each other."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import pytest

from source_clockify.config import ClockifyConfig
from tools.catalog import all_streams, key_of

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
PAGES: Final = [*DOCS.glob("*.md"), *ROOT.glob("*.md")]
MERGED: Final = "Incremental - Append + Deduped"
REPLACED: Final = "Full Refresh - Overwrite"
FROM_AIRBYTE: Final = ("Stream", "Primary key", "Mode", "Unchanged", "Changed", "New")
FROM_A_TAP: Final = ("Stream", "Unchanged", "Changed", "Gone", "New")
"""The tables of migration.md with the columns of each stream."""


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page: str, *header: str) -> Iterator[list[str]]:
    """The cells of the tables of a page that have this header."""
    head = f"| {' | '.join(header)} |"
    for table in text(page).split(head)[1:]:
        lines = table.partition("\n\n")[0].splitlines()[2:]
        yield from ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)


def names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def columns(stream: str) -> Counter[str]:
    schema = json.loads((ROOT / f"source_clockify/schemas/{stream}.json").read_text(encoding="utf-8"))
    return Counter([*schema["properties"]])


def headings(page: Path) -> set[str]:
    """The anchors of a page, as forges make them of its headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_page_goes_through_the_form_in_its_order() -> None:
    fields = ClockifyConfig.specification().connectionSpecification["properties"]
    told = re.findall(r"^\d+\. \*\*(.+?)\*\* \(`(\w+)`\)", text("clockify.md"), re.MULTILINE)
    assert told == [(field["title"], name) for name, field in fields.items()]


def test_each_stream_has_one_choice_and_it_is_one_that_the_catalog_offers() -> None:
    header = ("Streams", "Sync mode", "Primary key", "Cursor", "Schedule", "Why")
    choices = {name: rest for streams, *rest in rows("clockify.md", *header) for name in names(streams)}
    assert len(choices) == sum(len(names(row[0])) for row in rows("clockify.md", *header)), "a stream is there twice"
    for stream in all_streams():
        mode, key, cursor, schedule, why = choices.pop(stream.name)
        cursor_field = stream.cursor_field if stream.supports_incremental else None
        assert mode == (MERGED if cursor_field else REPLACED)
        assert (names(key), names(cursor)) == (key_of(stream), [cursor_field] if cursor_field else [])
        assert schedule
        assert why
    assert choices == {}


@pytest.mark.parametrize(
    ("header", "gone"),
    [
        (FROM_AIRBYTE, None),
        (FROM_A_TAP, {"time_entries": ["started_at"]}),
    ],
    ids=["Airbyte's own connector", "Singer tap"],
)
def test_each_column_of_a_stream_is_old_or_new(header: tuple[str, ...], gone: dict[str, list[str]] | None) -> None:
    compared = [dict(zip(header, cells, strict=True)) for cells in rows("migration.md", *header)]
    assert len(compared) == 7
    for row in compared:
        [stream] = names(row["Stream"])
        new = row["New"].replace("with `detect_deletions`", "")
        assert Counter(names(row["Unchanged"]) + names(row["Changed"]) + names(new)) == columns(stream), stream
        assert names(row.get("Gone", "")) == (gone or {}).get(stream, [])


def test_each_change_of_a_column_is_explained() -> None:
    explained = {
        place
        for column, *_ in rows("migration.md", "Column", "Was", "Is")
        for place in re.findall(r"`(\w+\.\w+)`", column)
    }
    for header in (FROM_AIRBYTE, FROM_A_TAP):
        for cells in rows("migration.md", *header):
            row = dict(zip(header, cells, strict=True))
            for column in names(row["Changed"]) + names(row.get("Gone", "")):
                assert f"{names(row['Stream'])[0]}.{column}" in explained


def test_the_queries_of_a_change_over_tell_and_keep_what_only_the_old_table_has() -> None:
    compare, keep = re.findall(r"```sql\n(.+?)```", text("migration.md"), re.DOTALL)
    columns = "id, workspaceid, userid, projectid, taskid, description, billable, timeinterval"
    with duckdb.connect() as database:
        for schema, ids in (("old_clockify", "'a', 'a', 'gone'"), ("clockify", "'a', 'new'")):
            database.execute(f"CREATE SCHEMA {schema}")
            nulls = ", ".join("NULL" for _ in columns.split(", ")[1:])
            database.execute(
                f"CREATE TABLE {schema}.time_entries AS SELECT * FROM (SELECT unnest([{ids}]), {nulls}) AS t({columns})"
            )
        assert database.execute(compare).fetchall() == [(3, 2, 1)]
        database.execute(keep)
        assert database.execute("SELECT id FROM clockify.former_time_entries").fetchall() == [("gone",)]


def test_the_page_names_the_streams_that_each_query_reads() -> None:
    streams = {stream.name for stream in all_streams()}
    told = list(rows("warehouse.md", "Query", "Needs", "Hours from", "Plan"))
    asked = [file for _, file, _ in rows("warehouse.md", "Question", "File", "What it gives")]
    assert sorted(f"[{query}](queries/{query}.sql)" for query, *_ in told) == sorted(asked)
    for query, needs, hours_from, _ in told:
        head, _, sql = text(f"queries/{query}.sql").partition("\nWITH ")
        read = streams & set(re.findall(r"(?:FROM|JOIN) (\w+)", sql or head))
        assert set(names(needs)) == read, query
        assert set(names(hours_from)) <= read, query


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_another_page_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose):
        name, _, anchor = target.partition("#")
        other = page.parent / name if name else page
        assert other.exists(), target
        assert not anchor or anchor in headings(other), target
