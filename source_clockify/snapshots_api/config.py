"""What a user configures for the Snapshots API: nothing, or the credentials of an agency."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from source_clockify.values import base_url, is_blank, is_id, secret

API_URL: Final = "https://services.leadconnectorhq.com"


def _company_id(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is missing or empty")
    if not is_id(value.strip()):
        raise ValueError("is not an id")
    return value.strip()


class Off(BaseModel):
    """Nothing is asked of HighLevel."""

    # Without the limit, an object from before there was a mode would be valid as this option too.
    model_config = ConfigDict(title="Off", frozen=True, json_schema_extra={"maxProperties": 1})

    mode: Literal["off"] = "off"


class SnapshotsApiConfig(BaseModel):
    """An agency is read with the token of one of its private integrations."""

    model_config = ConfigDict(title="Private integration token", extra="ignore", frozen=True)

    mode: Literal["token"] = "token"
    access_token: Annotated[SecretStr, BeforeValidator(secret)] = Field(
        title="Access token",
        description=(
            "Token of a private integration of the agency, or an OAuth access token of the type Company. "
            "Needs the scope saas/location.read; locations.readonly for addresses, snapshots.readonly for snapshots."
        ),
        json_schema_extra={
            "airbyte_secret": True,
            "cure": "paste the token alone, from HighLevel: Settings, Private Integrations, in the agency's view",
        },
    )
    company_id: Annotated[str, BeforeValidator(_company_id)] = Field(
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


SnapshotsApiSetting = Annotated[Off | SnapshotsApiConfig, Field(discriminator="mode"), BeforeValidator(_setting)]
