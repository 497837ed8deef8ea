"""What a host says, as it may stand in a message: without secrets, legible, and short."""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urlsplit

from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_clockify.excerpts import excerpt

LONGEST: Final = 300
"""Characters of a quotation."""
_LOOKED_AT: Final = 20 * LONGEST
"""Characters that are searched for secrets: a secret cut off at their end is far beyond what is shown."""


def legible(said: str) -> str:
    """Words of a host: secrets hidden, line breaks and what cannot be seen written as escapes, a long text cut."""
    text = filter_secrets(said[:_LOOKED_AT])
    return excerpt(repr(excerpt(text, LONGEST))[1:-1], LONGEST)


def host_of(url: str) -> str:
    """The host of an address for people, also where the address is none."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return legible(host or url.partition("://")[2].partition("/")[0] or "the host")


def path_of(url: str) -> str:
    """The path of an address, without parameters."""
    return legible("/" + url.partition("?")[0].partition("://")[2].partition("/")[2])


def written_forms(secret: str) -> Iterator[str]:
    """A secret as it may come back: as it is, in an address, in JSON of any style."""
    encoded = quote(secret, safe="")
    escaped = json.dumps(secret)[1:-1]
    lower = "".join(f"%{part[:2].lower()}{part[2:]}" if at else part for at, part in enumerate(encoded.split("%")))
    yield from dict.fromkeys((secret, encoded, lower, escaped, escaped.replace("/", "\\/")))
