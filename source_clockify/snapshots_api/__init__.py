"""Locations and snapshots of an agency in HighLevel, beside its time in Clockify: an API, a host and a token of their own."""
