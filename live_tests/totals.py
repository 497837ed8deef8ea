"""What Clockify itself counts: the totals of its lists and reports, each asked for by a page of one row."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from airbyte_cdk.models import SyncMode
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.clock import SystemClock
from source_clockify.api.keys import at
from source_clockify.api.paging import Pages
from source_clockify.config import ClockifyConfig
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.catalog import STREAMS
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.incremental import IncrementalStream
from source_clockify.streams.lists import ChildStream
from source_clockify.streams.reports import TimeEntryReport
from source_clockify.streams.sync import Sync
from source_clockify.streams.totals import TimeTotals

Row = dict[str, Any]


@dataclass
class Totals:
    """Rows by stream and workspace, where Clockify tells them; seconds by workspace, or why there are none."""

    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    seconds: dict[str, int] = field(default_factory=dict)
    untold: str = ""


def take_totals(config: Row) -> Totals:
    """Ask for all totals that Clockify tells. The requests are the connector's own, but for the size of the page."""
    sync, totals = Sync(ClockifyConfig.parse(config), SystemClock()), Totals()
    for kind in STREAMS:
        if issubclass(kind, ClockifyStream) and isinstance(kind.endpoint.paging, Pages):
            is_too_much = issubclass(kind, ChildStream) and not kind.endpoint.total_at
            if not is_too_much:
                stream = _begun(sync, kind)
                totals.rows |= {(stream.name, place): total for place, total in _rows(stream).items()}
    try:
        totals.seconds = _seconds(_begun(sync, TimeEntryReport))
    except AirbyteTracedException as fault:
        totals.untold = fault.message or str(fault)
    return totals


def _begun(sync: Sync, kind: type[ClockifyStream]) -> ClockifyStream:
    stream = sync.stream(kind)
    if isinstance(stream, IncrementalStream):
        stream.begin(SyncMode.full_refresh)
    return stream


def _rows(stream: ClockifyStream) -> dict[str, int]:
    """The rows of a stream by workspace, without those where one of its lists tells no total, or is refused."""
    totals: Counter[str] = Counter()
    untold: set[str] = set()
    paging = stream.endpoint.paging
    assert isinstance(paging, Pages)
    for part in stream.slices(SyncMode.full_refresh):
        for variant in stream.endpoint.variants:
            place, page = part["workspaceId"], {"page": 1, paging.size_key: 1}
            if place in untold:
                continue
            total = _total(stream, part, {**stream.endpoint.query, **variant, **page})
            if total is None:
                untold.add(place)
            else:
                totals[place] += total
    return {place: total for place, total in totals.items() if place not in untold}


def _total(stream: ClockifyStream, part: Slice, page: Row) -> int | None:
    """The rows of one list, which tells no total where there are none; None where it cannot be told."""
    try:
        answer = stream.fetch(part, page)
        is_empty = not answer.rows
    except AirbyteTracedException:
        return None
    return 0 if answer.total is None and is_empty else answer.total


def _seconds(stream: ClockifyStream) -> dict[str, int]:
    """The time of all entries by workspace, as the summary report has it."""
    seconds: Counter[str] = Counter()
    for part in stream.slices(SyncMode.full_refresh):
        page = stream.sync.stream(TimeTotals).fetch(part, {})
        seconds[part["workspaceId"]] += at(page.body, ("totals", 0, "totalTime")) or 0
    return dict(seconds)
