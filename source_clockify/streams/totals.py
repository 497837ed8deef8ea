"""Clockify's own sums of time, to compare a warehouse with."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import system_error
from source_clockify.api.keys import Row, at, by, text_at
from source_clockify.api.page import Page
from source_clockify.api.paging import Parameters, Unpaged
from source_clockify.api.walk import contradiction
from source_clockify.excerpts import quoted
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.reports import AMOUNTS, ReportStream
from source_clockify.streams.slices import SliceContext, Workspace

_ISO_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?!\d)")
_OTHER_MONTHS: Final = ("%B %Y", "%b %Y", "%m/%Y")
"""How else the month of a group may be written, which is not known: `September 2026`, `Sep 2026`, `09/2026`."""

MonthOfUser = tuple[str, str]


class TimeTotals(ReportStream):
    """Time as Clockify sums it up: a row for each user and month, in UTC and without rounding.

    Source: POST …/reports/summary (generateSummaryReport), in groups of users, and months within them. A group does not tell
    what of its time is billable, so a window that holds anything is asked for once more, for billable entries alone. No month
    is read in part: windows are cut at months, and the first is the one that begins at the start date or after it. A month
    outside of the window, into which an entry may last, is left out: its own window has it. People who left are there.
    """

    primary_key = ["workspaceId", "userId", "month"]  # noqa: RUF012 - as the CDK declares it
    endpoint = Endpoint(
        "workspaces/{workspaceId}/reports/summary",
        paging=Unpaged(),
        rows_at=("groupOne",),
        total_at=("groupTotals", "groupOneTotalCount"),
        key=by("_id"),
        method="POST",
        host="reports",
    )

    def first_start(self, workspace: Workspace) -> datetime:
        start = super().first_start(workspace)
        month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return month if month == start else self.next_start(month, timedelta(days=31))

    def next_start(self, start: datetime, length: timedelta) -> datetime:
        return (start + length).replace(day=1)

    def pages(self, stream_slice: StreamSlice) -> Iterator[Page]:
        whole = self.fetch(stream_slice, {})
        holds_anything = bool(whole.rows)
        yield whole
        del whole  # the reader's from here on
        if holds_anything:
            yield self.fetch(stream_slice, {"billable": True})

    def body(self, stream_slice: Slice, page: Parameters) -> Row:
        groups = {"summaryFilter": {"groups": ["USER", "MONTH"]}}
        return {**super().body(stream_slice, page), "rounding": False, "amounts": AMOUNTS, **groups, **page}

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        whole, *others = [self._months(page) for page in pages]
        billable = others[0] if others else {}
        first, last = (context.slice[bound][: len("2026-09")] for bound in ("start", "end"))
        asked_for = {one: group for one, group in whole.items() if first <= one[1] <= last}
        self._stats.leave_out(context.workspace, len(whole) - len(asked_for))
        yield [self._total(one, group, billable.get(one), context) for one, group in asked_for.items()]

    def _months(self, page: Page) -> dict[MonthOfUser, Row]:
        """The group of each user and month.

        Raises:
            AirbyteTracedException: system error where a group cannot be told from others, or some are missing.
        """
        if page.total is not None and page.total > len(page.rows):
            raise contradiction(page.url, f"has {page.total} rows, and ends after {len(page.rows)}")
        found: dict[MonthOfUser, Row] = {}
        for user_id, user in zip(page.keys, page.rows, strict=True):
            groups = user.get("children")
            if groups is None and not user.get("duration"):
                continue  # who has no time has no months
            if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
                raise page.wrong_shape()
            for group in groups:
                month = next(filter(None, (_month(group.get(name)) for name in ("_id", "name"))), None)
                if month is None or (user_id, month) in found:
                    raise system_error(
                        f"A group of {page.url} tells no month, or one that came before ({quoted(group.get('_id'))}): the API "
                        "has changed, or a proxy answers in its place. Nothing was read from this page."
                    )
                found[user_id, month] = {**group, "name": user.get("name")}
        return found

    def _total(self, one: MonthOfUser, group: Row, billable: Row | None, context: SliceContext) -> Row:
        user_id, month = one
        return {
            "userId": user_id,
            "userName": text_at(group, "name"),
            "month": month,
            "seconds": _number(group.get("duration")),
            "billableSeconds": _number(billable.get("duration")) if billable else 0,
            "earnedAmount": _amount(group, "EARNED"),
            "costAmount": _amount(group, "COST"),
            "profitAmount": _amount(group, "PROFIT"),
            "currency": text_at(group, "currency"),
            "workspaceId": context.workspace.id,
        }


def _month(text: object) -> str | None:
    """The month that a text names, as 2026-09."""
    if not isinstance(text, str):
        return None
    if found := _ISO_MONTH.match(text):
        return found[0]
    for form in _OTHER_MONTHS:
        try:
            return f"{datetime.strptime(text, form):%Y-%m}"  # noqa: DTZ007 - a month has no zone
        except ValueError:
            continue
    return None


def _amount(group: Row, kind: str) -> Any:
    """An amount of a group by its kind. Where there is no list of them, `amount` is what the time earns."""
    amounts = group.get("amounts")
    if isinstance(amounts, list):
        return next((_number(at(amount, ("value",))) for amount in amounts if at(amount, ("type",)) == kind), None)
    return _number(group.get("amount")) if kind == "EARNED" else None


def _number(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
