"""Counts of a stream while it is read, for the log."""

import logging
from collections import Counter
from typing import Final

from source_clockify.api.session import ApiSession
from source_clockify.streams.slices import Workspace

PROGRESS_EVERY_SECONDS: Final = 30.0


class ReadStats:
    """Logs one line per stream and workspace when it is done, and on long ones the progress every 30 seconds.

    Requests are counted by the workspace in their path; None stands for those that have none. Rows of the API that become
    no record are counted too, so that the figures add up.
    """

    def __init__(self, stream_name: str, session: ApiSession, logger: logging.Logger) -> None:
        self._stream_name = stream_name
        self._session = session
        self._clock = session.budget.clock
        self._logger = logger
        self._records: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._sent_before = session.sent.copy()
        self._told_at = self._clock()

    def add(self, workspace: Workspace | None, records: int) -> None:
        self._records[_id(workspace)] += records

    def leave_out(self, workspace: Workspace | None, rows: int) -> None:
        """Rows that came again, or were not asked for: older than the start date or the cursor."""
        self._left_out[_id(workspace)] += rows

    def slice_done(self, workspace: Workspace, position: int, of: int) -> None:
        """`position` of `of` slices of a workspace is read."""
        if position == of:
            self.done(workspace)
        elif self._clock() - self._told_at >= PROGRESS_EVERY_SECONDS:
            self._told_at = self._clock()
            pace = self._session.budget.pace
            self._logger.info(
                f"{self._stream_name}: {position} of {of} lists, {self._counts(workspace)} so far from {workspace}, "
                f"at most {pace:.1f} requests a second"
            )

    def done(self, workspace: Workspace | None) -> None:
        origin = f" from {workspace}" if workspace else ""
        left_out = self._left_out[_id(workspace)]
        rest = f"; left out {left_out} more rows that came twice or are too old" if left_out else ""
        self._logger.info(f"{self._stream_name}: {self._counts(workspace)}{origin}{rest}")

    def _counts(self, workspace: Workspace | None) -> str:
        requests = self._session.sent[_id(workspace)] - self._sent_before[_id(workspace)]
        return f"{self._records[_id(workspace)]} records, {requests} request{'s' * (requests != 1)}"


def _id(workspace: Workspace | None) -> str:
    return workspace.id if workspace else ""
