"""State: small, and safe to stop at any point."""

from random import Random
from typing import Any

import orjson
import pytest
from airbyte_cdk.models import SyncMode
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from harness.clock import FastClock
from source_clockify.instants import parse_instant
from source_clockify.streams.packed_ids import pack, unpack
from source_clockify.streams.state import Entry, PartitionsState

READ_AT = "2026-11-01T08:00:00.000Z"
ENTRY = {"readAt": READ_AT}
SAVED = {"version": 1, "startDate": None, "workspaces": {"w": {"u": ENTRY}}}


def check(entry: Entry) -> None:
    parse_instant(entry["readAt"])


def state(start_date: str | None = None, clock: FastClock | None = None) -> PartitionsState:
    return PartitionsState("time_entries", 2, start_date, check, (clock or FastClock()).monotonic)


def earlier(saved: dict[str, Any], start_date: str | None = None, mode: SyncMode = SyncMode.incremental) -> Any:
    parts = state(start_date)
    parts.set_initial_state(saved)
    return parts.begin(mode)


def test_what_was_saved_comes_back() -> None:
    assert earlier(SAVED) == {("w", "u"): ENTRY}


def test_a_full_refresh_ignores_state() -> None:
    assert earlier(SAVED, mode=SyncMode.full_refresh) == {}


@pytest.mark.parametrize(
    "saved", [{}, {"__ab_no_cursor_state_message": True}, {"__ab_full_refresh_sync_complete": True}]
)
def test_the_state_of_a_stream_that_was_a_full_refresh_is_no_state(saved: dict[str, Any]) -> None:
    assert earlier(saved) == {}


@pytest.mark.parametrize(
    "saved",
    [
        {"start": "2024-01-01"},
        {"version": 2, "startDate": None, "workspaces": {}},
        {"version": 1, "workspaces": {}},
        {"version": 1, "startDate": None, "workspaces": []},
        {"version": 1, "startDate": None, "workspaces": {"w": {"u": "2024"}}},
        {"version": 1, "startDate": None, "workspaces": {"w": {"u": {"readAt": "yesterday"}}}},
        {"version": 1, "startDate": None, "workspaces": {"w": {"u": {}}}},
        {"version": 1, "startDate": 5, "workspaces": {"w": {"u": ENTRY}}},
    ],
)
def test_a_state_that_cannot_be_read_is_a_clear_error(saved: dict[str, Any]) -> None:
    with pytest.raises(AirbyteTracedException, match="saved state of time_entries cannot be read"):
        earlier(saved, "2024-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("read_from", "start_date", "kept"),
    [
        (None, None, True),
        (None, "2024-01-01T00:00:00.000Z", True),
        ("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.000Z", True),
        ("2024-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z", True),
        ("2024-01-01T00:00:00.000Z", "2023-01-01T00:00:00.000Z", False),
        ("2024-01-01T00:00:00.000Z", None, False),
    ],
)
def test_an_earlier_start_date_reads_anew(read_from: str | None, start_date: str | None, kept: bool) -> None:
    assert bool(earlier({**SAVED, "startDate": read_from}, start_date)) is kept


def test_parts_not_yet_read_keep_their_earlier_entry() -> None:
    parts = state()
    parts.set_initial_state({**SAVED, "workspaces": {"w": {"u1": ENTRY, "u2": ENTRY}}})
    parts.begin(SyncMode.incremental)
    later = {"readAt": "2026-11-02T08:00:00.000Z"}
    parts.complete(("w", "u1"), later, volume=10**6)
    assert parts.get_stream_state()["workspaces"] == {"w": {"u1": later, "u2": ENTRY}}


def test_a_part_whose_id_the_next_sync_would_refuse_is_not_remembered() -> None:
    parts = state()
    parts.set_initial_state({})
    parts.begin(SyncMode.incremental)
    parts.complete(("w", "u1"), ENTRY, volume=0)
    parts.complete(("w", "../../user"), ENTRY, volume=0)
    parts.end()
    assert earlier(dict(parts.get_stream_state())) == {("w", "u1"): ENTRY}


def emitted(parts: PartitionsState, users: int, entry: Entry, volume: int) -> list[int]:
    """Sizes of the states that a first sync emits, with the same entry for each user and so many bytes read for it."""
    parts.set_initial_state({})
    parts.begin(SyncMode.incremental)
    published, sizes = parts.get_stream_state(), []
    for user in range(users):
        parts.complete(("w" * 24, f"{user:024}"), entry, volume)
        if parts.get_stream_state() is not published:
            published = parts.get_stream_state()
            sizes.append(len(orjson.dumps(published)))
    parts.end()
    return [*sizes, len(orjson.dumps(parts.get_stream_state()))]


