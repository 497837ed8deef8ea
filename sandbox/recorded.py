"""A request as a host of the sandbox saw it."""

from dataclasses import dataclass, field
from time import monotonic


@dataclass
class Recorded:
    """`route` is the template of its path without the host's prefix; status 0: not answered.

    `at` is when it came, in seconds of the monotonic clock.
    """

    method: str
    path: str
    route: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int = 0
    at: float = field(default_factory=monotonic)
