"""A small local Clockify API that behaves as the real one does, quirks included: for the demo and the tests."""

from .faults import Fault, RateLimit
from .server import Recorded, Sandbox
from .world import World

__all__ = ["Fault", "RateLimit", "Recorded", "Sandbox", "World"]
