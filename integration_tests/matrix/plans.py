"""Refusals in workspaces whose plan seems to lack what a stream needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.responses import Response

from integration_tests.matrix.fault import (
    EXACT,
    FAILED,
    SKIPPED,
    HostFault,
    Outcome,
    Struck,
    Where,
    everywhere,
    last_list,
    one_list,
)
from integration_tests.matrix.statuses import FINAL
from integration_tests.matrix.subject import Subject
from sandbox import Recorded
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.endpoint_stream import EndpointStream


def needs_a_feature(stream: EndpointStream) -> bool:
    return isinstance(stream, ClockifyStream) and stream.feature is not None


@dataclass(frozen=True)
class PlanFault:
    """Workspaces that do not tell of the feature, and requests to some lists that are refused."""

    name: str
    status: str | None
    allows: frozenset[Outcome]
    where: Where = everywhere
    page: int | None = None
    concerns: Callable[[EndpointStream], bool] = needs_a_feature
    settings: Mapping[str, Any] = field(default_factory=dict)

    def strike(self, subject: Subject) -> Struck | None:
        assert isinstance(subject.stream, ClockifyStream)
        feature = subject.stream.feature
        lists = self.where(subject)
        if self.where is not everywhere and next(iter(subject.pages)) in lists:
            return None

        def alter(_: Recorded, response: Response) -> Response:
            places = orjson.loads(response.body)
            for place in places:
                place["features"] = [name for name in place["features"] if name != feature]
            return Response(orjson.dumps(places), media_type="application/json")

        told: dict[str, Any] = {"kind": "altered", "route": "/workspaces", "alter": alter, "times": None}
        if self.status is None:
            return Struck([told])
        host = HostFault("", FINAL[self.status], self.allows, self.where, self.page)
        refused = host.strike(subject)
        rows = len(subject.all_rows) if self.where is everywhere else None
        return refused and Struck([told, *refused.faults], rows)


FAULTS: Final = [
    PlanFault("a plan that tells of less than it has", None, EXACT),
    *(PlanFault(f"a plan that lacks it: {status}", status, SKIPPED) for status in ("402", "403", "403 without a body")),
    *(
        PlanFault(f"a plan that seems to lack it: {status} for {name}", status, FAILED, where)
        for status in ("402", "403")
        for name, where in (("one list of many", one_list), ("the last list", last_list))
    ),
    PlanFault("a plan that seems to lack it: 403 for the second page", "403", FAILED, page=2),
]
