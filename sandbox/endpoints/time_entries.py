"""Time entries: a list for each user, those in progress, and look-ups by id."""

from zoneinfo import ZoneInfo

from ..api import Call, get, post
from ..refusals import Refusal
from ..shapes import Row, iso


@get("user/{userId}/time-entries", "start:instant end:instant in-progress:bool", paged=True)
def time_entries(call: Call) -> list[Row]:
    """Newest start first; `start` and `end` both look at an entry's start."""
    place, user_id = call.workspace, call.path["userId"]
    if user_id not in place.members and user_id not in place.timelines:
        raise Refusal(400, "User doesn't belong to Workspace", 501)
    if not call.access.reaches(user_id):
        raise Refusal(403, "Access Denied", 501)
    entries = place.entries_between(user_id, _wall_clock(call, "start"), _wall_clock(call, "end"))
    if call.query["in-progress"]:
        entries = [entry for entry in entries if entry["timeInterval"]["end"] is None]
    return call.cut(entries[::-1])


@get("time-entries/status/in-progress", paged=True)
def in_progress(call: Call) -> list[Row]:
    running = [entry for entry in call.workspace.running.values() if call.access.reaches(entry["userId"])]
    return call.page(running, maximum=1000, default=10)


@post("time-entries/batch", "timeEntryIds:list!")
def batch(call: Call) -> list[Row]:
    held = call.workspace.tables["time_entries"]
    found = [held.get(entry_id) for entry_id in sorted(set(call.query["timeEntryIds"]))]
    if call.world.batch_refuses_unknown and None in found:
        raise Refusal(400, "Time entry doesn't belong to Workspace", 501)
    return [entry for entry in found if entry and call.access.reaches(entry["userId"])]


@get("time-entries/{id}")
def time_entry(call: Call) -> Row:
    entry = call.one("time_entries", "Time entry")
    if not call.access.reaches(entry["userId"]):
        raise Refusal(403, "Access Denied", 501)
    return entry


@post("time-entries")
def create(_: Call) -> Row:
    """Here so that GET is a wrong method, as it is at Clockify; the sandbox changes only through its World."""
    raise Refusal(403, "You don't have permission to perform this action.")


def _wall_clock(call: Call, name: str) -> str | None:
    """What Clockify makes of an instant: its UTC reading, taken as local time of the key holder's account."""
    zone = ZoneInfo(call.user["settings"]["timeZone"])
    return call.query[name] and iso(call.query[name].replace(tzinfo=zone))
