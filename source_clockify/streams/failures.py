"""Lists of a stream that could not be read while all others are: told at the end, in one error."""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.errors import ApiError, HostUnusable, Refused
from source_clockify.streams.slices import Workspace

SHOWN: Final = 5
"""Failures that the error names; the rest is counted."""
MOST_IN_A_ROW: Final = 3
"""So many lists in a row that meet lasting faults of the host are enough, as each costs minutes of retries."""


@dataclass(frozen=True)
class Failure:
    """What could not be read, and why. `parent` is the name and the id of whose list it is; "": the workspace's own."""

    workspace: Workspace
    parent: str
    fault: AirbyteTracedException

    def __str__(self) -> str:
        said = self.fault.said if isinstance(self.fault, ApiError) else self.fault.message
        return f"{self.parent} in {self.workspace}: {said}" if self.parent else f"{self.workspace}: {said}"


class Failures:
    """Collects the failures of a stream, each by its partition: what fails as a whole, with all of its windows."""

    def __init__(self, stream_name: str) -> None:
        self._stream_name = stream_name
        self._failures: dict[Hashable, Failure] = {}
        self._answered: set[str] = set()
        self._in_a_row = 0
        self.are_final = False
        """Whether it makes no sense to go on."""

    def __contains__(self, partition: Hashable) -> bool:
        return partition in self._failures

    def note_answer(self, workspace: Workspace) -> None:
        """Something in a workspace was read."""
        self._answered.add(workspace.id)
        self._in_a_row = 0

    def has_answered(self, workspace: Workspace) -> bool:
        return workspace.id in self._answered

    def add(self, partition: Hashable, failure: Failure) -> None:
        self._failures[partition] = failure
        self._in_a_row += failure.fault.failure_type == FailureType.transient_error
        self.are_final |= isinstance(failure.fault, HostUnusable) or self._in_a_row == MOST_IN_A_ROW

    def raise_if_any(self) -> None:
        """Raise one error that stands for all failures.

        Raises:
            AirbyteTracedException: the fault itself where it concerns everything, or is the only one of a workspace's own
                list; else one that names the first five.
        """
        if not self._failures:
            return
        failures = list(self._failures.values())
        last = failures[-1]
        if isinstance(last.fault, HostUnusable):
            raise last.fault
        told = self._refused_as_a_whole(failures)
        others = [failure for failure in failures if failure.workspace not in told]
        if others == [last] and not told and not last.parent and not isinstance(last.fault, Refused):
            raise last.fault
        texts = [*told.values(), *([self._listed(others)] if others else [])]
        types = {failure.fault.failure_type for failure in others} | ({FailureType.config_error} if told else set())
        message = f"{self._stream_name}: {' '.join(texts)}"
        kind = types.pop() if len(types) == 1 else FailureType.system_error
        raise AirbyteTracedException(message=message, internal_message=message, failure_type=kind) from last.fault

    def _refused_as_a_whole(self, failures: list[Failure]) -> dict[Workspace, str]:
        """The workspaces in which everything was refused, so by the role of the key's user, each with what to do."""
        by_workspace: defaultdict[Workspace, list[AirbyteTracedException]] = defaultdict(list)
        for failure in failures:
            by_workspace[failure.workspace].append(failure.fault)
        return {
            workspace: f"Clockify refused the key access in {workspace} ({faults[0].said}). The key's user must be an owner "
            "or admin of that workspace: use such a key in `api_key`, or leave the workspace out of `workspace_ids`."
            for workspace, faults in by_workspace.items()
            if not self.has_answered(workspace) and isinstance(faults[0], Refused) and _are_refusals(faults)
        }

    def _listed(self, failures: list[Failure]) -> str:
        shown = "; ".join(map(str, failures[:SHOWN]))
        rest = f"; and {len(failures) - SHOWN} more" if len(failures) > SHOWN else ""
        others = (
            "The rest was not tried any more" if self.are_final else "All others were read, and their progress is kept"
        )
        return (
            f"{len(failures)} list{'s' * (len(failures) != 1)} could not be read: {shown}{rest}. {others}. If this goes on, "
            "look at these in Clockify: the key's user may not see them, or the API has changed."
        )


def _are_refusals(faults: list[AirbyteTracedException]) -> bool:
    return all(isinstance(fault, Refused) for fault in faults)
