"""The streams of the Snapshots API, and the proof that its token is good."""

import logging
from abc import ABC
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, ClassVar, Final

from airbyte_cdk.models import SyncMode
from airbyte_cdk.sources.streams import Stream

from source_clockify.api.endpoint import Row
from source_clockify.api.session import OF_A_CHECK
from source_clockify.snapshots_api.api import ALL_LOCATIONS, SAAS_LOCATIONS, SNAPSHOTS, Operation, SnapshotsApi
from source_clockify.snapshots_api.config import SnapshotsApiConfig
from source_clockify.snapshots_api.errors import ScopeMissing
from source_clockify.streams.tally import Tally

ADDRESS: Final = ("address", "city", "state", "postalCode", "country")


class SnapshotsApiStream(Stream, ABC):
    """A list of an agency, read in full each time."""

    operation: ClassVar[Operation]
    primary_key = "id"

    def __init__(self, api: SnapshotsApi) -> None:
        self.api = api

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

    def records(self) -> Iterator[Row]:
        """What the list holds, as records."""
        return self.api.rows(self.operation, self.name)


class Locations(SnapshotsApiStream):
    """The agency's locations in SaaS mode, with the name and address that the list of all its locations has.

    That list needs a scope of its own. Without it the address is null, and the name is the one in SaaS mode.
    """

    operation = SAAS_LOCATIONS
    primary_key = "location_id"

    def records(self) -> Iterator[Row]:
        rows = super().records()
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
                for row in self.api.rows(ALL_LOCATIONS, self.name)
            }
        except ScopeMissing as refusal:
            self.logger.warning(f"{self.name}: read without addresses. {refusal.message}")
            return None


class Snapshots(SnapshotsApiStream):
    """The agency's snapshots, its own and those that it imported."""

    operation = SNAPSHOTS


def streams(config: SnapshotsApiConfig | None) -> list[Stream]:
    """None unless the API is configured. Sends no request."""
    if config is None:
        return []
    api = SnapshotsApi(config)
    return [Locations(api), Snapshots(api)]


def check(config: SnapshotsApiConfig | None, logger: logging.Logger) -> None:
    """Prove token, scope and company id with one request, where the API is configured.

    Raises:
        AirbyteTracedException: with what to do about it.
    """
    if config is None:
        return
    api = SnapshotsApi(config, OF_A_CHECK)
    page = next(api.pages(SAAS_LOCATIONS, "check"))
    rows = SAAS_LOCATIONS.endpoint.rows(page)
    total = SAAS_LOCATIONS.endpoint.total(page)
    logger.info(f"The token sees {len(rows) if total is None else total} locations of the agency {api.company_id}")
