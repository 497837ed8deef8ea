"""Fills a world with two workspaces: Acme, which has every feature, and the small and free Side project."""

from datetime import datetime, timedelta
from typing import Any

from .actions import Actions
from .shapes import Row, iso, membership, project_info
from .workspace import Workspace

FREE_FEATURES = ["TIME_TRACKING", "FAVORITE_ENTRIES", "ONE_MONTH_RANGE_REPORTS", "CSV_EXPORT", "SHARED_REPORTS"]
FEATURES = (
    "ALERTS APPROVAL ATTENDANCE_REPORT AUDIT_LOG AUTOMATIC_LOCK BREAKS CLIENT_CURRENCY CSV_EXPORT CUSTOM_FIELDS "
    "EXPENSES FORECASTING HISTORIC_RATES INVOICING KIOSK LABOR_COST LIMITED_USERS LOCATIONS MANAGER_ROLE SCHEDULING "
    "SHARED_REPORTS SSO TASK_RATES TIME_OFF TIME_TRACKING UNLIMITED_REPORTS USER_CUSTOM_FIELDS IN_NO_SPECIFICATION"
)
# Account and membership status of Acme's first people, the owner first, the admin and the member; the others are
# active. REMOVED is no status of Clockify's: they have left, their entries have not.
PEOPLE = (
    *["ACTIVE ACTIVE"] * 3,
    *["PENDING_EMAIL_VERIFICATION ACTIVE", "NOT_REGISTERED PENDING", "LIMITED ACTIVE", "DELETED INACTIVE"],
    *["LIMITED_DELETED INACTIVE", "ACTIVE INACTIVE", "ACTIVE INACTIVE", "ACTIVE REMOVED", "ACTIVE REMOVED"],
)
ROLES = ("OWNER", "WORKSPACE_ADMIN", None, "TEAM_MANAGER", None, None, None, None, "PROJECT_MANAGER")
TIME_ZONES = ("Europe/Belgrade", "Asia/Tokyo", "UTC", "Pacific/Kiritimati")
TEXTS = ("", "Größe prüfen, 東京 🚀 שלום", "one\ntwo\r\n\tthree", '<b>"bold"</b> & <i>', "a\\b, c; 'd'", "x" * 300)
FIELDS: tuple[tuple[str, Any], ...] = (
    *[("TXT", "none"), ("NUMBER", 42), ("NUMBER", 4.5), ("CHECKBOX", True), ("DROPDOWN_SINGLE", "a")],
    *[("DROPDOWN_MULTIPLE", ["a", "b"]), ("LINK", {"url": "https://example.com"}), ("TXT", None)],
)
DAY, SECOND, YEAR = timedelta(days=1), timedelta(seconds=1), timedelta(days=365)
INVOICE_STATES = ("UNSENT", "SENT", "PAID", "PARTIALLY_PAID", "VOID", "OVERDUE")


