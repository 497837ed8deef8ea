"""What a catalog asks for: each stream once, and only streams that are there."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStream,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    StreamDescriptor,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import config_error
from source_clockify.excerpts import LONGEST_NAME, excerpt, listed

_CURE = "refresh the schema of the connection, or take the stream out of the catalog"


class Selection:
    """What of a catalog can be read, in the order of reading, and what cannot.

    `available` are the names of the streams that are there, in their order, `unconfigured` of those that the Snapshots API
    would add.

    Raises:
        AirbyteTracedException: config error where the catalog cannot be meant as it is.
    """

    def __init__(
        self, catalog: ConfiguredAirbyteCatalog, available: Sequence[str], unconfigured: Collection[str]
    ) -> None:
        _require_one_each(catalog)
        reasons = [(one.stream, _why_missing(one.stream, available, unconfigured)) for one in catalog.streams]
        self._missing = [(stream, fault) for stream, fault in reasons if fault]
        missing = {stream.name for stream, _ in self._missing}
        known = [one for one in catalog.streams if one.stream.name not in missing]
        self.catalog = ConfiguredAirbyteCatalog(
            streams=sorted(known, key=lambda configured: available.index(configured.stream.name))
        )
        self.names = {configured.stream.name for configured in known}

    def tell_of_missing(self) -> Iterator[AirbyteMessage]:
        """What is said of a stream that cannot be read, as of any that fails."""
        for stream, fault in self._missing:
            yield as_airbyte_message(stream, AirbyteStreamStatus.INCOMPLETE)
            yield fault.as_sanitized_airbyte_message(StreamDescriptor(name=stream.name))

    def raise_if_incomplete(self) -> None:
        if self._missing:
            raise config_error(
                f"All other streams were read, but not {listed([one.name for one, _ in self._missing])}."
            )


def _require_one_each(catalog: ConfiguredAirbyteCatalog) -> None:
    """Refuse a catalog without streams, or with one twice: which of two settings is meant nobody can say."""
    counts = Counter(configured.stream.name for configured in catalog.streams)
    if not counts:
        raise config_error("The catalog has no stream: choose at least one from the output of discover.")
    if doubled := [name for name, count in counts.items() if count > 1]:
        raise config_error(f"The catalog has more than one entry for {listed(doubled)}: keep one of each.")


def _why_missing(
    stream: AirbyteStream, available: Collection[str], unconfigured: Collection[str]
) -> AirbyteTracedException | None:
    """The config error of a stream that cannot be read; None where it can be."""
    name = excerpt(stream.name, LONGEST_NAME)
    if stream.namespace:
        return config_error(
            f"{name}: the streams of this source have no namespace, such as {excerpt(stream.namespace, LONGEST_NAME)}: {_CURE}."
        )
    if stream.name in available:
        return None
    if stream.name in unconfigured:
        return config_error(
            f"{name}: this stream needs `snapshots_api`: configure it, or take the stream out of the catalog."
        )
    similar = get_close_matches(stream.name, available) if name == stream.name else []
    hint = f"did you mean {', '.join(similar)}?" if similar else f"there are {', '.join(available)}."
    return config_error(f"{name}: there is no such stream: {_CURE}. In its place, {hint}")
