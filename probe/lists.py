"""What is assumed of every list: how large its pages may be, how it says its end, and in which order it comes."""

from collections.abc import Iterator
from typing import Final

from probe.asked import LISTS
from probe.finding import Assumption, Finding, Untold, counted, differs, holds, page_of, verdict
from probe.lab import Answer, Lab
from probe.request import Request
from source_clockify.api.keys import text_at
from source_clockify.api.paging import Pages
from source_clockify.streams.approvals import ApprovalRequests
from source_clockify.streams.reports import SharedReports

PAGED: Final = [request for kind, request in LISTS.items() if isinstance(kind.endpoint.paging, Pages)]
SAY_LAST_PAGE: Final = [
    request for request in PAGED if request.endpoint.method == "GET" and request.kind is not SharedReports
]
BY_ID: Final = [request for request in PAGED if request.endpoint.query.get("sort-column") == "ID"]
MOST_NAMES: Final = 6


def _took(request: Request) -> Assumption:
    assert request.kind is not None  # noqa: S101 - tells mypy
    size = f"{request.size:,}"

    def judge(lab: Lab) -> Finding:
        answer = page_of(lab, request)
        came = counted(len(answer.rows), "row")
        if len(answer.rows) < (request.size or 0) and answer.page.is_last is False:
            return differs(f"{came}, and more that are not on the page")
        return verdict(len(answer.rows) <= (request.size or 0), came)

    return Assumption(
        f"{request.name}: a page of {size} rows can be asked for",
        f"`paging` of {request.kind.__name__} needs another size",
        judge,
        (request,),
    )


def _answers(lab: Lab, requests: list[Request]) -> Iterator[Answer]:
    """The pages that came of those requests, with rows that can be read.

    Raises:
        Untold: none did.
    """
    pages = [answer for request in requests if (answer := lab.answer(request)).is_page]
    if not pages:
        raise Untold("none of these lists was answered")
    yield from pages


def _named(requests: list[Request]) -> str:
    more = len(requests) - MOST_NAMES
    return ", ".join(request.name for request in requests[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _last_page(lab: Lab) -> Finding:
    pages = list(_answers(lab, SAY_LAST_PAGE))
    silent = [page.request for page in pages if page.page.is_last is None]
    return differs(f"not so: {_named(silent)}") if silent else holds(f"{counted(len(pages), 'list')} that were asked")


def _tells_end(lab: Lab) -> Finding:
    others = [request for request in PAGED if request not in SAY_LAST_PAGE and request.endpoint.total_at]
    pages = list(_answers(lab, others))
    silent = [page.request for page in pages if page.rows and page.page.is_last is None and page.page.total is None]
    return differs(f"not so: {_named(silent)}") if silent else holds(f"{counted(len(pages), 'list')} that were asked")


def _totals(lab: Lab) -> Finding:
    told, wrong = 0, []
    for answer in _answers(lab, PAGED):
        total, rows, last = answer.page.total, len(answer.rows), answer.page.is_last
        is_whole = last or (last is None and rows < (answer.request.size or 0))
        if total is not None and is_whole:
            told += 1
            if total != rows:
                wrong.append(f"{answer.request.name} ({total:,}, with {counted(rows, 'row')})")
    if not told:
        raise Untold("no list of one page tells a total")
    return differs(", ".join(wrong[:MOST_NAMES])) if wrong else holds(f"{counted(told, 'list')} of one page")


def _order(lab: Lab) -> Finding:
    disorderly, looked_at = [], 0
    for answer in _answers(lab, BY_ID):
        ids = [str(row.get("id") or text_at(row, "approvalRequest", "id")) for row in answer.rows]
        looked_at += len(ids) > 1
        if ids != sorted(ids):
            disorderly.append(answer.request)
    if not looked_at:
        raise Untold("no list has two rows")
    return (
        differs(f"not so: {_named(disorderly)}")
        if disorderly
        else holds(f"{counted(looked_at, 'list')} of two rows and more")
    )


def _newest_first(lab: Lab) -> Finding:
    answer = page_of(lab, LISTS[ApprovalRequests])
    times = [text_at(row, "approvalRequest", "status", "updatedAt") or "" for row in answer.rows]
    if len(times) < 2:
        raise Untold("there are no two approved requests")
    return verdict(times == sorted(times, reverse=True), f"{len(times)} requests")


ASSUMPTIONS: Final = (
    *(_took(request) for request in PAGED),
    Assumption(
        "lists of the core API say `Last-Page`",
        "nothing breaks: those lists end by their total, else at an empty page, for one request more (api/walk.py)",
        _last_page,
    ),
    Assumption(
        "lists that are posted for, and those of the reports host, say `Last-Page` or a total",
        "nothing breaks, for one request more for each list; `total_at` of the endpoint may have moved",
        _tells_end,
    ),
    Assumption(
        "a list's total counts its rows",
        "a list that ends before its total is an error: `total_at` of that endpoint has to go",
        _totals,
    ),
    Assumption(
        "lists that are sorted by id come in the order of ids",
        "rows may wander between pages: sort those lists by something else (BY_ID in streams/base.py)",
        _order,
    ),
    Assumption(
        "approval requests come in the order of their change, the newest first",
        "each incremental sync reads approval_requests to the end: look for an order that is kept (streams/approvals.py)",
        _newest_first,
    ),
)
