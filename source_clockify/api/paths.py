"""Paths with ids in them: an id stays one part of the path, whatever is in it."""

from collections.abc import Mapping
from string import Formatter
from typing import Any, Final
from urllib.parse import quote

from source_clockify.api.errors import system_error
from source_clockify.api.words import legible

_CONSEQUENCE: Final = "nothing can be asked about it. The API has changed, or a proxy answers in its place"


def fill_in(template: str, parts: Mapping[str, Any], stream: str) -> str:
    """A path, of a template that names the parts in braces; `stream` is whose it is, for the error.

    Raises:
        AirbyteTracedException: system error where a part is missing, is not a string, is empty or would lead to another path.
    """
    names = (name for _, name, _, _ in Formatter().parse(template) if name)
    return template.format(**{name: _part(parts.get(name), f"{stream}: {name}") for name in names})


def _part(value: object, whose: str) -> str:
    if not isinstance(value, str):
        raise system_error(f"{whose} is {legible(repr(value))}, which is not a string: {_CONSEQUENCE}.")
    if not value.strip() or value in (".", ".."):
        raise system_error(f"{whose} is '{legible(value)}', which is not an id: {_CONSEQUENCE}.")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError:
        problem = f"{whose} is '{legible(value)}', which is not valid Unicode: {_CONSEQUENCE}."
    raise system_error(problem)
