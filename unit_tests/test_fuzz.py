"""Whatever a configuration, a catalog or a state holds: plain words, valid messages, and no request that was not configured."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests_mock
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import example, given
from hypothesis import strategies as st

from harness.clock import FastClock
from source_clockify.config import ClockifyConfig, migrate
from source_clockify.snapshots_api.config import SnapshotsApiConfig
from source_clockify.streams.incremental import IncrementalStream
from source_clockify.values import is_secret
from unit_tests.command import Printed, run
from unit_tests.conftest import KEY, NOW, WORKSPACE, catalog_of, url_of, workspace
from unit_tests.fuzz import ENTRY, TOKEN, VALUES, damaged, fuzzed
from unit_tests.streams import EVERYTHING, STREAMS, body_of

TRIED = {name: stream for name, stream in STREAMS.items() if name != "entity_changes"}  # fifty requests for each month
INCREMENTAL = sorted(name for name, stream in TRIED.items() if isinstance(stream, IncrementalStream))
SEGMENT = re.compile(r"(?!\.{1,2}$)([A-Za-z0-9._~-]|%3A)+")

CONFIG: dict[str, Any] = {"api_key": KEY, "detect_deletions": True, "refresh_history_days": 7}
FULL_CONFIG = {
    **CONFIG,
    "region": "use2",
    "api_url": "https://acme.clockify.me/api/v1",
    "workspace_ids": [WORKSPACE],
    "start_date": "2025-11-01T00:00:00Z",
    "lookback_days": 7,
    "refresh_history_days": 7,
    "num_workers": 2,
    "requests_per_second": 50,
    "snapshots_api": {
        "mode": "token",
        "access_token": TOKEN,
        "company_id": "5DP4iH6H",
        "api_url": "http://localhost:7",
    },
    "_limit": 1,
}
OAUTH_CONFIG: dict[str, Any] = {
    **CONFIG,
    "snapshots_api": {
        "mode": "oauth",
        "client_id": "a1b2c3-d4",
        "client_secret": TOKEN,
        "refresh_token": TOKEN,
        "access_token": TOKEN,
        "token_expiry_date": "2026-11-26T10:00:00+00:00",
        "company_id": "5DP4iH6H",
    },
}
COMMUNITY_CONFIG = {"api_key": KEY, "workspace_id": WORKSPACE, "api_url": "https://api.clockify.me"}
CATALOG = catalog_of("tags", sync_mode="full_refresh")
SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}}
MANY_STREAMS = catalog_of(
    *("users", "tags", "time_entries", "locations", "approval_requests"), namespace=None, json_schema=SCHEMA
)


def state_of(stream: str) -> dict[str, Any]:
    entries = {"u1": ENTRY, "u2": {**ENTRY, "ids": "ZKaH4prh9Cjn6+MD"}} if stream == "time_entries" else ENTRY
    return {"version": 1, "startDate": None, "workspaces": {WORKSPACE: entries}}


def message_of(stream: str, state: Any) -> dict[str, Any]:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}}


@pytest.fixture(scope="module")
def hosts() -> Iterator[requests_mock.Mocker]:
    """Every host there is: each has one workspace, one user, and lists that are empty."""
    with requests_mock.Mocker() as mocker:
        for stream in TRIED.values():
            body = body_of(stream.endpoint, [{"id": "u1"}] if stream.name == "users" else [])
            mocker.request(requests_mock.ANY, url_of(stream.endpoint), json=body, headers={"Last-Page": "true"})
        gone = {"message": "TIMEENTRY with id e1 not found", "code": 501}
        mocker.get(re.compile("/time-entries/[^/]+$"), status_code=400, json=gone)
        mocker.post(re.compile("/time-entries/batch"), json=[])
        mocker.get(re.compile("/workspaces([?]|$)"), json=[workspace(features=EVERYTHING)])
        mocker.get(re.compile("/(saas-locations|locations|snapshots)/"), json={"locations": [], "snapshots": []})
        mocker.post(re.compile("/oauth/token$"), json={"access_token": TOKEN, "refresh_token": TOKEN})
        yield mocker


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all examples, which write the same files."""
    return tmp_path_factory.mktemp("fuzz")


def attempt(hosts: requests_mock.Mocker, folder: Path, command: str, *options: str, **files: Any) -> Printed:
    """Run a command, and hold what it prints and sends against what is promised of every command."""
    hosts.reset_mock()
    printed = run(folder, command, *options, clock=FastClock(NOW), **files)
    config = _decoded(files["config"])
    for message in printed.messages:
        error, status = message.get("trace", {}).get("error", {}), message.get("connectionStatus", {})
        for told in (error.get("message"), status.get("message"), message.get("log", {}).get("message")):
            assert "Something went wrong" not in (told or "")
            assert "Traceback" not in (told or "") or options
            assert len(told or "") < 3000 or options
        assert error.get("failure_type") in (None, "config_error"), error
        if message["type"] != "CONTROL":  # which hands the configuration back to Airbyte
            assert not [
                secret for secret in (KEY, TOKEN) if secret in secrets_of(config) and secret in json.dumps(message)
            ]
            assert "****" not in json.dumps(message) or any(map(is_secret, secrets_of(config)))
    failed = bool(printed.errors()) and command != "check"
    assert printed.code == int(failed)
    bases = configured(config)
    for request in hosts.request_history:
        [base] = [base for base in bases if request.url.startswith(f"{base}/")][:1]
        path = request.url.removeprefix(f"{base}/").partition("?")[0]
        assert all(SEGMENT.fullmatch(segment) for segment in path.removesuffix("/").split("/")), path
        assert command in ("check", "read")
    return printed


