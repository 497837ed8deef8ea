"""What is assumed of plans, limits and hosts."""

from collections.abc import Sequence
from typing import Final

from probe.asked import LISTS, REPORT, USER_IDS
from probe.changes import AUDIT
from probe.finding import Assumption, Finding, Untold, answered, differs, holds
from probe.lab import Answer, Lab
from probe.reports import ATTENDANCE
from probe.request import Request
from source_clockify.api.errors import NoSuchRoute, Refused
from source_clockify.config import GLOBAL_HOST

BY_FEATURE: Final[dict[str, list[Request]]] = {}
for _request in (*LISTS.values(), ATTENDANCE):
    if _request.feature:
        BY_FEATURE.setdefault(_request.feature, []).append(_request)
LIMIT_HEADERS: Final = ("retry-after", "ratelimit", "x-ratelimit", "x-rate-limit")


def _map(feature: str, requests: Sequence[Request]) -> Assumption:
    def judge(lab: Lab) -> Finding:
        answers = [answer for request in requests if not (answer := lab.answer(request)).unsent]
        if not answers:
            raise Untold(lab.answer(requests[0]).unsent)
        is_included = feature in lab.workspace.features
        findings = [_of_plan(lab, answered(lab, answer.request), is_included) for answer in answers]
        return next((finding for finding in findings if finding.verdict.name == "DIFFERS"), findings[0])

    return Assumption(
        f"{feature}: in `features[]`, or what needs it is refused with 402 or 403",
        "a stream fails, or is emptied, in workspaces whose plan lacks it: `feature` of the stream, and api/clockify.py",
        judge,
        (next((request for request in requests if request.is_free), requests[0]),),
    )


def _of_plan(lab: Lab, answer: Answer, is_included: bool) -> Finding:
    name = answer.request.name
    if is_included:
        if not answer.fault:
            return holds(f"in it, and {name} is shown")
        if isinstance(answer.fault, Refused) and not lab.answer(USER_IDS).is_page:
            raise Untold(f"{name} is refused, but the key's user is neither owner nor admin: {answer.said}")
        return differs(f"in it, and {name} is refused: {answer.said}")
    if isinstance(answer.fault, Refused):
        return holds(f"not in it, and {name} is refused: {answer.said}")
    if answer.fault:
        return differs(f"not in it, and {name} is refused in another way: {answer.said}")
    what = "an empty list" if answer.request.kind and not answer.rows else "shown"
    return differs(f"not in it, and {name} is {what}")


def _limits(lab: Lab) -> Finding:
    named: set[str] = set()
    responses = [answer.response for answer in lab.answers.values() if answer.response is not None]
    for response in responses:
        named |= {name.lower() for name in response.headers if name.lower().startswith(LIMIT_HEADERS)}
    if not responses:
        raise Untold("nothing was answered")
    return differs(", ".join(sorted(named))) if named else holds(f"none of {len(responses)} answers")


def _hosts(lab: Lab) -> Finding:
    if GLOBAL_HOST in lab.config.hosts.core:
        raise Untold("the account is on the global hosts")
    for request in (REPORT, AUDIT):
        answer = lab.answer(request)
        is_other_page = answer.fault is not None and 0 < answer.status < 400
        if not is_other_page:
            answer = answered(lab, request)
        if (
            is_other_page
            or isinstance(answer.fault, NoSuchRoute)
            or (answer.fault and not isinstance(answer.body, dict))
        ):
            return differs(f"{request.name}: {answer.said}")
    return holds("both answer there")


ASSUMPTIONS: Final = (
    *(_map(feature, requests) for feature, requests in sorted(BY_FEATURE.items())),
    Assumption(
        "no answer names a rate limit",
        "a gain: the pace could follow what those headers say (api/pace.py)",
        _limits,
    ),
    Assumption(
        "reports and audit log of a region are at /report/v1 and /auditlog/v1 of its host",
        "reports and audit_log fail there: `_hosts_of` in config.py",
        _hosts,
        (REPORT, AUDIT),
    ),
)
