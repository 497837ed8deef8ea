"""OAuth: an access token is valid for a day, and a refresh token buys a new pair of both, once.

Source: POST /oauth/token (get-access-token), and https://marketplace.gohighlevel.com/docs/Authorization/OAuth2.0.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.requests_native_auth import SingleUseRefreshTokenOauth2Authenticator
from airbyte_cdk.utils.datetime_helpers import AirbyteDateTime
from requests.auth import AuthBase

from source_clockify.api.answers import Api
from source_clockify.api.clock import Clock
from source_clockify.api.errors import ApiError, system_error
from source_clockify.api.pace import RequestBudget
from source_clockify.api.page import Page
from source_clockify.api.session import ApiSession, RetryPolicy, hide, reveal
from source_clockify.instants import instant
from source_clockify.snapshots_api.config import OAuthConfig
from source_clockify.snapshots_api.errors import TokenRejected
from source_clockify.values import is_secret

logger = logging.getLogger("airbyte")

SETTING: Final = "snapshots_api"
"""Where the tokens are in a configuration."""
ASSUMED_SECONDS: Final = 3600
"""How long an access token is used that does not say how long it is valid."""
LONGEST_SECONDS: Final = 365 * 86400


class RenewalNeeded(ApiError):
    """There is no valid access token, and it is not the time to renew it."""


class NoCredential(AuthBase):
    """For a request that has its credentials in the body. Without it requests would look for some in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class RotatingTokens(SingleUseRefreshTokenOauth2Authenticator):
    """Authenticates requests by OAuth, and hands new tokens to Airbyte, as the configuration to be kept, before any use.

    Tokens are asked for by `session`, so the request meets the same limits, retries and refusals as every other; the CDK's
    own would follow redirects and have neither a time-out nor `Retry-After`. `config` is the whole configuration. Without
    `may_renew` a new token is an error: Airbyte does not keep what the check of a source hands out that is not saved yet
    (https://github.com/airbytehq/airbyte/issues/20910), and the source would be left with a refresh token that is used up.
    """

    def __init__(
        self, setting: OAuthConfig, config: Mapping[str, Any], session: ApiSession, clock: Clock, *, may_renew: bool
    ) -> None:
        tokens = {
            "refresh_token": reveal(setting.refresh_token),
            "access_token": reveal(setting.access_token) if setting.access_token else "",
            "token_expiry_date": setting.token_expiry_date.isoformat() if setting.token_expiry_date else "",
        }
        self._session = session
        self._clock = clock
        self._may_renew = may_renew
        self._refusal: ApiError | None = None
        super().__init__(
            {**config, SETTING: {**config[SETTING], **tokens}},
            f"{setting.base}/oauth/token",
            client_id=setting.client_id,
            client_secret=reveal(setting.client_secret),
            refresh_request_body={"user_type": "Company"},
            access_token_config_path=(SETTING, "access_token"),
            refresh_token_config_path=(SETTING, "refresh_token"),
            token_expiry_date_config_path=(SETTING, "token_expiry_date"),
        )

    def token_has_expired(self) -> bool:
        """Whether there is no access token to try. One that was pasted has no date, and is tried."""
        ends = instant(self._connector_config[SETTING]["token_expiry_date"])
        return not self.access_token or bool(ends and ends <= self._clock.now())

    def replace(self, rejected: str) -> None:
        """Renew the access token of a rejected `Authorization` header, unless another thread has done so meanwhile."""
        with self._token_refresh_lock:
            if self.get_auth_header()["Authorization"] == rejected:
                self.refresh_and_set_access_token()

    def refresh_and_set_access_token(self) -> None:
        """Renew the tokens and hand them to Airbyte.

        Raises:
            RenewalNeeded: where they are not to be renewed now.
            ApiError: where the host does not give any.
        """
        super().refresh_and_set_access_token()
        if not self.access_token:
            raise system_error(f"{self.get_token_refresh_endpoint()} gave a refresh token only: the API has changed.")
        logger.info(f"The access token for HighLevel was renewed: valid until {self.get_token_expiry_date()}.")

    def refresh_access_token(self) -> tuple[str, AirbyteDateTime, str | None]:  # type: ignore[override]  # as the CDK's own
        if not self._may_renew:
            raise RenewalNeeded("there is no access token, or it has expired", FailureType.config_error)
        if self._refusal:
            raise self._refusal
        page = Page(self._ask(), is_single=True)
        [answer] = page.rows
        tokens = [value if is_secret(value := answer.get(name)) else None for name in ("access_token", "refresh_token")]
        access_token, refresh_token = tokens
        for token in filter(None, tokens):
            hide(token)
        if access_token is None and refresh_token is None:
            raise page.wrong_shape()
        # Whatever is wrong with the one token, the other is kept first.
        return access_token or "", self._end(answer.get("expires_in")), refresh_token

    def _ask(self) -> requests.Response:
        try:
            return self._session.post(self.get_token_refresh_endpoint(), data=self.build_refresh_request_body())
        except ApiError as refusal:
            if refusal.failure_type == FailureType.config_error:
                self._refusal = refusal  # the other streams need not ask
            raise

    def _end(self, expires_in: object) -> AirbyteDateTime:
        told = expires_in if isinstance(expires_in, int | float) else 0
        seconds = told if 0 < told <= LONGEST_SECONDS else ASSUMED_SECONDS
        return AirbyteDateTime.from_datetime(self._clock.now() + timedelta(seconds=seconds))


class OAuthSession(ApiSession):
    """A session that renews the access token where the host does not take it any more, and then asks once again."""

    def __init__(self, api: Api, tokens: RotatingTokens, budget: RequestBudget, retries: RetryPolicy) -> None:
        super().__init__(api, tokens, budget, retries)
        self._tokens = tokens

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        try:
            return super().send(request, **kwargs)
        except TokenRejected:
            self._tokens.replace(request.headers["Authorization"])
        return super().send(self._tokens(request.copy()), **kwargs)