def populate(
    world: Actions,
    time_zone: str,
    *,
    users: int = 24,
    projects: int = 18,
    tasks: int = 3,
    entries_per_user: int = 20,
    others: int = 18,
) -> None:
    """Sizes: `tasks` of each project (the first has nine more), `others` rows of whatever else there is.

    By default there is more than one page of seven everywhere. The owner's account is in `time_zone`, the others' not.
    """
    acme = world.workspace(world.add_workspace("Acme", "BUNDLE_YEAR_2024", FEATURES.split()))
    side = world.workspace(world.add_workspace("Side project", None, FREE_FEATURES))
    people = [_person(world, number, time_zone) for number in range(users)]
    for number, user in enumerate(people):
        role = ROLES[number] if number < len(ROLES) else None
        world.join(user, acme.id, _status(number)[1].replace("REMOVED", "ACTIVE"), role)
    shared = people[:2] + people[12::2]
    for number, user in enumerate(shared):
        world.join(user, side.id, role=ROLES[number] if number < 2 else None)

    _custom_fields(world, acme, people)
    for place, members in ((acme, people), (side, shared)):
        _basics(world, place, members, others)
        _projects(world, place, members, projects, tasks)
        _time_entries(world, place, members, entries_per_user)
    _approvals(world, acme, people, others // 2)
    _time_off(world, acme, others)
    _time_off_requests(world, acme, people, others)
    _assignments(world, acme, people, others)
    _expenses(world, acme, people, others)
    _invoices(world, acme, others)
    for place, size in ((acme, others), (side, min(others, 3))):
        _webhooks_and_shared_reports(world, place, people, size)

    for number, user in enumerate(people):
        if _status(number)[1] == "REMOVED":
            world.remove_user(user, acme.id)
    nobody = world.add_account("Nobody", "nobody@elsewhere.example")
    for name, user in zip(("owner", "admin", "member", "no_workspace"), [*people[:3], nobody], strict=True):
        world.add_key(name, user)


def _status(number: int) -> list[str]:
    return (PEOPLE[number] if number < len(PEOPLE) else "ACTIVE ACTIVE").split()


def _person(world: Actions, number: int, time_zone: str) -> str:
    # Multiplying by a prime keeps names apart and out of the order of ids.
    name = f"Person {number * 7919 % 10_007:05d}"
    status = _status(number)[0]
    user = world.add_account(name, f"{name.replace(' ', '.').lower()}@acme.example", status=status)
    account = world.accounts[user]
    account["settings"]["timeZone"] = time_zone if number == 0 else TIME_ZONES[number % len(TIME_ZONES)]
    if status == "NOT_REGISTERED":
        account |= {"name": None, "settings": None}
    return user


def _custom_fields(world: Actions, place: Workspace, people: list[str]) -> None:
    for number, (kind, default) in enumerate(FIELDS):
        status = ("VISIBLE", "INVISIBLE", "INACTIVE")[number % 3]
        fields: Row = {"status": status, "allowedValues": ["a", "b", "c"] if kind.startswith("DROPDOWN") else []}
        world.add("custom_fields", place.id, name=f"Field {number}", type=kind, workspaceDefaultValue=default, **fields)
    badge = world.add("custom_fields", place.id, name="Badge", type="NUMBER", entityType="USER")
    for user in people[::5]:
        value = {"customFieldId": badge, "customFieldName": "Badge", "customFieldType": "NUMBER", "userId": user}
        place.user_fields[user] = [{**value, "value": world.random.choice([7, None])}]


def _basics(world: Actions, place: Workspace, people: list[str], size: int) -> None:
    """In the audit log two edits of a client are wholly equal."""
    for number in range(size):
        reverse, state, at = f"{size - number:03d}", {"archived": number % 2 == 1}, _some_time(world, number)
        client = world.add("clients", place.id, name=f"Client {reverse}", at=at, currencyCode="EUR", **state)
        for _ in range(2):
            world.edit("clients", client, at=at + timedelta(hours=1), **state)
        tag, deleted = (world.add("tags", place.id, name=name + reverse, at=at - YEAR) for name in ("tag-", "old-"))
        world.edit("tags", tag, at=at, **state)
        world.delete("tags", deleted, at=at)
        users = world.random.sample(people, min(3, len(people)))
        manager = {"id": users[0], "name": world.accounts[users[0]]["name"]}
        world.add("user_groups", place.id, name=f"Group {reverse}", userIds=users, teamManagers=[manager])


def _projects(world: Actions, place: Workspace, people: list[str], size: int, tasks: int) -> None:
    clients = list(place.tables["clients"].values())
    values = [
        {"customFieldId": row["id"], "name": row["name"], "type": row["type"], "status": row["status"], "value": "v"}
        for row in place.tables["custom_fields"].values()
    ]
    for number in range(size):
        name, client = f"Project {size - number:05d}", clients[number % len(clients)] if number % 3 else None
        owner: Row = {"clientId": client["id"], "clientName": client["name"]} if client else {}
        rate = (None, {"amount": 7500, "currency": None}, {"amount": 0, "currency": "USD"})[number % 3]
        fields: Row = {"archived": number % 2 == 1, "template": number % 7 == 6, "note": TEXTS[number % len(TEXTS)]}
        at, fields = _some_time(world, number), {**fields, "hourlyRate": rate, "customFields": values}
        project = world.add_project(name, place.id, at=at - YEAR, **owner, **fields)
        members = world.random.sample(people, min(4, len(people)))
        world.edit("projects", project, at=at, memberships=[membership(user, project, "PROJECT") for user in members])
        for index in range(tasks if number else tasks + 9):
            status = "DONE" if index % 3 == 2 else "ACTIVE"
            world.add("tasks", place.id, name=f"Task {99 - index}", projectId=project, status=status, at=at)


def _time_entries(world: Actions, place: Workspace, people: list[str], size: int) -> None:
    """Most from the last 60 days, some from past years, one ahead of now; who is active has a timer running."""
    tables = {name: list(place.tables[name].values()) for name in ("tasks", "tags", "custom_fields")}
    for number, user in enumerate(people):
        account = world.accounts[user]
        if account["status"] == "NOT_REGISTERED":
            continue
        for index in range(size):
            days = world.random.randrange(400, 1200) if index % 5 == 4 else world.random.randrange(1, 60)
            start = _moment(world, days if index else -250)
            end = start + timedelta(seconds=world.random.randrange(1, 9 * 3600))
            at = min(end, world.now)
            world.add_time_entry(user, start, end, place.id, at=at, **_entry_fields(world, index, tables))
        if account["status"] == "ACTIVE" and place.admits(user):
            start = _moment(world, 45 if number == 1 else 1)
            world.add_time_entry(user, start, None, place.id, at=start)


def _entry_fields(world: Actions, index: int, tables: dict[str, list[Row]]) -> Row:
    task, tag = world.random.choice(tables["tasks"]), world.random.choice(tables["tags"])
    fields = zip(tables["custom_fields"][: index % 9], FIELDS, strict=False)
    return {
        "description": world.random.choice(TEXTS),
        "tagIds": [tag["id"]] if index % 3 else None,
        "projectId": task["projectId"] if index % 4 else None,
        "taskId": task["id"] if index % 4 > 1 else None,
        "billable": index % 7 < 6,
        "type": {7: "BREAK", 8: "HOLIDAY", 9: "TIME_OFF"}.get(index, "REGULAR"),
        "hourlyRate": {"amount": 7500, "currency": None if index % 6 == 5 else "USD"} if index % 5 else None,
        "customFieldValues": [
            {"customFieldId": row["id"], "name": row["name"], "type": row["type"], "value": value}
            for row, (_, value) in fields
        ],
    }


def _approvals(world: Actions, place: Workspace, people: list[str], size: int) -> None:
    """`size` of each state that is listed, and two of each that never is."""
    for number in range(size * 3 + 4):
        monday = (world.now - (9 + number) * DAY).replace(hour=number % 24, minute=0, second=0)
        last = monday + 7 * DAY - SECOND
        request = world.submit_approval(people[number % 3], monday, last, last + SECOND, place.id)
        if number < 2 * size:
            world.approve(request, last + DAY)
        if size <= number < 2 * size or number in (3 * size, 3 * size + 1):
            world.withdraw(request, last + 2 * DAY)
        if number >= 3 * size + 2:
            world.reject(request, last + DAY)


def _time_off(world: Actions, place: Workspace, size: int) -> None:
    for number in range(size):
        period = dict.fromkeys(("startDate", "endDate"), _moment(world, -30 * number).date().isoformat())
        world.add("holidays", place.id, name=f"Holiday {number}", datePeriod=period, occursAnnually=number % 2 == 0)
        policy: Row = {"archived": number % 2 == 1, "timeUnit": "HOURS" if number % 3 else "DAYS"}
        world.add("time_off_policies", place.id, name=f"Policy {number}", **policy)


def _time_off_requests(world: Actions, place: Workspace, people: list[str], size: int) -> None:
    """Everybody has a balance of the first policy, some of the others, archived or not; nobody of the last of many."""
    owner = {"changedByUserId": people[0], "changedByUserName": world.accounts[people[0]]["name"]}
    policies = list(place.tables["time_off_policies"].values())
    for number, policy in enumerate(policies[:-1] or policies):
        for user in people[:4] if number else people:
            used = world.random.choice([0.0, 2.5, 30.0])
            amounts: Row = {"used": used, "total": 20.0, "balance": 20.0 - used}
            amounts["negativeBalanceUsed"] = max(used - 20.0, 0.0)
            world.add("time_off_balances", place.id, policyId=policy["id"], userId=user, **amounts)
    for number in range(size):
        policy, account = policies[number % len(policies)], world.accounts[people[number % 3]]
        start, is_half = _moment(world, number * 20), number % 5 == 4
        created = (start - timedelta(days=40)).replace(tzinfo=None, microsecond=0).isoformat()
        period = {"start": iso(start), "end": iso(start + timedelta(days=number % 4))}
        half = {"halfDay": is_half, "halfDayPeriod": "FIRST_HALF" if is_half else "NOT_DEFINED"}
        change = {"changedAt": f"{created}.000002Z", "changedForUserName": account["name"], "note": None, **owner}
        state = ("PENDING", "APPROVED", "REJECTED")[number % 3]
        fields: Row = {"policyId": policy["id"], "policyName": policy["name"], "timeUnit": policy["timeUnit"]}
        fields |= {"userId": account["id"], "userName": account["name"], "userEmail": account["email"]}
        fields |= {"requesterUserId": account["id"], "requesterUserName": account["name"]}
        fields |= {"createdAt": f"{created}.000001Z", "note": TEXTS[number % len(TEXTS)] or None}
        fields |= {"timeOffPeriod": {"period": period, **half, "halfDayHours": period if is_half else None}}
        fields |= {"status": {**(change if number % 3 else dict.fromkeys(change)), "statusType": state}}
        world.add("time_off_requests", place.id, **fields)


def _assignments(world: Actions, place: Workspace, people: list[str], size: int) -> None:
    """Some are of a task. Members have different capacities, and every other project a milestone."""
    tasks = {task["projectId"]: task for task in place.tables["tasks"].values()}
    place.capacities.update(dict.fromkeys(people[1::3], 27000))
    for project_id in list(place.tables["projects"])[::2]:
        date = _moment(world, 0).replace(hour=0, minute=0, second=0)
        world.add("milestones", place.id, name="Milestone", projectId=project_id, date=iso(date))
    for number in range(size):
        project, start = world.random.choice(list(place.tables["projects"].values())), _moment(world, 200 - 30 * number)
        user, hours = people[number % 3], world.random.choice([4, 7.5])
        fields: Row = {f"project{key.title()}": project[key] for key in ("id", "name", "color", "billable", "archived")}
        fields |= {"clientId": project["clientId"] or None, "clientName": project["clientName"] or None}
        fields |= {"userId": user, "userName": world.accounts[user]["name"], "hoursPerDay": hours}
        if number % 3 == 2 and (task := tasks.get(project["id"])):
            fields |= {"taskId": task["id"], "taskName": task["name"]}
        period = {"start": iso(start), "end": iso(start + timedelta(days=number))}
        world.add("assignments", place.id, period=period, at=_some_time(world, number), **fields)


def _expenses(world: Actions, place: Workspace, people: list[str], size: int) -> None:
    for number in range(size):
        price: Row = {"hasUnitPrice": True, "priceInCents": 1500, "unit": "item"} if number % 4 == 1 else {}
        world.add("expense_categories", place.id, name=f"Category {number}", archived=number % 2 == 1, **price)
    categories = [{**row} for row in place.tables["expense_categories"].values()]
    projects = list(place.tables["projects"].values())
    for number in range(size):
        project, file = world.random.choice(projects), ("", None, world.new_id())[number % 3]
        fields: Row = {"fileId": file, "fileName": "receipt.pdf" if file else None}
        fields |= {"userId": people[number % 4], "notes": TEXTS[number % len(TEXTS)] or None}
        fields |= {"project": project_info(project) if number % 3 else None}
        fields |= {"category": world.random.choice(categories), "total": world.random.randrange(100, 99999) + 0.5}
        noon = _moment(world, number * 9).replace(hour=12, minute=0, second=0)
        world.add("expenses", place.id, date=iso(noon), at=_some_time(world, number), **fields)


def _invoices(world: Actions, place: Workspace, size: int) -> None:
    """The first that is paid in part has nine payments."""
    clients = list(place.tables["clients"].values())
    for number in range(size):
        client, status = clients[number % len(clients)], INVOICE_STATES[number % 6]
        amount = world.random.randrange(1000, 900000)
        issued = _moment(world, 40 * number).replace(hour=0, minute=0, second=0)
        fields = {"number": str(2026000 + number), "clientId": client["id"], "clientName": client["name"]}
        fields |= {"issuedDate": iso(issued), "dueDate": iso(issued + timedelta(days=30)), "status": status}
        invoice = world.add("invoices", place.id, amount=amount, balance=amount, **fields)
        if status == "PAID":
            world.pay(invoice, amount, issued)
        if status == "PARTIALLY_PAID":
            for part in range(9 if number < len(INVOICE_STATES) else 1):
                world.pay(invoice, amount // 20, issued + timedelta(days=part))


def _webhooks_and_shared_reports(world: Actions, place: Workspace, people: list[str], size: int) -> None:
    for number in range(size):
        user = people[number % 2]
        token = {"authToken": f"eyJhbGciOiJSUzI1NiJ9.{world.random.getrandbits(256):064x}"}
        kind = {4: "SYSTEM", 5: "ADDON"}.get(number % 6, "USER_CREATED")
        fields: Row = {"url": f"https://example.com/{number}", "triggerSource": [place.id], "enabled": number % 3 > 0}
        world.add("webhooks", place.id, name=f"Hook {number}", userId=user, type=kind, **token, **fields)
        seen = [{"id": people[2], "name": world.accounts[people[2]]["name"]}] if number % 3 == 1 else []
        kind = ("DETAILED", "SUMMARY", "WEEKLY", "EXPENSE_DETAILED")[number % 4]
        shown: Row = {"type": kind, "isPublic": number % 4 == 3, "fixedDate": number % 2 == 1, "visibleToUsers": seen}
        world.add("shared_reports", place.id, name=f"Report {number}", reportAuthor=user, **shown)


def _some_time(world: Actions, number: int) -> datetime:
    """When a thing was done: the higher its number the longer ago."""
    return world.now - timedelta(days=1 + 20 * number, milliseconds=37 * number)


def _moment(world: Actions, days_ago: int) -> datetime:
    """Some second of that day."""
    midnight = world.now.replace(hour=0, minute=0, second=0)
    return midnight - timedelta(days=days_ago) + timedelta(seconds=world.random.randrange(86400))
