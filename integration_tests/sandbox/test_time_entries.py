"""Time entries: their order, the time zone of a window, and look-ups."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from integration_tests.sandbox.conftest import NOW, Ask, ids, pages, user_of
from sandbox import World


def test_they_come_newest_first(world: World, get: Ask) -> None:
    rows = pages(get, f"user/{user_of(world, 'owner')}/time-entries")
    starts = [row["timeInterval"]["start"] for row in rows]
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize("time_zone", ["America/Los_Angeles", "Asia/Tokyo", "UTC"])
def test_a_start_is_wall_clock_in_the_account_s_zone(world: World, get: Ask, time_zone: str) -> None:
    user, start = user_of(world, "owner"), datetime(2027, 11, 1, 12, tzinfo=ZoneInfo(time_zone))
    world.accounts[user]["settings"]["timeZone"] = time_zone
    _, at = (world.add_time_entry(user, start + timedelta(seconds=s), NOW + timedelta(days=999)) for s in (-1, 0))
    assert ids(get(f"user/{user}/time-entries", start="2027-11-01T12:00:00Z").json()) == [at]


def test_look_ups_by_id(world: World, get: Ask) -> None:
    known = world.rows("time_entries", world.workspaces[0].id)[:3]
    elsewhere = world.rows("time_entries", world.workspaces[1].id)[0]["id"]
    asked = {"timeEntryIds": [*ids(known), elsewhere, "0" * 24]}
    assert get(f"time-entries/{known[0]['id']}").json() == known[0]
    found = get("time-entries/batch", method="POST", json=asked).json()
    assert sorted(ids(found)) == sorted(ids(known))
    world.batch_refuses_unknown = True
    assert get("time-entries/batch", method="POST", json=asked).status_code == 400


def test_those_in_progress(world: World, get: Ask) -> None:
    timer, started = world.start_timer(user_of(world, "owner"), "2026-11-20T09:00:00Z"), NOW.replace(tzinfo=UTC)
    assert get(f"time-entries/{timer}").json()["timeInterval"] == {
        "start": "2026-11-20T09:00:00Z",
        "end": None,
        "duration": None,
    }
    running = [
        row["id"] for row in world.rows("time_entries", world.workspaces[0].id) if not row["timeInterval"]["end"]
    ]
    assert timer in running
    assert sorted(ids(pages(get, "time-entries/status/in-progress"))) == sorted(running)
    world.stop_timer(timer, started + timedelta(seconds=5))
    assert get(f"time-entries/{timer}").json()["timeInterval"]["duration"] == "PT1H30M5S"
    assert timer not in ids(pages(get, "time-entries/status/in-progress"))


def test_of_two_that_start_together_the_right_one_goes(world: World, get: Ask) -> None:
    user, start = user_of(world, "owner"), NOW + timedelta(days=400)
    one, other = (world.add_time_entry(user, start, start + timedelta(hours=hours)) for hours in (1, 2))
    world.delete_time_entry(other)
    assert ids(get(f"user/{user}/time-entries", start=f"{start - timedelta(days=1):%FT%TZ}").json()) == [one]
