"""The connector's configuration: one pydantic model from which the spec is made and against which every value is checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, get_args

from airbyte_cdk.models import ConnectorSpecification, FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator

from source_clockify.instants import BEGINNING, is_instant, parse_instant
from source_clockify.snapshots_api.config import Off, SnapshotsApiSetting, with_mode
from source_clockify.spec import complaint, connection_specification
from source_clockify.values import base_url, is_blank, is_id, secret, whole_number

DOCUMENTATION_URL: Final = "https://docs.clockify.me"
GLOBAL_HOST: Final = "api.clockify.me"
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""A start date after this is a slip of the pen."""
START_DATE_PATTERN: Final = r"^$|^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$"
API_URL_PATTERN: Final = (
    r"^$|^\s*([hH][tT][tT][pP][sS]?://)?([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?\s*$"
)

_API_PATH: Final = re.compile(r"(?<!/)(/api|/v1)+$")

Region = Literal["global", "euc1", "use2", "euw2", "apse2"]
REGION_TITLES: Final[Mapping[str, str]] = {
    "global": "Global",
    "euc1": "EU (Germany)",
    "use2": "USA",
    "euw2": "UK",
    "apse2": "Australia",
}


@dataclass(frozen=True)
class Hosts:
    """Base URLs of Clockify's APIs, without a trailing slash. `core` is the regular one."""

    core: str
    reports: str
    audit_log: str


def _hosts_of(base: str) -> Hosts:
    if base == f"https://{GLOBAL_HOST}":
        return Hosts(
            core=f"https://{GLOBAL_HOST}/api/v1",
            reports=f"https://reports.{GLOBAL_HOST}/v1",
            audit_log=f"https://auditlog-api.{GLOBAL_HOST}/v1",
        )
    return Hosts(core=f"{base}/api/v1", reports=f"{base}/report/v1", audit_log=f"{base}/auditlog/v1")


def _api_url(value: object) -> str:
    return _API_PATH.sub("", base_url(value))


def _start_date(value: object) -> datetime | None:
    if not isinstance(value, str):
        raise ValueError("is not a string")  # noqa: TRY004 - pydantic reports ValueError only
    text = value.strip()
    if not text.isprintable() or not is_instant(text):  # Python takes any character for the T
        raise ValueError("is not a valid date")
    moment = parse_instant(text)
    if moment > LATEST:
        raise ValueError("is too far in the future")
    return moment.astimezone(UTC) if moment >= BEGINNING else None


def _workspace_ids(value: object) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("is not a list of workspace ids")  # noqa: TRY004 - pydantic reports ValueError only
    ids = [item.strip() if isinstance(item, str) else item for item in value]
    if not all(map(is_id, ids)):
        raise ValueError("is not a list of workspace ids")
    return list(dict.fromkeys(ids))


WholeNumber = Annotated[int, BeforeValidator(whole_number)]


