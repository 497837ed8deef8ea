"""What people do in Clockify."""

from typing import Any

from .shapes import Instant, Row, interval, iso, iso_duration, membership, new_row, project_info, seconds_between
from .store import Store
from .workspace import Workspace

_IN_APPROVAL = ("id", "description", "billable", "timeInterval", "type", "hourlyRate", "costRate", "customFieldValues")


class Actions(Store):
    """The rows, and the ways in which they change."""

    def add_workspace(self, name: str, plan: str | None, features: list[str]) -> str:
        fields = {"name": name, "featureSubscriptionType": plan, "features": features}
        place = Workspace(new_row("workspaces", self.new_id(), "", fields))
        place.row["currencies"][0]["id"] = self.new_id()
        self.workspaces.append(place)
        return place.id

    def set_features(self, workspace: str, features: list[str]) -> None:
        self.workspace(workspace).row["features"] = list(features)

    def add_account(self, name: str | None, email: str, **fields: Any) -> str:
        """Somebody who is in no workspace yet."""
        user_id = self.new_id()
        self.accounts[user_id] = new_row("users", user_id, "", {"name": name, "email": email, **fields})
        return user_id

    def join(self, user_id: str, workspace: str | None = None, status: str = "ACTIVE", role: str | None = None) -> None:
        """Makes someone a member; role: OWNER, WORKSPACE_ADMIN, TEAM_MANAGER, PROJECT_MANAGER or none."""
        place, account = self.workspace(workspace), self.accounts[user_id]
        place.members[user_id] = membership(user_id, place.id, "WORKSPACE", status)
        if role:
            place.roles[user_id] = [{"role": role, "userId": user_id, "workspaceId": place.id, "entities": []}]
        for name in ("activeWorkspace", "defaultWorkspace"):
            account[name] = account[name] or place.id

    def deactivate_user(self, user_id: str, workspace: str | None = None) -> None:
        self.workspace(workspace).members[user_id]["membershipStatus"] = "INACTIVE"

    def reactivate_user(self, user_id: str, workspace: str | None = None) -> None:
        self.workspace(workspace).members[user_id]["membershipStatus"] = "ACTIVE"

    def remove_user(self, user_id: str, workspace: str | None = None) -> None:
        """The entries stay."""
        place = self.workspace(workspace)
        del place.members[user_id]
        place.roles.pop(user_id, None)

    def add_project(self, name: str, workspace: str | None = None, *, at: Instant | None = None, **fields: Any) -> str:
        return self.add("projects", workspace, at=at, name=name, **fields)

    def archive_project(self, project_id: str, at: Instant | None = None) -> None:
        self.edit("projects", project_id, at=at, archived=True)

    def add_time_entry(
        self,
        user_id: str,
        start: Instant,
        end: Instant | None = None,
        workspace: str | None = None,
        *,
        at: Instant | None = None,
        **fields: Any,
    ) -> str:
        """Without an end it is running."""
        fields = {"userId": user_id, "timeInterval": interval(start, end), **fields}
        entry_id = self.add("time_entries", workspace, at=at, **fields)
        place, entry = self.find("time_entries", entry_id)
        for value in entry["customFieldValues"]:
            value["timeEntryId"] = entry_id
        place.put(entry)
        return entry_id

    def edit_time_entry(self, entry_id: str, *, at: Instant | None = None, **fields: Any) -> None:
        """`start` and `end` (None: running again) besides the row's own fields."""
        place, entry = self.find("time_entries", entry_id)
        times = {name: fields.pop(name, entry["timeInterval"][name]) for name in ("start", "end")}
        place.take(entry)
        try:
            self.edit("time_entries", entry_id, at=at, **fields, timeInterval=interval(**times))
        finally:
            place.put(entry)

    def delete_time_entry(self, entry_id: str, at: Instant | None = None) -> None:
        place, entry = self.find("time_entries", entry_id)
        place.take(entry)
        self.delete("time_entries", entry_id, at=at)

    def restore_time_entry(self, row: Row, at: Instant | None = None) -> None:
        """Puts back what was deleted, under its old id."""
        place, entry = self.workspace(row["workspaceId"]), dict(row)
        place.tables["time_entries"][entry["id"]] = entry
        place.put(entry)
        self._log("restored", "time_entries", place, entry, at)

    def start_timer(self, user_id: str, at: Instant | None = None, workspace: str | None = None) -> str:
        """It starts `at` that instant, and is seen to do so now; so with `stop_timer`."""
        return self.add_time_entry(user_id, at or self.now, None, workspace)

    def stop_timer(self, entry_id: str, at: Instant | None = None) -> None:
        self.edit_time_entry(entry_id, end=at or self.now)

    def time_entry(self, entry_id: str) -> Row | None:
        tables = (place.tables["time_entries"] for place in self.workspaces)
        return next((table[entry_id] for table in tables if entry_id in table), None)

    def submit_approval(
        self, user_id: str, start: Instant, end: Instant, at: Instant | None = None, workspace: str | None = None
    ) -> str:
        """Submits for approval what the user has from start to end."""
        place, user, request_id = self.workspace(workspace), self.accounts[user_id], self.new_id()
        row = new_row("approvals", request_id, place.id, {})
        request = row["approvalRequest"]
        request |= {"id": request_id, "workspaceId": place.id, "dateRange": {"start": iso(start), "end": iso(end)}}
        request["owner"] |= {"userId": user_id, "userName": user["name"]}
        request["creator"] |= {"userId": user_id, "userName": user["name"], "userEmail": user["email"]}
        entries = place.entries_between(user_id, iso(start), iso(end))
        row["entries"] = [_in_approval(place, entry) for entry in entries if entry["timeInterval"]["end"]]
        times = [entry["timeInterval"] for entry in row["entries"]]
        row["trackedTime"] = iso_duration(sum(seconds_between(time["start"], time["end"]) for time in times))
        row["pendingTime"] = row["trackedTime"]
        place.tables["approvals"][request_id] = row
        self._decide(request_id, "PENDING", at)
        return request_id

    def approve(self, request_id: str, at: Instant | None = None) -> None:
        row = self._decide(request_id, "APPROVED", at)
        row["approvedTime"], row["pendingTime"] = row["trackedTime"], "PT0S"

    def reject(self, request_id: str, at: Instant | None = None) -> None:
        self._decide(request_id, "REJECTED", at)

    def withdraw(self, request_id: str, at: Instant | None = None) -> None:
        """Takes back a submission or, where it was approved, the approval."""
        _, row = self.find("approvals", request_id)
        is_approved = row["approvalRequest"]["status"]["state"] == "APPROVED"
        self._decide(request_id, "WITHDRAWN_APPROVAL" if is_approved else "WITHDRAWN_SUBMISSION", at)

    def pay(self, invoice_id: str, amount: int, at: Instant | None = None) -> str:
        """Pays an invoice, or a part of it."""
        place, invoice = self.find("invoices", invoice_id)
        paid, balance = (invoice["paid"] or 0) + amount, invoice["balance"] - amount
        status = "PARTIALLY_PAID" if balance else "PAID"
        self.edit("invoices", invoice_id, at=at, paid=paid, balance=balance, status=status)
        fields: Row = {"date": iso(at or self.now), "author": self.accounts[place.owner]["name"]}
        return self.add("invoice_payments", place.id, at=at, invoiceId=invoice_id, amount=amount, **fields)

    def _decide(self, request_id: str, state: str, at: Instant | None) -> Row:
        place, row = self.find("approvals", request_id)
        request = row["approvalRequest"]
        by = request["owner"]["userId"] if state in ("PENDING", "WITHDRAWN_SUBMISSION") else place.owner
        who = {"updatedBy": by, "updatedByUserName": self.accounts[by]["name"]}
        request["status"] |= {"state": state, "updatedAt": iso(at or self.now), **who}
        return row


def _in_approval(place: Workspace, entry: Row) -> Row:
    """An entry as an approval embeds it, with its project, task and tags in full."""
    project, task = place.tables["projects"].get(entry["projectId"]), place.tables["tasks"].get(entry["taskId"])
    tags = place.tables["tags"]
    return {name: entry[name] for name in _IN_APPROVAL} | {
        "project": project and project_info(project),
        "task": task and {"id": task["id"], "name": task["name"]},
        "tags": [tags[tag_id] for tag_id in entry["tagIds"] or [] if tag_id in tags],
    }
