"""An account in which careless SQL goes wrong, and what happens in it between two syncs."""

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sandbox import World
from sandbox.shapes import iso, project_info

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
BELGRADE: Final = ZoneInfo("Europe/Belgrade")
RATES: Final = {"hourlyRate": {"amount": 12000, "currency": "EUR"}, "costRate": {"amount": 4000, "currency": "EUR"}}


class Consultancy:
    """Two workspaces with projects of the same names, people of the same name, and all that Clockify leaves null."""

    def __init__(self) -> None:
        self.world = World.generate(seed=61, users=5, entries_per_user=12, projects=3, tasks=2, others=3)
        self.acme, self.side = self.world.workspaces
        # Its reports reach as far back as those of a paid plan; still, it has no audit log, time off or expenses.
        self.world.set_features(self.side.id, ["TIME_TRACKING", "UNLIMITED_REPORTS"])
        self.world.report_shows_running = True
        self.owner, self.admin, self.member = list(self.acme.members)[:3]
        self.world.accounts[self.admin]["name"] = ""
        self.namesake, self.gone, self.leaver = self._people()
        self.fixed, self.recurring = self._projects()
        self._budgets()
        self._expenses()
        self._calendar()
        # Before the first sync one person is removed, and nothing is invoiced.
        self.world.remove_user(self.gone, self.acme.id)
        self._invoices = self.acme.tables.pop("invoices")

    def at(self, days_ago: int, hour: int = 9) -> datetime:
        return self.world.now.replace(hour=hour, minute=0, second=0) - days_ago * DAY

    def weekday(self, weeks_ago: int, number: int, hour: int = 0) -> datetime:
        """Monday is the first, 0."""
        return self.at(7 * weeks_ago + self.world.now.weekday() - number, hour)

    def work(self, user: str, days_ago: int, **fields: Any) -> str:
        """Two hours, noted at once."""
        start, end = self.at(days_ago), self.at(days_ago) + 2 * HOUR
        return self.world.add_time_entry(user, start, end, self.acme.id, at=end, **{**RATES, **fields})

    def change(self) -> None:
        """What happens after the first sync, none of it further back than a later one looks."""
        world, place = self.world, self.acme
        place.tables["invoices"] = self._invoices
        for status, balance in (("VOID", 5000), ("OVERDUE", 700), ("PAID", 0)):
            world.add("invoices", place.id, status=status, amount=5000, balance=balance)
        world.delete_time_entry(self.to_delete)
        world.edit_time_entry(self.to_correct, end=self.at(20) + 5 * HOUR)
        world.edit_time_entry(self.to_move, start=self.at(25), end=self.at(25) + HOUR)
        world.remove_user(self.leaver, place.id)
        self.added = world.add_time_entry(
            self.member, self.at(15), self.at(15) + 3 * HOUR, place.id, projectId=self.fixed
        )
        self.added_elsewhere = world.add_time_entry(self.admin, self.at(12), self.at(12) + HOUR, self.side.id)
        world.add_time_entry(self.member, self.at(4), self.at(4) + HOUR, place.id)
        ahead = self.at(-20)
        world.add_time_entry(self.member, ahead, ahead + HOUR, place.id, projectId=self.fixed)

    def _people(self) -> list[str]:
        """One who is called like another, one who is removed before the first sync, and one without a name who leaves later."""
        world, name = self.world, self.world.accounts[self.member]["name"]
        people = [
            world.add_account(called, f"{number}@acme.example") for number, called in enumerate((name, "Gone", ""))
        ]
        for user in people:
            world.join(user, self.acme.id)
            for days_ago in (3, 10, 17, 40, 100, 500):
                self.work(user, days_ago)
            world.start_timer(user, self.at(70))
        return people

    def _projects(self) -> list[str]:
        """Without a client, and the last of them is deleted in the end."""
        names = ("Fixed", "Recurring", "Short-lived")
        projects = [self.world.add_project(name, self.acme.id) for name in names]
        for user in (self.owner, self.gone, self.leaver):
            for days_ago, billable in ((2, True), (9, False), (35, True), (380, True)):
                for project in projects:
                    self.work(user, days_ago, projectId=project, billable=billable)
        self.to_delete = self.work(self.owner, 6, projectId=projects[0])
        self.to_correct = self.work(self.owner, 20, projectId=projects[0])
        self.to_move = self.work(self.owner, 5, projectId=projects[1])
        self.world.delete("projects", projects[2])
        return projects[:2]

    def _budgets(self) -> None:
        """Of every kind: for hours or money, set by hand or by tasks, once or recurring, and one that is not in use."""
        money: dict[str, Any] = {"estimate": 100000, "type": "MANUAL", "active": True, "includeExpenses": True}
        hours: dict[str, Any] = {"estimate": "PT40H", "type": "MANUAL", "active": True, "includeNonBillable": True}
        by_tasks, unused, with_expenses, *_ = self.acme.tables["projects"]
        budgets: dict[str, dict[str, Any]] = {
            by_tasks: {"timeEstimate": {**hours, "type": "AUTO", "estimate": "PT0S", "includeNonBillable": False}},
            unused: {"timeEstimate": {**hours, "active": False}},
            with_expenses: {"budgetEstimate": money},
            self.fixed: {"timeEstimate": hours, "budgetEstimate": {**money, "includeExpenses": False}},
            self.recurring: {
                "timeEstimate": {**hours, "resetOption": "MONTHLY"},
                "budgetEstimate": {**money, "type": "AUTO", "resetOption": "YEARLY"},
            },
        }
        for project, estimates in budgets.items():
            self.world.edit("projects", project, **estimates)
        for project in (by_tasks, self.recurring):
            for estimate, cents in (("PT2H30M", 15000), ("PT45M", 30000)):
                fields: dict[str, Any] = {"projectId": project, "estimate": estimate, "budgetEstimate": cents}
                self.world.add("tasks", self.acme.id, **fields)

    def _expenses(self) -> None:
        """The first of all, which invoices have, is older than a later sync looks back."""
        expenses, projects = self.acme.tables["expenses"], self.acme.tables["projects"]
        first, with_expenses = next(iter(expenses)), list(projects)[2]
        self.world.edit("expenses", first, date=iso(self.at(60, 12)))
        for project, total, billable in (
            (with_expenses, 4321.5, True),
            (with_expenses, 99, False),
            (self.fixed, 250, True),
        ):
            fields = {name: expenses[first][name] for name in ("userId", "category")}
            fields |= {"project": project_info(projects[project]), "total": total, "billable": billable}
            self.world.add("expenses", self.acme.id, date=iso(self.at(8, 12)), **fields)

    def _calendar(self) -> None:
        """Days off of every kind, within weeks in which people worked."""
        world, place = self.world, self.acme
        self.side.row["workspaceSettings"]["workingDays"] = ["SUNDAY", "MONDAY"]
        group = next(iter(place.tables["user_groups"]))
        world.edit("user_groups", group, userIds=[self.namesake])
        nobody: dict[str, Any] = {"everyoneIncludingNew": False, "userIds": None, "userGroupIds": None}
        last_year = world.now.year - 1
        new_year: dict[str, Any] = {"startDate": f"{last_year - 1}-12-31", "endDate": f"{last_year}-01-02"}
        world.add("holidays", place.id, datePeriod=new_year, occursAnnually=True)
        whose: list[tuple[datetime, datetime, dict[str, Any]]] = [
            (self.weekday(4, 4), self.weekday(3, 1), {}),
            (self.weekday(6, 2), self.weekday(6, 3), {**nobody, "userIds": [self.member]}),
            (self.weekday(3, 1), self.weekday(3, 2), {**nobody, "userGroupIds": [group]}),
            (self.weekday(9, 0), self.weekday(8, 4), nobody),
        ]
        for first, last, fields in whose:
            period = {"startDate": f"{first:%Y-%m-%d}", "endDate": f"{last:%Y-%m-%d}"}
            world.add("holidays", place.id, datePeriod=period, **fields)
        self._days_off(self.member, self.weekday(4, 0), 3 * DAY - timedelta(seconds=1))
        self._days_off(self.member, self.weekday(2, 1), DAY, half_day=True)
        self._days_off(self.member, self.weekday(2, 3), DAY, "PENDING")
        self._days_off(self.owner, self.weekday(3, 3), 5 * DAY)
        self._days_off(self.admin, self.weekday(2, 2), timedelta(0))
        for weekday in range(7):
            start = self.weekday(2, weekday, 14).replace(tzinfo=BELGRADE)
            self._time_off(self.namesake, start, start + 1.5 * HOUR, timeUnit="HOURS")
        overnight = self.weekday(5, 1, 18).replace(tzinfo=BELGRADE)
        self._time_off(self.owner, overnight, overnight + 16 * HOUR, timeUnit="HOURS")

    def _days_off(
        self, user: str, first: datetime, length: timedelta, state: str = "APPROVED", *, half_day: bool = False
    ) -> None:
        """From a midnight in Belgrade, which is on the day before in UTC."""
        start = first.replace(tzinfo=BELGRADE)
        self._time_off(user, start, start + length, state, half_day=half_day, timeUnit="DAYS")

    def _time_off(
        self,
        user: str,
        start: datetime,
        end: datetime,
        state: str = "APPROVED",
        *,
        half_day: bool = False,
        **fields: Any,
    ) -> None:
        period = {"period": {"start": iso(start), "end": iso(end)}, "halfDay": half_day}
        status = {"statusType": state, "changedAt": None}
        fields |= {"userId": user, "timeZone": BELGRADE.key, "timeOffPeriod": period, "status": status}
        self.world.add("time_off_requests", self.acme.id, **fields)
