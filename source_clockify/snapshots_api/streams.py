"""The streams of the Snapshots API, and the proof that its token is good."""

import logging
from abc import ABC
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, ClassVar, Final

import requests
from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.sources.streams.http import HttpStream

from source_clockify.api.endpoint import Row
from source_clockify.api.session import OF_A_CHECK, ApiClient
from source_clockify.snapshots_api.api import ALL_LOCATIONS, SAAS_LOCATIONS, SNAPSHOTS, Operation, SnapshotsApi
from source_clockify.snapshots_api.config import Off, SnapshotsApiConfig
from source_clockify.snapshots_api.errors import ScopeMissing, SnapshotsApiErrorHandler
from source_clockify.streams.tally import Tally

ADDRESS: Final = ("address", "city", "state", "postalCode", "country")


class SnapshotsApiStream(HttpStream, ABC):
    """A list of an agency, read in full each time."""

    operation: ClassVar[Operation]
    primary_key = "id"

    def __init__(self, api: SnapshotsApi) -> None:
        super().__init__()
        self.api = api
        self._errors = SnapshotsApiErrorHandler(self.operation.scope)
        self._http_client = ApiClient(self.name, self.logger, self._errors, session=api.session)

    # For the same reason as Clockify's streams: the CDK's own loop over pages is not used.
    @property
    def is_resumable(self) -> bool:
        return False

    @property
    def url_base(self) -> str:
        return f"{self.api.url}/"

    def path(self, **_: Any) -> str:
        return self.operation.endpoint.path.format(companyId=self.api.company_id)

    def request_headers(self, *_: Any, **__: Any) -> Mapping[str, Any]:
        return {"Version": self.operation.version}

    def request_params(
        self,
        stream_state: Mapping[str, Any] | None,
        stream_slice: Mapping[str, Any] | None = None,
        next_page_token: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        params = next_page_token or {}
        return {key: str(value).format(companyId=self.api.company_id) for key, value in params.items()}

    def next_page_token(self, response: requests.Response) -> None:
        """Paging is the endpoint's."""

    def parse_response(self, response: requests.Response, **_: Any) -> list[Row]:
        rows = self.operation.endpoint.rows(response)
        if not all(isinstance(row.get(self.operation.key), str) for row in rows):
            raise self.operation.endpoint.wrong_shape(response)
        return rows

    def pages(self) -> Iterator[requests.Response]:
        """The pages of the list.

        Raises:
            ScopeMissing: where the token lacks the operation's scope.
            AirbyteTracedException: for any other answer that is no page.
        """
        return self.operation.endpoint.walk(self._fetch)

    def rows(self) -> Iterator[Row]:
        """The rows of the list, each once however they move between pages meanwhile; raises as `pages` does."""
        seen: set[str] = set()
        for row in chain.from_iterable(map(self.parse_response, self.pages())):
            if row[self.operation.key] not in seen:
                seen.add(row[self.operation.key])
                yield row

    def records(self) -> Iterator[Row]:
        """What the list holds, as records."""
        return self.rows()

    def read_records(
        self,
        sync_mode: SyncMode,
        cursor_field: list[str] | None = None,
        stream_slice: Mapping[str, Any] | None = None,
        stream_state: Mapping[str, Any] | None = None,
    ) -> Iterable[Row]:
        tally = Tally(self.name, self.api.session, self.logger)
        for record in self.records():
            tally.add(None, 1)
            yield record
        tally.done(None)

    def _fetch(self, params: Mapping[str, Any]) -> requests.Response:
        _, response = self._fetch_next_page(next_page_token=params)
        return self._errors.hand_on(response)


class AllLocations(SnapshotsApiStream):
    """Every location of the agency with its address: for `locations`, not in the catalog."""

    operation = ALL_LOCATIONS


class Locations(SnapshotsApiStream):
    """The agency's locations in SaaS mode, with the name and address that the list of all its locations has.

    That list needs a scope of its own. Without it the address is null, and the name is the one in SaaS mode.
    """

    operation = SAAS_LOCATIONS
    primary_key = "location_id"

    def records(self) -> Iterator[Row]:
        rows = self.rows()
        first = next(rows, None)
        if first is None:
            return
        known = self._all_locations()
        unknown = 0
        for row in chain([first], rows):
            location = known.get(row["locationId"], {}) if known is not None else {}
            unknown += known is not None and not location
            yield {
                **row,
                "location_id": row["locationId"],
                "location_name": location.get("name") or row.get("name"),
                **{field: location.get(field) for field in ADDRESS},
            }
        if unknown:
            self.logger.warning(
                f"{self.name}: {unknown} without address, as they are not in the list of all locations."
            )

    def _all_locations(self) -> dict[str, Row] | None:
        """Name and address of every location, by id; None without the scope."""
        try:
            return {
                row["id"]: {field: row.get(field) for field in ("name", *ADDRESS)}
                for row in AllLocations(self.api).rows()
            }
        except ScopeMissing as refusal:
            self.logger.warning(f"{self.name}: read without addresses. {refusal.message}")
            return None


class Snapshots(SnapshotsApiStream):
    """The agency's snapshots, its own and those that it imported."""

    operation = SNAPSHOTS


def streams(config: SnapshotsApiConfig | Off) -> list[Stream]:
    """None unless the API is configured. Sends no request."""
    if isinstance(config, Off):
        return []
    api = SnapshotsApi(config)
    return [Locations(api), Snapshots(api)]


def check(config: SnapshotsApiConfig | Off, logger: logging.Logger) -> None:
    """Prove token, scope and company id with one request, where the API is configured.

    Raises:
        AirbyteTracedException: with what to do about it.
    """
    if isinstance(config, Off):
        return
    locations = Locations(SnapshotsApi(config, OF_A_CHECK))
    page = next(locations.pages())
    total = SAAS_LOCATIONS.endpoint.total(page)
    seen = len(locations.parse_response(page)) if total is None else total
    logger.info(f"The token sees {seen} locations of the agency {config.company_id}")
