"""The streams, as the pages that are made of them need them."""

from pathlib import Path
from typing import Final, cast

from airbyte_cdk.sources.streams import Stream

from source_clockify import SourceClockify

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"


def all_streams() -> list[Stream]:
    """Every stream there can be, in the order of reading. Sends no request."""
    snapshots_api = {"mode": "token", "access_token": "unused-token", "company_id": "unused"}
    return SourceClockify().streams({"api_key": "unused-key", "snapshots_api": snapshots_api})


def key_of(stream: Stream) -> list[str]:
    """The columns of a stream's primary key."""
    key = stream.primary_key
    return [key] if isinstance(key, str) else cast("list[str]", key or [])
