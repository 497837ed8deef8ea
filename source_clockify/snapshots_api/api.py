"""The Snapshots API over HTTP: its operations as data, and a session of its own, so that no credential crosses over."""

from dataclasses import dataclass
from typing import Final

from airbyte_cdk.sources.streams.http.requests_native_auth import TokenAuthenticator

from source_clockify.api.endpoint import Endpoint
from source_clockify.api.pace import RequestBudget
from source_clockify.api.paging import Unpaged
from source_clockify.api.session import OF_A_SYNC, ApiSession, Patience, reveal
from source_clockify.snapshots_api.config import API_URL, SnapshotsApiConfig
from source_clockify.snapshots_api.paging import CountedPages, SkippedRows

REQUESTS_PER_SECOND: Final = 8
"""HighLevel allows 100 requests in ten seconds to an app in an agency, which others may use too, and 200,000 a day.

Source: https://marketplace.gohighlevel.com/docs/other/rate-limits.
"""


@dataclass(frozen=True)
class Operation:
    """A list, the version of the API that has it (header `Version`), and the scope that the token needs.

    `{companyId}` in the path or the query stands for the agency's id; `key` names the field that tells rows apart.
    """

    endpoint: Endpoint
    key: str
    version: str
    scope: str


SAAS_LOCATIONS: Final = Operation(
    Endpoint(
        "saas-api/public-api/saas-locations/{companyId}",
        paging=CountedPages("locationId"),
        rows_at=("locations",),
        total_at=("pagination", "total"),
    ),
    key="locationId",
    version="2021-04-15",
    scope="saas/location.read",
)
"""SaaS API: get-saas-locations-deprecated. Its successor, under /saas and in version 3, has no documented answer."""

ALL_LOCATIONS: Final = Operation(
    Endpoint("locations/search", paging=SkippedRows("id"), query={"companyId": "{companyId}"}, rows_at=("locations",)),
    key="id",
    version="2021-07-28",
    scope="locations.readonly",
)
"""Locations API: search-locations. Has the addresses; lists sub-accounts without SaaS mode too."""

SNAPSHOTS: Final = Operation(
    Endpoint("snapshots/", paging=Unpaged(), query={"companyId": "{companyId}"}, rows_at=("snapshots",)),
    key="id",
    version="2021-07-28",
    scope="snapshots.readonly",
)
"""Snapshots API: get-custom-snapshots."""


class SnapshotsApi:
    """One agency, as its token sees it: what its streams share."""

    def __init__(self, config: SnapshotsApiConfig, patience: Patience = OF_A_SYNC) -> None:
        self.company_id = config.company_id
        self.url = config.api_url or API_URL
        budget = RequestBudget(REQUESTS_PER_SECOND, api="HighLevel")
        self.session = ApiSession(TokenAuthenticator(reveal(config.access_token)), budget, patience)
