"""JSON as hosts send it, forgiving where that loses nothing: one odd character is no reason to lose a list."""

import json
from math import isfinite
from typing import Any, Final

import orjson

LONG: Final = 19
"""Digits of a whole number from which on orjson may make a floating-point number of it."""
_SHAPES: Final = bytes.maketrans(b"0123456789,[- ", b"0000000000::::")
_LONG_NUMBER: Final = b":" + b"0" * LONG
"""As it looks in a body of which only the shapes are left: digits of an id follow on a quotation mark."""


def decode(content: bytes) -> Any:
    """The JSON of a body. Halves of an emoji and bytes that are no UTF-8 become U+FFFD, NaN and infinities None; whole
    numbers keep their digits.

    Raises:
        ValueError: where it is no JSON.
    """
    if _LONG_NUMBER not in content.translate(_SHAPES):
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            pass
    text = content.decode("utf-8-sig", "replace")
    return _readable(json.loads(text, parse_constant=lambda _: None, parse_float=_number, parse_int=_whole_number))


def encode(value: Any, *, sort_keys: bool = False) -> str:
    """What was decoded, as JSON again."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if sort_keys else 0).decode()
    except TypeError:  # a number of more than 64 bits
        return json.dumps(value, sort_keys=sort_keys, ensure_ascii=False, separators=(",", ":"))


def _number(text: str) -> float | None:
    number = float(text)
    return number if isfinite(number) else None


def _whole_number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:  # Python has a limit of its own, some thousand digits
        return text


def _readable(value: Any) -> Any:
    """A value without the halves of characters, which no output can hold."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_readable(item) for item in value]
    if isinstance(value, dict):
        return {_readable(key): _readable(item) for key, item in value.items()}
    return value
