"""Console entry of the connector."""

import ctypes
import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, Final

import airbyte_cdk.entrypoint
from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import ConnectorSpecification

from source_clockify.config import ClockifyConfig
from source_clockify.source import SourceClockify

M_ARENA_MAX: Final = -8
"""As glibc's malloc.h has it."""


class ClockifyEntrypoint(AirbyteEntrypoint):
    """The CDK's entrypoint, but a bad configuration is told by key and cure; the CDK's own words name neither."""

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Any) -> None:
        ClockifyConfig.parse(config)


def _stop(signal_number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal_number)


def _tune_memory() -> None:
    """Look for cycles rarely, and not in what was imported: records have none, and are gone before the next look.

    And let threads share what is freed: glibc keeps it apart for each fetching thread, megabytes each. Other C libraries do
    not have this knob.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _end_when_nobody_reads() -> None:
    """End the process at the first line that cannot be written, whichever thread writes it.

    A log line is often the first. Python would swallow its error and wait on for the quota of an hour, or for the rows of
    a large account.
    """
    flush = PRINT_BUFFER.flush

    def flush_or_end() -> None:
        try:
            flush()
        except BrokenPipeError:
            os._exit(1)

    PRINT_BUFFER.flush = flush_or_end  # type: ignore[method-assign]  # records and log lines alike go through it


def run() -> None:
    """Run one command: spec, check, discover or read."""
    if os.getpid() == 1:  # the first process of a container, which does not get SIGTERM unless it handles it
        signal.signal(signal.SIGTERM, _stop)
    _tune_memory()
    _end_when_nobody_reads()
    airbyte_cdk.entrypoint.AirbyteEntrypoint = ClockifyEntrypoint  # type: ignore[misc]  # launch() takes no class
    launch(SourceClockify(), sys.argv[1:])
