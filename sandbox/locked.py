"""What a test changes while a host reads it."""

from collections.abc import Callable
from functools import wraps
from threading import RLock
from types import FunctionType
from typing import Any


class Locked:
    """Every public method of a subclass holds the object's `lock`."""

    def __init__(self) -> None:
        self.lock = RLock()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, member in list(vars(cls).items()):
            if isinstance(member, FunctionType) and not name.startswith("_"):
                setattr(cls, name, _locked(member))


def _locked(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Locked, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return call
