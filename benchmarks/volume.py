"""A server of many time entries that costs next to nothing: bodies are made once, and only ids are put in for each user.

The sandbox looks up and renders every row; beside a connector that takes rows in as fast as it can, that would be what is
measured. Run it with `python -m benchmarks.volume USERS ENTRIES WORKSPACES`, of which the last may be left out: it prints its
address and serves until it is terminated.
"""

import socket
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import World

USER_MARK: Final = "@" * 24
ENTRY_MARK: Final = "#" * 16


class Volume:
    """So many users with so many entries each, shared among the workspaces. All have the same ones, under ids of their own."""

    def __init__(self, users: int, entries: int, workspaces: int = 1) -> None:
        world = World.generate(users=4, projects=3, others=2, entries_per_user=1)
        place = world.workspace()
        [row] = world.rows("workspaces", place.id)
        places = [id_of(number) for number in range(1, workspaces + 1)]
        self._workspaces = orjson.dumps([{**row, "id": place_id} for place_id in places])
        self._user = orjson.dumps(world.rows("users", place.id)[0]).replace(place.owner.encode(), USER_MARK.encode())
        now = datetime.now(UTC).replace(microsecond=0)
        projects, tags = (world.rows(stream, place.id) for stream in ("projects", "tags"))
        values = [
            {
                "customFieldId": row["id"],
                "name": row["name"],
                "type": row["type"],
                "value": row["workspaceDefaultValue"],
            }
            for row in world.rows("custom_fields", place.id)[:2]
        ]
        fields: dict[str, Any] = {
            "description": "Review of the quarterly figures with the team, and notes for the next meeting",
            "billable": True,
            "tagIds": [tag["id"] for tag in tags],
            "customFieldValues": values,
        }
        for number in range(entries):
            start = now - timedelta(hours=2 * number + 2)
            project = projects[number % len(projects)]
            world.add_time_entry(place.owner, start, start + timedelta(hours=1), projectId=project["id"], **fields)
        rows = [row for row in world.rows("time_entries", place.id) if row["userId"] == place.owner][-entries:]
        self._entries = [
            orjson.dumps({**row, "id": f"{ENTRY_MARK}{number:08x}", "userId": USER_MARK})
            for number, row in enumerate(rows)
        ]
        self._pages: dict[tuple[int, int], bytes] = {}
        ids = [id_of(number) for number in range(1, users + 1)]
        self._ids = {place_id: ids[number::workspaces] for number, place_id in enumerate(places)}

    def workspaces(self, _: Request) -> Response:
        return _json(self._workspaces)

    def users(self, request: Request) -> Response:
        page, size = _paging(request)
        members = self._ids[request.path_params["workspace_id"]]
        ids = members[(page - 1) * size : page * size]
        rows = [self._user.replace(USER_MARK.encode(), user_id.encode()) for user_id in ids]
        return _json(b"[" + b",".join(rows) + b"]", is_last=page * size >= len(members))

    def time_entries(self, request: Request) -> Response:
        page, size = _paging(request)
        if (page, size) not in self._pages:
            self._pages[page, size] = b"[" + b",".join(self._entries[(page - 1) * size : page * size]) + b"]"
        user_id = request.path_params["user_id"]
        body = self._pages[page, size].replace(USER_MARK.encode(), user_id.encode())
        body = body.replace(ENTRY_MARK.encode(), user_id[-len(ENTRY_MARK) :].encode())
        return _json(body, is_last=page * size >= len(self._entries))

    def app(self) -> Starlette:
        workspace = "/api/v1/workspaces/{workspace_id}"
        return Starlette(
            routes=[
                Route("/api/v1/workspaces", self.workspaces),
                Route(f"{workspace}/users", self.users),
                Route(f"{workspace}/user/{{user_id}}/time-entries", self.time_entries),
            ]
        )


def id_of(number: int) -> str:
    """Of the workspace or user of that number, from 1."""
    return f"{number:024x}"


def _paging(request: Request) -> tuple[int, int]:
    return int(request.query_params.get("page", 1)), int(request.query_params.get("page-size", 50))


def _json(body: bytes, *, is_last: bool = True) -> Response:
    return Response(body, headers={"Last-Page": str(is_last).lower()}, media_type="application/json")


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    app = Volume(*map(int, sys.argv[1:])).app()
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")  # ignore-https-check: loopback
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical")).run(sockets=[listener])


if __name__ == "__main__":
    main()
