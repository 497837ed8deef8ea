"""Tests against a real account, by reading only: `make live`. Without one they are skipped."""
