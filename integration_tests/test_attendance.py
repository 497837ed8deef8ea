"""Days of the attendance report, as later syncs read them again."""

from datetime import timedelta

from harness.connector import KEYS, Table
from integration_tests.conftest import Connect
from sandbox import World

HOUR = timedelta(hours=1)


def test_a_later_sync_reads_each_day_of_the_look_back_whole(connect: Connect) -> None:
    """Also the day on which the look-back begins, in the middle of which the first sync was made."""
    world = World.generate(seed=41, users=3, entries_per_user=4, projects=2, others=3)
    user = world.rows("users", world.workspace().id)[0]["id"]
    _, connector = connect(world, lookback_days=1)
    connector.clock.fixed = world.now.replace(hour=15)
    first_day = (connector.clock.fixed - timedelta(days=2)).replace(hour=8)
    _, evening = (world.add_time_entry(user, first_day + h * HOUR, first_day + (h + 1) * HOUR) for h in (0, 12))
    table = Table(KEYS["attendance_report"])

    output = connector.sync("attendance_report")
    table.load(output.records()["attendance_report"])
    world.edit_time_entry(evening, end=first_day + 15 * HOUR)
    world.add_time_entry(user, first_day + 48 * HOUR, first_day + 50 * HOUR)
    output = connector.sync("attendance_report", state=output.states())
    table.load(output.records()["attendance_report"])

    truth = {(row["userId"], row["date"]): row for row in world.rows("attendance_report")}
    columns = next(iter(truth.values())).keys()
    found = {key[1:]: {name: row.get(name) for name in columns} for key, row in table.rows.items()}
    assert found == truth
    assert truth[user, f"{first_day:%Y-%m-%d}"]["totalDuration"] >= 4 * 3600
