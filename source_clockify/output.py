"""What the connector prints: UTF-8 whatever the locale, ended by the first write that fails, without the CDK's repetitions."""

import io
import logging
import os
import re
import sys
from contextlib import suppress
from typing import Final, NoReturn

from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

_REPEATED: Final = re.compile(r"\S+ runtimes:|Setting state of \S+ stream to")


def print_as_utf_8() -> None:
    """Let standard output and error be UTF-8 with plain line ends, as Airbyte's protocol has it.

    Text that is not valid Unicode is escaped, which within JSON means the same: one character that cannot be encoded would
    lose the whole output.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def end_at_the_first_failed_write() -> None:
    """End the process when a line cannot be written, whichever thread writes it: nobody reads any longer, or the disk is full.

    A log line is often the first. Python would swallow its error and go on waiting for an hourly quota, or go on after a torn
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


def quiet(logger: logging.Logger) -> None:
    """Keep out of a log, but of a debug log, what the CDK tells at length.

    That is its run times, after each stream with all earlier ones; the whole state of a stream, which may have megabytes; and
    the place in the code where a setting was found to be wrong.
    """
    logger.addFilter(_is_told)


def _is_told(record: logging.LogRecord) -> bool:
    if logging.getLogger(record.name).isEnabledFor(logging.DEBUG):
        return True
    fault = record.exc_info[1] if record.exc_info else None
    if isinstance(fault, AirbyteTracedException) and fault.failure_type == FailureType.config_error:
        record.msg, record.args, record.exc_info = f"{record.getMessage()}: {fault}", None, None
    return not _REPEATED.match(record.getMessage())
