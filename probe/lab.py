"""Sends the requests of the probe with the connector's own session, each once, and keeps what came."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from probe.request import Known, Nothing, Request
from source_clockify.api.clock import Clock
from source_clockify.api.decoding import decode
from source_clockify.api.errors import ApiError
from source_clockify.api.keys import Row
from source_clockify.api.pace import RequestBudget
from source_clockify.api.page import Page
from source_clockify.api.paths import fill_in
from source_clockify.api.session import CHECK_RETRIES
from source_clockify.config import ClockifyConfig
from source_clockify.instants import to_query
from source_clockify.streams.base import ClockifyStream
from source_clockify.streams.reports import YEAR, longest_range
from source_clockify.streams.slices import Workspace
from source_clockify.streams.sync import Sync
from source_clockify.streams.workspaces import Workspaces

PER_SECOND: Final = 5
"""Requests: a tenth of what paid plans allow, as others may be asking meanwhile."""
NOT_ABOUT_THE_REQUEST: Final = (401, 408, 429)
"""Refusals that another request would have met, too."""
WORKSPACES: Final = Request("workspaces", Workspaces.endpoint)
MONTH: Final = timedelta(days=30)
"""The longest range of the audit log."""


class Allowance(RequestBudget):
    """A budget that has an end: `left` requests, retries among them, whatever happens."""

    def __init__(self, left: int, clock: Clock) -> None:
        super().__init__(PER_SECOND, clock.monotonic, clock.sleep)
        self.left = left

    def acquire_call(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Wait for a request's turn.

        Raises:
            ApiError: there is none left.
        """
        if self.left <= 0:
            raise ApiError("no request is left of the number that was promised", FailureType.transient_error)
        self.left -= 1
        super().acquire_call(request, *args, **kwargs)


@dataclass(frozen=True)
class Answer:
    """What came of a request: a response, or the connector's error for it, or both; or why it was not sent."""

    request: Request
    response: requests.Response | None = None
    fault: AirbyteTracedException | None = None
    unsent: str = ""

    @property
    def status(self) -> int:
        """The status of the response; 0 without one."""
        return 0 if self.response is None else self.response.status_code

    @property
    def is_page(self) -> bool:
        """Whether the connector would go on with it."""
        return self.response is not None and self.fault is None

    @property
    def is_refusal(self) -> bool:
        """Whether the host said no to this very request."""
        return self.fault is not None and 400 <= self.status < 500 and self.status not in NOT_ABOUT_THE_REQUEST

    @property
    def said(self) -> str:
        """What the host said in place of a page, or why there is none, for people."""
        if isinstance(self.fault, ApiError):
            return self.fault.said
        return self.unsent or str(self.fault or "")

    @cached_property
    def page(self) -> Page:
        """The answer as the connector takes it."""
        assert self.response is not None  # noqa: S101 - whoever asks has seen that it is a page
        return self.request.endpoint.page(self.response)

    @cached_property
    def body(self) -> Any:
        """The JSON of the answer, of a refusal too; None where it is none."""
        try:
            return decode(self.response.content) if self.response is not None else None
        except ValueError:
            return None

    @cached_property
    def rows(self) -> Sequence[Row]:
        """The rows of a page.

        Raises:
            AirbyteTracedException: it has another shape.
        """
        return self.page.rows if self.is_page else ()


@dataclass
class Lab(Known):
    """One workspace, the requests that may be sent about it, and what came of each that was."""

    config: ClockifyConfig
    clock: Clock
    most: int
    planned: Collection[Request] = ()
    answers: dict[Request, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sync = Sync(self.config, self.clock, retries=CHECK_RETRIES)
        self.allowance = self.sync.session.budget = Allowance(self.most, self.clock)
        self.began = self.clock.now().replace(microsecond=0)
        self._limit: Answer | None = None

    @cached_property
    def workspace(self) -> Workspace:
        """The first one of `workspace_ids`, else the one whose plan has most. Costs a request.

        Raises:
            AirbyteTracedException: as a check does.
        """
        hooks = self.sync.session.hooks["response"]
        hooks.append(lambda response, *_, **__: self.answers.update({WORKSPACES: Answer(WORKSPACES, response)}))
        try:
            chosen = self.sync.stream(Workspaces).chosen()
        finally:
            hooks.clear()
        return chosen[0] if self.config.workspace_ids else max(chosen, key=lambda one: len(one.features))

    @property
    def is_free(self) -> bool:
        """Whether the workspace may have few requests only; in doubt it is taken for one."""
        return self.workspace.plan == "FREE" or longest_range(self.workspace) < YEAR

    @property
    def window(self) -> tuple[datetime, datetime]:
        length = longest_range(self.workspace)
        return self.began - length + timedelta(seconds=1), self.began

    @property
    def sent(self) -> int:
        """Requests so far, retries among them."""
        return self.most - self.allowance.left

    def body_of(self, kind: type[ClockifyStream], page: Row) -> Row:
        start, end = self.window
        if kind.endpoint.host == "audit_log":
            start = end - MONTH
        texts = [to_query(start), to_query(end)]
        if kind.endpoint.host == "reports":  # wall clock of the zone that the body names
            texts = [text.removesuffix("Z") for text in texts]
        return self.sync.stream(kind).body({"workspaceId": self.workspace.id, "start": texts[0], "end": texts[1]}, page)

    def rows(self, request: Request) -> Sequence[Row]:
        try:
            return self.answer(request).rows
        except AirbyteTracedException:
            return ()

    def answer(self, request: Request) -> Answer:
        """What came of a request, which is sent where it is planned and has not been sent yet."""
        if request not in self.answers:
            if request not in self.planned:
                return Answer(request, unsent="it is not asked on a free plan")
            self.answers[request] = Answer(request, unsent="it depends on itself")
            self.answers[request] = self._send(request)
        return self.answers[request]

    def _send(self, request: Request) -> Answer:
        if self._limit:  # which the others would meet as well
            return replace(self._limit, request=request, response=None)
        came: list[requests.Response] = []
        try:
            response = self._response(request, came)
        except Nothing as nothing:
            return Answer(request, unsent=str(nothing))
        except AirbyteTracedException as fault:
            answer = Answer(request, came[-1] if came else None, fault)
            if answer.status == requests.codes.too_many_requests:
                self._limit = answer
            return answer
        return Answer(request, response)

    def _response(self, request: Request, came: list[requests.Response]) -> requests.Response:
        """The page that answers a request. `came` gets all that does, what is no page too."""
        parts = {"workspaceId": self.workspace.id, **_chosen(request.parts, self)}
        endpoint = request.endpoint
        url = f"{getattr(self.config.hosts, endpoint.host)}/{fill_in(endpoint.path, parts, request.name)}"
        return self.sync.session.request(
            endpoint.method,
            url,
            params=_chosen(request.query, self),
            json=request.body(self) if request.body else None,
            hooks={"response": lambda response, *_, **__: came.append(response)},
        )


def _chosen(values: Mapping[str, Any], known: Known) -> Row:
    return {name: value(known) if callable(value) else value for name, value in values.items()}
