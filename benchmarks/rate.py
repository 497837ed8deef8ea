"""How close to the allowed rate a fan-out over many users runs, and what a lower limit costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from benchmarks.connection import read
from benchmarks.figure import Figure
from sandbox import RateLimit, Sandbox, World
from source_clockify.config import ClockifyConfig

LATENCY: Final = 0.1
USERS: Final = 500
USERS_OF_THE_PLAIN_LOOP: Final = 100
MINUTE: Final = 60
"""Seconds that a limit below what is set holds, so that finding it is a small part of them."""
ENTRIES: Final = "/workspaces/{workspaceId}/user/{userId}/time-entries"
SET: Final = ClockifyConfig.model_fields["requests_per_second"].default


def measure() -> Iterator[Figure]:
    """The default settings against servers that allow 50, 25 and 10 requests in any one second."""
    with _account(USERS_OF_THE_PLAIN_LOOP) as (sandbox, config):
        plain = _rate("benchmarks.plain", config, sandbox, limit=50)
    with _account(USERS) as (sandbox, config):
        ours = _rate("source_clockify", config, sandbox, limit=50)
        title = f"requests a second, {USERS} users, 100 ms each"
        yield Figure(f"Rate: {title}", f"{ours:.1f}", f"{SET} set", ours / SET, "≥", 0.95)
        yield Figure(f"Overlap: {title}", f"{ours:.1f}", f"{plain:.1f} plain CDK loop", ours / plain)
        yield _refusals(sandbox, 50, 0.0)
    for limit in (25, 10):
        with _account(MINUTE * limit) as (sandbox, config):
            ours = _rate("source_clockify", config, sandbox, limit)
            title = f"Rate: requests a second where {limit} are allowed, for a minute"
            yield Figure(title, f"{ours:.1f}", f"{limit} allowed", ours / limit, "≥", 0.90)
            yield _refusals(sandbox, limit, 0.03)


@contextmanager
def _account(users: int) -> Iterator[tuple[Sandbox, dict[str, Any]]]:
    world = World.generate(users=users, projects=2, entries_per_user=2, others=2)
    with Sandbox(world, latency=LATENCY) as sandbox:
        config = {"api_key": world.keys["owner"], "api_url": sandbox.url, "workspace_ids": [world.workspace().id]}
        yield sandbox, config


def _rate(module: str, config: dict[str, Any], sandbox: Sandbox, limit: int) -> float:
    """Requests for time entries that were answered a second, from the first to the last."""
    sandbox.clear_requests()
    sandbox.rate_limit = RateLimit(requests=limit, seconds=1.0)
    read(module, config)
    moments = [request.at for request in sandbox.requests if request.route == ENTRIES and request.status == 200]
    return (len(moments) - 1) / (moments[-1] - moments[0])


def _refusals(sandbox: Sandbox, limit: int, share: float) -> Figure:
    refused, sent = sum(request.status == 429 for request in sandbox.requests), len(sandbox.requests)
    title = f"Rate: answers 429 where {limit} a second are allowed"
    return Figure(title, f"{refused}", f"{sent} requests", refused / sent, "≤", share)
