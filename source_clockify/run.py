"""Console entry of the connector."""

import argparse
import ctypes
import gc
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Any, Final

import airbyte_cdk.entrypoint
from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.models import ConnectorSpecification, FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import get_secret_paths, update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.config import ClockifyConfig
from source_clockify.excerpts import listed
from source_clockify.output import end_at_the_first_failed_write, print_as_utf_8, quiet_repetitions
from source_clockify.source import SourceClockify
from source_clockify.values import is_secret

M_ARENA_MAX: Final = -8
"""As glibc's malloc.h has it."""


class ClockifyEntrypoint(AirbyteEntrypoint):
    """The CDK's entrypoint, but what is wrong with a command is told with its cure, and without a stack trace."""

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
        """Hide the secrets of a configuration, but what is refused as one: the CDK would hide each "a" of a key of "a"."""
        paths = get_secret_paths(connection_specification.get("properties", {}))
        update_secrets([value.strip() for path in paths if is_secret(value := _at(config, path))])

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Any) -> None:
        ClockifyConfig.parse(config)

    def run(self, parsed_args: argparse.Namespace) -> Iterable[str]:
        try:
            yield from super().run(parsed_args)
        except Exception as fault:  # noqa: BLE001 - the CDK's own handler hides secrets in the JSON of a message, not in its texts
            traced = (
                AirbyteTracedException.from_exception(fault) if not isinstance(fault, AirbyteTracedException) else fault
            )
            status = traced.as_connection_status_message()
            if parsed_args.command == "check" and status:
                yield self.airbyte_message_to_string(status)
                return
            message = traced.as_sanitized_airbyte_message()
            if traced.failure_type == FailureType.config_error and message.trace and message.trace.error:
                message.trace.error.stack_trace = (
                    None  # the place in the code says nothing to whoever has to mend a file
                )
            yield self.airbyte_message_to_string(message)
            sys.exit(1)


def _at(config: Any, path: Iterable[str]) -> Any:
    """A value within a configuration; None where there is none."""
    for key in path:
        config = config.get(key) if isinstance(config, Mapping) else None
    return config


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


def run() -> None:
    """Run one command: spec, check, discover or read."""
    if os.getpid() == 1:  # the first process of a container, which does not get SIGTERM unless it handles it
        signal.signal(signal.SIGTERM, _stop)
    _tune_memory()
    print_as_utf_8()
    end_at_the_first_failed_write()
    source = SourceClockify()
    quiet_repetitions(source.name)
    airbyte_cdk.entrypoint.AirbyteEntrypoint = ClockifyEntrypoint  # type: ignore[misc]  # launch() takes no class
    launch(source, sys.argv[1:])
