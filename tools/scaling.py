"""Writes the tables of docs/scaling.md, and prints them for an account of any size: `python -m tools.scaling --help`."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from tools import scale
from tools.catalog import DOCS
from tools.reference import replace_table, row_of
from tools.shape import ALL, WORKSPACES, Account, People, Settings, Workspace

PAGE: Final = DOCS / "scaling.md"
MOST: Final = frozenset({WORKSPACES, "users", "user_groups", "clients", "projects", "tags", "time_entries"})
"""The streams that most need."""
EXAMPLES: Final = ((50, 1), (2_000, 4), (20_000, 50))
"""Users and workspaces."""
SLOW: Final = 10.0
TOTALS: Final = ("", *(f"{users:,} users" for users, _ in EXAMPLES))
STREAMS: Final = ("Stream", "First sync", "Later sync", "Grows with")
GROWS: Final = {
    "audit_log": "Events / 50, and 13 windows of 30 days",
    "time_entry_report": "Entries / 1,000, and the years",
    "invoice_details": "Invoices",
    "invoice_payments": "Invoices",
    "tasks": "Projects",
    "time_entries": "Users; and for each the entries beyond 5,000 / 4,999",
    "member_profiles": "Users",
    "approval_requests": "Decided requests / 100",
    "time_off_requests": "Requests / 200",
    "time_off_balances": "Policies; users beyond 200",
    "project_assignment_totals": "Projects that are planned / 50",
    "user_capacity": "Users / 50",
}
"""What the streams grow with that have more than a request or two for each workspace."""


def typical(users: int) -> Workspace:
    """A workspace after five years: half of its people have 1,000 entries, two fifths 6,000, the rest 21,000.

    Half of them have a timer running.
    """
    people = [
        People(users // 2, 1_000, 60, users // 4),
        People(users * 2 // 5, 6_000, 130, users // 5),
        People(users - users // 2 - users * 2 // 5, 21_000, 200, users // 20),
    ]
    each = {
        "user_groups": 0.1,
        "clients": 0.5,
        "projects": 2.5,
        "time_off_requests": 20,
        "time_off_balances": 1,
        "expenses": 12,
        "invoices": 5,
        "approval_requests": 50,
        "pending_approval_requests": 1,
        "assignments": 10,
        "project_assignment_totals": 2,
        "user_capacity": 1,
        "audit_log": 1_000,
    }
    fixed = {
        "tasks": 10,
        "tags": 300,
        "custom_fields": 20,
        "holidays": 20,
        "time_off_policies": 12,
        "expense_categories": 40,
        "invoice_payments": 1,
        "webhooks": 10,
        "shared_reports": 50,
    }
    return Workspace(people, {name: round(users * number) for name, number in each.items()} | fixed)


def accounts() -> list[Account]:
    """The examples."""
    return [[typical(users // places)] * places for users, places in EXAMPLES]


def page() -> str:
    """The text of docs/scaling.md with its tables as they should be. Sends no request."""
    text = replace_table(PAGE.read_text(encoding="utf-8"), TOTALS, totals(accounts(), Settings()))
    return replace_table(text, STREAMS, by_stream(accounts()[-1], Settings()))


def totals(examples: Sequence[Account], settings: Settings) -> Iterator[Sequence[str]]:
    """A row for each figure, with a column for each account."""
    for title, cell in figures(settings):
        yield title, *map(cell, examples)


def figures(settings: Settings) -> Iterator[tuple[str, Callable[[Account], str]]]:
    """What is told of an account, and how: of a first and of a later sync where there are two numbers."""
    most, every = replace(settings, streams=MOST), replace(settings, streams=ALL)
    with_ids = replace(most, detect_deletions=True)
    slow = min(SLOW, settings.requests_per_second)
    yield "Workspaces", lambda account: f"{len(account):,}"
    yield "Time entries", lambda account: f"{sum(place.entries for place in account):,}"
    for title, chosen in (("seven streams", most), ("all streams", every)):
        yield f"Requests, {title}", partial(both, partial(requests, settings=chosen))
        yield f"Time, {title}", partial(both, partial(time, settings=chosen))
        yield (
            f"Time, {title}, where {slow:.0f} a second are allowed",
            partial(both, partial(time, settings=replace(chosen, requests_per_second=slow))),
        )
    yield "Records, seven streams", partial(both, partial(records, settings=most))
    for title, chosen in (("", most), (" with `detect_deletions`", with_ids)):
        yield f"State{title}", partial(state, settings=chosen)
        yield f"State messages{title}", partial(both, partial(messages, settings=chosen))
        yield f"Memory{title}", partial(both, partial(memory, settings=chosen))


def both(cell: Callable[..., str], account: Account) -> str:
    return f"{cell(account, again=False)}; {cell(account, again=True)}"


def requests(account: Account, settings: Settings, *, again: bool) -> str:
    return f"{scale.requests(account, settings, again=again).total():,}"


def records(account: Account, settings: Settings, *, again: bool) -> str:
    return f"{scale.records(account, settings, again=again):,}"


def time(account: Account, settings: Settings, *, again: bool) -> str:
    seconds = scale.seconds(account, settings, again=again)
    units = ((3600, "h"), (60, "min"), (1, "s"))
    took = next(f"{seconds.needed / unit:.1f} {name}" for unit, name in units if seconds.needed >= unit or unit == 1)
    return f"{took} (CPU)" if seconds.cpu > seconds.waiting else took


def state(account: Account, settings: Settings) -> str:
    return megabytes(scale.state_bytes(account, settings))


def messages(account: Account, settings: Settings, *, again: bool) -> str:
    told = scale.state_messages(account, settings, again=again)
    return f"{told.number:,} with {megabytes(told.volume)}"


def memory(account: Account, settings: Settings, *, again: bool) -> str:
    return megabytes(scale.memory(account, settings, again=again))


def megabytes(size: float) -> str:
    return (
        f"{size / 1e6:,.0f} MB" if size >= 10e6 else f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} KB"
    )


def by_stream(account: Account, settings: Settings) -> Iterator[Sequence[str]]:
    """The streams with the most requests first; those with one or two for each workspace together."""
    first, later = (scale.requests(account, settings, again=again) for again in (False, True))
    for name in sorted(GROWS, key=lambda name: (-first[name], name)):
        yield f"`{name}`", f"{first[name]:,}", f"{later[name]:,}", GROWS[name]
    others = first.keys() - GROWS.keys()
    numbers = (f"{sum(counts[name] for name in others):,}" for counts in (first, later))
    yield f"the other {len(others)}", *numbers, "Workspaces; large lists / the size of a page"


def main() -> None:
    """Print the examples, or one account of a given size."""
    parser = argparse.ArgumentParser(prog="python -m tools.scaling", description=__doc__)
    parser.add_argument("--users", type=int, help="of one account, with those of `typical` in tools/scaling.py")
    parser.add_argument("--workspaces", type=int, default=1)
    for name in ("requests_per_second", "latency", "workers"):
        default = getattr(Settings(), name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    given = parser.parse_args()
    settings = Settings(requests_per_second=given.requests_per_second, latency=given.latency, workers=given.workers)
    one = [typical(given.users // given.workspaces)] * given.workspaces if given.users else None
    header = ("", f"{given.users:,} users") if one else TOTALS
    for row in (header, ["---"] * len(header), *totals([one] if one else accounts(), settings)):
        print(row_of(row))
    print()
    for row in (STREAMS, ["---"] * len(STREAMS), *by_stream(one or accounts()[-1], settings)):
        print(row_of(row))


if __name__ == "__main__":
    main()
