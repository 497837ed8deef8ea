"""The list of locations, joined with that of addresses."""

import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from unit_tests.conftest import Read, rows
from unit_tests.highlevel import CONFIG, NO_SCOPE, SEARCH, place


def warnings(output: EntrypointOutput) -> list[str]:
    return [message.log.message for message in output.logs if message.log and message.log.level.value == "WARN"]


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
        assert "locations.readonly" in warning
        assert "`snapshots_api.access_token`" in warning
        assert output.get_stream_statuses("locations")[-1] == AirbyteStreamStatus.COMPLETE
        assert not any(message.log.level.value == "ERROR" for message in output.logs if message.log)

    def test_one_that_the_search_lacks_is_told(self, highlevel: requests_mock.Mocker, read: Read) -> None:
        highlevel.get(SEARCH, [{"json": {"locations": [place("l1")]}}, {"json": {"locations": []}}])
        output = read("locations", **CONFIG)
        assert [row.get("address") for row in rows(output, "locations")] == ["l1 Street", None]
        assert ["1 without address" in warning for warning in warnings(output)] == [True]

    def test_a_fault_of_the_search_is_not_an_absent_address(self, highlevel: requests_mock.Mocker, read: Read) -> None:
        highlevel.get(SEARCH, status_code=500)
        output = read("locations", failing=True, **CONFIG)
        assert rows(output, "locations") == []
        assert output.get_stream_statuses("locations")[-1] == AirbyteStreamStatus.INCOMPLETE
