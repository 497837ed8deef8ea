"""How many requests a second: the rule by which the pace falls after a refusal and grows again."""

from collections import deque
from typing import Final

SLOWEST: Final = 0.5
"""Requests a second below which the pace does not fall; longer gaps are pauses."""
DIP: Final = 0.85
"""What is left of the pace after a refusal: room for the host's window to drain, and for others who send to it."""
GIVE_WAY: Final = (1 + DIP) / 2
"""What is left of the limit that was found, where less than that was refused: others send as well, or it fell."""
BACK_AFTER: Final = 15.0
"""Seconds until the pace is back at the limit that was found. As each refusal costs a request and a dip, this is as long as a
limit that has risen can wait: where 10 a second became 25, that is reached after 27 seconds, where 5 became 35 after 25."""
LITTLE: Final = 10.0
"""Requests a second. Whoever found less is back sooner (as in CUBIC), and so gets what others set free."""
ONE_MORE_AFTER: Final = 6.0
"""Seconds, once the pace is back, until it is one request a second above the limit that was found. Where that still holds, the
next refusal comes by then, with few other requests under way that are too many."""
STEEPNESS: Final = 4
"""Exponent of the curve. The higher it is, the longer the pace stays near the limit on both sides, and the faster it leaves
one that no longer holds: 16 requests a second more after 12 seconds, 39 after 15."""
FAR: Final = 0.5
"""A limit below this share of the pace was found within a fraction of a second, so it is a rough one: the pace grows from it
at once, and twice as fast."""


class Rate:
    """The pace, as a function of when requests were sent and refused. It has neither a clock nor a lock.

    Nobody tells the limit, but a refusal shows it: it is what was let through in the second before. From then on the pace goes
    as the window of CUBIC does (RFC 9438). It dips, is soon just below the limit that was found, stays there for most of the
    time, and then probes beyond it, slowly at first and ever faster.

    A growth that is always the same has to choose: where it is fast enough to follow a limit that rises, it runs into one that
    does not every few seconds, and so either refusals or the gap after each are many. This curve stays within a few per cent of
    the limit on the average. It meets the limit every 20 seconds, at one or two refusals: 1 % of the requests where 10 a second
    are allowed, less where more are.

    Syncs that share a limit end up with equal shares: all grow by as many requests a second, each dips by a part of its
    own, and whoever is refused what it had before gives way.
    """

    def __init__(self, ceiling: float, now: float) -> None:
        self._ceiling = self._found = self.pace = ceiling
        self._dip = 0.0
        self._back_after = 0.0
        self._used = 0.0
        """Seconds since the last refusal in which the pace was made use of: one that is not used is not proved either."""
        self._haste = 1
        self._sent_at = now
        self._sent: deque[float] = deque()

    def sent(self, now: float) -> int:
        """Note that a request is sent. Gives how many others of the second before are not known to have been refused."""
        self._used += self._haste * min(now - self._sent_at, 1 / self.pace)
        self._sent_at = now
        left, beyond = max(0.0, self._back_after - self._used), max(0.0, self._used - self._back_after)
        if left:
            self.pace = self._found - self._dip * (left / self._back_after) ** STEEPNESS
        else:
            self.pace = min(self._ceiling, self._found + (beyond / ONE_MORE_AFTER) ** STEEPNESS)
        while self._sent and self._sent[0] < now - 1:
            self._sent.popleft()
        self._sent.append(now)
        return len(self._sent) - 1

    def forget(self, sent_at: float) -> None:
        """A request was refused, so it does not count among those that were let through."""
        if sent_at in self._sent:
            self._sent.remove(sent_at)

    def slow_down(self, let_through: int | None) -> float:
        """Slow down after a refusal. Gives for how many seconds nothing more would be let through.

        `let_through` is what `sent` gave for the request that was refused. None stands for nothing at all since the last
        slow-down: so the pace is not what was wrong, and once it is over, half of it is soon made up for.
        """
        before, known = self.pace, self._found
        is_rough = let_through is None or let_through + 1 < FAR * before
        self._used, self._haste = 0.0, 2 if is_rough else 1
        self._found = limit = before if let_through is None else min(before, let_through + 1.0)
        if let_through is None:
            self.pace = limit / 2
        elif is_rough:
            self.pace = limit
        else:
            self._found *= GIVE_WAY if before < known else 1
            self.pace = limit * DIP
        self.pace = max(min(SLOWEST, self._ceiling), self.pace)
        self._found = max(self._found, self.pace)
        self._dip = self._found - self.pace
        self._back_after = BACK_AFTER * min(1.0, self._found / LITTLE) ** 0.5 if self._dip else 0.0
        return max(1 - limit / before, 1 / self.pace)