class ClockifyConfig(BaseModel):
    """What a user configures. Field descriptions are what the Airbyte UI shows; `cure` is the last part of an error message."""

    model_config = ConfigDict(title="Clockify", extra="ignore", frozen=True)

    api_key: Annotated[SecretStr, BeforeValidator(secret)] = Field(
        title="API key",
        description=(
            "Key of an owner or admin: the connector reads what its user can see. Clockify shows it under "
            '<a href="https://app.clockify.me/manage-api-keys">Preferences, Advanced, Manage API keys</a>. '
            "A workspace in a region or on a subdomain needs a key that was made there."
        ),
        json_schema_extra={
            "airbyte_secret": True,
            "cure": "paste a key from Clockify: Preferences, Advanced, Manage API keys",
        },
    )
    region: Region = Field(
        default="global",
        title="Region",
        description="Where the workspace's data is kept. "
        + ", ".join(f"{region}: {title}" for region, title in REGION_TITLES.items())
        + ". Workspaces are global unless they were made in a region or moved to one.",
        json_schema_extra={"always_show": True, "cure": f"use one of {', '.join(get_args(Region))}"},
    )
    api_url: Annotated[str | None, BeforeValidator(_api_url)] = Field(
        default=None,
        title="API URL",
        description=(
            "Only for a workspace subdomain or a host of your own; it takes the place of the region. "
            "With or without /api/v1. Must be https, except on a loopback address."
        ),
        examples=["https://acme.clockify.me"],
        json_schema_extra={
            "pattern": API_URL_PATTERN,
            "pattern_descriptor": "https://acme.clockify.me",
            "cure": "use an https:// address such as https://acme.clockify.me, or leave it out and choose a region",
        },
    )
    workspace_ids: Annotated[list[str], BeforeValidator(_workspace_ids)] = Field(
        default=[],
        title="Workspace ids",
        description="Workspaces to read. Empty: every workspace that the key can see.",
        examples=[["64a687e29ae1f428e7ebe303"]],
        json_schema_extra={
            "cure": 'give a list such as ["64a687e29ae1f428e7ebe303"], or leave it out for all workspaces'
        },
    )
    start_date: Annotated[datetime | None, BeforeValidator(_start_date)] = Field(
        default=None,
        title="Start date",
        description=(
            "Nothing that starts earlier is read in the incremental streams. "
            "A date counts from midnight UTC. Empty, or before 2015: all history, as far back as Clockify keeps it; "
            "entity_changes begins 30 days back when empty, and never earlier than a year."
        ),
        examples=["2024-01-01", "2024-01-01T00:00:00Z"],
        json_schema_extra={
            "always_show": True,
            "pattern": START_DATE_PATTERN,
            "pattern_descriptor": "YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ",
            "cure": "use a date such as 2024-01-01 or a date-time such as 2024-01-01T00:00:00Z",
        },
    )
    lookback_days: WholeNumber = Field(
        default=30,
        ge=0,
        le=365,
        title="Look-back (days)",
        description=(
            "How far back an incremental sync reads again, to catch entries that were added late, edited or moved. "
            "Clockify does not say when an entry was changed, so changes to older entries need refresh_history_days or a full "
            "refresh."
        ),
        json_schema_extra={"cure": "use a whole number of days from 0 to 365"},
    )
    detect_deletions: bool = Field(
        default=False,
        strict=True,
        title="Detect deletions",
        description=(
            "Notice time entries that were deleted, or moved out of the look-back. A deleted entry comes as a record "
            "with isDeleted and _ab_cdc_deleted_at, by which a deduplicating destination removes the row. "
            "State grows by about 16 bytes for each entry in the look-back."
        ),
        json_schema_extra={"cure": "use true or false"},
    )
    only_my_time: bool = Field(
        default=False,
        strict=True,
        title="Only my time",
        description=(
            "Read the time entries of the key's own user alone, for the key of a member, who may not see those of others. "
            "Switching it on or off reads all entries anew."
        ),
        json_schema_extra={"cure": "use true or false"},
    )
    refresh_history_days: WholeNumber = Field(
        default=0,
        ge=0,
        le=365,
        title="Refresh history (days)",
        description=(
            "Read each user's whole history of time entries again once in so many days, a part of the users in each sync: "
            "edits and moves of any age then arrive within that time. 0: never. For users with up to 5,000 entries it takes "
            "no more requests, but it emits all their records again."
        ),
        json_schema_extra={"cure": "use a whole number of days from 0 to 365"},
    )
    num_workers: WholeNumber = Field(
        default=10,
        ge=1,
        le=20,
        title="Number of workers",
        description="How many pages are fetched at once.",
        json_schema_extra={"cure": "use a whole number from 1 to 20"},
    )
    requests_per_second: WholeNumber = Field(
        default=40,
        ge=1,
        le=50,
        title="Requests per second",
        description=(
            "Ceiling for all requests together. Clockify allows 50 on paid plans; where it allows less, "
            "the connector slows down by itself."
        ),
        json_schema_extra={"cure": "use a whole number from 1 to 50"},
    )
    snapshots_api: SnapshotsApiSetting = Field(
        default=Off(),
        title="Snapshots API (HighLevel)",
        description=(
            "Only for agencies that manage their sub-accounts in HighLevel: reads its locations and snapshots too."
        ),
        json_schema_extra={
            "cure": 'use {"mode": "off"}, or {"mode": "token"} or {"mode": "oauth"} with its credentials, or leave it out'
        },
    )

    @model_validator(mode="before")
    @classmethod
    def _left_alone(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """What was left alone has its default."""
        return {name: value for name, value in config.items() if not is_blank(value)}

    @property
    def hosts(self) -> Hosts:
        if self.api_url:
            return _hosts_of(self.api_url)
        return _hosts_of(f"https://{GLOBAL_HOST if self.region == 'global' else f'{self.region}.clockify.me'}")

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> "ClockifyConfig":
        """Check a configuration as Airbyte hands it over.

        Raises:
            AirbyteTracedException: config error that names every bad key and what is allowed; it never quotes the API key.
        """
        try:
            return cls.model_validate(dict(config))
        except ValidationError as error:
            message = "; ".join(dict.fromkeys(complaint(cls, fault) for fault in error.errors()))
        raise AirbyteTracedException(
            message=f"Configuration: {message}.", internal_message=message, failure_type=FailureType.config_error
        )

    @classmethod
    def specification(cls) -> ConnectorSpecification:
        """The connector's spec, as the Airbyte UI shows it."""
        return ConnectorSpecification(
            documentationUrl=DOCUMENTATION_URL,
            connectionSpecification=connection_specification(cls),
            supportsIncremental=True,
        )


def migrate(config: Mapping[str, Any]) -> dict[str, Any]:
    """Turn an older configuration into today's; any other comes back as it was.

    Airbyte's community connector has one `workspace_id`, and an `api_url` whose default stands for the global region here.
    `snapshots_api` had no `mode` at first.
    """
    migrated = dict(config)
    workspace_id = migrated.pop("workspace_id", None)
    if not is_blank(workspace_id) and not migrated.get("workspace_ids"):
        migrated["workspace_ids"] = [workspace_id]
    if (
        is_blank(migrated.get("region"))
        and str(migrated.get("api_url")).strip().rstrip("/") == f"https://{GLOBAL_HOST}"
    ):
        del migrated["api_url"]
    if isinstance(migrated.get("snapshots_api"), Mapping):
        migrated["snapshots_api"] = with_mode(migrated["snapshots_api"])
    return migrated
