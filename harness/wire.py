"""A host that says what a test tells it to, byte by byte: for what no proper server would send."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

Say = Callable[[socket.socket, str], None]
"""Answers on a connection, given the head of the request."""


@dataclass
class Wire:
    """A listening socket on the loopback address. `heads` holds what was asked, from method to the empty line."""

    say: Say
    heads: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"  # ignore-https-check: loopback

    @property
    def targets(self) -> list[str]:
        """What the request lines ask for."""
        return [head.split(" ")[1] for head in self.heads]

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):  # it is closed at the end
            while True:
                connection, _ = listening.accept()
                Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client goes when it has heard enough
            while head := _head(connection):
                self.heads.append(head)
                self.say(connection, head)


@contextmanager
def wire(say: Say) -> Iterator[Wire]:
    """Serve until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = Wire(say, port=listening.getsockname()[1])
        Thread(target=host.serve, args=[listening], daemon=True).start()
        try:
            yield host
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def answer(body: bytes, status: str = "200 OK", **headers: str) -> Say:
    """Always the same whole answer; of a header's name, `_` stands for `-`."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return lambda connection, _: connection.sendall(head + body)


def _head(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(2**16)
        if not piece:
            return ""
        received += piece
    return received.partition(b"\r\n\r\n")[0].decode("latin-1")
