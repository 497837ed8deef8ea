"""What a user configures for the Snapshots API; the rest of the configuration holds it as one optional object."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from source_clockify.values import base_url, secret, unset_if_empty

API_URL: Final = "https://services.leadconnectorhq.com"
_ID: Final = re.compile(r"[A-Za-z0-9_-]+")


def _company_id(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is missing or empty")
    if not _ID.fullmatch(value.strip()):
        raise ValueError("is no id")
    return value.strip()


def _unset_if_left_alone(value: object) -> object:
    """Forms send an object without values for a group of fields that was left alone."""
    is_blank = isinstance(value, Mapping) and all(unset_if_empty(entry) is None for entry in value.values())
    return None if is_blank else unset_if_empty(value)


class SnapshotsApiConfig(BaseModel):
    """The object `snapshots_api`. As elsewhere in the configuration, `cure` is the last part of an error message."""

    model_config = ConfigDict(extra="ignore", frozen=True)

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
    api_url: Annotated[str | None, BeforeValidator(base_url), BeforeValidator(unset_if_empty)] = Field(
        default=None,
        title="API URL",
        description=f"In place of {API_URL}, for tests. Must be https, except on a loopback address.",
        json_schema_extra={"airbyte_hidden": True, "cure": f"leave it out, for {API_URL}"},
    )


SnapshotsApiSetting = Annotated[SnapshotsApiConfig | None, BeforeValidator(_unset_if_left_alone)]
