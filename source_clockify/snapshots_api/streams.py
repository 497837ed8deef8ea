"""The streams of the Snapshots API, and the check of its token."""

import logging
from abc import ABC
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, ClassVar, Final, TypeVar

from airbyte_cdk.models import AirbyteMessage
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.sources.utils.casing import camel_to_snake

from source_clockify.api.clock import Clock
from source_clockify.api.errors import NoSuchRoute, ScopeMissing
from source_clockify.api.keys import Row
from source_clockify.api.page import Page
from source_clockify.snapshots_api.api import (
    ALL_LOCATIONS,
    FORMER_SAAS_LOCATIONS,
    SAAS_LOCATIONS,
    SNAPSHOTS,
    Agency,
    Operation,
)
from source_clockify.snapshots_api.config import Off, SnapshotsApiSetting
from source_clockify.snapshots_api.oauth import RenewalNeeded
from source_clockify.streams.endpoint_stream import EndpointStream
from source_clockify.streams.stats import ReadStats

Item = TypeVar("Item")
ADDRESS: Final = ("address", "city", "state", "postalCode", "country")
OF_THE_CUSTOMER: Final = ("name", "email")
"""Of a location in SaaS mode these are its customer's, of another one its own: so one never stands in for the other."""


class SnapshotsApiStream(EndpointStream, ABC):
    """A list of an agency, read in full each time."""

    endpoint: ClassVar[Operation]

    def __init__(self, agency: Agency) -> None:
        super().__init__(agency.session)
        self.agency = agency
        self._stats = ReadStats(self.name, self.session, self.logger)

    @property
    def url_base(self) -> str:
        return f"{self.agency.url}/"

    def request_headers(self, *_: Any, **__: Any) -> Mapping[str, Any]:
        return {"Version": self.endpoint.version}

    def stream_slices(self, **_: object) -> Iterable[StreamSlice]:
        return [StreamSlice(partition={}, cursor_slice={})]

    def pages(self) -> Iterator[Page]:
        """The pages of the list.

        Raises:
            ScopeMissing: where the token lacks the operation's scope.
            ApiError: for any other answer that is not a page.
        """
        return self.endpoint.pages(lambda chosen: self.fetch(self.agency.slice, chosen))

    def rows(self) -> Iterator[Row]:
        """The rows of the list, each once however they move between pages meanwhile; raises as `pages` does."""
        for page in self.pages():
            yield from page.new

    def records(self) -> Iterator[Row]:
        """What the list holds, as records."""
        return self.rows()

    def read_records(self, *_: object, **__: object) -> Iterable[AirbyteMessage]:
        self._stats = ReadStats(self.name, self.session, self.logger)
        for record in self.records():
            self._stats.add(None, 1)
            yield from self.messages([record])
        self._stats.done(None)


class FormerSaasLocations(SnapshotsApiStream):
    """The locations in SaaS mode by the older operation: for `locations`, not in the catalog."""

    endpoint = FORMER_SAAS_LOCATIONS


class AllLocations(SnapshotsApiStream):
    """Every location of the agency with its address: for `locations`, not in the catalog."""

    endpoint = ALL_LOCATIONS


class Locations(SnapshotsApiStream):
    """Every location of the agency: those in SaaS mode, joined with the list of all, which has names and addresses.

    That list needs a scope of its own. Without it only those in SaaS mode are there, without an address.
    """

    endpoint = SAAS_LOCATIONS
    primary_key = "location_id"

    def pages(self) -> Iterator[Page]:
        """The pages of the list of those in SaaS mode, all by one operation: the older one where the newer is not to be had."""
        try:
            return _begun(super().pages())
        except (NoSuchRoute, ScopeMissing) as fault:
            refusal = fault
        self.logger.info(f"{self.name}: asking by the older operation. {refusal.message}")
        try:
            return _begun(FormerSaasLocations(self.agency).pages())
        except NoSuchRoute:
            raise refusal from None

    def records(self) -> Iterator[Row]:
        in_saas_mode = {row["locationId"]: row for row in self.rows()}
        everything = self._all_locations()
        for location in everything or ():
            yield _location(location["id"], location, in_saas_mode.pop(location["id"], None))
        if everything is not None and in_saas_mode:
            self.logger.warning(
                f"{self.name}: {len(in_saas_mode)} without address, as they are not in the list of all locations."
            )
        for location_id, row in in_saas_mode.items():
            yield _location(location_id, {}, row)

    def _all_locations(self) -> Iterator[Row] | None:
        """Every location, in SaaS mode or not; None without the scope."""
        try:
            return _begun(AllLocations(self.agency).rows())
        except ScopeMissing as refusal:
            self.logger.warning(
                f"{self.name}: only those in SaaS mode are read, and without addresses. {refusal.message}"
            )
            return None


def _begun(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, of which the first is there already: what stands in its way is raised now."""
    return chain(list(islice(items, 1)), items)


def _location(location_id: str, location: Row, in_saas_mode: Row | None) -> Row:
    """A record of what both lists say of a location; where both have a field, the one of those in SaaS mode counts."""
    without = {"id"} if in_saas_mode is None else {"id", *OF_THE_CUSTOMER}
    fields = {name: value for name, value in location.items() if name not in without} | (in_saas_mode or {})
    return {
        **fields,
        "locationId": location_id,
        "location_id": location_id,
        "location_name": location.get("name") or fields.get("name"),
        "isSaas": in_saas_mode is not None,
        **{field: location.get(field) for field in ADDRESS},
    }


class Snapshots(SnapshotsApiStream):
    """The agency's snapshots, its own and those that it imported."""

    endpoint = SNAPSHOTS


STREAMS: Final = (Locations, Snapshots)
NAMES: Final = tuple(camel_to_snake(kind.__name__) for kind in STREAMS)


def streams(setting: SnapshotsApiSetting, config: Mapping[str, Any], clock: Clock) -> list[Stream]:
    """None unless the API is configured. Sends no request. `config` is the whole configuration that the setting is of."""
    if isinstance(setting, Off):
        return []
    agency = Agency(setting, config, clock)
    return [kind(agency) for kind in STREAMS]


def names(setting: SnapshotsApiSetting) -> Collection[str]:
    """The names of those streams."""
    return () if isinstance(setting, Off) else NAMES


def check(setting: SnapshotsApiSetting, config: Mapping[str, Any], clock: Clock, logger: logging.Logger) -> None:
    """Check token, scope and company id with one request, where the API is configured and there is a token to check.

    Raises:
        ApiError: with what to do about it.
    """
    if isinstance(setting, Off):
        return
    try:
        page = next(Locations(Agency(setting, config, clock, is_check=True)).pages())
    except RenewalNeeded as need:
        logger.warning(
            f"The credentials for HighLevel were not checked, as {need.message}. A check does not renew it, as that uses up "
            "the refresh token, and Airbyte does not keep a new one before the source is saved. The next sync renews it."
        )
        return
    seen = len(page.rows) if page.total is None else page.total
    logger.info(f"The token sees {seen} locations in SaaS mode of the agency {setting.company_id}")
