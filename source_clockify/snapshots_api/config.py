"""What a user configures for the Snapshots API: nothing, or the credentials of an agency."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from source_clockify.instants import instant
from source_clockify.values import base_url, is_blank, is_id, secret

API_URL: Final = "https://services.leadconnectorhq.com"

_FROM_THE_APP: Final = "it from the app in HighLevel's Marketplace: My Apps, Advanced Settings, Auth"


def _id(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is missing or empty")
    if not is_id(value.strip()):
        raise ValueError("is not an id")
    return value.strip()


def _moment(value: object) -> datetime:
    moment = instant(value)
    if moment is None:
        raise ValueError("is not a valid date-time")
    return moment


Secret = Annotated[SecretStr, BeforeValidator(secret)]


class Off(BaseModel):
    """Nothing is asked of HighLevel."""

    # Without the limit, an object from before there was a mode would be valid as this option too.
    model_config = ConfigDict(title="Off", frozen=True, json_schema_extra={"maxProperties": 1})

    mode: Literal["off"] = "off"


class SnapshotsApiConfig(BaseModel):
    """The agency that is read, whatever the credentials are."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    mode: str
    company_id: Annotated[str, BeforeValidator(_id)] = Field(
        title="Company id",
        description="Id of the agency that the token belongs to: HighLevel shows it under Settings, Company.",
        examples=["5DP4iH6HLkQsiKESj6rh"],
        json_schema_extra={
            "cure": "use the agency's id, such as 5DP4iH6HLkQsiKESj6rh, from HighLevel: Settings, Company"
        },
    )
    api_url: Annotated[str | None, BeforeValidator(base_url)] = Field(
        default=None,
        title="API URL",
        description=f"In place of {API_URL}, for tests. Must be https, except on a loopback address.",
        json_schema_extra={"airbyte_hidden": True, "cure": f"leave it out, for {API_URL}"},
    )

    @property
    def base(self) -> str:
        """Where the API is, without a trailing slash."""
        return self.api_url or API_URL


class TokenConfig(SnapshotsApiConfig):
    """An agency is read with the token of one of its private integrations."""

    model_config = ConfigDict(title="Private integration token")

    mode: Literal["token"] = "token"
    access_token: Secret = Field(
        title="Access token",
        description=(
            "Token of a private integration of the agency. Needs the scopes saas/company.read or saas/location.read; "
            "locations.readonly for addresses and for locations that are not in SaaS mode; snapshots.readonly for snapshots."
        ),
        json_schema_extra={
            "airbyte_secret": True,
            "cure": "paste the token alone, from HighLevel: Settings, Private Integrations, in the agency's view",
        },
    )


class OAuthConfig(SnapshotsApiConfig):
    """An agency is read by an app of HighLevel's Marketplace that was connected to it. Tokens are renewed by themselves."""

    model_config = ConfigDict(title="OAuth")

    mode: Literal["oauth"] = "oauth"
    client_id: Annotated[str, BeforeValidator(_id)] = Field(
        title="Client id",
        description="Of the app.",
        json_schema_extra={"cure": f"use {_FROM_THE_APP}"},
    )
    client_secret: Secret = Field(
        title="Client secret",
        description="Of the app.",
        json_schema_extra={"airbyte_secret": True, "cure": f"paste {_FROM_THE_APP}"},
    )
    refresh_token: Secret = Field(
        title="Refresh token",
        description=(
            "From the answer in which HighLevel gave out the tokens for the agency. Each can be used once: the connector "
            "hands the next one to Airbyte. So it must not be used by anything else, another source included."
        ),
        json_schema_extra={
            "airbyte_secret": True,
            "cure": "paste the refresh_token of HighLevel's answer, with which nothing was renewed yet",
        },
    )
    access_token: Secret | None = Field(
        default=None,
        title="Access token",
        description=(
            "From the same answer, and best pasted within a day: the connection can then be checked, as a check does not "
            "use up the refresh token."
        ),
        json_schema_extra={
            "airbyte_secret": True,
            "cure": "paste the access_token of HighLevel's answer, or leave it out",
        },
    )
    token_expiry_date: Annotated[datetime | None, BeforeValidator(_moment)] = Field(
        default=None,
        title="Expiry of the access token",
        description="Written by the connector. Without it the access token is tried.",
        json_schema_extra={"airbyte_hidden": True, "cure": "leave it out: the connector writes it"},
    )


def with_mode(setting: Mapping[str, Any]) -> dict[str, Any]:
    """A setting from before there was a mode, with the one that it stands for; any other comes back as it was."""
    if not is_blank(setting.get("mode")):
        return dict(setting)
    is_left_alone = all(is_blank(value) for value in setting.values())
    return {"mode": "off"} if is_left_alone else {**setting, "mode": "token"}


def _setting(value: object) -> object:
    if not isinstance(value, Mapping):
        raise ValueError("is not an object")  # noqa: TRY004 - pydantic reports ValueError only
    return {name: entry for name, entry in with_mode(value).items() if not is_blank(entry)}


SnapshotsApiSetting = Annotated[Off | TokenConfig | OAuthConfig, Field(discriminator="mode"), BeforeValidator(_setting)]
