"""How much a message repeats of what others wrote: enough to recognize it, whatever its size or depth."""

import reprlib
from collections.abc import Collection
from itertools import islice
from typing import Final

LONGEST: Final = 200
"""Characters of a text or a value that a message repeats."""
LONGEST_NAME: Final = 100
MOST: Final = 10
"""Names of a list that a message repeats."""

_REPR: Final = reprlib.Repr()
_REPR.maxlevel = 3
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = LONGEST


def excerpt(text: str, longest: int = LONGEST) -> str:
    """A text, cut where it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def quoted(value: object) -> str:
    """A value of a JSON document as a message shows it: of long lists and objects the first entries, cut like a text."""
    return excerpt(_REPR.repr(value))


def listed(names: Collection[str]) -> str:
    """Names in a row: the first ten, and how many more there are."""
    more = len(names) - MOST
    return ", ".join(excerpt(name, LONGEST_NAME) for name in islice(names, MOST)) + (
        f" and {more} more" if more > 0 else ""
    )
