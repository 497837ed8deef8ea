"""What the fuzz tests try: documents that are right but for a few places. FUZZ is the number of examples of each test."""

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from unit_tests.conftest import WORKSPACE

TOKEN = "a-token-that-nobody-may-see"
READ_AT = "2026-11-01T08:00:00.000Z"

fuzzed = settings(
    max_examples=int(os.environ.get("FUZZ", "150")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
"""The same examples each time, in no time limit of their own, and nothing kept between runs."""

PATHS = st.sampled_from(["", ".", "..", "../../x", "a/b", "a?b=c", "a#b", "%2e%2e", "a b", "a\\b", "é", "x" * 3000])
TIMES = st.sampled_from(
    [
        *[
            "2026-11-01",
            "2026-11-01T08:00:00Z",
            "20261101",
            "2026-W45-1",
            "2024-02-30",
            "24:00:00",
            "2026-11-01T24:00:00Z",
        ],
        *["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"],
        *["10000-01-01", "0000-01-01", "2026-11-01T08:00:00+25:00", "1969-12-31T23:59:59Z", "2099-01-01T00:00:00Z"],
    ]
)
ADDRESSES = st.sampled_from(
    [
        *[
            "https://acme.clockify.me",
            "http://127.0.0.1:9",
            "acme.clockify.me",
            "http://acme.clockify.me",
            "https://a b",
        ],
        *["http://evil.example\\[::1]", "https://a@evil.example", "https://a..b", "https://%", f"https://{'a' * 300}"],
    ]
)
WORDS = st.sampled_from(
    ["token", "off", "oauth", "global", "GLOBAL", "a", "type", "TRACE", "null", "0", WORKSPACE, "u1"]
)
TEXTS = st.one_of(PATHS, TIMES, ADDRESSES, WORDS, st.text(st.characters(codec="utf-8"), max_size=10))
NUMBERS = st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False))
SIMPLE = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
ENTRY: dict[str, Any] = {
    "readAt": READ_AT,
    "updatedAt": READ_AT,
    "timestamp": READ_AT,
    "since": "2026-10-02T08:00:00Z",
    "historyReadAt": READ_AT,
    "running": ["e1", "e2"],
    "ids": ["e3"],
}


@st.composite
def damaged(draw: Callable[..., Any], document: Any) -> Any:
    """A document in which one to three places are another value, gone, or under another key; or any value at all."""
    if draw(st.integers(0, 19)) == 0:
        return draw(VALUES)
    whole = deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(whole))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        is_list = isinstance(holder, list)
        how = draw(st.sampled_from(["other", "alike", "alike", "gone", *["doubled" if is_list else "renamed"] * 2]))
        if how in ("other", "alike"):
            holder[key] = draw(_like(holder[key]) if how == "alike" else VALUES)
        elif how == "doubled":
            holder.append(deepcopy(holder[key]))
        elif how == "renamed":
            holder[draw(TEXTS)] = holder.pop(key)
        else:
            del holder[key]
    return whole


def _like(value: Any) -> st.SearchStrategy[Any]:
    """Values of the same kind, right or wrong."""
    if isinstance(value, str):
        kinds = {"20": TIMES, "http": ADDRESSES}
        return next((kind for beginning, kind in kinds.items() if value.startswith(beginning)), PATHS | WORDS)
    if isinstance(value, list):
        return st.lists(_like(value[0]) if value else TEXTS, max_size=3)
    return NUMBERS if isinstance(value, int) else VALUES


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every list or object of a document with each of its keys."""
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for key, child in pairs:
        yield value, key
        yield from _places(child)
