"""Answers that would take gigabytes: the connector refuses them, and stays small."""

import gzip
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from harness.connector import COMMAND, configured, write
from harness.peak import peak_of
from harness.wire import Say, answer, wire

MEBIBYTE: Final = 2**20
MOST: Final = 400 * MEBIBYTE
BOMB: Final = gzip.compress(b" " * (64 * MEBIBYTE)) * 24


def in_pieces(connection: socket.socket, _: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n["
        for _ in range(200):
            yield b" " * MEBIBYTE

    for piece in pieces():
        connection.sendall(piece)
    connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("say", "excess"),
    [
        (answer(BOMB, Content_Encoding="gzip"), "has more than 64 MiB"),
        (in_pieces, "has more than 64 MiB"),
        (answer(b"[" * 40_000), "is nested more than 100 deep"),
        (answer(b"[" + b"{}," * 20_000_000 + b"{}]"), "holds more than 2,000,000 values"),
        (answer(b"[" + b'",",' * 15_000_000 + b'""]'), "holds more than 2,000,000 values"),
        (answer(b"[" + b'"\\"",' * 12_000_000 + b'""]'), "holds more than 2,000,000 values"),
    ],
    ids=["1.5 GB, compressed", "200 MB", "brackets", "objects", "commas", "quotes"],
)
def test_a_check_stays_small(say: Say, excess: str, tmp_path: Path) -> None:
    with wire(say) as host:
        options = write(tmp_path, {"config": {"api_key": "a-key-of-some-length", "api_url": host.url}})
        printed, peak = peak_of([*COMMAND, "check", *options])
    [told] = [line for line in map(json.loads, printed.splitlines()) if line["type"] == "CONNECTION_STATUS"]
    assert f"The answer of 127.0.0.1 to /api/v1/workspaces {excess}" in told["connectionStatus"]["message"]
    assert peak < MOST


def test_a_read_that_asks_for_ever_smaller_pages_keeps_no_answer(tmp_path: Path) -> None:
    def say(connection: socket.socket, head: str) -> None:
        (in_pieces if "/users?" in head else answer(b'[{"id":"w1"}]'))(connection, head)

    users = {"name": "users", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    with wire(say) as host:
        config = {"api_key": "a-key-of-some-length", "api_url": host.url}
        files = {"config": config, "catalog": {"streams": [configured(users)]}}
        printed, peak = peak_of([*COMMAND, "read", *write(tmp_path, files)])
    assert "though no more than 10 rows were asked for" in printed
    assert peak < 250 * MEBIBYTE  # five of 64 MiB would be more
