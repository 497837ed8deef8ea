"""Where a key may be sent: what is checked is what the HTTP library connects to."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st

from source_clockify.config import API_URL_PATTERN, ClockifyConfig, Hosts
from source_clockify.values import base_url
from unit_tests.fuzz import fuzzed

KEYS = {"api_key": "a-good-key"}
AGENCY = {"mode": "token", "access_token": "a-good-token", "company_id": "5DP4iH6HLkQsiKESj6rh"}

READ_IN_TWO_WAYS = [
    "http://evil.example\\[::1]",
    "http://evil.example\\@127.0.0.1",
    "https://evil.example\\.clockify.me",
    "https://acme.clockify.me\\api",
    "https://api.clockify.me@evil.example",
    "https://evil.example#@api.clockify.me",
    "https://evil.example?@api.clockify.me",
    "https://api.clockify.me%40evil.example",
    "https://evil.example%2f.clockify.me",
    "https://acme.clock\tify.me",
    "https://acme.clock\nify.me",
    "https://acme.clockify.me/api\n/v1",
    "https://acme。clockify.me",
    "https://ａcme.clockify.me",
    "https://ﬀ.example",
    "https://\u212a.example",
    "https://münchen.example",
    "https://acme.clockify.me\ud83d",
    "https://a b",
    "https://a..b",
    "https://.a",
    "https://acme.clockify.me.",
    "https://%",
    f"https://{'a' * 300}",
    f"https://{'a' * 64}.example",
    f"https://{'.'.join(['a' * 50] * 6)}",
    "https://acme.clockify.me:",
    "https://acme.clockify.me:0",
    "https://acme.clockify.me:99999",
    "https://acme.clockify.me:0443",
    "https://acme.clockify.me:+443",
    "https://acme.clockify.me:４４３",
    "http://[fe80::1%25lo]",
    "http://[::1%lo]",
    "https://[::1",
    "https://[1.2.3.4]",
    "https://0x7f.1",
    "https://0x7f000001",
    "https://127.1",
    "https://2130706433",
    "https://0177.0.0.1",
    "https://256.1.1.1",
    "https://1.2.3.4.5",
    "http://localhost.",
    "http://127.1",
    "https://acme.clockify.me/..",
    "https://acme.clockify.me/a/../b",
    "https://acme.clockify.me/%2e%2e/b",
    "https://acme.clockify.me//evil.example",
    "https:///evil.example",
    "https:evil.example",
    "//evil.example",
    "https://https://evil.example",
]
IN_CLEAR = [
    "http://acme.clockify.me",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "http://[::]",
    "http://[::ffff:10.0.0.1]",
]


@pytest.mark.parametrize("url", [*READ_IN_TWO_WAYS, *IN_CLEAR], ids=ascii)
@pytest.mark.parametrize("key", ["api_url", "snapshots_api.api_url"])
def test_an_address_that_is_not_what_it_seems_is_refused(key: str, url: str) -> None:
    setting = {"api_url": url} if key == "api_url" else {"snapshots_api": {**AGENCY, "api_url": url}}
    with pytest.raises(AirbyteTracedException, match=f"`{re.escape(key)}`.*: (use an https|leave it out)"):
        ClockifyConfig.parse({**KEYS, **setting})


@pytest.mark.parametrize(
    ("url", "core"),
    [
        ("HTTPS://Acme.Clockify.ME", "https://acme.clockify.me/api/v1"),
        ("https://acme.clockify.me:443/", "https://acme.clockify.me/api/v1"),
        ("https://api.clockify.me:443", "https://api.clockify.me/api/v1"),
        ("https://acme.clockify.me/Own/api/v1//", "https://acme.clockify.me/Own/api/v1"),
        ("https://acme.clockify.me/api/v1/api/v1", "https://acme.clockify.me/api/v1"),
        ("https://192.168.0.7", "https://192.168.0.7/api/v1"),
        ("https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443/api/v1"),
        ("http://127.0.0.2:80", "http://127.0.0.2/api/v1"),
        ("http://[::ffff:127.0.0.1]:8080", "http://[::ffff:127.0.0.1]:8080/api/v1"),
        ("http://LOCALHOST:8080", "http://localhost:8080/api/v1"),
    ],
)
def test_an_address_in_another_spelling_is_the_plain_one(url: str, core: str) -> None:
    assert parse(url).hosts.core == core


def test_the_hosts_of_the_global_region_stand_for_no_other_address() -> None:
    assert parse("https://api.clockify.me:8443").hosts == Hosts(
        core="https://api.clockify.me:8443/api/v1",
        reports="https://api.clockify.me:8443/report/v1",
        audit_log="https://api.clockify.me:8443/auditlog/v1",
    )
    assert parse("https://api.clockify.me/other").hosts.reports == "https://api.clockify.me/other/report/v1"


PIECES = st.sampled_from(
    [
        *"abé@:/\\#?%.[]0。 \t\n",
        "//",
        "http",
        "https",
        "127.0.0.1",
        "localhost",
        "::1",
        "evil",
        "%40",
        ":80",
        "/api",
        "/v1",
    ]
)
ADDRESSES = st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=8).map("".join))


@fuzzed
@given(scheme=st.sampled_from(["", "http://", "https://", "HTTPS://"]), rest=ADDRESSES)
def test_whatever_is_accepted_is_what_requests_connects_to(scheme: str, rest: str) -> None:
    try:
        base = base_url(scheme + rest)
    except ValueError:
        return
    assert base_url(base) == base
    assert re.search(API_URL_PATTERN, scheme + rest)
    sent = requests.Request("GET", f"{base}/path").prepare().url
    assert sent == f"{base}/path"
    url = urlsplit(base)
    assert (url.username, url.password, url.query, url.fragment) == (None, None, "", "")
    assert url.scheme == "https" or re.fullmatch(r"localhost|127(\.\d+){3}|::1", url.hostname or "")


@fuzzed
@given(rest=ADDRESSES)
def test_a_parsed_address_stays_as_it_is(rest: str) -> None:
    try:
        config = parse(rest)
    except AirbyteTracedException:
        return
    assert parse(config.api_url) == config


def parse(url: Any) -> ClockifyConfig:
    return ClockifyConfig.parse({**KEYS, "api_url": url})
