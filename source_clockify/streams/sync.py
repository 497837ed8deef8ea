"""A sync: what its streams share."""

import logging
from collections.abc import Mapping
from typing import Protocol, TypeVar

from source_clockify.api.clock import Clock
from source_clockify.api.clockify import CLOCKIFY, ApiKeyAuthenticator
from source_clockify.api.errors import Refused
from source_clockify.api.pace import RequestBudget
from source_clockify.api.session import SYNC_RETRIES, ApiSession, RetryPolicy, reveal
from source_clockify.config import ClockifyConfig
from source_clockify.streams.refusals import SharedRefusal
from source_clockify.streams.slices import Workspace

logger = logging.getLogger("airbyte")


class _MadeForASync(Protocol):
    def __init__(self, sync: "Sync") -> None: ...


StreamOfSync = TypeVar("StreamOfSync", bound=_MadeForASync)


class Sync:
    """One configuration, one session, one clock, and each stream once.

    `selected` are the streams that are read, with the plan feature that each needs. `plan_refusals` are shared by those
    that need the same feature, for each workspace whose plan seems to lack it.
    """

    def __init__(
        self,
        config: ClockifyConfig,
        clock: Clock,
        selected: Mapping[str, str | None] | None = None,
        retries: RetryPolicy = SYNC_RETRIES,
    ) -> None:
        self.config = config
        self.clock = clock
        self.selected = selected or {}
        budget = RequestBudget(config.requests_per_second, clock.monotonic, clock.sleep)
        self.session = ApiSession(CLOCKIFY, ApiKeyAuthenticator(reveal(config.api_key)), budget, retries)
        self.plan_refusals = SharedRefusal(Refused)
        self._streams: dict[type, object] = {}
        self._warned: set[str] = set()

    def tell_of_plan(self, workspace: Workspace, text: str) -> None:
        """Log that a plan lacks a stream: the first time in a workspace as a warning, which stands for the others too."""
        if workspace.id in self._warned:
            logger.info(text)
            return
        self._warned.add(workspace.id)
        logger.warning(f"{text} What else is refused for this reason is skipped without a warning.")

    def stream(self, kind: type[StreamOfSync]) -> StreamOfSync:
        """The stream of a kind: children find their parent here, and the list of workspaces."""
        if kind not in self._streams:
            self._streams[kind] = kind(self)
        stream = self._streams[kind]
        assert isinstance(stream, kind)  # noqa: S101 - tells mypy what the line above has made
        return stream
