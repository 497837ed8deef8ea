"""What people do in Clockify, and in HighLevel, between two syncs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sandbox import Agency, World


def change_clockify(world: World) -> Iterator[str]:
    """Change the made-up account, and tell in words what was done, one change at a time."""
    now, hour, day = world.now, timedelta(hours=1), timedelta(days=1)
    acme = world.workspace()
    user = world.rows("users", acme.id)[0]["id"]
    entries = world.rows("time_entries", acme.id)
    recent = (row for row in entries if row["userId"] == user and now - 20 * day < _start(row) < now - day)
    edited, moved, deleted = next(recent), next(recent), next(recent)
    alike = {name: edited[name] for name in ("projectId", "taskId", "billable", "hourlyRate", "costRate")}

    world.add_time_entry(user, now - 2 * hour, now - hour, description="Stand-up", **alike)
    yield "time_entries: one was added today"

    late = now - 20 * day
    world.add_time_entry(user, late, late + 3 * hour, description="Travel, entered late", **alike)
    yield "time_entries: one was added late, with a start 20 days ago"

    world.edit_time_entry(edited["id"], description="Corrected description")
    yield "time_entries: a description was edited"

    world.edit_time_entry(moved["id"], start=_start(moved) - 7 * day, end=_end(moved) - 7 * day)
    yield "time_entries: one was moved back by a week"

    world.delete_time_entry(deleted["id"])
    yield "time_entries: one of the last weeks was deleted"

    timer = min((row for row in entries if not row["timeInterval"]["end"]), key=_start)
    world.stop_timer(timer["id"], _start(timer) + 2 * hour)
    yield f"time_entries: a timer forgotten {(now - _start(timer)).days} days ago was stopped, with an end on that day"

    world.add("clients", name="New client")
    yield "clients: one was added"
    project = world.rows("projects", acme.id)[0]
    world.archive_project(project["id"])
    yield f"projects: {project['name']!r} was archived"
    world.delete("tags", world.rows("tags", acme.id)[0]["id"])
    yield "tags: one was deleted"
    request = world.rows("pending_approval_requests", acme.id)[0]["approvalRequest"]["id"]
    world.approve(request, now)
    yield "approval requests: one that was pending was approved"


def change_highlevel(agency: Agency) -> Iterator[str]:
    """The same for the agency."""
    agency.add_location("New sub-account")
    yield "locations: one was added, in HighLevel"


def _start(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["timeInterval"]["start"])


def _end(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["timeInterval"]["end"])
