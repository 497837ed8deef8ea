"""What a catalog asks for: each stream once, and only streams that are there."""

from collections import Counter
from collections.abc import Collection
from difflib import get_close_matches

from airbyte_cdk.models import AirbyteStream, ConfiguredAirbyteCatalog
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import config_error
from source_clockify.excerpts import LONGEST_NAME, excerpt, listed

_CURE = "refresh the schema of the connection, or take the stream out of the catalog"


def require_one_each(catalog: ConfiguredAirbyteCatalog) -> None:
    """Refuse a catalog without streams, or with one twice: which of two settings is meant nobody can say.

    Raises:
        AirbyteTracedException: config error.
    """
    counts = Counter(configured.stream.name for configured in catalog.streams)
    if not counts:
        raise config_error("The catalog has no stream: choose at least one from the output of discover.")
    if doubled := [name for name, count in counts.items() if count > 1]:
        raise config_error(f"The catalog has more than one entry for {listed(doubled)}: keep one of each.")


def why_missing(
    stream: AirbyteStream, available: Collection[str], unconfigured: Collection[str]
) -> AirbyteTracedException | None:
    """The config error of a stream that cannot be read; None where it can be.

    `available` are the names of the streams that are there, `unconfigured` of those that the Snapshots API would add.
    """
    name = excerpt(stream.name, LONGEST_NAME)
    if stream.namespace:
        return config_error(
            f"{name}: the streams of this source have no namespace, such as {excerpt(stream.namespace, LONGEST_NAME)}: {_CURE}."
        )
    if stream.name in available:
        return None
    if stream.name in unconfigured:
        return config_error(
            f"{name}: is read only with `snapshots_api`: configure it, or take the stream out of the catalog."
        )
    similar = get_close_matches(stream.name, available) if name == stream.name else []
    hint = f"did you mean {', '.join(similar)}?" if similar else f"there are {', '.join(available)}."
    return config_error(f"{name}: there is no such stream: {_CURE}. In its place, {hint}")
