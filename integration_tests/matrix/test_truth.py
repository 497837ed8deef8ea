"""The measure of the matrix is right: what is read without faults is what the sandboxes hold."""

import pytest

from harness.connector import Row, identities
from integration_tests.matrix.cells import Subjects
from integration_tests.matrix.streams import STREAMS
from integration_tests.matrix.subject import GROUPS, told
from integration_tests.test_full_read import DERIVED, LEFT_OUT, truth

OF_AGENCY = ("locations", "snapshots")


@pytest.mark.parametrize("stream", [name for name in STREAMS if name not in GROUPS])
def test_every_row_that_was_sent_is_a_record(subjects: Subjects, stream: str) -> None:
    subject = subjects.of(stream)
    of_another_list = sum(record.get("isSaas") is False for record in subject.records)
    sent = {told(row) + name for name, rows in subject.rows.items() for row in rows}
    assert len(subject.records) - of_another_list == len(sent)
    assert len(subject.records) == len({subject.key(record) for record in subject.records})
    assert subject.rows.keys() <= subject.pages.keys()
    assert subject.pages.total() <= len(subject.answers)  # as a list may be read again


@pytest.mark.parametrize("stream", [name for name in STREAMS if name not in DERIVED])
def test_every_row_that_is_there_is_a_record_as_it_is(subjects: Subjects, stream: str) -> None:
    place, subject = subjects.place, subjects.of(stream)
    rows = place.agency.rows(stream) if stream in OF_AGENCY else truth(place.world, stream)
    assert identities(stream, subject.records) == identities(stream, rows)
    held = {_identity(stream, row): row for row in rows}
    for record in subject.records:
        row = held[_identity(stream, record)]
        assert {name: record.get(name) for name in row.keys() - LEFT_OUT} == {
            name: value for name, value in row.items() if name not in LEFT_OUT
        }


def _identity(stream: str, row: Row) -> str:
    return next(iter(identities(stream, [row])))
