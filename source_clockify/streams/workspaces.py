"""The workspaces that are read: the list that comes before all others."""

from collections.abc import Iterable, Iterator, Sequence

from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.errors import Gone, Refused, config_error
from source_clockify.api.keys import Row
from source_clockify.api.page import Page
from source_clockify.api.paging import Unpaged
from source_clockify.excerpts import listed
from source_clockify.streams.endpoint_stream import EndpointStream
from source_clockify.streams.slices import Workspace
from source_clockify.streams.stats import ReadStats
from source_clockify.streams.sync import Sync


class Workspaces(EndpointStream):
    """The chosen workspaces. Source: GET /workspaces (getWorkspacesOfUser).

    A workspace can have thousands of memberships, so the rows are decoded one by one. The list is asked for once per
    sync, whether as a stream or by `chosen`.
    """

    feature = None
    is_open_to_members = True
    endpoint = Endpoint("workspaces", paging=Unpaged())

    def __init__(self, sync: Sync) -> None:
        super().__init__(sync.session)
        self.sync = sync
        self._chosen: list[Workspace] = []
        self._fault: AirbyteTracedException | None = None

    @property
    def url_base(self) -> str:
        return f"{self.sync.config.hosts.core}/"

    def chosen(self) -> list[Workspace]:
        """The workspaces to read, in the order of `workspace_ids`, else of the API.

        Raises:
            AirbyteTracedException: config error where one that is wanted is not visible to the key, or none is; the fault
                of the first request again, where that failed.
        """
        if not self._chosen:
            for _ in self._read():
                pass
        return self._chosen

    def roles(self) -> Iterator[tuple[Workspace, bool | None]]:
        """Each chosen workspace, and whether the key's user is an owner or admin of it; None where Clockify does not say.

        Raises as `chosen` does.
        """
        chosen, administered = self.chosen(), self._administered()
        for workspace in chosen:
            yield workspace, None if administered is None else workspace.id in administered

    def _administered(self) -> set[str] | None:
        """Ids of the workspaces in which the key's user is an owner or admin; None where Clockify does not say."""
        try:
            page = self.fetch({}, {"roles": "OWNER,WORKSPACE_ADMIN"})
            return {row["id"] for row in page.each_row()}
        except AirbyteTracedException:
            return None

    def stream_slices(self, **_: object) -> Iterable[StreamSlice]:
        return [StreamSlice(partition={}, cursor_slice={})]

    def read_records(self, *_: object, **__: object) -> Iterable[AirbyteMessage]:
        stats = ReadStats(self.name, self.session, self.logger)
        for row in self._read():
            stats.add(None, 1)
            yield from self.messages([row])
        stats.done(None)

    def _read(self) -> Iterator[Row]:
        """The rows of the chosen workspaces as they go by, after which it is known which are chosen."""
        if self._fault:
            raise self._fault  # every stream starts here: one request is enough to learn that none can be read
        visible: list[Workspace] = []
        wanted = self.sync.config.workspace_ids
        try:
            page = self._fetch_list()
            for row in page.each_row():
                visible.append(Workspace.of(row))
                if not wanted or row["id"] in wanted:
                    yield row
            self._chosen = choose(visible, wanted)
        except AirbyteTracedException as fault:
            self._fault = fault
            raise
        for workspace in self._chosen:
            self.logger.info(f"Reading {workspace.describe(self.sync.selected)}")

    def _fetch_list(self) -> Page:
        try:
            return self.fetch({}, {})
        except (Refused, Gone) as refusal:
            raise config_error(
                f"Clockify refused the list of workspaces ({refusal.said}): check `api_key`."
            ) from refusal


def choose(visible: Iterable[Workspace], wanted: Sequence[str]) -> list[Workspace]:
    """The workspaces to read: those wanted, or all.

    Raises:
        AirbyteTracedException: config error where none is visible, or that names the wanted ids that are not.
    """
    by_id = {workspace.id: workspace for workspace in visible}
    if not by_id:
        raise config_error(
            "The key sees no workspace. Check that `api_key` was made by a member of the workspace, "
            "and that `region` or `api_url` is the workspace's."
        )
    if missing := [workspace_id for workspace_id in wanted if workspace_id not in by_id]:
        seen = listed([f"{workspace.id} ({workspace.name})" for workspace in by_id.values()])
        raise config_error(
            f"`workspace_ids`: {listed(missing)} not visible to this key. It sees {seen}. Correct the id, or use a key of a "
            "member of that workspace."
        )
    return [by_id[workspace_id] for workspace_id in wanted or by_id]
