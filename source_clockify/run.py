"""Console entry of the connector."""

import argparse
import ctypes
import gc
import os
import signal
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from types import FrameType
from typing import Any, Final

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.exception_handler import assemble_uncaught_exception
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import AirbyteMessage, ConnectorSpecification, FailureType
from airbyte_cdk.sources import Source
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor

from source_clockify.api.clock import Clock
from source_clockify.api.errors import config_error
from source_clockify.config import ClockifyConfig
from source_clockify.excerpts import listed
from source_clockify.output import end_at_the_first_failed_write, print_as_utf_8, quiet
from source_clockify.redaction import hide_secrets
from source_clockify.source import SourceClockify

M_ARENA_MAX: Final = -8
"""As glibc's malloc.h has it."""
_descriptor: Final = lru_cache(HashableStreamDescriptor)


class ClockifyEntrypoint(AirbyteEntrypoint):
    """The CDK's entrypoint, but what is wrong with a command is told with its cure, and without a stack trace."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        quiet(self.logger)

    @staticmethod
    def parse_args(args: list[str]) -> argparse.Namespace:
        parsed = AirbyteEntrypoint.parse_args(args)
        if not parsed.command:
            sys.exit("source-clockify needs a command: spec, check, discover or read (see --help)")
        given = Counter(argument.partition("=")[0] for argument in args if argument.startswith("--"))
        if twice := [option for option, count in given.items() if count > 1]:
            sys.exit(f"source-clockify takes {listed(twice)} once")
        return parsed

    @staticmethod
    def set_up_secret_filter(config: Any, connection_specification: Mapping[str, Any]) -> None:
        hide_secrets(config)

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Any) -> None:
        ClockifyConfig.parse(config)

    @staticmethod
    def handle_record_counts(
        message: AirbyteMessage, stream_message_count: defaultdict[HashableStreamDescriptor, float]
    ) -> AirbyteMessage:
        """As the CDK counts, but without making the key of a stream anew for each of its records."""
        if message.record is None:
            return AirbyteEntrypoint.handle_record_counts(message, stream_message_count)
        stream_message_count[_descriptor(message.record.stream, message.record.namespace)] += 1.0
        return message

    def run(self, parsed_args: argparse.Namespace) -> Iterable[str]:
        try:
            _require_temporary_directory()
            yield from super().run(parsed_args)
        except Exception as fault:  # noqa: BLE001 - the CDK's own handler hides secrets in the JSON of a message, not in its texts
            traced = assemble_uncaught_exception(type(fault), fault)
            status = traced.as_connection_status_message()
            if parsed_args.command == "check" and status:
                yield self.airbyte_message_to_string(status)
                return
            message = traced.as_sanitized_airbyte_message()
            if traced.failure_type == FailureType.config_error and message.trace and message.trace.error:
                # The place in the code says nothing to whoever has to mend a file.
                message.trace.error.stack_trace = None
            yield self.airbyte_message_to_string(message)
            sys.exit(1)


def _require_temporary_directory() -> None:
    """The CDK makes a directory in it for each command, though nothing of this connector's is ever written there."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError as fault:
        raise config_error(
            "There is no directory for temporary files that can be written to: mount one at /tmp (docker run --tmpfs /tmp), "
            "or name one by the environment variable TMPDIR"
        ) from fault


def _stop(signal_number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal_number)


def _tune_memory() -> None:
    """Let garbage collection run rarely, and not over what was imported: records have no cycles.

    And let threads share what is freed: glibc keeps it apart for each fetching thread, megabytes each. Other C libraries do
    not have this knob.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def run(clock: Clock | None = None) -> None:
    """Run one command: spec, check, discover or read. Without a clock it is that of the machine."""
    if os.getpid() == 1:  # the first process of a container, which does not get SIGTERM unless it handles it
        signal.signal(signal.SIGTERM, _stop)
    _tune_memory()
    print_as_utf_8()
    end_at_the_first_failed_write()
    entrypoint = ClockifyEntrypoint(SourceClockify(clock))
    arguments = entrypoint.parse_args(sys.argv[1:])
    with PRINT_BUFFER:
        for line in entrypoint.run(arguments):
            sys.stdout.write(f"{line}\n")  # print() would write twice, and take the buffer's lock for each
