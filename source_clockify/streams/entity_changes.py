"""The experimental feeds of changed entities."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Final

from airbyte_cdk.sources.types import StreamSlice

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import ApiError, BadRequest, NoSuchRoute
from source_clockify.api.keys import Row, at, text_at, whole
from source_clockify.api.page import Page
from source_clockify.api.paging import Feed, Parameters
from source_clockify.instants import instant, to_query
from source_clockify.streams.audit import WINDOW, EventStream
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.refusals import SharedRefusal
from source_clockify.streams.slices import Part, SliceContext, Workspace, slice_of
from source_clockify.streams.sync import Sync

TYPES_TAKEN: Final = (
    *("SCHEDULED_ASSIGNMENT", "CLIENTS", "PROJECTS", "TAGS", "TASKS"),
    *("TIME_ENTRY", "TIME_ENTRY_RATE", "TIME_ENTRY_CUSTOM_FIELD_VALUE"),
)
"""Types that a host was seen to take while it refused all others."""
ENTITY_TYPES: Final = (
    *TYPES_TAKEN,
    *("CUSTOM_FIELDS", "USER", "USER_GROUPS", "INVOICES", "APPROVAL_REQUESTS"),
    *("BALANCE", "HOLIDAYS", "PTO_POLICY", "TIME_OFF_REQUEST"),
)
"""All that are documented. Here as above those at both ends are rare, so that most rows are of one in between."""
CHANGES: Final = ("created", "updated", "deleted")
"""The three feeds, by what their paths end with."""
PAGING: Final = Feed()


class _InDoubt(Exception):
    """Several types in one request may not bring all that each would bring by itself. The text goes on after "as"."""


def _id(row: Row) -> str | None:
    return text_at(row, "id") or text_at(row, "document", "_id")


def _event(row: Row) -> str | None:
    """Tells rows apart, which name an entity once for each of its changes."""
    return whole(row) if _id(row) else None


class EntityChanges(EventStream):
    """Created, updated and deleted entities. Source: GET …/entities/{created,updated,deleted} (getCreatedEntityInfo …).

    Experimental at Clockify, and known to lose events: best effort. Three feeds are asked for all types at once, where an
    answer shows that the host reads more than one of them and each row tells its type; else for one type at a time. A type
    that the host does not take is left out. Their paging cannot be relied on, so a feed ends when a page brings nothing new.
    The item is kept as it came, as one object: each type has fields of its own.
    """

    primary_key = ["workspaceId", "entityType", "id", "changeType", "changedAt"]  # noqa: RUF012 - as the CDK declares it
    cursor_field = "changedAt"
    state_key = "changedAt"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/entities/{change}", paging=PAGING, sends=("start", "end", "type"), key=_event
    )

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync)
        self._type_refusal = SharedRefusal(BadRequest, NoSuchRoute)
        self._refused: set[tuple[str, str]] = set()
        self._taken: set[tuple[str, ...]] = set()
        self._one_by_one: set[tuple[str, str]] = set()
        """Workspaces and their feeds in which several types at once turned out to be of no use."""
        self._at_hand: dict[tuple[str, ...], Page] = {}
        """First pages that were fetched to see what the host does."""
        self._timeless: defaultdict[str, set[Hashable]] = defaultdict(set)

    def beginning(self) -> datetime:
        return self.sync.config.start_date or self.began - WINDOW

    def feeds(self, workspace: Workspace, window: Mapping[str, str]) -> Sequence[Part]:
        at_once = self._at_once(workspace, window)
        rest = [[entity_type] for entity_type in ENTITY_TYPES if entity_type not in at_once]
        groups = [at_once, *rest] if at_once else rest
        return [{"type": types, "change": change} for types in groups for change in CHANGES]

    def _at_once(self, workspace: Workspace, window: Mapping[str, str]) -> Sequence[str]:
        """The types that can be asked for in one request; none where several cannot."""
        doubt = ""
        for types in (ENTITY_TYPES, TYPES_TAKEN):
            try:
                self._require_proof(workspace, types, window)
            except (BadRequest, NoSuchRoute) as refusal:
                doubt = f"Clockify refuses several at once ({refusal.said})"
            except _InDoubt as found:
                doubt = str(found)
                break
            else:
                return types
        self._tell_of_doubt(workspace, doubt)
        return ()

    def _require_proof(self, workspace: Workspace, types: Sequence[str], window: Mapping[str, str]) -> None:
        """Ask for several types until an answer has a row that is not of the one at either end.

        A host that reads only one of several would read the first or the last. Where too little happened in the window, the
        latest month is looked at, feed by feed: what one of them shows counts for all, as they take the same parameter.

        Raises:
            _InDoubt: no answer shows it, or a row does not tell its type.
            BadRequest, NoSuchRoute: the host refuses these types together.
        """
        month = {"start": to_query(self.began - WINDOW), "end": to_query(self.began)}
        looks = [(change, month) for change in CHANGES]
        found: dict[tuple[str, ...], Page] = {}
        for change, span in looks if month == window else [(CHANGES[0], window), *looks]:
            page = self.fetch(slice_of(workspace, {"type": types, "change": change}, span), PAGING.place(0))
            told = _types_told(page, types)
            if span == window:
                found[workspace.id, change, span["start"]] = page
            if len(told) > 1 or told - {types[0], types[-1]}:
                self._at_hand |= found
                return
        raise _InDoubt("no answer shows that more than one of several is read")

    def pages(self, stream_slice: StreamSlice) -> Iterator[Page]:
        types = stream_slice["type"]
        if len(types) > 1:
            return self._pages_of_several(stream_slice)
        return self._type_refusal.pages((stream_slice["workspaceId"], *types), super().pages(stream_slice))

    def _pages_of_several(self, stream_slice: StreamSlice) -> Iterator[Page]:
        types, feed = stream_slice["type"], (stream_slice["workspaceId"], stream_slice["change"])
        first: Sequence[str] = ()

        def fetch(place: Parameters) -> Page:
            nonlocal first
            if feed in self._one_by_one:
                raise _InDoubt
            is_first = place == PAGING.place(0)
            page = self._at_hand.pop((*feed, stream_slice["start"]), None) if is_first else None
            page = page or self.fetch(stream_slice, place)
            _types_told(page, types)
            if is_first:
                first = page.keys
            elif len(first) >= PAGING.limit and page.keys == first:
                raise _InDoubt("its pages are all the first one, in which each type may have no more than a share")
            return page

        try:
            yield from self.endpoint.pages(fetch)
        except (BadRequest, NoSuchRoute) as refusal:
            raise _InDoubt(f"Clockify refuses several at once ({refusal.said})") from refusal

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        types = stream_slice["type"]
        record = {
            "entityType": types[0] if len(types) == 1 else _type_told(row),
            "id": _id(row),
            "changeType": stream_slice["change"].upper(),
            "changedAt": _changed_at(row, stream_slice["change"]),
            "entity": row,
        }
        if record["changedAt"] is None:
            record["changedAt"] = stream_slice["end"]
            self._timeless[stream_slice["workspaceId"]].add(
                (record["entityType"], record["id"], stream_slice["change"])
            )
        return super().record(record, stream_slice)

    def batches(self, pages: Iterable[Page], context: SliceContext) -> Iterator[list[Row]]:
        seen: set[Hashable] = set()
        try:
            yield from self._once_each(pages, context, seen)
        except _InDoubt as doubt:
            self._take_apart(context, str(doubt))
            for entity_type in context.slice["type"]:
                yield from self._of_type(entity_type, context, seen)
        self.slice_done(context)
        if context.position == context.of and (timeless := self._timeless[context.workspace.id]):
            self.logger.warning(
                f"{self.name}: {len(timeless)} changes from {context.workspace} tell no time: their changedAt is the end of the "
                "window in which they were found."
            )

    def _of_type(self, entity_type: str, context: SliceContext, seen: set[Hashable]) -> Iterator[list[Row]]:
        """What a feed has of one type, where it cannot be asked for several."""
        window = {"start": context.slice["start"], "end": context.slice["end"]}
        feed = {"type": [entity_type], "change": context.slice["change"]}
        part = replace(context, slice=slice_of(context.workspace, feed, window), volume=0)
        yield from self._once_each(self.pages(part.slice), part, seen)
        context.volume += part.volume

    def _once_each(self, pages: Iterable[Page], context: SliceContext, seen: set[Hashable]) -> Iterator[list[Row]]:
        """Each change once, by the primary key: an item may come twice for one change, with a difference elsewhere."""
        key, types = itemgetter(*self.primary_key), context.slice["type"]
        feed = (context.workspace.id, context.slice["change"], *types)
        try:
            for records in super().batches(pages, context):
                new = {key(record): record for record in records if key(record) not in seen}
                if len(types) > 1 and len(new) < len(records):
                    raise _InDoubt("rows that differ tell the same type, id and time")
                seen.update(new)
                self._stats.leave_out(context.workspace, len(records) - len(new))
                self._taken.add(feed)
                yield list(new.values())
            self._taken.add(feed)
        except (BadRequest, NoSuchRoute) as refusal:
            if feed in self._taken:  # so it is not the type
                raise
            self._leave_out(context, refusal)

    def _leave_out(self, context: SliceContext, refusal: ApiError) -> None:
        workspace, [entity_type] = context.workspace, context.slice["type"]
        if (workspace.id, entity_type) in self._refused:
            return
        self._refused.add((workspace.id, entity_type))
        self.logger.info(f"{self.name}: Clockify does not accept the type {entity_type} for {workspace}: left out.")
        if all((workspace.id, one) in self._refused for one in ENTITY_TYPES):
            raise refusal

    def _take_apart(self, context: SliceContext, doubt: str) -> None:
        feed = (context.workspace.id, context.slice["change"])
        if feed not in self._one_by_one:
            self._one_by_one.add(feed)
            self._tell_of_doubt(context.workspace, doubt, f" in the feed of {context.slice['change']} entities")

    def _tell_of_doubt(self, workspace: Workspace, doubt: str, where: str = "") -> None:
        self.logger.info(f"{self.name}: one type at a time is asked for{where} of {workspace}, as {doubt}.")


def _type_told(row: Row) -> str | None:
    return text_at(row, "documentCode") or text_at(row, "documentType")


def _types_told(page: Page, types: Sequence[str]) -> set[str | None]:
    """The types that the rows of a page tell; raises _InDoubt where one tells none of those that were asked for."""
    told = {_type_told(row) for row in page.rows}
    if not told <= {*types}:
        raise _InDoubt("its rows do not tell their types")
    return told


def _changed_at(row: Row, change: str) -> str | None:
    """When it happened, else any time that the item tells; None where it tells none."""
    audit = row.get("auditMetadata") or at(row, ("document", "auditMetadata"))
    times = {
        "created": text_at(audit, "createdAt"),
        "updated": text_at(audit, "updatedAt"),
        "deleted": text_at(row, "deletedAt"),
    }
    return next((time for time in (times.pop(change), *times.values()) if instant(time)), None)
