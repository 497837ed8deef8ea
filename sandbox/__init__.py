"""A small local Clockify API that behaves as the real one does, quirks included: for demo, benchmarks and tests.

Beside it, on a socket of its own, the part of HighLevel's API that goes with it (`snapshots_api`).

A module knows only what comes before it. The rows: `shapes`, `workspace`, `log`, `store`; `actions` changes them.
What Clockify makes of them: `derived`, `reports`, `changes`. All of it: `generate` fills a `world`. What is answered:
`access` decides what a key may read, `api` is how the `endpoints` are declared. Over a socket: `faults`, `host`, `server`.
"""

from .agency import Agency
from .faults import Fault, RateLimit, Raw
from .recorded import Recorded
from .server import Sandbox
from .snapshots_api import SnapshotsSandbox
from .world import World

__all__ = ["Agency", "Fault", "RateLimit", "Raw", "Recorded", "Sandbox", "SnapshotsSandbox", "World"]
