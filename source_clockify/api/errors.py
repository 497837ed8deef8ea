"""The errors that streams tell apart: what an answer that is not a page is raised as."""

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException


class ApiError(AirbyteTracedException):
    """An answer that is not a page. `said` quotes it; the message names the cure too."""

    def __init__(
        self, message: str, failure_type: FailureType = FailureType.system_error, said: str | None = None
    ) -> None:
        super().__init__(message=message, internal_message=message, failure_type=failure_type)
        self.said = said or message


class HostUnusable(ApiError):
    """The host, or the credential at it, is of no use: to ask for anything else would end alike."""


class KeyUnknown(HostUnusable):
    """The host does not take the key."""


class Refused(ApiError):
    """A list was refused: the plan does not include it, or the key's user may not see it."""


class Gone(ApiError):
    """What was asked for does not exist any more, or is not in this workspace."""


class NotVisible(ApiError):
    """Nothing of that name is shown to the key."""


class NoSuchRoute(ApiError):
    """The host does not have this operation."""


class BadRequest(ApiError):
    """The host does not take the parameters."""


class ScopeMissing(ApiError):
    """The token lacks the scope of an operation."""


class TooLarge(ApiError):
    """An answer has more bytes or values than are read, as a page of fewer rows may not. `said` tells what and of what."""


class Endless(ApiError):
    """A list goes on and on."""


def system_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(message=message, internal_message=message, failure_type=FailureType.system_error)


def config_error(message: str) -> AirbyteTracedException:
    return AirbyteTracedException(message=message, internal_message=message, failure_type=FailureType.config_error)
