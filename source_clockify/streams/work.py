"""What people work on: clients, projects, tasks, tags, custom fields."""

from source_clockify.api.decoding import encode
from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import Row, text_at
from source_clockify.api.paging import LARGEST_PAGE, Pages, Unpaged
from source_clockify.streams.base import BY_ID
from source_clockify.streams.endpoint_stream import Slice
from source_clockify.streams.lists import ChildStream, WorkspaceStream


class Clients(WorkspaceStream):
    """Clients, archived ones too. Source: GET /workspaces/{workspaceId}/clients (getClients), sortable by name only."""

    is_open_to_members = True
    endpoint = Endpoint("workspaces/{workspaceId}/clients", query={"sort-column": "NAME", "sort-order": "ASCENDING"})


class Projects(WorkspaceStream):
    """Projects with their custom fields, archived ones too.

    Source: GET /workspaces/{workspaceId}/projects (getProjects). A row carries all members of the project, hence the
    smaller page. A hydrated row was seen in two forms: the plain one with custom fields, and one that has the client and
    the tasks as objects and no `clientName`.
    """

    is_open_to_members = True
    endpoint = Endpoint("workspaces/{workspaceId}/projects", paging=Pages(500), query={**BY_ID, "hydrated": "true"})
    ids_only = endpoint.ids_only(Pages(LARGEST_PAGE), {"hydrated": "false"})

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        row.pop("tasks", None)  # `tasks` reads them
        if "clientName" not in row:
            row["clientName"] = "" if row.get("clientId") == "" else text_at(row, "client", "name")
        return super().record(row, stream_slice)


class Tasks(ChildStream):
    """Tasks of all projects, done ones too.

    Source: GET /workspaces/{workspaceId}/projects/{projectId}/tasks (getTasks).
    """

    is_open_to_members = True
    parent_type = Projects
    parent_key = "projectId"
    endpoint = Endpoint("workspaces/{workspaceId}/projects/{projectId}/tasks", query=BY_ID)


class Tags(WorkspaceStream):
    """Tags, archived ones too. Source: GET /workspaces/{workspaceId}/tags (getTags)."""

    is_open_to_members = True
    endpoint = Endpoint("workspaces/{workspaceId}/tags", query=BY_ID)


class CustomFields(WorkspaceStream):
    """Custom fields of time entries and of users. Source: GET /workspaces/{workspaceId}/custom-fields (ofWorkspace).

    The list ignores paging, and gives those of users only when asked for them. The default value may be any JSON value,
    which no column can take: a string stays as it is, anything else becomes JSON text.
    """

    feature = "CUSTOM_FIELDS"
    endpoint = Endpoint(
        "workspaces/{workspaceId}/custom-fields", paging=Unpaged(), variants=({}, {"entity-type": "USER"})
    )

    def record(self, row: Row, stream_slice: Slice) -> Row | None:
        value = row.get("workspaceDefaultValue")
        if value is not None and not isinstance(value, str):
            row["workspaceDefaultValue"] = encode(value)
        return super().record(row, stream_slice)
