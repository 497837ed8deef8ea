"""The list of locations in SaaS mode, joined with that of all, which has the addresses."""

from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import Read, rows
from unit_tests.highlevel import CONFIG, LOCATIONS, NO_SCOPE, SEARCH, page, place


def warnings(output: EntrypointOutput) -> list[str]:
    return [message.log.message for message in output.logs if message.log and message.log.level.value == "WARN"]


def test_a_location_that_is_not_in_saas_mode_comes_too(highlevel: requests_mock.Mocker, read: Read) -> None:
    highlevel.get(
        SEARCH, [{"json": {"locations": [place("l1"), place("l3"), place("l2")]}}, {"json": {"locations": []}}]
    )
    output = read("locations", **CONFIG)
    assert [(row["location_id"], row["isSaas"]) for row in rows(output, "locations")] == [
        ("l1", True),
        ("l3", False),
        ("l2", True),
    ]
    assert rows(output, "locations")[1] == {
        **{field: value for field, value in place("l3").items() if field != "id"},
        "locationId": "l3",
        "location_id": "l3",
        "location_name": "Shop l3",
        "isSaas": False,
    }
    assert warnings(output) == []


@pytest.mark.parametrize("name", [{"name": "Ada"}, {"name": None}, {}], ids=str)
def test_the_name_and_the_email_of_one_in_saas_mode_are_those_of_its_customer(
    name: dict[str, Any], highlevel: requests_mock.Mocker, read: Read
) -> None:
    listed = {"locations": [{"locationId": "l1", "email": "ada@example.org", **name}], "pagination": {"total": 1}}
    highlevel.get(LOCATIONS, json=listed)
    found = {**place("l1"), "email": "l1@example.org"}
    highlevel.get(SEARCH, [{"json": {"locations": [found]}}, {"json": {"locations": []}}])
    [row] = rows(read("locations", **CONFIG), "locations")
    assert (row.get("name"), row["email"]) == (name.get("name"), "ada@example.org")
    assert (row["location_name"], row["timezone"]) == ("Shop l1", "Europe/Lisbon")


def test_an_agency_with_none_in_saas_mode_has_the_others(highlevel: requests_mock.Mocker, read: Read) -> None:
    highlevel.get(LOCATIONS, json=page(total=0, hasNext=False))
    found = rows(read("locations", **CONFIG), "locations")
    assert [(row["location_id"], row["isSaas"]) for row in found] == [("l1", False), ("l2", False)]


class TestAddresses:
    def test_without_the_scope_are_null_with_one_warning(self, highlevel: requests_mock.Mocker, read: Read) -> None:
        highlevel.get(SEARCH, **NO_SCOPE)
        output = read("locations", **CONFIG)
        found = rows(output, "locations")
        assert [(row["location_name"], row.get("address")) for row in found] == [
            ("Owner of l1", None),
            ("Owner of l2", None),
        ]
        [warning] = warnings(output)
        assert "only those in SaaS mode" in warning
        assert "locations.readonly" in warning
        assert "`snapshots_api.access_token`" in warning
        assert output.get_stream_statuses("locations")[-1] == AirbyteStreamStatus.COMPLETE
        assert not any(message.log.level.value == "ERROR" for message in output.logs if message.log)

    def test_one_that_the_search_lacks_is_told(self, highlevel: requests_mock.Mocker, read: Read) -> None:
        highlevel.get(SEARCH, [{"json": {"locations": [place("l1")]}}, {"json": {"locations": []}}])
        output = read("locations", **CONFIG)
        assert [row.get("address") for row in rows(output, "locations")] == ["l1 Street", None]
        assert ["1 without address" in warning for warning in warnings(output)] == [True]

    def test_a_refusal_in_the_middle_is_not_a_missing_scope(self, highlevel: requests_mock.Mocker, read: Read) -> None:
        highlevel.get(SEARCH, [{"json": {"locations": [place("l1")]}}, NO_SCOPE])
        output = read("locations", failing=True, **CONFIG)
        assert output.get_stream_statuses("locations")[-1] == AirbyteStreamStatus.INCOMPLETE

    def test_a_fault_of_the_search_is_not_an_absent_address(self, highlevel: requests_mock.Mocker, read: Read) -> None:
        highlevel.get(SEARCH, status_code=500)
        output = read("locations", failing=True, **CONFIG)
        assert rows(output, "locations") == []
        assert output.get_stream_statuses("locations")[-1] == AirbyteStreamStatus.INCOMPLETE