def test_state_stays_below_a_twentieth_of_what_is_read() -> None:
    parts, volume = state(), 50 * 680
    assert sum(emitted(parts, 5000, ENTRY, volume)) < 0.05 * 5000 * volume
    assert len(parts.get_stream_state()["workspaces"]["w" * 24]) == 5000


def test_it_does_so_where_few_users_have_most_of_the_state() -> None:
    parts, volume = state(), 50 * 680
    parts.set_initial_state({})
    parts.begin(SyncMode.incremental)
    known, emitted_bytes = parts.get_stream_state(), 0
    for number in range(2000):
        is_busy = number % 2
        entry = {**ENTRY, "ids": "x" * 2000} if is_busy else ENTRY
        parts.complete(("w", f"u{number}"), entry, 2 * volume if is_busy else 500)
        if parts.get_stream_state() is not known:
            known = parts.get_stream_state()
            emitted_bytes += len(orjson.dumps(known))
    assert emitted_bytes < 0.05 * 2000 * volume


def published_after(parts: PartitionsState, volumes: list[int], entry: Entry = ENTRY) -> list[int]:
    """How many users each state has that a first sync emits, given the bytes that are read for one user after the other."""
    parts.set_initial_state({})
    parts.begin(SyncMode.incremental)
    known, counts = parts.get_stream_state(), []
    for number, volume in enumerate(volumes, start=1):
        parts.complete(("w", f"u{number}"), entry, volume)
        if parts.get_stream_state() is not known:
            known = parts.get_stream_state()
            counts.append(len(known["workspaces"]["w"]))
            assert counts[-1] == number
    return counts


def test_progress_is_kept_once_enough_has_been_read() -> None:
    large = {**ENTRY, "ids": "x" * 1000}  # beside which the rest of the state is nothing
    assert published_after(state(), [20_000, 20_000, 20_000, 20_000], large) == []
    assert published_after(state(), [30_000, 40_000, 50_000, 80_000, 60_000], large) == [1, 3, 5]


def test_however_slowly_records_come_no_more_than_five_minutes_are_lost(clock: FastClock) -> None:
    clock.sleep(50_000)
    parts, published = state(clock=clock), []
    parts.set_initial_state({})
    parts.begin(SyncMode.incremental)
    for seconds in (0, 299, 300, 301, 599, 600, 1800):
        clock.sleep(50_000 + seconds - clock.monotonic())
        before = parts.get_stream_state()
        parts.complete(("w", f"u{seconds}"), ENTRY, volume=1)
        if parts.get_stream_state() is not before:
            published.append(seconds)
    assert published == [300, 600, 1800]
    assert len(parts.get_stream_state()["workspaces"]["w"]) == 7


def test_a_state_that_was_emitted_is_not_changed_afterwards() -> None:
    parts = state()
    parts.set_initial_state(SAVED)
    earlier_entries = parts.begin(SyncMode.incremental)
    parts.complete(("w", "u1"), ENTRY, volume=10**6)
    emitted_state = parts.get_stream_state()
    text = orjson.dumps(emitted_state)
    parts.complete(("w", "u2"), ENTRY, volume=0)
    parts.forget(("w", "u"))
    assert orjson.dumps(emitted_state) == text
    assert earlier_entries == {("w", "u"): ENTRY}


def test_what_is_forgotten_is_in_no_later_state() -> None:
    parts = state()
    parts.set_initial_state(SAVED)
    parts.begin(SyncMode.incremental)
    parts.forget(("w", "u"))
    parts.forget(("w", "never known"))
    parts.end()
    assert parts.get_stream_state()["workspaces"] == {}


def test_state_stays_small_with_the_ids_of_the_look_back() -> None:
    random = Random(1)
    ids = {f"{random.getrandbits(96):024x}" for _ in range(100)}
    sizes = emitted(state(), 1000, {**ENTRY, "since": READ_AT, "ids": pack(ids)}, volume=100 * 680)
    assert max(sizes) < 3_000_000
    assert sum(sizes) < 0.1 * 1000 * 100 * 680


@pytest.mark.parametrize("ids", [set(), {"64a687e29ae1f428e7ebe303"}, {"64a687e29ae1f428e7ebe303", "no-object-id"}])
def test_packed_ids_come_back(ids: set[str]) -> None:
    assert sorted(unpack(pack(ids))) == sorted(ids)


@pytest.mark.parametrize("packed", ["not base64!", "QUJD"])
def test_ids_that_were_not_packed_are_refused(packed: str) -> None:
    with pytest.raises(ValueError, match=r"`ids` is (cut off|not what a sync has written)"):
        unpack(packed)


def test_the_cdk_setting_state_again_while_reading_changes_nothing() -> None:
    parts = state()
    parts.set_initial_state(SAVED)
    parts.begin(SyncMode.full_refresh)
    parts.set_initial_state(parts.get_stream_state())
    parts.end()
    assert parts.get_stream_state()["workspaces"] == {}
