"""Every stream returns each row exactly once, none missing, whatever the account's time zone."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path

import orjson
import pytest

from harness.connector import KEYS, Connector, Output, Row, identities
from integration_tests.conftest import Connect
from sandbox import Sandbox, World
from source_clockify.streams.catalog import FEATURES

PLAN_STREAMS = {name for name, feature in FEATURES.items() if feature}
LEFT_OUT = {"authToken", "hasPassword"}
# Their rows are made of others', so they have tests of their own.
DERIVED = {"time_entry_report", "expense_report", "time_totals", "audit_log", "entity_changes"}
DAY = timedelta(days=1)
Whole = tuple[World, Sandbox, list[Row], Output]


def truth(world: World, stream: str) -> list[Row]:
    """What the API can show of a stream: entries of users who were removed before are not listed for anybody."""
    return [
        {"workspaceId": place.id, **_as_columns(row)} if stream != "workspaces" else row
        for place in world.workspaces
        for row in world.rows(stream, place.id)
        if stream != "time_entries" or row["userId"] not in world.removed_users(place.id)
    ]


def _as_columns(row: Row) -> Row:
    """A row with one type a field: a default value of a custom field that is no text is JSON text."""
    value = row.get("workspaceDefaultValue")
    return (
        row
        if value is None or isinstance(value, str)
        else {**row, "workspaceDefaultValue": orjson.dumps(value).decode()}
    )


@pytest.fixture(scope="module", params=["America/Los_Angeles", "Pacific/Auckland"], ids=["west of UTC", "east of UTC"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """One full read of a world with small pages: the world, its sandbox, the catalog's streams, the output."""
    world = World.generate(seed=1, time_zone=request.param)
    with Sandbox(world, page_cap=7) as sandbox:
        connector = Connector(sandbox, tmp_path_factory.mktemp("whole"))
        yield world, sandbox, connector.streams, connector.read()


def test_each_row_comes_once(whole: Whole) -> None:
    world, _, streams, output = whole
    read = output.records()
    assert {stream["name"] for stream in streams} == FEATURES.keys()
    for name in {stream["name"] for stream in streams} - DERIVED:
        assert identities(name, read[name]) == identities(name, truth(world, name)), name
    assert output.returncode == 0
    assert set(output.statuses().values()) == {"COMPLETE"}


def test_nothing_of_the_api_is_lost_or_changed(whole: Whole) -> None:
    world, _, streams, output = whole
    for stream in [stream for stream in streams if stream["name"] not in DERIVED]:
        name = stream["name"]
        held = {next(iter(identities(name, [row]))): row for row in truth(world, name)}
        for record in output.records()[name]:
            row = held[next(iter(identities(name, [record])))]
            assert {key: record.get(key) for key in row.keys() - LEFT_OUT} == {
                key: value for key, value in row.items() if key not in LEFT_OUT
            }, name
            assert record.keys() <= stream["json_schema"]["properties"].keys(), name


def test_no_parameter_is_sent_in_vain(whole: Whole) -> None:
    _, sandbox, _, _ = whole
    assert sandbox.ignored_parameters == set()


def test_what_the_plan_lacks_is_asked_for_once(whole: Whole) -> None:
    _, sandbox, _, output = whole
    refused = [request.route for request in sandbox.requests if request.status == 403]
    assert len(refused) == len({feature for feature in FEATURES.values() if feature})
    told = {level: [line for line in output.logs(level) if "not in the plan" in line] for level in ("WARN", "INFO")}
    assert len(told["WARN"]) == 1
    assert sorted(line.split(":")[0] for line in told["WARN"] + told["INFO"]) == sorted(PLAN_STREAMS)


def test_running_and_future_entries_are_there(whole: Whole) -> None:
    world, _, _, output = whole
    entries = output.records()["time_entries"]
    now = world.now.isoformat()
    assert any(entry["isRunning"] and "timeIntervalEnd" not in entry for entry in entries)
    assert any(entry["timeIntervalStart"] > now for entry in entries), now
    assert len({entry["syncedAt"] for entry in entries}) == 1


