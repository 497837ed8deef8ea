"""What a host really gets to see of an id."""

import pytest

from harness.clock import FastClock
from harness.wire import answer, wire
from source_clockify.api.clockify import CLOCKIFY, ApiKeyAuthenticator
from source_clockify.api.pace import RequestBudget
from source_clockify.api.paths import fill_in
from source_clockify.api.session import SYNC_RETRIES, ApiSession


@pytest.mark.parametrize(
    "entry_id", ["../../../user", "..\\..\\user", "%2e%2e/%2e%2e", "a?b", "a#b", "//evil.example", "@b", "...", "~"]
)
def test_no_id_leaves_the_path_that_is_configured(entry_id: str) -> None:
    with wire(answer(b"{}")) as host:
        clock = FastClock()
        session = ApiSession(
            CLOCKIFY, ApiKeyAuthenticator("k"), RequestBudget(50, clock.monotonic, clock.sleep), SYNC_RETRIES
        )
        session.get(f"{host.url}/api/v1/{fill_in('workspaces/{w}/time-entries/{e}', {'w': 'w1', 'e': entry_id}, 's')}")
    [target] = host.targets
    assert target.startswith("/api/v1/workspaces/w1/time-entries/")
    assert target.count("/") == 6
    assert not {"?", "#", "\\", "@"} & set(target)
