"""A small local Clockify API that behaves as the real one does, quirks included: for the demo and the tests.

Beside it, on a socket of its own, the part of HighLevel's API that goes with it.
"""

from .faults import Fault, RateLimit
from .recorded import Recorded
from .server import Sandbox
from .snapshots_api import Agency, SnapshotsSandbox
from .world import World

__all__ = ["Agency", "Fault", "RateLimit", "Recorded", "Sandbox", "SnapshotsSandbox", "World"]
