"""What holds for every stream of the catalog: an empty list, and a role that does not suffice."""

from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import AirbyteStreamStatus

from source_clockify.streams.lists import ChildStream
from unit_tests.conftest import (
    WORKSPACE,
    Read,
    answer,
    errors,
    rows,
    url_of,
    workspace,
)
from unit_tests.streams import EVERYTHING, STREAMS, body_of

BASE = f"/workspaces/{WORKSPACE}"


class TestEveryStream:
    def host(self, clockify: requests_mock.Mocker, name: str, **answered: Any) -> None:
        """Everything is allowed; the stream's own list answers as given, its parent's has one row."""
        answer(clockify, "/workspaces", [workspace(features=EVERYTHING)])
        stream = STREAMS[name]
        for listed in [*([stream.parent] if isinstance(stream, ChildStream) else []), stream]:
            body = body_of(listed.endpoint, [{"id": "parent", "paid": 1}] if listed is not stream else [])
            usual = {"json": body, "headers": {"Last-Page": "true"}}
            given = answered if listed is stream and answered else usual
            clockify.request(requests_mock.ANY, url_of(listed.endpoint), **given)

    @pytest.mark.parametrize("name", sorted(name for name, stream in STREAMS.items() if not stream.endpoint.is_single))
    def test_an_empty_list_is_no_record_and_no_error(
        self, name: str, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        self.host(clockify, name)
        output = read(name)
        assert rows(output, name) == []
        assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.COMPLETE

    @pytest.mark.parametrize("name", sorted(STREAMS))
    def test_a_role_that_does_not_suffice_is_named(self, name: str, clockify: requests_mock.Mocker, read: Read) -> None:
        self.host(clockify, name, status_code=403, json={"message": "Access Denied", "code": 501})
        output = read(name, failing=True)
        assert "owner or admin" in errors(output)[0]
        assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.INCOMPLETE

    @pytest.mark.parametrize(
        "name",
        sorted(name for name, stream in STREAMS.items() if isinstance(stream, ChildStream) and stream.parent.feature),
    )
    def test_a_child_is_skipped_where_the_plan_lacks_the_list_of_its_parents(
        self, name: str, clockify: requests_mock.Mocker, read: Read
    ) -> None:
        stream = STREAMS[name]
        assert isinstance(stream, ChildStream)
        answer(clockify, "/workspaces", [workspace(features=[])])
        refusal: Any = {"status_code": 403, "json": {"message": "Upgrade", "code": 501}}
        listed = clockify.get(url_of(stream.parent.endpoint), **refusal)
        output = read(name)
        assert output.get_stream_statuses(name)[-1] == AirbyteStreamStatus.COMPLETE
        assert sum(f"{name}: not in the plan" in log.log.message for log in output.logs if log.log) == 1
        assert listed.call_count == 1
