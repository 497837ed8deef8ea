"""The body of an answer, read within limits, so that nothing that a host sends takes gigabytes."""

import re
from io import BytesIO
from typing import Final

import requests

from source_clockify.api.errors import ApiError, TooLarge
from source_clockify.api.words import host_of, path_of

LARGEST: Final = 64 * 2**20
"""Bytes once decompressed. A full page of time entries has 4 MB; that of a workspace with thousands of members comes near."""
MOST_VALUES: Final = 2_000_000
"""Values and containers in a body, which take 100 bytes each as Python has them. A full page has 200,000."""
DEEPEST: Final = 100
"""Containers within each other. Of a record, orjson writes 254, with those of its message."""
_PIECE: Final = 2**16
"""Bytes read at once: what they decompress to, a thousandfold at the most, is in memory before it is counted."""

_TOKEN: Final = re.compile(rb'("authToken"\s*:\s*)"(?:[^"\\]|\\.)*"')
_CONTAINER: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")
_ESCAPE: Final = re.compile(rb'\\["\\]')
_STRING: Final = re.compile(rb'"[^"]*(?:"|\Z)')
_AS_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_ALL_BUT_STRUCTURE: Final = bytes(set(range(256)) - set(b'[]{}",'))


def receive(response: requests.Response) -> None:
    """Read the body that a response still has to get; raises as requests does, too.

    Webhooks come with the secret that signs their calls: it is gone before anything can log or read the body.

    Raises:
        TooLarge: system error where a body that is no refusal is larger or holds more than is read.
        ApiError: system error where any other is, or one goes deeper.
    """
    try:
        content = _read(response)
    except BaseException:
        response.close()  # what is left of it would be taken for the next answer on this connection
        raise
    if excess := _excess(content):
        raise _beyond(*excess, response)
    response._content = _TOKEN.sub(rb"\1null", content) if b'"authToken"' in content else content
    response.encoding = "utf-8"  # as JSON is, whatever a header says


def _read(response: requests.Response) -> bytes:
    body = BytesIO()
    for piece in response.iter_content(_PIECE):
        if body.tell() + len(piece) > LARGEST:
            raise _beyond(TooLarge, f"has more than {LARGEST // 2**20} MiB", response)
        body.write(piece)
    return body.getvalue()


def _excess(content: bytes) -> tuple[type[ApiError], str] | None:
    """What of a body exceeds the limits, and what it is raised as, before anything decodes it; None: nothing.

    Only its structure is looked at, which takes a few milliseconds for a full page: brackets, commas, and the quotes that
    tell whether those are part of a text.
    """
    if not _CONTAINER.match(content):
        return None
    if _ESCAPE.search(content):
        content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    structure = content.translate(_AS_BRACKETS, _ALL_BUT_STRUCTURE)
    texts = structure.count(b'"') // 2
    structure = structure.replace(b'""', b"")
    # A text is a value or the name of one. Many are not looked at one by one.
    is_full = texts > 2 * MOST_VALUES
    if b'"' in structure and not is_full:
        structure = _STRING.sub(b"", structure)
    if is_full or structure.count(b",") + structure.count(b"[") > MOST_VALUES:
        return TooLarge, f"holds more than {MOST_VALUES:,} values"
    if _is_too_deep(structure.translate(None, b",")):
        return ApiError, f"is nested more than {DEEPEST} deep"
    return None


def _is_too_deep(brackets: bytes) -> bool:
    """Takes the innermost pairs away, level by level. What is left over where nothing closes does not count as a level."""
    for _ in range(DEEPEST):
        smaller = brackets.replace(b"[]", b"")
        if len(smaller) == len(brackets):
            return smaller.count(b"[") > DEEPEST
        brackets = smaller
    return bool(brackets)


def _beyond(error: type[ApiError], excess: str, response: requests.Response) -> ApiError:
    said = f"The answer of {host_of(response.url)} to {path_of(response.url)} {excess}"
    return (error if response.status_code < 300 else ApiError)(
        f"{said}: nothing was read from it. The API has changed, or a proxy in between answers in its place.", said=said
    )
