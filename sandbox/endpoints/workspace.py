"""The user, workspaces, and what every plan has: users, groups, clients, projects, tasks, tags, webhooks; custom fields too."""

from .. import derived
from ..access import readable
from ..api import Call, get
from ..refusals import Refusal, unconvertible
from ..shapes import Row

_ACCOUNTS = {"ACTIVE", "PENDING_EMAIL_VERIFICATION", "NOT_REGISTERED"}
_ALL_ACCOUNTS = _ACCOUNTS | {"LIMITED", "DELETED", "LIMITED_DELETED"}
_MEMBERS = "PENDING|ACTIVE|DECLINED|INACTIVE|ALL"
_BY_ID_OR_NAME = {"ID": "id", "NAME": "name"}


@get("/user", "include-memberships:bool")
def user(call: Call) -> Row:
    if call.user["activeWorkspace"] is None:
        raise Refusal(404, "WORKSPACE with ID 'null' not found", 501)
    kinds = "ALL" if call.query["include-memberships"] else "NONE"
    found = [row for place in call.world.workspaces for row in place.memberships(kinds).get(call.user_id, [])]
    return {**call.user, "memberships": found, "customFields": []}


@get("/workspaces", "roles")
def workspaces(call: Call) -> list[Row]:
    places, roles = readable(call.world.workspaces, call.user_id), call.query["roles"]
    if roles:
        wanted = set(roles.split(","))
        places = [place for place in places if wanted & {row["role"] for row in place.roles.get(call.user_id, [])}]
    return [place.view() for place in places]


@get("/workspaces/{workspaceId}")
def workspace(call: Call) -> Row:
    return call.workspace.view()


@get(
    "users",
    f"status:{_MEMBERS} account-statuses include-roles:bool memberships:ALL|NONE|WORKSPACE|PROJECT|USERGROUP",
    paged=True,
    sort={**_BY_ID_OR_NAME, "EMAIL": "email"},
    default_sort="EMAIL",
    admin=True,
)
def users(call: Call) -> list[Row]:
    place, status, text = call.workspace, call.query["status"], call.query["account-statuses"]
    accounts = set(text.split(",")) if text else _ACCOUNTS
    if not accounts <= _ALL_ACCOUNTS:
        raise unconvertible("account-statuses", text)
    # What an absent status means is not documented: the sandbox takes it in the way that hides most.
    listed = {None: {"ACTIVE", "PENDING"}, "ALL": set(_MEMBERS.split("|"))}.get(status, {status})
    members = [call.world.accounts[user] for user, row in place.members.items() if row["membershipStatus"] in listed]
    page = call.page([account for account in members if account["status"] in accounts])
    memberships = place.memberships(call.query["memberships"] or "NONE")
    return [place.user_view(account, memberships, roles=bool(call.query["include-roles"])) for account in page]


@get("member-profile/{userId}")
def member_profile(call: Call) -> Row:
    if profile := derived.member_profile(call.world, call.workspace, call.path["userId"]):
        return profile
    raise Refusal(400, "User doesn't belong to Workspace", 501)


@get("user-groups", "includeTeamManagers:bool", paged=True, sort=_BY_ID_OR_NAME)
def user_groups(call: Call) -> list[Row]:
    page = call.page(call.rows("user_groups"))
    return page if call.query["includeTeamManagers"] else [{**row, "teamManagers": []} for row in page]


@get("clients", "archived:bool", paged=True, sort={"NAME": "name"}, default_sort="NAME")
def clients(call: Call) -> list[Row]:
    return call.page(call.rows("clients", archived=call.query["archived"]))


@get("clients/{id}")
def client(call: Call) -> Row:
    return call.one("clients", "Client")


@get("projects", "archived:bool hydrated:bool", paged=True, sort=_BY_ID_OR_NAME)
def projects(call: Call) -> list[Row]:
    return [_project(call, row) for row in call.page(call.rows("projects", archived=call.query["archived"]))]


@get("projects/{id}", "hydrated:bool")
def project(call: Call) -> Row:
    return _project(call, call.one("projects", "Project"))


@get("projects/{id}/tasks", "is-active:bool", paged=True, sort=_BY_ID_OR_NAME)
def tasks(call: Call) -> list[Row]:
    status = {True: "ACTIVE", False: "DONE", None: None}[call.query["is-active"]]
    return call.page(call.rows("tasks", projectId=call.one("projects", "Project")["id"], status=status))


@get("tags", "archived:bool", paged=True, sort=_BY_ID_OR_NAME)
def tags(call: Call) -> list[Row]:
    return call.page(call.rows("tags", archived=call.query["archived"]))


@get("webhooks", "type:USER_CREATED|SYSTEM|ADDON")
def webhooks(call: Call) -> Row:
    count = len(derived.webhooks(call.workspace))
    return {"webhooks": derived.webhooks(call.workspace, call.query["type"]), "workspaceWebhookCount": count}


@get("custom-fields", "status:INACTIVE|VISIBLE|INVISIBLE entity-type:TIMEENTRY|USER", feature="CUSTOM_FIELDS")
def custom_fields(call: Call) -> list[Row]:
    entity = call.query["entity-type"] or "TIMEENTRY"
    return call.rows("custom_fields", entityType=entity, status=call.query["status"])


def _project(call: Call, row: Row) -> Row:
    if not call.query["hydrated"]:
        return {name: value for name, value in row.items() if name != "customFields"}
    if not call.world.hydrates_projects:
        return row
    full = {**derived.hydrated(call.workspace, row), "tasks": call.rows("tasks", projectId=row["id"])}
    return {name: value for name, value in full.items() if name != "clientName"}
