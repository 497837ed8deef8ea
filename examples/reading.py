"""What the notebook shows while it reads, and of what a read brought."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pandas as pd
from IPython.display import HTML, display

from demo import OUTPUT
from demo.listening import Outcome, listening

LOG: Final = OUTPUT / "logs" / "pyairbyte.txt"
ENTRIES: Final = """
    SELECT entry.id, entry.isdeleted, person.name AS person, project.name AS project, entry.description, entry.billable,
           entry.timeintervalstart AS "start", entry.timeintervalend AS "end"
    FROM time_entries AS entry
    LEFT JOIN users AS person ON person.workspaceid = entry.workspaceid AND person.id = entry.userid
    LEFT JOIN projects AS project ON project.id = entry.projectid
    ORDER BY "start", entry.id
"""


@contextmanager
def quiet() -> Iterator[Outcome]:
    """Keep PyAirbyte's own output off the page and in a file; gives what the connector says in its log."""
    with listening(LOG, lambda _: None, lambda _: None) as outcome:
        yield outcome


@contextmanager
def progress(streams: int) -> Iterator[Outcome]:
    """Show how far a read of so many streams is, and at last what it took; quiet else."""
    line = display(HTML(""), display_id=True)

    def show(step: str) -> None:
        done, records = len(outcome.records), outcome.records.total()
        line.update(HTML(f'<progress max="{streams}" value="{done}"></progress> {records:,} records. {step}'))

    with listening(LOG, show, show) as outcome:
        yield outcome
    records, requests = outcome.records.total(), outcome.requests.total()
    line.update(HTML(f"✓ {records:,} records of {len(outcome.records)} streams, with {requests:,} requests"))


def arrived(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The entries that a read added, changed or marked as deleted, with what was changed: frames of ENTRIES, by id."""
    rows = []
    for key, now in after.iterrows():
        was = before.loc[key] if key in before.index else None
        if was is None:
            rows.append({"arrived": "added", **now, "change": ""})
        elif now["isdeleted"] and not was["isdeleted"]:
            rows.append({"arrived": "deleted", **was, "change": ""})
        elif changes := [
            f"{name}: {_text(was[name])} → {_text(now[name])}"
            for name in ("project", "description", "billable", "start", "end")
            if _text(was[name]) != _text(now[name])
        ]:
            rows.append({"arrived": "edited", **now, "change": "; ".join(changes)})
    for row in rows:
        row |= {name: _text(row[name]) for name in ("start", "end")}
    columns = ["arrived", "person", "project", "description", "start", "end", "change"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("arrived", ascending=False, kind="stable", ignore_index=True)


def _text(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%d %b %H:%M}"
    return "nothing" if pd.isna(value) else str(value)
