"""Reading histories again: whose turn it is in a sync."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from source_clockify.instants import parse_instant, to_record
from source_clockify.streams.state import Entry, Partition

HISTORY_KEY: Final = "historyReadAt"
"""In the state: when somebody's history was last read from its start; where the option was off then, from when on it counts."""


class HistoryRefresh:
    """Everybody's history is read again once in `days` days (0: never), and no sync reads more than its share.

    `earlier` is what state holds of the users; those who are not in it are read from the start in any case.
    """

    def __init__(self, days: int, earlier: Mapping[Partition, Entry], began: datetime) -> None:
        self._period = timedelta(days=days)
        self._earlier = earlier
        self._began = began

    @cached_property
    def due(self) -> frozenset[Partition]:
        """Whose history is read again in this sync: those for whom it is longest ago, as few as will do.

        Read evenly, n users take `days / n` days each. So nobody may have more before them, in the order of their last
        readings, than fit into what is left of their own days. After a first sync they come due one by one, after one that
        was broken off those whom it did not reach, and after a pause as long as the days all at once.
        """
        if not self._period:
            return frozenset()
        # Not one workspace after the other: where one is no longer read, the gaps are evenly spread.
        queue = sorted(self._earlier, key=lambda partition: (self._read_at(partition), partition[::-1]))
        number = 0
        for place, partition in enumerate(queue, start=1):
            age = min(self._began - self._read_at(partition), self._period)
            number = max(number, place - (len(queue) - len(queue) * age // self._period))
        return frozenset(queue[:number])

    def entry(self, partition: Partition) -> Entry:
        """What the state has to hold of somebody who was read in this sync."""
        if not self._period:
            return {}
        return {HISTORY_KEY: to_record(self._began if partition in self.due else self._read_at(partition))}

    def _read_at(self, partition: Partition) -> datetime:
        kept = self._earlier.get(partition, {}).get(HISTORY_KEY)
        return parse_instant(kept) if kept else self._began
