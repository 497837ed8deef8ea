"""All assumptions, and what is asked to check them against an account."""

from collections.abc import Iterator
from typing import Final

from probe import changes, declared, entries, lists, plans, reports, work
from probe.asked import LISTS
from probe.finding import Assumption, Finding
from probe.lab import Lab
from probe.request import Request

ASSUMPTIONS: Final = (
    *lists.ASSUMPTIONS,
    *entries.ASSUMPTIONS,
    *reports.ASSUMPTIONS,
    *work.ASSUMPTIONS,
    *changes.ASSUMPTIONS,
    *plans.ASSUMPTIONS,
    *declared.ASSUMPTIONS,
)
MOST: Final = 59
"""Requests that a workspace gets, the list of workspaces and retries among them."""
MOST_OF_FREE: Final = 25


def planned(*, is_free: bool) -> list[Request]:
    """What a workspace is asked, in order: the lists of all streams, then what the assumptions want beside them."""
    wanted = [*LISTS.values(), *(request for assumption in ASSUMPTIONS for request in assumption.requests)]
    return [request for request in dict.fromkeys(wanted) if request.is_free or not is_free]


def findings(lab: Lab) -> Iterator[tuple[Assumption, Finding]]:
    """Judge all assumptions by what came."""
    for assumption in ASSUMPTIONS:
        yield assumption, assumption.find(lab)
