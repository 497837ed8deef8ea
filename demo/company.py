"""The made-up account of Harbour Studio."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from demo.harbour_studio import BILLED, FIRST_READ, HOLIDAYS, MONDAY, PEOPLE, PROJECTS, SICK, WEEKS, Person
from demo.timesheets import DAY, ZONE, Colleague, Diary, Job, at_clock, next_month
from sandbox import World
from sandbox.generate import FEATURES
from sandbox.reports import seconds
from sandbox.shapes import Row, iso, iso_duration, membership

SATURDAY: Final = 5


def company() -> tuple[World, Diary]:
    """The account at the time of the first read, always the same, and what is done in it after that."""
    world = World(seed=2026, now=datetime(2026, 4, 1, 13, 0, tzinfo=UTC))
    place = world.workspace(world.add_workspace("Harbour Studio", "BUNDLE_YEAR_2024", FEATURES.split()))
    users = {person.name: _join(world, person) for person in PEOPLE}
    world.add_key("owner", users["Maeve Brennan"])
    jobs = _projects(world, users)
    _groups_and_labels(world, users)
    _time_off(world, users)

    diary = Diary(world)
    colleagues = {}
    for person in PEOPLE:
        user = users[person.name]
        colleagues[person.name] = who = Colleague(user, person.craft, person.hours, person.pace, person.cost * 100)
        mix = {jobs[name]: weight for name, weight in person.mix.items()}
        diary.keep(who, mix, _working_days(person), weekly=person.name == "Kenji Mori")
        place.capacities[user] = int(person.hours * 3600)
    _exceptions(diary, colleagues, jobs)
    for client, month, paid in BILLED:
        diary.bill(client, month, next_month(month) + timedelta(days=1, hours=14), paid)
    for month in (date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)):
        for user in users.values():
            diary.submit(user, month, next_month(month) - timedelta(hours=6, minutes=45), approved=month.month < 7)
    diary.act(FIRST_READ)

    world.deactivate_user(users["Liam Walsh"])
    _planned(world, users)
    _expenses(world, users)
    entries = place.tables["time_entries"].values()
    for project_id, project in place.tables["projects"].items():
        project["duration"] = iso_duration(sum(seconds(row) for row in entries if row["projectId"] == project_id))
    return world, diary


def _exceptions(diary: Diary, colleagues: dict[str, Colleague], jobs: dict[str, Job]) -> None:
    """What makes an account worth reading again: late entries and edits, a timer that was forgotten and one that runs."""
    kenji, sofia, ngozi = (colleagues[name] for name in ("Kenji Mori", "Sofia Rossi", "Ngozi Eze"))
    forgotten, started = at_clock(date(2026, 7, 14), 11), at_clock(date(2026, 7, 31), 17)
    diary.enter(kenji, jobs["Open data atlas"], forgotten, None, forgotten)
    diary.enter(ngozi, jobs["Booking app"], started, None, started)
    for day in (date(2026, 6, 16), date(2026, 6, 23)):
        start = at_clock(day, 18)
        diary.enter(sofia, jobs["Booking app"], start, start + timedelta(hours=2), at_clock(date(2026, 7, 15), 10))
    diary.waive(jobs["Website relaunch"], date(2026, 6, 1), 10, at_clock(date(2026, 7, 28), 15))
    diary.waive(jobs["Customer portal"], date(2026, 5, 1), 4, at_clock(date(2026, 6, 25), 11))


def _join(world: World, person: Person) -> str:
    user = world.add_account(person.name, f"{person.name.split()[0].lower().replace('á', 'a')}@harbour.example")
    world.accounts[user]["settings"]["timeZone"] = ZONE.key
    world.join(user, role=person.role)
    return user


def _working_days(person: Person) -> list[date]:
    days = [MONDAY + timedelta(weeks=week, days=day) for week in range(WEEKS) for day in range(5)]
    return [
        day
        for day in days
        if day <= person.until
        and day not in dict(HOLIDAYS).values()
        and not any(first <= day.isoformat() <= last for first, last in person.off)
    ]


def _projects(world: World, users: dict[str, str]) -> dict[str, Job]:
    clients: dict[str, str] = {}
    jobs = {}
    for project in PROJECTS:
        if project.client and project.client not in clients:
            clients[project.client] = world.add("clients", name=project.client)
        estimate: Row = {"estimate": iso_duration(project.estimate * 3600), "type": "MANUAL"}
        options = {"active": bool(project.estimate), "includeNonBillable": True, "resetOption": None}
        fields: Row = {"billable": bool(project.client), "color": project.color, "timeEstimate": estimate | options}
        fields |= {"estimate": estimate, "hourlyRate": {"amount": project.rate * 100, "currency": "USD"}}
        if project.client:
            fields |= {"clientId": clients[project.client], "clientName": project.client}
        if project.budget:
            money = {"estimate": project.budget * 100, "type": "MANUAL", "active": True, "includeExpenses": False}
            fields |= {"budgetEstimate": {**money, "resetOption": None}}
        project_id = world.add_project(project.name, **fields)
        members = [users[person.name] for person in PEOPLE if project.name in person.mix]
        world.edit("projects", project_id, memberships=[membership(user, project_id, "PROJECT") for user in members])
        crafts = ("design", "development", "management") if project.client else ()
        tasks = {craft: world.add("tasks", name=craft.title(), projectId=project_id) for craft in crafts}
        load = {MONDAY + week * timedelta(weeks=1): int(digit) for week, digit in enumerate(project.load)}
        jobs[project.name] = Job(project_id, project.client, load, project.rate * 100, tasks)
    return jobs


def _groups_and_labels(world: World, users: dict[str, str]) -> None:
    lead = {"id": users["Tomás Silva"], "name": "Tomás Silva"}
    for craft in ("design", "development", "management"):
        members = [users[person.name] for person in PEOPLE if person.craft == craft]
        world.add("user_groups", name=craft.title(), userIds=members, teamManagers=[lead])
    for tag in ("tmp", "workshop", "on site", "rework"):
        world.add("tags", name=tag)
    world.add("custom_fields", name="Ticket", status="VISIBLE")
    badge = world.add("custom_fields", name="Desk", type="NUMBER", entityType="USER")
    value = {"customFieldId": badge, "customFieldName": "Desk", "customFieldType": "NUMBER"}
    world.workspace().user_fields.update(
        {user: [{**value, "userId": user, "value": desk}] for desk, user in enumerate(users.values(), 1)}
    )
    hook: Row = {"authToken": "made-up", "url": "https://harbour.example/hook", "triggerSource": [world.workspace().id]}
    world.add("webhooks", name="New time entry", userId=users["Tomás Silva"], **hook)
    world.add("shared_reports", name="Hours of the museum", type="DETAILED", reportAuthor=users["Tomás Silva"])


def _time_off(world: World, users: dict[str, str]) -> None:
    for name, day in HOLIDAYS:
        world.add("holidays", name=name, datePeriod=dict.fromkeys(("startDate", "endDate"), day.isoformat()))
    vacation, sick = (world.add("time_off_policies", name=name, timeUnit="DAYS") for name in ("Vacation", "Sick leave"))
    for person in PEOPLE:
        for first, last in person.off:
            policy = sick if (first, last) == SICK else vacation
            _request(world, users[person.name], policy, first, last, "APPROVED")
        used = float(sum(_weekdays(first, last) for first, last in person.off if (first, last) != SICK))
        amounts: Row = {"used": used, "total": 20.0, "balance": 20.0 - used, "negativeBalanceUsed": 0.0}
        world.add("time_off_balances", policyId=vacation, userId=users[person.name], **amounts)
    _request(world, users["Ngozi Eze"], vacation, "2026-08-17", "2026-08-28", "PENDING")
    _request(world, users["Dmitri Volkov"], vacation, "2026-07-27", "2026-07-29", "REJECTED")


def _weekdays(first: str, last: str) -> int:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return sum((start + number * DAY).weekday() < SATURDAY for number in range((end - start).days + 1))


def _request(world: World, user: str, policy: str, first: str, last: str, state: str) -> None:
    account, owner = world.accounts[user], world.accounts[world.workspace().owner]
    is_sick = (first, last) == SICK
    asked = at_clock(date.fromisoformat(first) - (0 if is_sick else 40) * DAY, 8).replace(tzinfo=None)
    decided: Row = {
        "changedAt": f"{(asked + timedelta(hours=3)).isoformat()}.000002Z",
        "changedForUserName": account["name"],
    }
    decided |= {"changedByUserId": owner["id"], "changedByUserName": owner["name"]}
    fields: Row = {"userId": user, "userName": account["name"], "userEmail": account["email"]}
    fields |= {"requesterUserId": user, "requesterUserName": account["name"], "policyId": policy}
    fields |= {"timeZone": ZONE.key, "userTimeZone": ZONE.key}
    fields |= {"policyName": world.find("time_off_policies", policy)[1]["name"]}
    days = (date.fromisoformat(first), date.fromisoformat(last) + DAY)
    start, end = (at_clock(day, 0) for day in days)
    period = {"start": iso(start), "end": iso(end - timedelta(seconds=1))}
    fields |= {
        "timeOffPeriod": {"period": period, "halfDay": False, "halfDayPeriod": "NOT_DEFINED", "halfDayHours": None}
    }
    status = {"statusType": state, "note": None} | (dict.fromkeys(decided) if state == "PENDING" else decided)
    world.add("time_off_requests", createdAt=f"{asked.isoformat()}.000001Z", status=status, **fields)


def _planned(world: World, users: dict[str, str]) -> None:
    """Who is to work on what in August."""
    projects = {row["name"]: row for row in world.workspace().tables["projects"].values()}
    for name, project_name, hours in (
        *(("Ngozi Eze", "Booking app", 6), ("Dmitri Volkov", "Online shop", 6), ("Kenji Mori", "Open data atlas", 4)),
        *(("Lena Fischer", "Booking app", 4), ("Aoife Kelly", "Website relaunch", 3)),
    ):
        project = projects[project_name]
        fields: Row = {f"project{key.title()}": project[key] for key in ("id", "name", "color", "billable", "archived")}
        fields |= {"clientId": project["clientId"], "clientName": project["clientName"], "hoursPerDay": hours}
        period = {"start": iso(at_clock(date(2026, 8, 3), 9)), "end": iso(at_clock(date(2026, 8, 14), 17))}
        world.add("assignments", userId=users[name], userName=name, period=period, **fields)


def _expenses(world: World, users: dict[str, str]) -> None:
    """Expenses of the road."""
    categories = {name: world.add("expense_categories", name=name) for name in ("Travel", "Meals", "Software")}
    rows = world.workspace().tables
    projects = {row["name"]: row for row in rows["projects"].values()}
    for name, category, project_name, day, total in (
        ("Tomás Silva", "Travel", "Website relaunch", date(2026, 5, 13), 18_640),
        ("Aoife Kelly", "Travel", "Website relaunch", date(2026, 6, 18), 9_420),
        ("Sofia Rossi", "Meals", "Booking app", date(2026, 7, 9), 6_875),
        ("Ngozi Eze", "Software", "Customer portal", date(2026, 7, 14), 4_900),
        ("Maeve Brennan", "Travel", "Open data atlas", date(2026, 7, 23), 31_250),
    ):
        project: dict[str, Any] = projects[project_name]
        info = {key: project[key] for key in ("id", "name", "clientId", "clientName", "color")}
        fields: Row = {
            "category": {**rows["expense_categories"][categories[category]]},
            "project": info,
            "total": total,
        }
        world.add("expenses", userId=users[name], date=iso(at_clock(day, 12)), **fields)
