"""Compares the schemas with evidence from outside the project: recorded answers and documentation of the APIs."""

from typing import Final

LEFT_OUT: Final = {"member_profiles": {"hasPassword"}, "webhooks": {"authToken"}}
"""Fields of the API that the connector drops: one of no analytical use, and a secret."""
