"""Airbyte source connector for Clockify."""

from source_clockify.source import SourceClockify

__all__ = ["SourceClockify"]
