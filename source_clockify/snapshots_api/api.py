"""The Snapshots API over HTTP: its operations as data, and a session of its own, so that no credential crosses over."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import requests
from airbyte_cdk.sources.streams.http.requests_native_auth import TokenAuthenticator
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

from source_clockify.api.endpoint import Endpoint, Row
from source_clockify.api.pace import RequestBudget
from source_clockify.api.paging import Unpaged
from source_clockify.api.session import OF_A_SYNC, ApiClient, ApiSession, Patience
from source_clockify.snapshots_api.config import API_URL, SnapshotsApiConfig
from source_clockify.snapshots_api.errors import SnapshotsApiErrorHandler
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
    """One agency, as its token sees it."""

    def __init__(self, config: SnapshotsApiConfig, patience: Patience = OF_A_SYNC) -> None:
        token = config.access_token.get_secret_value()
        add_to_secrets(token)  # what the CDK hides is the value as configured, which may have blanks around it
        self.company_id = config.company_id
        self.session = ApiSession(
            TokenAuthenticator(token), RequestBudget(REQUESTS_PER_SECOND, api="HighLevel"), patience
        )
        self._base = config.api_url or API_URL

    def rows(self, operation: Operation, name: str) -> Iterator[Row]:
        """The rows of a list, each once however they move between pages meanwhile, under the name of a stream.

        Raises:
            ScopeMissing: where the token lacks the operation's scope.
            AirbyteTracedException: for any other answer that is no page.
        """
        seen: set[str] = set()
        for page in self.pages(operation, name):
            for row in operation.endpoint.rows(page):
                if not isinstance(row.get(operation.key), str):
                    raise operation.endpoint.wrong_shape(page)
                if row[operation.key] not in seen:
                    seen.add(row[operation.key])
                    yield row

    def pages(self, operation: Operation, name: str) -> Iterator[requests.Response]:
        """The pages of a list; raises as `rows` does."""
        return operation.endpoint.walk(partial(self._fetch, operation, name))

    def _fetch(self, operation: Operation, name: str, params: Mapping[str, Any]) -> requests.Response:
        errors = SnapshotsApiErrorHandler(operation.scope)
        client = ApiClient(name, logging.getLogger(f"airbyte.streams.{name}"), errors, session=self.session)
        _, response = client.send_request(
            "GET",
            f"{self._base}/{operation.endpoint.path.format(companyId=self.company_id)}",
            request_kwargs={},
            headers={"Version": operation.version},
            params={key: str(value).format(companyId=self.company_id) for key, value in params.items()},
        )
        return errors.hand_on(response)
