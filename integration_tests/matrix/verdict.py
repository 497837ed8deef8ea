"""How a cell came out: by comparison with what is true."""

from collections import Counter
from datetime import timedelta

from harness.connector import Output, Row
from integration_tests.matrix.altered import check_altered
from integration_tests.matrix.fault import Outcome, Struck
from integration_tests.matrix.place import Place, Read
from integration_tests.matrix.subject import Subject, told

LONGEST_MESSAGE = 1000
MINUTE = timedelta(minutes=1)


class Wrong(AssertionError):
    """A cell that is neither exact nor an honest failure or skip, with the reason."""


def judge(place: Place, subject: Subject, bystanders: list[Subject], read: Read, struck: Struck) -> Outcome:
    """How a read of a stream under a fault came out.

    Raises:
        Wrong: nobody may trust what came out.
    """
    if read.is_endless:
        raise Wrong(f"no end: {len(read.requests)} requests, {read.clock.monotonic() / 3600:.0f} hours of waiting")
    if any(secret in text for text in (read.output.text, *read.log) for secret in place.secrets):
        raise Wrong("a secret is printed or logged")
    known = (struck.paths or set()).union(*(other.asked for other in bystanders))
    if struck.paths is not None and (strange := {request.path for request in read.requests} - known):
        raise Wrong(f"asks for {min(strange)[:100]}")
    for other in bystanders:
        if _status(other, read.output) != "COMPLETE" or _rows(other, read.output) != other.truth:
            raise Wrong(f"concerns {other.name} too: {_status(other, read.output)}")
    if _status(subject, read.output) == "COMPLETE":
        return _complete(subject, read.output, struck)
    return _incomplete(place, subject, read, struck)


def _status(subject: Subject, output: Output) -> str:
    return output.statuses().get(subject.name, "never begun")


def _rows(subject: Subject, output: Output) -> Counter[str]:
    return Counter(map(told, output.records()[subject.name]))


def _complete(subject: Subject, output: Output, struck: Struck) -> Outcome:
    if output.returncode:
        raise Wrong("complete, but the command fails")
    _check_doubles(subject, output.records()[subject.name])
    rows = _rows(subject, output)
    lost, more = subject.truth - rows, rows - subject.truth
    if not struck.invents and (problem := check_altered(subject, lost, more, struck.altered)):
        raise Wrong(f"complete, but {problem}")
    if lost.total() <= more.total():
        return Outcome.EXACT
    if struck.rows is None or lost.total() > struck.rows:
        raise Wrong(f"lost without a word: {lost.total()} of {subject.truth.total()} rows")
    return Outcome.SKIPPED


def _check_doubles(subject: Subject, records: list[Row]) -> None:
    doubled = [key for key, number in Counter(map(subject.key, records)).items() if number > 1]
    if doubled:
        raise Wrong(f"doubled: {len(doubled)} rows, such as {doubled[0]}")


def _incomplete(place: Place, subject: Subject, read: Read, struck: Struck) -> Outcome:
    output = read.output
    error = output.errors().get(subject.name)
    if error is None:
        raise Wrong(f"{_status(subject, output)} without an error")
    message = str(error["message"])
    if "Something went wrong" in message:
        raise Wrong(f"a generic error: {error.get('internal_message')}")
    if not message or len(message) > LONGEST_MESSAGE:
        raise Wrong(f"a message of {len(message)} characters")
    if not output.returncode:
        raise Wrong("incomplete, but the command succeeds")
    if _status(subject, output) != "INCOMPLETE":
        raise Wrong(f"failed, but its status is {_status(subject, output)}")
    _check_doubles(subject, output.records()[subject.name])
    rows = _rows(subject, output)
    lost, more = subject.truth - rows, rows - subject.truth
    if not struck.invents and (problem := check_altered(subject, lost, more, struck.altered)):
        raise Wrong(f"incomplete, and {problem}")
    if struck.rows is not None and lost.total() > struck.rows:
        raise Wrong(f"stops others: {lost.total()} rows are missing where {struck.rows} were struck: {message}")
    if subject.stream.supports_incremental:
        _check_state(place, subject, read)
    return Outcome.FAILED


def _check_state(place: Place, subject: Subject, read: Read) -> None:
    """Where the fault is over, a second sync brings all that is still missing."""
    states = [state for state in read.output.states() if state["stream"]["stream_descriptor"]["name"] == subject.name]
    again = place.read(subject.name, state=states, later=MINUTE, **read.settings)
    if again.output.statuses().get(subject.name) != "COMPLETE":
        raise Wrong(f"the state stops the next sync: {again.output.errors()[subject.name]['message']}")
    table = {subject.key(row) for each in (read, again) for row in each.output.records()[subject.name]}
    if lost := {subject.key(row) for row in subject.records} - table:
        raise Wrong(f"the state has moved past what was read: {len(lost)} rows never come")
