"""Answers with 200 that are not what was asked for."""

import json
from typing import Any, Final

import orjson
from starlette.responses import Response

from integration_tests.matrix.fault import EITHER, EXACT, FAILED, Answer, HostFault, first_list, one_list
from integration_tests.matrix.streams import has_parents, is_single, primary_key
from sandbox import Recorded
from source_clockify.streams.endpoint_stream import EndpointStream

_DEEP: Final = 3_000


def _body(text: str | bytes, **headers: str) -> Answer:
    return {"kind": "status", "status": 200, "body": text, "headers": headers}


def _json(value: Any) -> Answer:
    return _body(json.dumps(value))


ANSWERS: Final[dict[str, Answer]] = {
    "a page of HTML": {"kind": "html"},
    "nothing": _body(""),
    "blanks": _body(" \n"),
    "text": _body("OK"),
    "null": _json(None),
    "a number": _json(42),
    "a text in JSON": _json("OK"),
    "an object without fields": _json({}),
    "a message": _json({"message": "Something is the matter", "code": 0}),
    "a list of numbers": _json([1, 2]),
    "a list of lists": _json([[], []]),
    "a list of nulls": _json([None]),
    "an object in a list": _json([{"message": "odd"}]),
    "data": _json({"data": [], "status": "ok"}),
    "lists within lists": _body("[" * _DEEP),
    "lists within lists, closed": _body("[" * _DEEP + "]" * _DEEP),
    "objects within objects": _body('{"a":' * _DEEP),
    "two values": _body("[] []"),
    "braces that only look right": _body("[{]}, {[}]"),
}


def _of_another(_: Recorded, response: Response) -> Response:
    body = orjson.loads(response.body)
    if isinstance(body, dict) and "id" in body:
        body["id"] = "6b00212844797d76deffffff"
    return Response(orjson.dumps(body), media_type="application/json")


def _has_id(stream: EndpointStream) -> bool:
    return is_single(stream) and "id" in primary_key(stream)


FAULTS: Final = [
    *(HostFault(f"{name} in place of every answer", answer, FAILED) for name, answer in ANSWERS.items()),
    *(
        HostFault(f"{name} for one list of many", answer, FAILED, one_list, concerns=has_parents, spares_others=True)
        for name, answer in ANSWERS.items()
    ),
    # What is not JSON at all is asked for again.
    *(
        HostFault(f"{name}, once", ANSWERS[name], EXACT, first_list, times=1)
        for name in ("a page of HTML", "nothing", "blanks", "text")
    ),
    *(
        HostFault(f"{name}, once", ANSWERS[name], EITHER, first_list, times=1)
        for name in ANSWERS
        if name not in ("a page of HTML", "nothing", "blanks", "text")
    ),
    HostFault(
        "another object than asked for", {"kind": "altered", "alter": _of_another}, FAILED, one_list, concerns=_has_id
    ),
]
