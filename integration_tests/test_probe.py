"""The probe: what it sends, what it tells, what it writes, and how it ends."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from harness.connector import Connector
from integration_tests.probing import FILE, Prober, as_assumed, changed, reads, to
from probe.table import MOST, MOST_OF_FREE, planned
from sandbox import RateLimit, Recorded, Sandbox
from sandbox.host import as_json
from source_clockify.api.decoding import decode


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prober:
    return Prober(tmp_path, monkeypatch, capsys)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with as_assumed() as sandbox:
        yield sandbox


def free_workspace(sandbox: Sandbox) -> str:
    return sandbox.world.workspaces[1].id


def test_nothing_differs_where_all_is_as_assumed(probe: Prober, sandbox: Sandbox) -> None:
    probed = probe.of(sandbox)

    assert probed.claims("differs") == set()
    assert probed.claims("could not tell") == set()
    assert probed.code == 0
    assert "0 differ" in probed.text


def test_it_only_reads_and_sends_each_request_once(probe: Prober, sandbox: Sandbox) -> None:
    probe.of(sandbox)

    sent = [(request.method, request.path, *request.query.items(), request.body) for request in sandbox.requests]
    assert reads(sandbox.requests)
    assert len(sent) == len(set(sent))


@pytest.mark.parametrize(("is_free", "most"), [(False, MOST), (True, MOST_OF_FREE)])
def test_the_number_of_requests_is_told_beforehand(probe: Prober, sandbox: Sandbox, is_free: bool, most: int) -> None:
    probed = probe.of(sandbox, WORKSPACE_ID=free_workspace(sandbox) if is_free else sandbox.world.workspace().id)

    told = re.search(r"plan: (\d+) requests", probed.text)
    assert told
    assert int(told[1]) == len(sandbox.requests) == len(planned(is_free=is_free)) + 1
    assert len(sandbox.requests) <= most < 60
    assert f"At most {MOST} requests" in probed.text.splitlines()[0]
    assert f"{MOST_OF_FREE} where" in probed.text.splitlines()[0]


def test_faults_of_a_host_cost_no_more_than_was_told(probe: Prober, sandbox: Sandbox) -> None:
    sandbox.faults.add(kind="reset", times=None, when=lambda request: "projects" in request.path)
    sandbox.faults.add(kind="status", status=500, times=None, when=lambda request: "tags" in request.path)

    probed = probe.of(sandbox, WORKSPACE_ID=free_workspace(sandbox))

    assert len(sandbox.requests) <= MOST_OF_FREE
    assert probed.code == 3
    assert "tags: a page of 5,000 rows can be asked for" in probed.claims("could not tell")
    assert "clients: a page of 5,000 rows can be asked for" in probed.claims("holds")


def test_it_stops_asking_where_the_quota_is_used_up(probe: Prober, sandbox: Sandbox) -> None:
    sandbox.rate_limit = RateLimit(requests=10, seconds=3600)

    probed = probe.of(sandbox)

    assert probed.code == 3
    assert sandbox.rate_limit.refused < 10
    assert probed.answer("projects")["status"] == 200
    statuses = [answer.get("status") for answer in probed.document["answers"]] if probed.document else []
    assert statuses.count(429) == 1, "the shape of that answer is of interest"


def test_an_answer_that_nobody_expected_stops_no_other(probe: Prober, sandbox: Sandbox) -> None:
    sandbox.faults.add(kind="html", times=None, when=to("/tags"))
    sandbox.faults.add(kind="wrong_shape", times=None, when=to("/clients"))
    odd = [{"id": 7, "timeInterval": "today", "status": ["DONE"], "projectId": {}, "userId": []}]
    sandbox.faults.add(kind="altered", alter=changed(lambda _: odd), times=None, when=to("user/[^/]+/time-entries"))
    sandbox.faults.add(kind="altered", alter=changed(lambda _: odd), times=None, when=to("/tasks"))

    probed = probe.of(sandbox)

    assert probed.code == 1
    assert "clients: a page of 5,000 rows can be asked for" in probed.claims("differs")
    assert "invoices: a page of 5,000 rows can be asked for" in probed.claims("holds")


def test_a_wrong_key_is_told_as_a_check_tells_it(probe: Prober, sandbox: Sandbox, tmp_path: Path) -> None:
    probed = probe.of(sandbox, key="a-key-of-nobody")

    said = Connector(sandbox, tmp_path, key="a-key-of-nobody").check().status()["message"]
    assert said in probed.text
    assert "region" in said
    assert probed.code == 2
    assert probed.document is None


def test_a_workspace_that_is_not_visible_is_told_as_a_check_tells_it(probe: Prober, sandbox: Sandbox) -> None:
    probed = probe.of(sandbox, WORKSPACE_ID="64a687e29ae1f428e7ebe303")

    assert "`workspace_ids`: 64a687e29ae1f428e7ebe303 not visible to this key" in probed.text
    assert probed.code == 2


@pytest.mark.parametrize("variables", [{"REGION": "mars"}, {"API_URL": "http://acme.clockify.me"}])
def test_a_setting_that_is_not_allowed_is_told_before_anything_is_sent(
    probe: Prober, variables: dict[str, str]
) -> None:
    probed = probe(API_KEY="a-key-that-is-long-enough", **variables)

    assert next(iter(variables)).lower() in probed.text
    assert probed.code == 2


def test_without_an_account_it_says_what_to_set(probe: Prober) -> None:
    probed = probe()

    assert "CLOCKIFY_API_KEY" in probed.text
    assert "secrets/config.json" in probed.text
    assert probed.code == 2


def test_the_account_may_be_in_the_file_of_secrets(probe: Prober, sandbox: Sandbox, tmp_path: Path) -> None:
    config = {"api_key": sandbox.world.keys["owner"], "api_url": sandbox.url, "snapshots_api": {"mode": "nonsense"}}
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "config.json").write_text(json.dumps(config))

    assert probe().code == 0
    assert sandbox.requests


def test_a_file_that_cannot_be_written_is_told(probe: Prober, sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / FILE.parent).touch()

    probed = probe.of(sandbox)

    assert f"{FILE} cannot be written" in probed.text
    assert probed.code == 3


def test_the_key_of_a_member_leaves_open_what_the_plan_gives(probe: Prober, sandbox: Sandbox) -> None:
    probed = probe.of(sandbox, key="member")

    assert "users: a page of 100 rows can be asked for" in probed.claims("could not tell")
    assert any(claim.startswith("INVOICING") for claim in probed.claims("could not tell"))
    assert probed.code == 0


def test_neither_the_key_nor_the_host_is_told(probe: Prober, sandbox: Sandbox) -> None:
    sandbox.faults.add(status=400, body={"message": f"no {sandbox.world.keys['owner']} here"}, when=to("/tags"))

    probed = probe.of(sandbox)

    assert sandbox.world.keys["owner"] not in probed.text + json.dumps(probed.document)
    assert sandbox.url.partition("//")[2] not in json.dumps(probed.document)


@pytest.mark.parametrize("case", ["paid", "free", "marked"])
def test_no_value_of_the_account_is_in_the_file(probe: Prober, sandbox: Sandbox, case: str) -> None:
    """`marked`: each number is a large one, so that none of them could be there for another reason."""
    values: set[Any] = set()
    maps = {"Person 00042": 1, "alice": 2, "6b0930bf912265b1f5000001": {"bob": "b"}, "2026-11-20": 3}

    def note(_: Recorded, response: Response) -> Response:
        body = decode(bytes(response.body)) if response.body else None
        body = _marked(body) if case == "marked" else body
        if isinstance(body, list):
            body = [{**row, "hoursByPerson": maps} for row in body]
        values.update(_values(body), maps, {"alice", "bob"})
        return as_json(body, response.status_code, {"Last-Page": response.headers.get("last-page", "")})

    sandbox.faults.clear()
    sandbox.faults.add(kind="altered", alter=note, times=None)
    probed = probe.of(sandbox, WORKSPACE_ID=free_workspace(sandbox) if case == "free" else sandbox.world.workspace().id)

    text = (probe.folder / FILE).read_text("utf-8")
    words = set(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
    texts = {value for value in values if isinstance(value, str)}
    telling = {value for value in texts if len(value) > 3 and not re.fullmatch(r"[a-z]+|[A-Z_]+", value)}
    numbers = {abs(value) for value in values if isinstance(value, int | float) and abs(value) > 5001}
    assert len(telling) > 150
    assert len(numbers) > 10
    assert not texts & words
    assert not [value for value in telling if json.dumps(value)[1:-1] in text]
    assert not [number for number in numbers if re.search(rf"(?<!\d){re.escape(str(number))}", text)]
    fields = probed.answer("clients")["shape"]["items"]["fields"]
    assert fields["id"]["forms"] == ["id"]
    assert fields["hoursByPerson"]["fields"].keys() == {"*"}, (
        "a field that nobody knew of is named, a map's keys are not"
    )


def _marked(value: Any) -> Any:
    """A body with other numbers, which come nowhere else."""
    if isinstance(value, bool) or not isinstance(value, int | float | list | dict):
        return value
    if isinstance(value, list):
        return [_marked(item) for item in value]
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    return value + 700_000_000


def _values(value: Any) -> set[Any]:
    """The texts and numbers in a body."""
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return set().union(*(_values(item) for item in inner))
    return set() if isinstance(value, bool | None) else {value}
