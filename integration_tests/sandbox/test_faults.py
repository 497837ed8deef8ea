"""What goes wrong on purpose, where no test of the connector could tell that it does."""

import pytest
import requests

from integration_tests.sandbox.conftest import Ask, pages
from sandbox import RateLimit, Raw, Sandbox


def test_rate_limit(sandbox: Sandbox, get: Ask) -> None:
    sandbox.rate_limit = RateLimit(requests=3, seconds=3600, retry_after=7)
    answers = [get("tags") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json() == {"message": "Too Many Requests", "code": 429}
    assert answers[-1].headers["Retry-After"] == "7"
    assert sandbox.rate_limit.refused == 2


def test_a_body_that_is_cut_short_with_a_length_that_agrees(sandbox: Sandbox, get: Ask) -> None:
    sandbox.faults.add(kind="truncate")
    answer, whole = get("tags"), get("tags")
    assert whole.content.startswith(answer.content)
    assert 0 < int(answer.headers["Content-Length"]) == len(answer.content) < len(whole.content)


@pytest.mark.parametrize(("kind", "status"), [("reset", 0), ("close_early", 200)])
def test_a_broken_connection(sandbox: Sandbox, get: Ask, kind: str, status: int) -> None:
    sandbox.faults.add(kind=kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get("tags")
    assert [request.status for request in sandbox.requests] == [status]
    assert get("tags").ok


def test_a_true_answer_that_is_altered(sandbox: Sandbox, get: Ask) -> None:
    sandbox.faults.add(kind="altered", alter=lambda _, whole: Raw(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(whole.body)[:7]))
    answer, whole = get("tags"), get("tags")
    assert answer.headers == {}
    assert answer.content == whole.content[:7]


def test_a_list_that_is_arranged_before_it_is_cut_into_pages(sandbox: Sandbox, get: Ask) -> None:
    before = [row["id"] for row in pages(get, "tags")]
    sandbox.arrange = lambda request, rows: rows[1:] if request.route.endswith("/tags") else rows
    after = [row["id"] for row in pages(get, "tags")]
    sandbox.arrange = lambda _, rows: rows
    assert after == before[1:]
