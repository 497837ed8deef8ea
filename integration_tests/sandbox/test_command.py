"""The sandbox as a command: `python -m sandbox`."""

import json
import socket
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from harness.connector import COMMAND as CONNECTOR
from harness.connector import write

COMMAND = (sys.executable, "-m", "sandbox")


def refused(port: int) -> str:
    """Give what the command says when it ends at once."""
    done = subprocess.run([*COMMAND, "--port", str(port)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stdout == ""
    return done.stderr


def test_its_configuration_works(tmp_path: Path) -> None:
    with subprocess.Popen([*COMMAND, "--port", "0"], stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout
        try:
            text = "".join(takewhile(lambda line: line != "}\n", sandbox.stdout)) + "}"
            options = write(tmp_path, {"config": json.loads(text.partition("Configuration:")[2])})
            check = subprocess.run([*CONNECTOR, "check", *options], capture_output=True, text=True, check=False)
        finally:
            sandbox.terminate()
    assert '"status":"SUCCEEDED"' in check.stdout
    assert "The token sees " in check.stdout
    assert sandbox.returncode == 0


def test_a_taken_port_is_named_with_the_cure_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused(port) == (
            f"The sandbox cannot use port {port} (Address already in use): --port 0 takes a free one\n"
        )


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_number_that_is_no_port_is_named(port: int) -> None:
    assert refused(port).splitlines()[-1].endswith(f"error: argument --port: invalid port value: '{port}'")
