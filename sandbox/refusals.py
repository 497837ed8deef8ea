"""How an API refuses a request."""

from typing import Any

_JAVA_TYPES = {"int": "java.lang.Integer", "bool": "java.lang.Boolean"}


class Refusal(Exception):
    """An answer that is not 200; without a message the body is empty."""

    def __init__(self, status: int, message: str | None, code: int | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers
        self.body: dict[str, Any] | None = (
            None if message is None else {"message": message} | ({"code": code} if code else {})
        )


def unexplained(status: int, path: str) -> Refusal:
    """As the audit log's host was seen to refuse: without a message and a code."""
    refusal = Refusal(status, "")
    error = {400: "Bad Request", 403: "Forbidden", 404: "Not Found"}[status]
    refusal.body = {"timestamp": "2026-08-06T12:00:00.000+00:00", "status": status, "error": error, "path": path}
    return refusal


def unconvertible(name: str, value: Any, kind: str = "", code: int = 3000) -> Refusal:
    """For a value of the wrong kind; code 3002 is that of a body, 3000 that of a query."""
    to = _JAVA_TYPES.get(kind, "java.lang.Enum")
    problem = f"Failed to convert value of type 'java.lang.String' to required type '{to}'; Invalid value [{value}]"
    return Refusal(400, f"Method parameter '{name}': {problem}", code)
