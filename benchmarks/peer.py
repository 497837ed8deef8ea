"""Runs airbyte-source-clockify 0.3.13, in its own environment, against another address: `peer.py ADDRESS read --config …`.

It runs as published, but for two things. Its address is fixed to the global host, so requests are led elsewhere. And the
CDK that it pins has dataclass defaults that Python 3.11 refuses, although the package allows that Python.
"""

import dataclasses
import sys
from typing import Any, Final

from requests.adapters import HTTPAdapter

FIXED: Final = "https://api.clockify.me"
ADDRESS: Final = sys.argv.pop(1)

_send, _dataclass = HTTPAdapter.send, dataclasses.dataclass


def _send_elsewhere(adapter: HTTPAdapter, request: Any, **options: Any) -> Any:
    request.url = request.url.replace(FIXED, ADDRESS, 1)
    return _send(adapter, request, **options)


def _hashable_dataclass(cls: Any = None, /, **options: Any) -> Any:
    def make(plain: Any) -> Any:
        made: Any = _dataclass(**options)(plain)
        if made.__hash__ is None:
            made.__hash__ = object.__hash__
        return made

    return make if cls is None else make(cls)


HTTPAdapter.send = _send_elsewhere  # type: ignore[assignment,method-assign]
dataclasses.dataclass = _hashable_dataclass

from source_clockify.run import run  # noqa: E402 - it needs what is set above

run()
