"""Rows that are made of others': invoices in full, and what is planned."""

from typing import Any

from integration_tests.sandbox.conftest import Ask, first_user, ids
from sandbox import Sandbox, World


def test_the_items_of_an_invoice_and_its_payments_add_up(world: World) -> None:
    """Money is in cents, unit prices in hundredths of a cent, quantities and percentages in hundredths."""
    rows, payments = world.rows("invoice_details"), world.rows("invoice_payments")
    for row in rows:
        assert sum(item["amount"] for item in row["items"]) == row["subtotal"]
        assert all(item["amount"] * 10_000 == item["quantity"] * item["unitPrice"] for item in row["items"])
        assert row["amount"] == row["subtotal"] - row["discountAmount"] + row["taxAmount"]
        paid = sum(payment["amount"] for payment in payments if payment["invoiceId"] == row["id"])
        assert paid == (row["paid"] or 0) == row["amount"] - row["balance"]
    rates = {(row["tax"], row["discount"], *row["visibleZeroFields"]) for row in rows}
    assert rates == {(2500, 1000), (0, 0, "TAX", "DISCOUNT")}


def test_what_belongs_to_a_deleted_invoice_goes_with_it(world: World, get: Ask) -> None:
    invoice = world.rows("invoice_payments")[0]["invoiceId"]
    world.delete("invoices", invoice)
    assert invoice not in ids(world.rows("invoice_details"))
    assert invoice not in {row["invoiceId"] for row in world.rows("invoice_payments")}
    for path in (f"invoices/{invoice}", f"invoices/{invoice}/payments"):
        assert (get(path).status_code, get(path).json()["code"]) == (400, 501)


def test_a_balance_names_its_policy_as_it_is_now(world: World, get: Ask) -> None:
    policy = world.rows("time_off_policies")[0]["id"]
    world.edit("time_off_policies", policy, name="renamed", archived=True)
    row = get(f"time-off/balance/policy/{policy}").json()["balances"][0]
    assert (row["policyName"], row["policyArchived"]) == ("renamed", True)


def test_what_is_planned_is_told_by_day(world: World, sandbox: Sandbox, get: Ask) -> None:
    sandbox.page_cap = None
    project, user = world.add_project("Planned"), first_user(world, "LIMITED", "ACTIVE")
    milestone = world.add("milestones", projectId=project, date="2031-05-02T00:00:00Z")
    for start, end in (("01", "01"), ("03", "04"), ("04", "04")):
        period = {"start": f"2031-05-{start}T08:00:00Z", "end": f"2031-05-{end}T16:00:00Z"}
        world.add("assignments", projectId=project, projectName="Planned", userId=user, period=period, hoursPerDay=4)

    def totals(of: str, first: int, **body: str) -> Any:
        body |= {"start": f"2031-05-0{first}T00:00:00Z", "end": "2031-06-01T00:00:00Z"}
        return get(f"scheduling/assignments/{of}/totals", method="POST", json=body).json()

    [row] = totals("projects", 1)
    assert (row["projectId"], row["taskId"], row["totalHours"]) == (project, None, 16)
    assert [day["hasAssignment"] for day in row["assignments"]] == [True, False, True, True]
    assert row["assignments"][1]["date"] == "2031-05-02T00:00:00Z"
    assert ids(row["milestones"]) == [milestone]
    assert [len(totals("projects", 3)[0][name]) for name in ("assignments", "milestones")] == [2, 0]
    assert totals("projects", 1, search="plan") == [row]
    assert totals("projects", 1, search="nothing") == totals("projects", 1, statusFilter="UNPUBLISHED") == []
    by_user = {row["userId"]: row for row in totals("user-filter", 1)}
    days = by_user.pop(user)["totalHoursPerDay"]
    hours = {day["date"][8:10]: day["totalHours"] for day in days}
    assert hours == {"01": 4, "02": 0, "03": 4, "04": 8}
    assert list(hours) != sorted(hours)
    assert all(row["totalHoursPerDay"] == [] for row in by_user.values())
    assert first_user(world, "ACTIVE", "INACTIVE") not in by_user
    assert {row["capacityPerDay"] for row in by_user.values()} == {28800, 27000}
