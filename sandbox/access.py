"""What a key may read, by membership, plan and role. No other module decides that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from .refusals import Refusal
from .shapes import Row
from .workspace import Workspace


def readable(workspaces: Iterable[Workspace], user_id: str) -> list[Workspace]:
    """The workspaces in which a user is an active member."""
    return [workspace for workspace in workspaces if workspace.admits(user_id)]


@dataclass(frozen=True)
class Access:
    """What a user may read of a workspace."""

    workspace: Workspace
    user_id: str

    @classmethod
    def to(cls, workspace_id: str, workspaces: Iterable[Workspace], user_id: str) -> "Access":
        """The access of a user to one of the workspaces.

        Raises:
            Refusal: there is no such workspace, or the user is no active member, which looks the same.
        """
        for workspace in readable(workspaces, user_id):
            if workspace.id == workspace_id:
                return cls(workspace, user_id)
        raise Refusal(404, None)

    @property
    def is_admin(self) -> bool:
        roles = self.workspace.roles.get(self.user_id, [])
        return any(role["role"] in ("OWNER", "WORKSPACE_ADMIN") for role in roles)

    def check(self, feature: str | None, admin: bool, plan_refusal: int) -> None:
        """Check what an endpoint needs.

        Raises:
            Refusal: the plan lacks the feature (status `plan_refusal`), or the user is no admin where one is needed.
        """
        if feature and not self.workspace.has(feature):
            raise Refusal(plan_refusal, "This feature is not available in your subscription plan", 501)
        if admin and not self.is_admin:
            raise Refusal(403, "Access Denied", 501)

    def reaches(self, user_id: str) -> bool:
        """Whether what is someone's own, as time entries and expenses are, may be read."""
        return self.is_admin or user_id == self.user_id

    def narrowed(self, user_id: str | None) -> str | None:
        """Whose rows a list gives that takes the id of a user: but for admins, their own whatever is asked."""
        return user_id if self.is_admin else self.user_id

    def shared_reports(self, wanted: str) -> list[Row]:
        """Whether ALL is, for an admin, all of the workspace is not known.

        Raises:
            KeyError: no such filter.
        """
        user, rows = self.user_id, list(self.workspace.tables["shared_reports"].values())
        created = [row for row in rows if row["reportAuthor"] == user]
        shown = [row for row in rows if row["isPublic"] or user in (viewer["id"] for viewer in row["visibleToUsers"])]
        all_ = rows if self.is_admin else [row for row in rows if row in created or row in shown]
        return {"ALL": all_, "ALL_ADMIN": all_, "CREATED_BY_ME": created, "SHARED_WITH_ME": shown}[wanted]

    @property
    def longest_report(self) -> timedelta:
        """How long a range a report may have."""
        if self.workspace.has("UNLIMITED_REPORTS"):
            return timedelta.max
        is_short = self.workspace.has("ONE_MONTH_RANGE_REPORTS") and not self.workspace.has("ONE_YEAR_RANGE_REPORTS")
        return timedelta(days=31 if is_short else 366)
