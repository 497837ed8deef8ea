"""The files that a command is given: configuration, catalog and state, read as UTF-8 whatever the locale."""

import os
from abc import ABC
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

import orjson
from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import config_error

CONFIG_CURE: Final = 'it has to be an object such as {"api_key": "…"}'
CATALOG_CURE: Final = "make one from the output of discover, with the streams to read and their sync modes"
STATE_CURE: Final = "it has to be the list of the state messages of an earlier read, or left out"


class FileReadingSource(AbstractSource, ABC):
    """A source whose files may begin with a byte order mark; what is wrong with one is told by option, path and cure.

    Each method raises AirbyteTracedException, a config error.
    """

    @staticmethod
    def read_config(config_path: str) -> MutableMapping[str, Any]:
        config = _read_json("--config", config_path, CONFIG_CURE)
        if not isinstance(config, dict):
            raise _unusable("--config", config_path, "is not a JSON object", CONFIG_CURE)
        return config

    @classmethod
    def read_catalog(cls, catalog_path: str) -> ConfiguredAirbyteCatalog:
        catalog = _read_json("--catalog", catalog_path, CATALOG_CURE)
        try:
            return ConfiguredAirbyteCatalogSerializer.load(catalog)
        except Exception as fault:
            raise _unusable("--catalog", catalog_path, "is not a configured catalog", CATALOG_CURE) from fault

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        if not state_path:
            return []
        state = _read_json("--state", state_path, STATE_CURE) or []
        try:
            return [_state_message(message) for message in state]
        except Exception as fault:
            raise _unusable("--state", state_path, "is not a list of state messages", STATE_CURE) from fault


def _read_json(option: str, path: str, cure: str) -> Any:
    try:
        content = Path(path).read_bytes()
    except PermissionError as fault:
        who = "make it readable for whoever runs the connector, in the container image user 1000"
        raise _unusable(option, path, "may not be read", who) from fault
    except (OSError, ValueError) as fault:
        reason = f"cannot be read ({fault.strerror if isinstance(fault, OSError) else fault})"
        raise _unusable(option, path, reason, "check the path, which in a container is the one within it") from fault
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise _unusable(option, path, "is in UTF-16", "save it as UTF-8")
    try:
        return orjson.loads(content.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as fault:
        raise _unusable(option, path, f"is not JSON in UTF-8 ({fault})", cure) from fault


def _state_message(message: Mapping[str, Any]) -> AirbyteStateMessage:
    parsed = AirbyteStateMessageSerializer.load(message)
    if not parsed.stream:
        raise ValueError("no state of a stream")
    return parsed


def _unusable(option: str, path: str, reason: str, cure: str) -> AirbyteTracedException:
    shown = os.fsencode(path).decode("utf-8", "replace")
    return config_error(f"{option} {shown} {reason}: {cure}.")
