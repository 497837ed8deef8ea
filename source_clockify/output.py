"""What the connector prints: UTF-8 whatever the locale, ended by the first write that fails, without the CDK's repetitions."""

import io
import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn

from airbyte_cdk.logger import PRINT_BUFFER


def print_as_utf_8() -> None:
    """Let standard output and error be UTF-8 with plain line ends, as Airbyte's protocol has it.

    Text that is not valid Unicode is escaped, which within JSON means the same: one character that cannot be encoded would
    lose the whole output.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def end_at_the_first_failed_write() -> None:
    """End the process when a line cannot be written, whichever thread writes it: nobody reads any more, or the disk is full.

    A log line is often the first. Python would swallow its error and wait on for the quota of an hour, or go on after a torn
    line as if nothing had happened.
    """
    if sys.__stdout__ is None:
        _end("it is closed")
    flush = PRINT_BUFFER.flush

    def flush_or_end() -> None:
        try:
            flush()
        except BrokenPipeError:
            os._exit(1)
        except OSError as fault:
            _end(str(fault.strerror))

    PRINT_BUFFER.flush = flush_or_end  # type: ignore[method-assign]  # records and log lines alike go through it


def _end(reason: str) -> NoReturn:
    with suppress(OSError):
        os.write(2, f"The output cannot be written: {reason}\n".encode())
    os._exit(1)


def quiet_repetitions(name: str) -> None:
    """Keep two of the CDK's lines out of the log, but of a debug log: its run times, after each stream with all earlier ones, and
    the whole state of a stream, which may have megabytes.
    """
    logger = logging.getLogger(f"airbyte.{name}")

    def is_told(record: logging.LogRecord) -> bool:
        repeats = record.getMessage().startswith((f"{name} runtimes:", f"Setting state of {name} stream to"))
        return not repeats or logger.isEnabledFor(logging.DEBUG)

    logger.addFilter(is_told)
