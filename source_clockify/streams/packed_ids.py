"""Ids in state: Clockify's ObjectIds have 12 bytes, which base64 writes in 16 characters instead of 24."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Final

from source_clockify.values import is_id

_OBJECT_ID: Final = re.compile(r"[0-9a-f]{24}")
_BYTES: Final = 12
_NOT_PACKED: Final = "`ids` is not what a sync has written"


def pack(ids: Iterable[str]) -> str | list[str]:
    """Write ids compactly, or as they are where one of them is not an ObjectId."""
    ordered = sorted(ids)
    if not all(_OBJECT_ID.fullmatch(one) for one in ordered):
        return ordered
    return b64encode(b"".join(map(bytes.fromhex, ordered))).decode()


def unpack(packed: str | list[str]) -> list[str]:
    """Read what `pack` wrote.

    Raises:
        ValueError: where it is something else.
    """
    if isinstance(packed, list) and all(map(is_id, packed)):
        return packed
    if not isinstance(packed, str):
        raise ValueError(_NOT_PACKED)  # noqa: TRY004 - one kind of error, whatever a state may hold
    try:
        raw = b64decode(packed, validate=True)
    except ValueError as fault:
        raise ValueError(_NOT_PACKED) from fault
    if len(raw) % _BYTES:
        raise ValueError("`ids` is cut off")
    return [raw[start : start + _BYTES].hex() for start in range(0, len(raw), _BYTES)]
