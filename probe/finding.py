"""What the probe finds: whether an assumption of the connector holds, and what follows if not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from probe.lab import Answer, Lab
from probe.request import Request
from source_clockify.api.errors import Refused


class Verdict(Enum):
    """Whether the account is as the connector takes it to be."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "could not tell"


@dataclass(frozen=True)
class Finding:
    """A verdict, and why. `is_fault`: it could not be told as something went wrong, so another run may tell."""

    verdict: Verdict
    why: str
    is_fault: bool = False


class Untold(Exception):
    """It cannot be told. `is_fault` as in Finding."""

    def __init__(self, why: str, *, is_fault: bool = False) -> None:
        super().__init__(why)
        self.is_fault = is_fault


class Otherwise(Exception):
    """It differs, for the reason that is told."""


@dataclass(frozen=True)
class Assumption:
    """What the connector assumes, which requests show it, how, and what is to be done about the connector if it is `otherwise`.

    Without `requests` it is shown by what was asked for others.
    """

    claim: str
    otherwise: str
    judge: Callable[[Lab], Finding]
    requests: tuple[Request, ...] = ()

    def find(self, lab: Lab) -> Finding:
        """Judge what came. Never raises: one assumption says nothing of the others."""
        try:
            return self.judge(lab)
        except Untold as untold:
            return Finding(Verdict.UNKNOWN, str(untold), untold.is_fault)
        except Otherwise as otherwise:
            return differs(str(otherwise))
        except AirbyteTracedException as fault:  # of an answer that the connector cannot take either
            return differs(fault.message or str(fault))
        except Exception as fault:  # noqa: BLE001 - what nobody expected of an answer
            return Finding(Verdict.UNKNOWN, f"the answer could not be judged ({type(fault).__name__})", is_fault=True)


def holds(why: str) -> Finding:
    return Finding(Verdict.HOLDS, why)


def differs(why: str) -> Finding:
    return Finding(Verdict.DIFFERS, why)


def verdict(is_so: bool, why: str) -> Finding:
    """It holds if it is so, else it differs."""
    return holds(why) if is_so else differs(why)


def answered(lab: Lab, request: Request) -> Answer:
    """A page or a refusal.

    Raises:
        Untold: there is neither.
    """
    answer = lab.answer(request)
    if answer.unsent:
        raise Untold(answer.unsent)
    if not (answer.is_page or answer.is_refusal):
        raise Untold(answer.said, is_fault=True)
    return answer


def page_of(lab: Lab, request: Request) -> Answer:
    """A page.

    Raises:
        Untold: it was refused for reasons of plan or role, or there is no answer.
        Otherwise: it was refused for others.
    """
    answer = answered(lab, request)
    if isinstance(answer.fault, Refused):
        raise Untold(f"not in the plan, or not for the key's user: {answer.said}")
    if answer.fault:
        raise Otherwise(f"refused: {answer.said}")
    return answer


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
