"""Asks an account what the connector takes for granted, by reading only: `python -m probe`."""

import logging
import sys
from collections import Counter
from enum import IntEnum

from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from rich.console import Console
from rich.markup import escape

from probe import FILE
from probe.account import NONE, find_config
from probe.finding import Finding, Verdict, counted
from probe.lab import Lab
from probe.report import table, write
from probe.table import MOST, MOST_OF_FREE, findings, planned
from source_clockify import SourceClockify
from source_clockify.api.clock import Clock, SystemClock
from source_clockify.api.errors import HostUnusable
from source_clockify.config import ClockifyConfig
from source_clockify.redaction import hide_secrets

logger = logging.getLogger("airbyte")


class Exit(IntEnum):
    """How the probe ends."""

    AS_ASSUMED = 0
    DIFFERS = 1
    NOT_BEGUN = 2
    INCOMPLETE = 3
    """Nothing differs as far as was told, or nothing was written: another run may tell more."""


def main(clock: Clock | None = None) -> int:
    """Probe the account that is configured, and tell what came of it. Returns how it ended."""
    console = Console(file=sys.stdout, highlight=False)
    clock = clock or SystemClock()
    config = None
    try:
        config = find_config()
        if config is None:
            console.print(NONE)
            return Exit.NOT_BEGUN
        hide_secrets(config)
        return _probe(Lab(ClockifyConfig.parse(config), clock, MOST), console)
    except HostUnusable as fault:  # a check knows more of the reasons than its first request
        check = SourceClockify(clock).check(logger, config or {})
        reason = check.message or fault.message
    except AirbyteTracedException as fault:
        reason = fault.message
    except KeyboardInterrupt:
        console.print("Stopped.")
        return Exit.INCOMPLETE
    console.print(f"The probe cannot begin. {escape(str(reason))}")
    return Exit.NOT_BEGUN


def _probe(lab: Lab, console: Console) -> int:
    console.print(
        f"At most {MOST} requests will be sent, {MOST_OF_FREE} where the workspace is on the free plan. All of them only read: "
        "lists by GET, reports by POST."
    )
    free = lab.is_free
    lab.planned = planned(is_free=free)
    if free:
        lab.allowance.left = MOST_OF_FREE - lab.sent
    console.print(
        f"The workspace is on a {'free' if free else 'paid'} plan: {counted(len(lab.planned) + 1, 'request')}."
    )
    with console.status("Asking …"):
        for request in lab.planned:
            lab.answer(request)
    found = list(findings(lab))
    console.print(table(found))
    counts = Counter(finding.verdict for _, finding in found)
    console.print(
        f"{counts[Verdict.HOLDS]} hold, {counts[Verdict.DIFFERS]} differ, {counts[Verdict.UNKNOWN]} could not be told; "
        f"{counted(lab.sent, 'request')}."
    )
    try:
        write(FILE, lab, found)
    except OSError as fault:
        console.print(f"{FILE} cannot be written: {fault.strerror}.")
        return Exit.INCOMPLETE
    console.print(
        f"{FILE} holds the shapes of the answers, and no value of the account: attach it to a report of what differs. The table "
        "above is for you, as it may quote what Clockify says."
    )
    return _exit([finding for _, finding in found])


def _exit(found: list[Finding]) -> Exit:
    if any(finding.verdict is Verdict.DIFFERS for finding in found):
        return Exit.DIFFERS
    return Exit.INCOMPLETE if any(finding.is_fault for finding in found) else Exit.AS_ASSUMED


if __name__ == "__main__":
    logger.setLevel(logging.CRITICAL)  # names of workspaces are in it, and what the table says
    sys.exit(main())
