"""How the work of a stream is cut: by workspace, and within it by parent or by window."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.excerpts import LONGEST_NAME, excerpt


@dataclass(frozen=True)
class Workspace:
    """What the streams need to know of a workspace. `plan` is Clockify's `featureSubscriptionType`."""

    id: str
    name: str
    plan: str
    features: frozenset[str]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Workspace":
        features = row.get("features")
        features = features if isinstance(features, list) else ()
        return cls(
            id=row["id"],
            name=excerpt(str(row.get("name") or row["id"])),
            plan=excerpt(str(row.get("featureSubscriptionType") or "FREE")),
            features=frozenset(feature for feature in features if isinstance(feature, str)),
        )

    def describe(self, streams: Mapping[str, str | None], role: str | None = None) -> str:
        """Name, plan and role in one line, and which of the streams the plan seems to lack, given the feature each needs."""
        lacking = [name for name, feature in streams.items() if feature and feature not in self.features]
        words = [f"{self}: plan {self.plan}", *([f"role {role}"] if role else [])]
        return ", ".join(words) + (f"; the plan seems to lack {', '.join(lacking)}" if lacking else "")

    def __str__(self) -> str:
        return f"workspace '{self.name}' ({excerpt(self.id, LONGEST_NAME)})"


@dataclass
class SliceContext:
    """One slice while it is read: the `position`th of `of` in its workspace. `volume` counts the bytes of its pages.

    `fault` is why nobody knows what slices the workspace has: then this one stands for them.
    """

    slice: StreamSlice
    workspace: Workspace
    position: int
    of: int
    fault: AirbyteTracedException | None = None
    volume: int = 0

    @classmethod
    def of_slice(cls, stream_slice: StreamSlice) -> "SliceContext":
        return cls(stream_slice, **stream_slice.extra_fields)


Part = Mapping[str, str | Sequence[str]]
"""What a slice is a part of its workspace by."""


def slice_of(
    workspace: Workspace,
    partition: Part | None = None,
    window: Mapping[str, str] | None = None,
    position: int = 1,
    of: int = 1,
) -> StreamSlice:
    """A part of a workspace: what `partition` says, within the `window` from `start` to `end`."""
    return StreamSlice(
        partition={"workspaceId": workspace.id, **(partition or {})},
        cursor_slice=window or {},
        extra_fields={"workspace": workspace, "position": position, "of": of},
    )


def unknown_slices(workspace: Workspace, fault: AirbyteTracedException) -> StreamSlice:
    """Stands for the slices of a workspace that cannot be told, so that its fault is met in its turn, not by looking ahead."""
    return StreamSlice(
        partition={"workspaceId": workspace.id},
        cursor_slice={},
        extra_fields={"workspace": workspace, "position": 1, "of": 1, "fault": fault},
    )


def slices_of(workspace: Workspace, parts: Sequence[tuple[Part, Mapping[str, str]]]) -> Iterator[StreamSlice]:
    """A slice for each partition and window of a workspace."""
    for position, (partition, window) in enumerate(parts, start=1):
        yield slice_of(workspace, partition, window, position, len(parts))
