"""Tests over real sockets, against the sandbox."""