@pytest.mark.parametrize("last_page_header", [False, None], ids=["total-count", "neither header"])
def test_without_the_last_page_header(last_page_header: bool | None, tmp_path: Path) -> None:
    world = World.generate(seed=2, users=8, entries_per_user=10)
    with Sandbox(world, page_cap=4, last_page_header=last_page_header) as sandbox:
        read = Connector(sandbox, tmp_path).read().records()
    for name in ("users", "clients", "tasks", "time_entries", "expenses", "invoices", "approval_requests"):
        assert identities(name, read[name]) == identities(name, truth(world, name)), name


def test_start_date_leaves_out_what_starts_earlier(connect: Connect) -> None:
    world = World.generate(seed=3, time_zone="America/Los_Angeles", users=4, entries_per_user=5)
    acme = world.workspaces[0].id
    user = world.rows("users", acme)[0]["id"]
    before = world.add_time_entry(user, "2026-01-31T23:59:59Z", "2026-02-01T01:00:00Z", acme)
    at = world.add_time_entry(user, "2026-02-01T00:00:00Z", "2026-02-01T01:00:00Z", acme)
    _, connector = connect(world, start_date="2026-02-01")
    read = identities("time_entries", connector.read("time_entries").records()["time_entries"])
    assert at in read
    assert before not in read
    expected = [row for row in truth(world, "time_entries") if row["timeInterval"]["start"] >= "2026-02-01T00:00:00Z"]
    assert read == identities("time_entries", expected)


class TestDerivedStreams:
    def test_the_report_has_everybodys_entries(self, whole: Whole) -> None:
        """Those of people who left too; of the FREE workspace those that its plan lets a report reach."""
        world, _, _, output = whole
        expected: Counter[str] = Counter()
        for place in world.workspaces:
            for row in world.rows("time_entry_report", place.id):
                start = datetime.fromisoformat(row["timeInterval"]["start"])
                if place.name == "Acme" or -365 * DAY <= start - world.now <= 31 * DAY:
                    expected[row["_id"]] += 1
        read = output.records()["time_entry_report"]
        assert identities("time_entry_report", read) == expected
        assert world.removed_users() <= {row["userId"] for row in read}
        assert all("_id" not in row and row["workspaceId"] for row in read)

    def test_the_totals_are_clockifys_own(self, whole: Whole) -> None:
        """Of the FREE workspace those of the months that its plan lets a report reach."""
        world, _, _, output = whole
        month_ahead, year_ago = f"{world.now + 31 * DAY:%Y-%m}", f"{world.now - 365 * DAY:%Y-%m}"
        expected = [
            {"workspaceId": place.id, **row}
            for place in world.workspaces
            for row in world.rows("time_totals", place.id)
            if place.name == "Acme" or year_ago < row["month"] <= month_ahead
        ]
        read = output.records()["time_totals"]
        key = itemgetter(*KEYS["time_totals"])
        assert sorted(read, key=key) == sorted(expected, key=key)
        assert world.removed_users() <= {row["userId"] for row in read}
        assert any(0 < row["billableSeconds"] < row["seconds"] for row in read)

    def test_the_expense_report_has_all_expenses(self, whole: Whole) -> None:
        world, _, _, output = whole
        read = identities("expense_report", output.records()["expense_report"])
        assert read == identities("expenses", world.rows("expenses"))

    def test_the_audit_log_has_all_that_is_kept(self, whole: Whole) -> None:
        world, _, _, output = whole
        read = output.records()["audit_log"]
        added = {"id"}
        kept = {_text(row, added) for row in world.rows("audit_log")}  # rows that are equal in everything are one
        assert Counter(_text(row, added) for row in read) == Counter(kept)

    def test_the_feeds_have_what_clockify_shows(self, whole: Whole) -> None:
        world, _, _, output = whole
        expected = Counter(
            (place.id, entity_type, change["id"], kind.upper())
            for place in world.workspaces
            for kind in ("created", "updated", "deleted")
            for entity_type in world.entity_types
            for change in world.entity_changes(kind, entity_type, workspace=place.id)
        )
        read = output.records()["entity_changes"]
        told = Counter((row["workspaceId"], row["entityType"], row["id"], row["changeType"]) for row in read)
        assert told == expected
        left_out = [line for line in output.logs("INFO") if "does not accept the type" in line]
        assert len(left_out) == (17 - len(world.entity_types)) * len(world.workspaces)


def _text(row: Row, without: set[str]) -> str:
    return repr(sorted((key, value) for key, value in row.items() if key not in without and value is not None))
