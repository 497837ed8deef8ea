"""The Snapshots API over HTTP: its operations as data, and a session of its own, so that no credential crosses over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from airbyte_cdk.sources.streams.http.requests_native_auth import TokenAuthenticator

from source_clockify.api.answers import Api
from source_clockify.api.clock import Clock
from source_clockify.api.endpoint import Endpoint
from source_clockify.api.keys import by
from source_clockify.api.pace import RequestBudget
from source_clockify.api.paging import Unpaged
from source_clockify.api.session import CHECK_RETRIES, SYNC_RETRIES, ApiSession, reveal
from source_clockify.snapshots_api.config import OAuthConfig, TokenConfig
from source_clockify.snapshots_api.errors import OAUTH_RULES, RENEWAL_RULES, TOKEN_RULES
from source_clockify.snapshots_api.oauth import NoCredential, OAuthSession, RotatingTokens
from source_clockify.snapshots_api.paging import NumberedPages, SkippedRows

REQUESTS_PER_SECOND: Final = 8
"""HighLevel allows 100 requests in ten seconds to an app in an agency, which others may use too, and 200,000 a day.

Source: https://marketplace.gohighlevel.com/docs/other/rate-limits.
"""


@dataclass(frozen=True, kw_only=True)
class Operation(Endpoint):
    """A list, the version of the API that has it (header `Version`), and the scopes that the token needs, in words.

    The one part of a slice is the `companyId` of the agency.
    """

    version: str
    scope: str


SAAS_LOCATIONS: Final = Operation(
    path="saas/saas-locations/{companyId}",
    paging=NumberedPages(),
    rows_at=("locations",),
    total_at=("pagination", "total"),
    more_at=("pagination", "hasNext"),
    key=by("locationId"),
    version="v3",
    scope="saas/company.read and saas/location.read",
)
"""SaaS API: get-saas-locations. Needs the first of its scopes, and may not be there yet on a host."""

FORMER_SAAS_LOCATIONS: Final = replace(
    SAAS_LOCATIONS, path="saas-api/public-api/saas-locations/{companyId}", version="2021-04-15"
)
"""SaaS API: get-saas-locations-deprecated, with the same answer. Needs the second of the scopes, and may be gone one day."""

ALL_LOCATIONS: Final = Operation(
    path="locations/search",
    paging=SkippedRows(),
    sends=("companyId",),
    rows_at=("locations",),
    version="2021-07-28",
    scope="locations.readonly",
)
"""Locations API: search-locations. Has every sub-account, with its address."""

SNAPSHOTS: Final = Operation(
    path="snapshots/",
    paging=Unpaged(),
    sends=("companyId",),
    rows_at=("snapshots",),
    version="2021-07-28",
    scope="snapshots.readonly",
)
"""Snapshots API: get-custom-snapshots."""

HIGHLEVEL: Final = Api(
    name="HighLevel",
    credential="token",
    check_host="look for a proxy in between",
    check_network="check the network",
    rules=TOKEN_RULES,
    scopes={
        f"/{operation.path.partition('{')[0]}": operation.scope
        for operation in (SAAS_LOCATIONS, FORMER_SAAS_LOCATIONS, ALL_LOCATIONS, SNAPSHOTS)
    },
)


HIGHLEVEL_BY_OAUTH: Final = replace(HIGHLEVEL, rules=OAUTH_RULES)
HIGHLEVEL_FOR_TOKENS: Final = replace(HIGHLEVEL, credential="refresh token", rules=RENEWAL_RULES)


class Agency:
    """One agency, as its token sees it: what its streams share.

    `config` is the whole configuration. A check does not renew tokens, and does not try for long.
    """

    def __init__(
        self, setting: TokenConfig | OAuthConfig, config: Mapping[str, Any], clock: Clock, *, is_check: bool = False
    ) -> None:
        self.slice = {"companyId": setting.company_id}
        self.url = setting.base
        self.session: ApiSession
        budget = RequestBudget(REQUESTS_PER_SECOND, clock.monotonic, clock.sleep, HIGHLEVEL.name)
        retries = CHECK_RETRIES if is_check else SYNC_RETRIES
        if isinstance(setting, TokenConfig):
            authenticator = TokenAuthenticator(reveal(setting.access_token))
            self.session = ApiSession(HIGHLEVEL, authenticator, budget, retries)
        else:
            renewals = ApiSession(HIGHLEVEL_FOR_TOKENS, NoCredential(), budget, retries)
            tokens = RotatingTokens(setting, config, renewals, clock, may_renew=not is_check)
            self.session = OAuthSession(HIGHLEVEL_BY_OAUTH, tokens, budget, retries)
