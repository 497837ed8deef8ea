"""The connectors that `make bench` compares with this one, those that need no environment of their own, on a small account."""

from collections.abc import Iterator

import pytest

from benchmarks.comparison import Account, Sync, cells
from benchmarks.competitors import OURS, others
from benchmarks.processes import serving
from benchmarks.throughput import OTHERS, read_with
from demo.changes import change_clockify
from sandbox import Sandbox, World


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[list[Sync]]]:
    """The syncs of each, before and after changes."""
    world = World.generate(users=15, projects=4, entries_per_user=30, others=3)
    with Sandbox(world) as sandbox:
        account, competitors = Account(sandbox), others(sandbox, tmp_path_factory.mktemp("files"))
        first = account.syncs(competitors)
        for _ in change_clockify(world):
            pass
        yield [first, account.syncs(competitors)]


def faults(syncs: list[Sync]) -> dict[str, tuple[int, int, int, int]]:
    return {sync.title: (sync.doubled, sync.missing, sync.gone, sync.stale) for sync in syncs}


def test_each_reads_the_whole_account(rounds: list[list[Sync]]) -> None:
    assert faults(rounds[0]) == {
        "manifest": (0, 0, 0, 0),
        "manifest, incremental": (0, 0, 0, 0),
        "this connector": (0, 0, 0, 0),
        "requests and orjson": (0, 0, 0, 0),
    }
    assert len({sync.records for sync in rounds[0]}) == 1


def test_a_mere_window_misses_a_deletion_and_an_old_edit(rounds: list[list[Sync]]) -> None:
    assert faults(rounds[1]) == {
        "manifest": (0, 0, 0, 0),
        "manifest, incremental": (0, 0, 1, 1),
        "this connector": (0, 0, 0, 0),
        "requests and orjson": (0, 0, 0, 0),
    }
    records = {sync.title: sync.records for sync in rounds[1]}
    assert records["manifest, incremental"] < records["manifest"] > records["this connector"]


def test_nobody_takes_fewer_requests_than_the_limit(rounds: list[list[Sync]]) -> None:
    for syncs in rounds:
        requests = {sync.title: sync.requests for sync in syncs}
        assert min(requests.values()) == requests["requests and orjson"]
        # It may ask twice for lists of parents.
        assert requests["manifest"] <= requests["requests and orjson"] + 2


def test_the_ratio_is_that_of_this_connector_to_each(rounds: list[list[Sync]]) -> None:
    first, *_ = [row for row in cells(rounds[0]) if row[0] == OURS]
    assert all(cell.endswith(" (1.00)") for cell in first[1:4])


@pytest.mark.parametrize("other", OTHERS)
def test_each_reads_what_the_server_of_many_entries_has(other: str) -> None:
    with serving("benchmarks.volume", "3", "20") as address:
        assert read_with(other, address).lines["RECORD"] == 60
