"""A body is decoded once, in every stream."""

from collections import Counter
from io import BytesIO
from typing import Any

import pytest

from integration_tests.conftest import Connect
from sandbox import Agency, SnapshotsSandbox, World
from source_clockify.api import answers, page
from source_clockify.api.decoding import decode


class Counting:
    """A decoder that counts how often it is given each body."""

    def __init__(self) -> None:
        self.times: Counter[int] = Counter()
        self._bodies: list[bytes] = []

    def note(self, body: bytes) -> None:
        self._bodies.append(body)  # so that no other body gets its identity
        self.times[id(body)] += 1

    def decode(self, body: bytes) -> Any:
        self.note(body)
        return decode(body)

    def open(self, body: bytes) -> BytesIO:
        self.note(body)
        return BytesIO(body)


@pytest.mark.parametrize("last_page_header", [True, None], ids=["Last-Page", "no header"])
def test_a_body_is_decoded_once(
    last_page_header: bool | None, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.generate(seed=61, users=5, entries_per_user=9, projects=3, others=8)
    decoder = Counting()

    monkeypatch.setattr(page, "decode", decoder.decode)
    monkeypatch.setattr(answers, "decode", decoder.decode)
    monkeypatch.setattr(page, "BytesIO", decoder.open)
    with SnapshotsSandbox(Agency(seed=61)) as snapshots:
        sandbox, connector = connect(world, snapshots_api=snapshots.config())
        sandbox.last_page_header = last_page_header
        first = connector.sync()
        second = connector.sync(state=first.states())
        requests = [*sandbox.requests, *snapshots.requests]
    assert set(first.statuses().values()) == set(second.statuses().values()) == {"COMPLETE"}
    assert max(decoder.times.values()) == 1
    assert len(decoder.times) >= sum(request.status == 200 for request in requests)
