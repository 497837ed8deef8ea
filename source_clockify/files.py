"""The files that a command is given: configuration, catalog and state, read as UTF-8 whatever the locale."""

import json
import os
from abc import ABC
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from airbyte_cdk.models import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStateType,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import config_error
from source_clockify.excerpts import LONGEST_NAME, excerpt, listed

CONFIG_CURE: Final = 'it has to be an object such as {"api_key": "…"}'
CATALOG_CURE: Final = "make one from the output of discover, with the streams to read and their sync modes"
STATE_CURE: Final = "it has to be the list of the state messages of an earlier read, one for each stream, or left out"
PATH_CURE: Final = "check the path, which in a container is the one within it"
PERMISSION_CURE: Final = "make it readable for whoever runs the connector, in the container image user 1000"
ENCODING_CURE: Final = "save it as UTF-8"
DOUBLE_CURE: Final = "keep one of them"
LARGEST: Final = {"--config": 1, "--catalog": 16, "--state": 256}
"""MiB that a file may have. The ids of twelve million time entries fit into such a state."""
DEEPEST: Final = 100
"""Levels of lists and objects. A schema in a catalog has some ten; the CDK, which copies what it gets, fails at some hundreds."""


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
            return _configured_catalog(catalog)
        except Exception as fault:
            reason = f"is not a configured catalog ({_first_line(fault)})"
            raise _unusable("--catalog", catalog_path, reason, CATALOG_CURE) from fault

    @classmethod
    def read_state(cls, state_path: str) -> list[AirbyteStateMessage]:
        if not state_path:
            return []
        state = _read_json("--state", state_path, STATE_CURE)
        if state is None or state == {}:
            return []
        try:
            states = [_state_message(message) for message in _list(state)]
            _require_one_each(states)
        except Exception as fault:
            reason = f"is not a list of state messages ({_first_line(fault)})"
            raise _unusable("--state", state_path, reason, STATE_CURE) from fault
        return states


def _read_json(option: str, path: str, cure: str) -> Any:
    largest = LARGEST[option] * 2**20
    try:
        with Path(path).open("rb") as file:
            content = file.read(largest + 1)
    except PermissionError as fault:
        raise _unusable(option, path, "may not be read", PERMISSION_CURE) from fault
    except (OSError, ValueError) as fault:
        reason = f"cannot be read ({fault.strerror if isinstance(fault, OSError) else fault})"
        raise _unusable(option, path, reason, PATH_CURE) from fault
    if len(content) > largest:
        raise _unusable(option, path, f"is larger than {LARGEST[option]} MiB", cure)
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise _unusable(option, path, "is in UTF-16", ENCODING_CURE)
    try:
        document = orjson.loads(content.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as fault:
        raise _unusable(option, path, f"is not JSON in UTF-8 ({excerpt(str(fault))})", cure) from fault
    if _is_deeper(document, DEEPEST):
        raise _unusable(option, path, f"is nested more than {DEEPEST} levels deep", cure)
    if option == "--config":  # the others are written by programs; PyAirbyte's states have a null twice in each message
        try:
            json.loads(content.removeprefix(BOM_UTF8), object_pairs_hook=_without_doubles)
        except ValueError as fault:
            raise _unusable(option, path, str(fault), DOUBLE_CURE) from fault
    return document


def _is_deeper(document: Any, levels: int) -> bool:
    level = [document]
    for _ in range(levels + 1):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _without_doubles(pairs: list[tuple[str, Any]]) -> None:
    """Of a key that is there twice, each reader of JSON takes the one it likes."""
    counts = Counter(key for key, _ in pairs)
    if doubled := [key for key, count in counts.items() if count > 1]:
        raise ValueError(f"has the same key twice in one object ({listed(doubled)})")


def _configured_catalog(catalog: Any) -> ConfiguredAirbyteCatalog:
    parsed: ConfiguredAirbyteCatalog = ConfiguredAirbyteCatalogSerializer.load(catalog)
    for stream in (configured.stream for configured in parsed.streams):
        if not isinstance(stream.json_schema.get("properties", {}), dict):
            raise ValueError(f"the properties of {excerpt(stream.name, LONGEST_NAME)} are not an object")  # noqa: TRY004 - as below
    return parsed


def _list(state: Any) -> list[Any]:
    if not isinstance(state, list):
        raise ValueError("it is not a list")  # noqa: TRY004 - told as what the reading of its messages finds
    return state


def _state_message(message: Any) -> AirbyteStateMessage:
    parsed = AirbyteStateMessageSerializer.load(message)
    if not parsed.stream or parsed.type not in (None, AirbyteStateType.STREAM):
        raise ValueError("one of its messages is not the state of a stream")
    name = excerpt(parsed.stream.stream_descriptor.name, LONGEST_NAME)
    if parsed.stream.stream_descriptor.namespace is not None:
        raise ValueError(f"the state of {name} has a namespace, as no stream of this source has")
    if not isinstance(message["stream"].get("stream_state"), dict | None):
        raise ValueError(f"the state of {name} is not an object")  # noqa: TRY004 - as above
    parsed.type = AirbyteStateType.STREAM  # without it the CDK would leave the state out
    return parsed


def _require_one_each(states: Sequence[AirbyteStateMessage]) -> None:
    counts = Counter(state.stream.stream_descriptor.name for state in states if state.stream)
    if doubled := [name for name, count in counts.items() if count > 1]:
        raise ValueError(f"it has more than one state of {listed(doubled)}")


def _first_line(fault: Exception) -> str:
    """What is wrong, of a fault that may list the whole of what it has found."""
    lines = [line.strip("- ") for line in str(fault).splitlines() if line.startswith("- ")] or [str(fault)]
    return excerpt(lines[0])


def _unusable(option: str, path: str, reason: str, cure: str) -> AirbyteTracedException:
    shown = os.fsencode(path).decode("utf-8", "replace")
    return config_error(f"{option} {excerpt(shown)} {reason}: {cure}.")
