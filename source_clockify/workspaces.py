"""The workspaces of a sync: which the key sees, which are configured, and what their plans include."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from source_clockify.api.errors import config_error


@dataclass(frozen=True)
class Workspace:
    """What the streams need to know of a workspace. `plan` is Clockify's `featureSubscriptionType`."""

    id: str
    name: str
    plan: str
    features: frozenset[str]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Workspace":
        features = row.get("features") or ()
        return cls(
            id=row["id"],
            name=str(row.get("name") or row["id"]),
            plan=str(row.get("featureSubscriptionType") or "FREE"),
            features=frozenset(feature for feature in features if isinstance(feature, str)),
        )

    def describe(self, streams: Mapping[str, str | None], role: str | None = None) -> str:
        """Name, plan and role in one line, and which of the streams the plan seems to lack, given the feature each needs."""
        lacking = [name for name, feature in streams.items() if feature and feature not in self.features]
        words = [f"{self}: plan {self.plan}", *([f"role {role}"] if role else [])]
        return ", ".join(words) + (f"; the plan seems to lack {', '.join(lacking)}" if lacking else "")

    def __str__(self) -> str:
        return f"workspace '{self.name}' ({self.id})"


def choose(visible: Iterable[Workspace], wanted: Sequence[str]) -> list[Workspace]:
    """The workspaces to read: those wanted, or all.

    Raises:
        AirbyteTracedException: config error where none is visible, or that names the wanted ids that are not.
    """
    by_id = {workspace.id: workspace for workspace in visible}
    if not by_id:
        raise config_error(
            "The key sees no workspace. Check that `api_key` was made by a member of the workspace, "
            "and that `region` or `api_url` is the workspace's."
        )
    if missing := [workspace_id for workspace_id in wanted if workspace_id not in by_id]:
        raise config_error(
            f"`workspace_ids`: {', '.join(missing)} not visible to this key. It sees "
            + ", ".join(f"{workspace.id} ({workspace.name})" for workspace in by_id.values())
            + ". Correct the id, or use a key of a member of that workspace."
        )
    return [by_id[workspace_id] for workspace_id in wanted or by_id]
