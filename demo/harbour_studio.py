"""Harbour Studio, who make websites and apps for five clients: who does what there, and when, from May to July 2026."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

MONDAY: Final = date(2026, 5, 4)
WEEKS: Final = 13
FIRST_READ: Final = datetime(2026, 7, 31, 21, 30, tzinfo=UTC)
"""A Friday evening, when the week's work is in."""
SECOND_READ: Final = datetime(2026, 8, 3, 14, 0, tzinfo=UTC)
"""The next Monday."""
HOLIDAYS: Final = (
    ("Memorial Day", date(2026, 5, 25)),
    ("Independence Day", date(2026, 7, 3)),
    ("Labor Day", date(2026, 9, 7)),
)
SICK: Final = ("2026-07-21", "2026-07-22")


@dataclass(frozen=True)
class Project:
    """`load`: how much was done in each week, by a digit. Hourly rate and budget are in dollars, the estimate in hours."""

    name: str
    client: str | None
    load: str
    rate: int = 0
    estimate: int = 0
    budget: int = 0
    color: str = "#9E9E9E"


@dataclass(frozen=True)
class Person:
    """`hours` a day; `pace`: how much of them is worked; `mix`: how they are shared among projects, if those have work."""

    name: str
    craft: str
    hours: float
    pace: float
    cost: int
    mix: dict[str, int]
    off: tuple[tuple[str, str], ...] = ()
    role: str | None = None
    until: date = date.max


PROJECTS: Final = (
    Project("Launch campaign", "Tallis Foods", "7742000000000", 95, 200, 18_000, "#8BC34A"),
    Project("Online shop", "Tallis Foods", "0001345677654", 110, 420, 0, "#4CAF50"),
    Project("Customer portal", "Nordwind Energy", "8887766554332", 120, 680, 82_000, "#03A9F4"),
    Project("Support retainer", "Nordwind Energy", "2222222222222", 90, color="#3F51B5"),
    Project("Website relaunch", "Brightwater Museum", "3344455678973", 105, 900, 90_000, "#E91E63"),
    Project("Booking app", "Orchard Health", "0023345556667", 115, 640, 80_000, "#FF9800"),
    Project("Open data atlas", "City of Lindhagen", "0000001233344", 85, 240, 20_000, "#795548"),
    Project("Internal", None, "2222222222222"),
    Project("Sales and proposals", None, "2211111122233"),
    Project("Training", None, "0000600000060"),
)
PEOPLE: Final = (
    Person(
        *("Ngozi Eze", "development", 8, 1.18, 58),
        {"Customer portal": 6, "Booking app": 7, "Support retainer": 2, "Internal": 1, "Training": 1},
        (("2026-06-11", "2026-06-12"),),
    ),
    Person(
        *("Maeve Brennan", "management", 8, 1.02, 80),
        {"Internal": 7, "Sales and proposals": 8, "Website relaunch": 2, "Customer portal": 1, "Booking app": 1},
        (("2026-05-18", "2026-05-29"),),
        "OWNER",
    ),
    Person(
        *("Tomás Silva", "management", 8, 1.0, 62),
        {"Website relaunch": 3, "Customer portal": 2, "Online shop": 3, "Booking app": 2, "Internal": 3}
        | {"Open data atlas": 2, "Sales and proposals": 3, "Launch campaign": 2},
        (("2026-06-08", "2026-06-19"),),
        "WORKSPACE_ADMIN",
    ),
    Person(
        *("Aoife Kelly", "design", 6, 1.0, 50),
        {"Website relaunch": 6, "Launch campaign": 5, "Online shop": 3, "Internal": 1, "Training": 1},
        (("2026-06-29", "2026-07-10"),),
    ),
    Person(
        *("Dmitri Volkov", "development", 8, 0.97, 60),
        {"Customer portal": 5, "Online shop": 6, "Support retainer": 3, "Internal": 1, "Training": 1},
        (("2026-07-13", "2026-07-24"),),
    ),
    Person(
        *("Lena Fischer", "design", 8, 0.96, 52),
        {"Booking app": 5, "Website relaunch": 6, "Launch campaign": 3, "Open data atlas": 4, "Internal": 2},
        (("2026-05-25", "2026-06-12"),),
    ),
    Person(
        *("Kenji Mori", "development", 4, 1.0, 56),
        {"Website relaunch": 7, "Open data atlas": 4, "Support retainer": 2, "Internal": 1},
        (("2026-06-22", "2026-06-26"),),
    ),
    Person(
        *("Sofia Rossi", "management", 8, 0.92, 55),
        {"Booking app": 3, "Online shop": 2, "Sales and proposals": 4, "Open data atlas": 3, "Internal": 2}
        | {"Website relaunch": 2, "Launch campaign": 2, "Training": 2},
        (("2026-05-11", "2026-05-15"), SICK),
        "PROJECT_MANAGER",
    ),
    Person(
        *("Liam Walsh", "development", 8, 0.9, 54),
        {"Customer portal": 6, "Website relaunch": 3, "Support retainer": 2, "Internal": 2},
        until=date(2026, 5, 29),
    ),
)


BILLED: Final = (
    *(("Nordwind Energy", date(2026, 5, 1), 1.0), ("Nordwind Energy", date(2026, 6, 1), 1.0)),
    *(("Tallis Foods", date(2026, 5, 1), 1.0), ("Orchard Health", date(2026, 5, 1), 1.0)),
    ("Orchard Health", date(2026, 6, 1), 0.5),
)
"""Whose time of which month was billed, and how much of it is paid."""
