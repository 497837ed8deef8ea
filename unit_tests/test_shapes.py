"""Rows that come in several shapes, as sources differ: one shape comes out."""

from typing import Final

import pytest
import requests_mock

from unit_tests.conftest import HOST, WORKSPACE, Read, Row, answer, rows

BASE: Final = f"/workspaces/{WORKSPACE}"


@pytest.mark.parametrize(
    ("row", "client_name"),
    [
        ({"clientId": "c", "clientName": "Acme"}, "Acme"),
        ({"clientId": "c", "client": {"id": "c", "name": "Acme"}, "tasks": [{"id": "t"}]}, "Acme"),
        ({"clientId": "", "clientName": ""}, ""),
        ({"clientId": "", "client": None, "tasks": []}, ""),
        ({"clientId": "c", "client": ["Acme"], "tasks": None}, None),
    ],
)
def test_a_project_has_the_name_of_its_client_whichever_form_it_came_in(
    row: Row, client_name: str | None, clockify: requests_mock.Mocker, read: Read
) -> None:
    answer(clockify, f"{BASE}/projects", [{"id": "p", **row}])
    [project] = rows(read("projects"), "projects")
    assert project.get("clientName") == client_name
    assert "tasks" not in project


def test_times_have_no_digits_beyond_microseconds(clockify: requests_mock.Mocker, read: Read) -> None:
    made, odd = "2026-01-12T10:11:12.123456789Z", "2026-01-12T10:11:12.1234567890 or so"
    sent: list[Row] = [
        {"id": "a", "createdAt": made, "status": {"changedAt": made}},
        {"id": "b", "createdAt": "2026-01-12T10:11:12.123456789+02:00", "status": "APPROVED"},
        {"id": "c", "createdAt": odd, "status": None},
    ]
    body = {"count": 3, "requests": sent}
    clockify.post(f"{HOST}{BASE}/time-off/requests", json=body, headers={"Last-Page": "true"})
    first, second, third = rows(read("time_off_requests"), "time_off_requests")
    assert first["createdAt"] == first["status"]["changedAt"] == "2026-01-12T10:11:12.123456Z"
    assert (second["createdAt"], second["status"]) == ("2026-01-12T10:11:12.123456+02:00", "APPROVED")
    assert third["createdAt"] == odd
