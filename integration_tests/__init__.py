"""Tests over real sockets, and the sandbox Clockify API that they talk to."""
