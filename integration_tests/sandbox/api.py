"""How an endpoint is declared and called: its parameters, pages, order, permissions and refusals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from .shapes import Row, parse_instant
from .world import Workspace, World

_JAVA_TYPES = {"int": "java.lang.Integer", "bool": "java.lang.Boolean"}


class Refusal(Exception):
    """An answer that is not 200; without a message the body is empty."""

    def __init__(self, status: int, message: str | None, code: int | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers
        self.body = None if message is None else {"message": message} | ({"code": code} if code else {})


Handler = Callable[["Call"], Any]


@dataclass
class Endpoint:
    """What a handler answers. Whatever else a request sends is silently ignored, and noted.

    `parameters` reads "status:A|B start:instant! name" (kinds: int, bool, instant, a choice, else any text; ! is
    required), `body` lists the fields of a POST. `sort` maps each sort-column to a field of the row, dotted.
    `feature` is needed in the workspace's plan; `admin`: for owners and admins only.
    """

    method: str
    path: str
    parameters: str = ""
    handler: Handler = field(kw_only=True)
    body: str = ""
    paged: bool = False
    sort: dict[str, str] = field(default_factory=dict)
    default_sort: str | None = None
    feature: str | None = None
    admin: bool = False
    host: str = "/api/v1"

    def __post_init__(self) -> None:
        names = self.parameters.split() + ["page:int", "page-size:int"] * self.paged
        if self.sort:
            names += [f"sort-column:{'|'.join(self.sort)}", "sort-order:ASCENDING|DESCENDING"]
        self.kinds = {name: kind for name, _, kind in (declared.partition(":") for declared in names)}


ENDPOINTS: list[Endpoint] = []


def get(path: str, parameters: str = "", method: str = "GET", **options: Any) -> Callable[[Handler], Handler]:
    """Declares an endpoint; a path without a leading slash is one inside a workspace. Options as for Endpoint."""
    path = path if path.startswith("/") else f"/workspaces/{{workspaceId}}/{path}"

    def register(handler: Handler) -> Handler:
        ENDPOINTS.append(Endpoint(method, path, parameters, handler=handler, **options))
        return handler

    return register


def post(path: str, body: str, **options: Any) -> Callable[[Handler], Handler]:
    return get(path, method="POST", body=body, **options)


@dataclass
class Call:
    """One request of a known user to one endpoint; `workspace` is set where the path names one."""

    world: World
    endpoint: Endpoint
    user: Row
    path: dict[str, str]
    query: dict[str, Any]
    body: Row
    page_cap: int | None
    last_page: bool | None = None
    total: int = 0
    workspace: Workspace = field(init=False)

    def answer(self) -> Any:
        """The body; Refusal where Clockify would not give one."""
        if workspace_id := self.path.get("workspaceId"):
            self._enter(workspace_id)
        self.query = {name: self._converted(name, kind) for name, kind in self.endpoint.kinds.items()}
        return self.endpoint.handler(self)

    @property
    def user_id(self) -> str:
        return str(self.user["id"])

    @property
    def is_admin(self) -> bool:
        return self.workspace.is_admin(self.user_id)

    def rows(self, stream: str, **wanted: Any) -> list[Row]:
        """The workspace's rows with these values; None asks for any."""
        asked = [(name, value) for name, value in wanted.items() if value is not None]
        return [row for row in self.workspace.tables[stream].values() if all(row[n] == value for n, value in asked)]

    def one(self, stream: str, noun: str, name: str = "id") -> Row:
        """The row that the path names."""
        if row := self.workspace.tables[stream].get(self.path[name]):
            return row
        raise Refusal(400, f"{noun} doesn't belong to Workspace", 501)

    def page(self, rows: list[Row], maximum: int = 5000, default: int = 50) -> list[Row]:
        """The asked page of rows in the asked order; a stable order that is not that of ids where none is asked."""
        columns, column = self.endpoint.sort, self.query.get("sort-column") or self.endpoint.default_sort
        if column:
            down = self.query["sort-order"] == "DESCENDING"
            rows = sorted(rows, key=lambda row: _at(row, columns[column]), reverse=down)
        else:
            rows = sorted(rows, key=lambda row: crc32(str(_at(row, columns.get("ID", "id"))).encode()))
        return self.cut(len(rows), lambda first, last: rows[first:last], maximum, default)

    def cut(
        self, total: int, take: Callable[[int, int], Sequence[Row]], maximum: int = 5000, default: int = 50
    ) -> list[Row]:
        """The asked page of `total` rows, which `take` gives from a position up to another."""
        size = default if self.query["page-size"] is None else self.query["page-size"]
        if not 1 <= size <= maximum:
            raise Refusal(400, f"Page size must be between 1 and {maximum}", 501)
        size = min(size, self.page_cap or maximum)
        first = size * (max(self.query["page"] or 1, 1) - 1)
        self.total, self.last_page = total, first + size >= total
        return list(take(min(first, total), min(first + size, total)))

    def _enter(self, workspace_id: str) -> None:
        """Checks what Clockify checks before it looks at anything in a workspace."""
        found = next((place for place in self.world.workspaces if place.id == workspace_id), None)
        if found is None or not found.admits(self.user_id):
            raise Refusal(404, None)
        self.workspace = found
        if self.endpoint.feature and self.endpoint.feature not in found.row["features"]:
            raise Refusal(self.world.plan_refusal, "This feature is not available in your subscription plan", 501)
        if self.endpoint.admin and not self.is_admin:
            raise Refusal(403, "Access Denied", 501)

    def _converted(self, name: str, kind: str) -> Any:
        text, required, kind = self.query.get(name), kind.endswith("!"), kind.rstrip("!")
        if text is None and required:
            problem = f"Required request parameter '{name}' for method parameter type String is not present"
            raise Refusal(400, problem, 3001)
        if text is None or not kind:
            return text
        try:
            if kind == "bool":
                return {"true": True, "false": False}[text.lower()]
            if kind == "int":
                return int(text)
            if kind == "instant":
                return parse_instant(text)
            return {choice: choice for choice in kind.split("|")}[text]
        except (ValueError, KeyError):
            to = _JAVA_TYPES.get(kind, "java.lang.Enum")
            problem = f"Failed to convert value of type 'java.lang.String' to required type '{to}'"
            raise Refusal(400, f"Method parameter '{name}': {problem}; Invalid value [{text}]", 3000) from None


def _at(row: Row, dotted: str) -> tuple[bool, Any]:
    """A row's field, to sort by: nulls come last."""
    value: Any = row
    for name in dotted.split("."):
        value = value[name]
    return value is None, value
