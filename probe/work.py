"""What is assumed of projects, tasks and custom fields."""

from collections.abc import Sequence
from typing import Final

from probe.asked import LISTS, PROJECTS
from probe.finding import Assumption, Finding, Untold, differs, holds, page_of, verdict
from probe.lab import Lab
from probe.request import ids_of
from source_clockify.api.keys import Row
from source_clockify.streams.work import CustomFields, Projects, Tasks

TASKS: Final = LISTS[Tasks]
FIELDS: Final = LISTS[CustomFields]
PLAIN: Final = ids_of(Projects, "projects, not hydrated")
FIELDS_OF_USERS: Final = FIELDS.but("custom_fields of users", query={"entity-type": "USER"})


def _projects(lab: Lab) -> Sequence[Row]:
    rows = page_of(lab, PROJECTS).rows
    if not rows:
        raise Untold("there is no project")
    return rows


def _hydrated(lab: Lab) -> Finding:
    rows = _projects(lab)
    having = sum("customFields" in row for row in rows)
    return verdict(having == len(rows), f"{having:,} of {len(rows):,} do")


def _client_name(lab: Lab) -> Finding:
    rows = _projects(lab)
    having = sum("clientName" in row for row in rows)
    in_object = sum("client" in row for row in rows)
    named = sum("clientName" in row or "client" in row for row in rows)
    return verdict(named == len(rows), f"{having:,} of {len(rows):,} have `clientName`, {in_object:,} a `client`")


def _plain_client_name(lab: Lab) -> Finding:
    rows = page_of(lab, PLAIN).rows
    if not rows:
        raise Untold("there is no project")
    having = sum("clientName" in row for row in rows)
    return verdict(having == len(rows), f"{having:,} of {len(rows):,} do")


def _tasks_inside(lab: Lab) -> Finding:
    rows = _projects(lab)
    if not any("tasks" in row for row in rows):
        return holds("there are none")
    listed = page_of(lab, TASKS).rows
    project = next((row for row in rows if listed and row.get("id") == listed[0].get("projectId")), None)
    if project is None:
        raise Untold("there is no project whose tasks could be compared")
    missing = {task.get("id") for task in listed} - {task.get("id") for task in project.get("tasks") or []}
    done = sum(task.get("status") == "DONE" for task in listed)
    if missing:
        return holds(f"{len(missing)} of the {len(listed)} tasks of a project are not among them")
    if not done:
        raise Untold("they are all there, but none of them is done")
    return differs(f"all {len(listed)} tasks of a project are among them, {done} of which are done")


def _done(lab: Lab) -> Finding:
    listed = page_of(lab, TASKS).rows
    states = {task.get("status") for task in listed}
    if "DONE" in states:
        return holds("active and done ones came" if len(states) > 1 else "done ones came")
    inside = [task for row in lab.rows(PROJECTS) for task in row.get("tasks") or [] if task.get("status") == "DONE"]
    if any(listed and task.get("projectId") == listed[0].get("projectId") for task in inside):
        return differs("a project has done ones, which the list has not")
    raise Untold("no task of that project is done")


def _users_apart(lab: Lab) -> Finding:
    of_users = {row.get("id") for row in page_of(lab, FIELDS_OF_USERS).rows}
    if not of_users:
        raise Untold("there are no custom fields of users")
    others = {row.get("id") for row in page_of(lab, FIELDS).rows}
    return verdict(not of_users & others, f"{len(of_users)} of users, {len(of_users & others)} of them in both lists")


ASSUMPTIONS: Final = (
    Assumption(
        "a hydrated project has its custom fields",
        "`customFields` of projects are missing: they have to be asked for by project",
        _hydrated,
        (PROJECTS,),
    ),
    Assumption(
        "a hydrated project names its client",
        "`clientName` of projects is null: it has to be looked up by `clientId`",
        _client_name,
        (PROJECTS,),
    ),
    Assumption(
        "a project that is not hydrated has `clientName`",
        "`clientName` of projects has to be looked up by `clientId`",
        _plain_client_name,
        (PLAIN,),
    ),
    Assumption(
        "a hydrated project does not hold all its tasks, done ones too",
        "a gain: the list of projects could stand for the request per project that tasks costs (streams/work.py)",
        _tasks_inside,
        (PROJECTS, TASKS),
    ),
    Assumption(
        "a list of tasks has the done ones, too",
        "done tasks are missing: ask for `is-active` true and false (streams/work.py)",
        _done,
        (TASKS, PROJECTS),
    ),
    Assumption(
        "custom fields of users come only where they are asked for",
        "a gain: one request is enough for custom_fields (`variants` in streams/work.py)",
        _users_apart,
        (FIELDS, FIELDS_OF_USERS),
    ),
)
