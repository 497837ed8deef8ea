"""The story that the demo tells."""

import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Final

if find_spec("airbyte") is None:
    sys.exit(
        "The demo needs PyAirbyte, which is there for Python 3.11 and 3.12: make clean demo PYTHON=/path/to/python3.12"
    )

from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo import OUTPUT
from demo.account import Account, open_account
from demo.report import draw_hours, table, view_table
from demo.sync import DemoError, Pipeline
from demo.warehouse import Warehouse

NOT_COMPARED: Final = ("entity_changes",)
NOT_COMPARED_LATER: Final = ("entity_changes", "time_entry_report", "attendance_report")


def tell(account: Account, console: Console) -> bool:
    """Sync twice, with changes in between, and show what came of it. False where a table is not as it should be."""
    database, picture = OUTPUT / "clockify.duckdb", OUTPUT / "hours.png"
    console.print(f"[b]Reading {account.title} into DuckDB, through PyAirbyte[/b]\n")
    pipeline = Pipeline(account, database, console)
    for workspace in pipeline.check():
        console.print(f"check     {escape(workspace)}")
    primary_keys = pipeline.discover()
    console.print(f"discover  {len(primary_keys)} streams\n")

    first = pipeline.sync()
    warehouse = Warehouse(pipeline.engine, primary_keys)
    before = warehouse.hashes()
    console.print(table("First sync: everything", first, {}, before, warehouse.compare(account, NOT_COMPARED)))
    for workspace, streams in first.skipped.items():
        console.print(f"Skipped for workspace '{escape(workspace)}', as not in its plan: {', '.join(streams)}.\n")
    if changes := [*account.change()]:
        console.print("[b]Meanwhile[/b]")
        console.print(bullets(changes))

    second = pipeline.sync()
    after, equal = warehouse.hashes(), warehouse.compare(account, NOT_COMPARED_LATER)
    console.print(table("Second sync: only what may have changed, where a stream can", second, before, after, equal))
    if account.agency:
        console.print("[b]Time and locations side by side: the views of docs/queries, from both APIs[/b]\n")
        for view in warehouse.create_views():
            console.print(view_table(view, warehouse))
    draw_hours(warehouse, picture)

    console.print("[b]What to look at[/b]")
    notes = [
        f"time_entries: the first sync read {first.records['time_entries']:,}, the second {second.records['time_entries']:,}: "
        "those that start within the look-back of 30 days (and a day more), and timers that were running. "
        "A row that is read again takes the place of its older version, so nothing is doubled.",
        "A deleted time entry is no longer in Clockify's lists. With `detect_deletions`, which is on here, the connector asks "
        "for each entry of the look-back that it misses. The row of one that is gone stays in DuckDB, emptied and with "
        "isdeleted true; here it counts as gone.",
        "Streams that cannot be read incrementally are read in full and their tables replaced: what was deleted is gone.",
        "locations and snapshots come from HighLevel, by a token of their own: docs/snapshots-api.md tells how.",
        f"{database}: a table for each stream, and the views, to query with DuckDB.",
        f"{picture}: hours per project and week, drawn from it.",
    ]
    if equal:
        notes[:0] = [
            "✓: the table holds the very rows of the account, each once, compared field by field. Of rows of audit_log that are "
            "wholly equal one counts.",
            "No mark: entity_changes, whose feed shows the same change differently from one time to the next; after the second "
            "sync also time_entry_report and attendance_report, which are read for the look-back only and do not learn of "
            "deletions.",
        ]
    console.print(bullets(notes))
    return all(equal.values())


def bullets(texts: Iterable[str]) -> Table:
    grid = Table.grid(padding=(0, 1))
    for text in texts:
        grid.add_row(" •", escape(text))
    grid.add_row()
    return grid


def main() -> int:
    # Bound to the real output before PyAirbyte's own is redirected to a file.
    console = Console(file=sys.stdout, highlight=False)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    (OUTPUT / "logs").mkdir(parents=True)
    try:
        with open_account() as account:
            if tell(account, console):
                return 0
            console.print("[red]✗: a table does not hold what the account holds.")
    except (DemoError, AirbyteTracedException) as error:
        reason = error.message if isinstance(error, AirbyteTracedException) else error
        console.print(f"[red]The demo cannot go on.[/red] {escape(str(reason))}")
    except KeyboardInterrupt:
        console.print("Stopped.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
