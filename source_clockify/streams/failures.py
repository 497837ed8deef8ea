"""Lists of a stream that could not be read while all others are: told at the end, in one error."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import Endless, Gone, HostUnusable, NotVisible, Refused
from source_clockify.excerpts import excerpt
from source_clockify.streams.slices import Workspace
from source_clockify.streams.state import Partition

SHOWN: Final = 5
"""Failures that the error names; the rest is counted."""
MOST_IN_A_ROW: Final = 3
"""So many lists in a row that meet lasting faults of the host, or have no end, are enough: each costs minutes."""


@dataclass(frozen=True)
class Failure:
    """What could not be read, and why. `parent` is the name and the id of whose list it is; "": the workspace's own."""

    workspace: Workspace
    parent: str
    fault: AirbyteTracedException

    @property
    def said(self) -> str:
        """What Clockify refused it with, or else what is wrong."""
        refusals = (Refused, NotVisible, Gone)
        return self.fault.said if isinstance(self.fault, refusals) else str(self.fault.message).rstrip(".")

    def __str__(self) -> str:
        return f"{self.parent} in {self.workspace}" if self.parent else str(self.workspace)


class Failures:
    """Collects the failures of a stream, each by its partition: what fails as a whole, with all of its windows."""

    def __init__(self, stream_name: str, remedy: str) -> None:
        self._stream_name = stream_name
        self._remedy = remedy
        self._failures: dict[Partition, Failure] = {}
        self._answered: set[str] = set()
        self._in_a_row = 0
        self.are_final = False
        """Whether it makes no sense to go on."""

    def __contains__(self, partition: Partition) -> bool:
        return partition in self._failures

    def note_answer(self, workspace: Workspace) -> None:
        """Something in a workspace was read."""
        self._answered.add(workspace.id)
        self._in_a_row = 0

    def add(self, partition: Partition, failure: Failure) -> None:
        failure.fault.__traceback__ = None  # whose frames hold pages
        self._failures[partition] = failure
        is_costly = failure.fault.failure_type == FailureType.transient_error or isinstance(failure.fault, Endless)
        self._in_a_row += is_costly
        self.are_final |= isinstance(failure.fault, HostUnusable) or self._in_a_row == MOST_IN_A_ROW

    def raise_if_any(self) -> None:
        """Raise one error that stands for all failures.

        Raises:
            AirbyteTracedException: the fault itself where it concerns everything; else one that names the first five.
        """
        failures = list(self._failures.values())
        if not failures:
            return
        last = failures[-1].fault
        if isinstance(last, HostUnusable):
            raise last
        refused = self._refused_as_a_whole(failures)
        others = [failure for failure in failures if failure.workspace not in refused]
        texts = [_role_missing(workspace, said) + self._remedy for workspace, said in refused.items()]
        if len(others) == 1 and not others[0].parent:
            texts.append(f"{others[0].workspace}: {others[0].fault.message}")
        elif others:
            texts.append(self._listed(others))
        types = {failure.fault.failure_type for failure in others} | {FailureType.config_error for _ in refused}
        message = f"{self._stream_name}: {' '.join(texts)}"
        failure_type = types.pop() if len(types) == 1 else FailureType.system_error
        raise AirbyteTracedException(message=message, internal_message=message, failure_type=failure_type) from last

    def _refused_as_a_whole(self, failures: list[Failure]) -> dict[Workspace, str]:
        """The workspaces of which nothing was shown, each with what Clockify said."""
        by_workspace: defaultdict[Workspace, list[Failure]] = defaultdict(list)
        for failure in failures:
            by_workspace[failure.workspace].append(failure)
        return {
            workspace: group[0].said
            for workspace, group in by_workspace.items()
            if workspace.id not in self._answered and all(isinstance(one.fault, Refused) for one in group)
        }

    def _listed(self, failures: list[Failure]) -> str:
        number = len(failures)
        shown = "; ".join(map(str, failures[:SHOWN]))
        rest = f"; and {number - SHOWN} more" if number > SHOWN else ""
        others = (
            "The rest was not tried any more" if self.are_final else "All others were read, and their progress is kept"
        )
        return (
            f"{number} list{'s' * (number != 1)} could not be read: {shown}{rest}. The first one: "
            f"{excerpt(failures[0].said)}. {others}. If this goes on, look at these in Clockify: the key's user may not see "
            "them, or the API has changed."
        )


def _role_missing(workspace: Workspace, said: str) -> str:
    return (
        f"Clockify refused the key access in {workspace} ({said}). The key's user must be an owner or admin of that workspace: "
        "use such a key in `api_key`, or leave the workspace out of `workspace_ids`."
    )