def _decoded(config: Any) -> Any:
    try:
        return json.loads(config) if isinstance(config, bytes) else config
    except ValueError:
        return None


def secrets_of(config: Any) -> list[Any]:
    """What stands in the places of the key and the tokens."""
    whole = config if isinstance(config, dict) else {}
    agency = whole.get("snapshots_api")
    of_agency = agency if isinstance(agency, dict) else {}
    return [whole.get("api_key"), *map(of_agency.get, ("access_token", "client_secret", "refresh_token"))]


def configured(config: Any) -> list[str]:
    """Where a configuration lets the connector send requests: nowhere if it is not one."""
    try:
        parsed = ClockifyConfig.parse(migrate(config))
    except (AirbyteTracedException, TypeError, ValueError):
        return []
    bases = [*vars(parsed.hosts).values()]
    if isinstance(parsed.snapshots_api, SnapshotsApiConfig):
        bases.append(parsed.snapshots_api.base)
    return bases


@fuzzed
@given(
    command=st.sampled_from(["spec", "check", "discover", "read"]),
    config=damaged(FULL_CONFIG) | damaged(OAUTH_CONFIG) | damaged(COMMUNITY_CONFIG),
    debug=st.booleans(),
)
@example(command="check", config={"api_key": KEY, "": {"a": 1}}, debug=False)
@example(command="discover", config={"api_key": KEY, "region": KEY, "snapshots_api": {"mode": KEY}}, debug=False)
@example(command="check", config={"api_key": "a", "region": "mars"}, debug=False)
@example(command="check", config={"api_key": KEY, "snapshots_api": [TOKEN]}, debug=True)
def test_any_configuration(command: str, config: Any, debug: bool, hosts: requests_mock.Mocker, folder: Path) -> None:
    options = ["--debug"] if debug else []
    if command == "spec":
        assert run(folder, "spec", *options).messages[-1]["type"] == "SPEC"
    elif command == "read":
        attempt(hosts, folder, command, *options, config=config, catalog=CATALOG)
    else:
        attempt(hosts, folder, command, *options, config=config)


@fuzzed
@given(catalog=damaged(MANY_STREAMS))
def test_any_catalog(catalog: Any, hosts: requests_mock.Mocker, folder: Path) -> None:
    printed = attempt(hosts, folder, "read", config=CONFIG, catalog=catalog)
    assert set(printed.errors()) - {None} == {name for name, how in printed.statuses().items() if how != "COMPLETE"}
    if printed.statuses():  # it was read
        assert sorted(printed.statuses()) == sorted(chosen["stream"]["name"] for chosen in catalog["streams"])


@fuzzed
@given(data=st.data(), stream=st.sampled_from(["time_entries", *INCREMENTAL]), debug=st.booleans())
def test_any_state_of_a_stream(
    data: st.DataObject, stream: str, debug: bool, hosts: requests_mock.Mocker, folder: Path
) -> None:
    state = data.draw(damaged(state_of(stream)))
    options = ["--debug"] if debug else []
    files: dict[str, Any] = {"config": CONFIG, "catalog": catalog_of(stream)}
    printed = attempt(hosts, folder, "read", *options, **files, state=[message_of(stream, state)])
    if printed.code == 0:  # what was accepted leads to a state that is accepted
        [next_state] = printed.states().values()
        assert attempt(hosts, folder, "read", **files, state=[message_of(stream, next_state)]).code == 0


@fuzzed
@given(state=damaged([message_of(stream, state_of(stream)) for stream in INCREMENTAL[:2]]))
def test_any_list_of_states(state: Any, hosts: requests_mock.Mocker, folder: Path) -> None:
    attempt(hosts, folder, "read", config=CONFIG, catalog=catalog_of(*INCREMENTAL[:2]), state=state)


@fuzzed
@given(
    file=st.sampled_from(["config", "catalog", "state"]),
    inserted=st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()),
    at=st.integers(0, 200),
    removed=st.integers(0, 20),
)
def test_any_bytes_in_a_file(
    file: str, inserted: bytes, at: int, removed: int, hosts: requests_mock.Mocker, folder: Path
) -> None:
    files: dict[str, Any] = {"config": CONFIG, "catalog": CATALOG, "state": []}
    whole = json.dumps(files[file]).encode()
    files[file] = whole[:at] + inserted + whole[at + removed :]
    attempt(hosts, folder, "read", **files)
