"""Every stream against every fault."""

from collections.abc import Callable

import pytest

from integration_tests.matrix import bodies, connections, pages, parents, plans, rows, statuses
from integration_tests.matrix.cells import Subjects, cells, try_cell
from integration_tests.matrix.fault import Fault

TABLES = (connections, statuses, bodies, pages, rows, parents, plans)


@pytest.mark.parametrize(("stream", "fault"), cells(fault for table in TABLES for fault in table.FAULTS))
def test_it_is_exact_or_says_why_not(
    subjects: Subjects, stream: str, fault: Fault, record_property: Callable[[str, object], None]
) -> None:
    record_property("outcome", try_cell(subjects, stream, fault).value)
