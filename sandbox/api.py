"""How an endpoint is declared and called: its parameters, pages, order, permissions and refusals."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from .access import Access
from .refusals import Refusal, unconvertible, unexplained
from .shapes import Row, parse_instant
from .workspace import Workspace
from .world import World

AUDIT_LOG = "/auditlog/v1"
_NAMES = {"page": "page", "size": "page-size", "column": "sort-column", "order": "sort-order"}


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "int": int,
    "bool": lambda value: {"true": True, "false": False}[str(value).lower()],
    "list": _list,
    "values": lambda value: value.split(","),
    "instant": parse_instant,
    "wall-clock": lambda value: datetime.fromisoformat(value).replace(tzinfo=None),
}


Handler = Callable[["Call"], Any]


@dataclass
class Endpoint:
    """What a handler answers. Whatever else a request sends is silently ignored, and noted.

    `parameters` reads "status:A|B start:instant! name" (kinds: int, bool, list, values, instant, wall-clock, a choice,
    else anything; ! is required): those of the query or, of a POST, the fields of the body, dotted where they are nested.
    `names` has those for paging and sorting, `sort` maps each sort column to a field of the row, dotted.
    `page_headers`: whether its lists have any. `feature` is needed in the workspace's plan; `admin`: for owners and
    admins only.
    """

    method: str
    path: str
    parameters: str = ""
    handler: Handler = field(kw_only=True)
    paged: bool = False
    names: dict[str, str] = field(default_factory=lambda: _NAMES)
    first_page: int = 1
    page_headers: bool = True
    sort: dict[str, str] = field(default_factory=dict)
    default_sort: str | None = None
    feature: str | None = None
    admin: bool = False
    host: str = "/api/v1"

    def __post_init__(self) -> None:
        declared = (text.partition(":") for text in self.parameters.split())
        kinds = {"page": "int", "size": "int"} if self.paged else {}
        kinds |= {"column": "|".join(self.sort), "order": "ASCENDING|DESCENDING"} if self.sort else {}
        self.kinds = {name: kind for name, _, kind in declared} | {self.names[use]: kind for use, kind in kinds.items()}


ENDPOINTS: list[Endpoint] = []


def get(path: str, parameters: str = "", method: str = "GET", **options: Any) -> Callable[[Handler], Handler]:
    """Declares an endpoint; a path without a leading slash is one inside a workspace. Options as for Endpoint."""
    path = path if path.startswith("/") else f"/workspaces/{{workspaceId}}/{path}"

    def register(handler: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(method, path, parameters, handler=handler, **options))
        return handler

    return register


def post(path: str, parameters: str = "", **options: Any) -> Callable[[Handler], Handler]:
    return get(path, parameters, method="POST", **options)


@dataclass
class Call:
    """One request of a known user to one endpoint; `access` is set where the path names a workspace.

    `query` has the parameters, of a POST the fields of the body. `pages_back`: how far it is answered with a page before.
    `arrange` makes of the rows of the list those that the page is cut out of.
    """

    world: World
    endpoint: Endpoint
    user: Row
    path: dict[str, str]
    query: dict[str, Any]
    page_cap: int | None
    pages_back: int = 0
    arrange: Callable[[list[Row]], list[Row]] = list
    last_page: bool | None = None
    total: int = 0
    access: Access = field(init=False)

    def answer(self) -> Any:
        """The body; Refusal where Clockify would not give one."""
        if workspace_id := self.path.get("workspaceId"):
            self.access = Access.to(workspace_id, self.world.workspaces, self.user_id)
            status = self.world.audit_log_refusal
            if status and self.endpoint.host == AUDIT_LOG and not self.workspace.has(str(self.endpoint.feature)):
                raise unexplained(status, self.endpoint.path)
            self.access.check(self.endpoint.feature, self.endpoint.admin, self.world.plan_refusal)
        self.query = {name: self._converted(name, kind) for name, kind in self.endpoint.kinds.items()}
        return self.endpoint.handler(self)

    @property
    def user_id(self) -> str:
        return str(self.user["id"])

    @property
    def workspace(self) -> Workspace:
        return self.access.workspace

    def rows(self, stream: str, **wanted: Any) -> list[Row]:
        """The workspace's rows with these values; None asks for any."""
        asked = [(name, value) for name, value in wanted.items() if value is not None]
        return [row for row in self.workspace.tables[stream].values() if all(row[n] == value for n, value in asked)]

    def one(self, stream: str, noun: str, name: str = "id") -> Row:
        """The row that the path names."""
        if row := self.workspace.tables[stream].get(self.path[name]):
            return row
        raise Refusal(400, f"{noun} doesn't belong to Workspace", 501)

    def asked(self, use: str) -> Any:
        """The page, size, column or order that is asked for."""
        return self.query.get(self.endpoint.names.get(use, ""))

    def page(self, rows: list[Row], **limits: Any) -> list[Row]:
        """The asked page of rows in the asked order; a stable order that is not that of ids where none is asked."""
        columns, column = self.endpoint.sort, self.asked("column") or self.endpoint.default_sort
        if column:
            down = self.asked("order") == "DESCENDING"
            rows = sorted(rows, key=lambda row: _at(row, columns[column]), reverse=down)
        else:
            rows = sorted(rows, key=lambda row: crc32(str(_at(row, columns.get("ID", "id"))).encode()))
        return self.cut(rows, **limits)

    def cut(
        self, rows: list[Row], *, maximum: int = 5000, default: int = 50, refuses: bool = True, overlap: int = 0
    ) -> list[Row]:
        """The asked page of rows in the order that they have.

        A page over the maximum is refused or, silently, cut to it; `overlap` is the number of rows two pages share.
        """
        rows = self.arrange(rows)
        size = default if self.asked("size") is None else self.asked("size")
        if size < 1 or (refuses and size > maximum):
            raise Refusal(400, f"Page size must be between 1 and {maximum}", 501)
        size = min(size, maximum, self.page_cap or maximum)
        page = max((self.asked("page") or 0) - self.endpoint.first_page - self.pages_back, 0)
        first = page * max(size - overlap, 1)
        self.total = len(rows)
        self.last_page = first + size >= self.total if self.endpoint.page_headers else None
        return rows[first : first + size]

    def _converted(self, name: str, kind: str) -> Any:
        value, required, kind = self.query.get(name), kind.endswith("!"), kind.rstrip("!")
        if value is None and required:
            problem = f"Required request parameter '{name}' for method parameter type String is not present"
            raise Refusal(400, problem, 3001)
        if value is None or not kind:
            return value
        try:
            return _READERS.get(kind, {choice: choice for choice in kind.split("|")}.__getitem__)(value)
        except (ValueError, TypeError, KeyError):
            raise unconvertible(name, value, kind, 3002 if self.endpoint.method == "POST" else 3000) from None


def _at(row: Row, dotted: str) -> tuple[bool, Any]:
    """A row's field, to sort by: nulls come last."""
    value: Any = row
    for name in dotted.split("."):
        value = value[name]
    return value is None, value
