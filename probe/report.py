"""What the probe tells: a table for people, and a file of shapes that can be attached to a bug report."""

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.markup import escape
from rich.table import Table

from probe.asked import LISTS
from probe.finding import Assumption, Finding, Verdict
from probe.lab import Answer, Lab
from probe.shapes import Shape, names_of

SIGNS: Final = {Verdict.HOLDS: "[green]✓[/green]", Verdict.DIFFERS: "[red]✗[/red]", Verdict.UNKNOWN: "[dim]?[/dim]"}
ORDER: Final = (Verdict.DIFFERS, Verdict.HOLDS, Verdict.UNKNOWN)
PROMISE: Final = (
    "What was answered by names of fields, types and forms: no id, name, text, number or date of the account."
)
OF_OTHER_ANSWERS: Final = frozenset(
    "_id auditMetadata amounts balances break breakTime capacity categories children code count createdAt currency "
    "dailyTotals date dateAsInstant deletedAt document documentCode documentType duration endTime entities "
    "entriesCount error expenses expensesCount groupOne groupTotals hasRunningEntry imageUrl invoices message name "
    "overtime path remainingCapacity reports requests response startTime status timeOff timeEntries timeentries "
    "timestamp total totalAmount totalAmountBillable totalBillableTime totalDuration totalTime totals type updatedAt "
    "userId userName webhooks weeklyTotals workspaceWebhookCount".split()
)
"""Names of fields beside those of the schemas: what is around the rows, of refusals, and of reports that no stream reads."""
HEADERS: Final = ("last-page", "total-count", "retry-after")
LIMITS: Final = ("ratelimit", "x-ratelimit", "x-rate-limit")


def table(found: Iterable[tuple[Assumption, Finding]]) -> Table:
    """A row for each assumption, first those that differ with what follows for the connector, last what could not be told."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("")
    shown.add_column("What the connector assumes", ratio=3)
    shown.add_column("What came", ratio=2)
    for assumption, finding in sorted(found, key=lambda one: ORDER.index(one[1].verdict)):
        shown.add_row(SIGNS[finding.verdict], escape(assumption.claim), escape(finding.why))
        if finding.verdict is Verdict.DIFFERS:
            shown.add_row("", f"[dim]→ {escape(assumption.otherwise)}[/dim]", "")
    return shown


def write(file: Path, lab: Lab, found: Sequence[tuple[Assumption, Finding]]) -> None:
    """Write the shapes of all answers, and what was found without the reasons, which may quote the account."""
    known = {*OF_OTHER_ANSWERS}
    for kind in LISTS:
        known.update(names_of(lab.sync.stream(kind).schema))
    document = {
        "about": PROMISE,
        "version": version("airbyte-source-clockify"),
        "host": "a host of its own" if lab.config.api_url else lab.config.region,
        "plan": "free" if lab.is_free else "paid",
        "found": {assumption.claim: finding.verdict.value for assumption, finding in found},
    }
    answers = [_described(answer, known) for answer in lab.answers.values()]
    head = json.dumps(document, indent=1).removesuffix("\n}")
    lines = ",\n".join(json.dumps(answer) for answer in answers)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'{head},\n "answers": [\n{lines}\n]}}\n', encoding="utf-8")


def _described(answer: Answer, known: set[str]) -> dict[str, Any]:
    request, response = answer.request, answer.response
    shown: dict[str, Any] = {
        "request": request.name,
        "sent": f"{request.endpoint.method} {request.endpoint.path} ({request.endpoint.host})",
    }
    if response is None:
        return {**shown, "answer": "none" if answer.fault else "not sent"}
    names = [name.lower() for name in response.headers]
    shown["status"] = response.status_code
    shown["headers"] = sorted(name for name in names if name in HEADERS or name.startswith(LIMITS))
    if answer.fault:
        shown["taken as"] = type(answer.fault).__name__
    elif response.content:
        shown["page"] = _fullness(answer)
    shown["shape"] = Shape(known).add(answer.body).as_json() if response.content else "empty body"
    return shown


def _fullness(answer: Answer) -> str:
    """How full a page is."""
    rows = answer.body if isinstance(answer.body, list) else []
    try:
        rows = list(answer.rows)
    except Exception:  # noqa: BLE001 - a body of another shape, whose shape is told
        return "of another shape"
    size = answer.request.size
    return "empty" if not rows else "full" if size and len(rows) >= size else "not full"
