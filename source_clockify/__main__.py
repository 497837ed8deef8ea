"""`python -m source_clockify`."""

from source_clockify.run import run

run()
