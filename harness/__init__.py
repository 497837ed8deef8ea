"""Runs the connector as Airbyte does, and keeps tables as a destination does: for the tests and the benchmarks."""
