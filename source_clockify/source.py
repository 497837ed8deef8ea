"""The connector: its spec, its check, its streams."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.config_observation import create_connector_config_control_message
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
)
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.sources.utils.schema_helpers import InternalConfig
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.clock import Clock, SystemClock
from source_clockify.check import check_key
from source_clockify.config import ClockifyConfig, migrate
from source_clockify.files import FileReadingSource
from source_clockify.redaction import hide_secrets
from source_clockify.selection import Selection
from source_clockify.snapshots_api import streams as snapshots_api
from source_clockify.streams.catalog import FEATURES, STREAMS
from source_clockify.streams.sync import Sync


class SourceClockify(FileReadingSource):
    """Airbyte source for Clockify."""

    # ClockifyConfig checks the configuration more closely than a JSON schema can, with messages that name the key.
    check_config_against_spec = False

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._message_repository = InMemoryMessageRepository()
        self._selected: Mapping[str, str | None] = {}

    @property
    def name(self) -> str:
        return "source-clockify"

    @property
    def message_repository(self) -> MessageRepository:
        return self._message_repository

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        return ClockifyConfig.specification()

    def configure(self, config: Mapping[str, Any], temp_dir: str) -> Mapping[str, Any]:
        """Migrate an older configuration, or that of another Clockify connector, and tell Airbyte to keep the migrated one."""
        migrated = migrate(config)
        hide_secrets(migrated)  # the CDK does so after it has read catalog and state, whose faults may quote anything
        if migrated != config:
            self._message_repository.emit_message(create_connector_config_control_message(migrated))
        return migrated

    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, Any]:
        """Check what is configured; raises what is wrong."""
        parsed = ClockifyConfig.parse(config)
        check_key(parsed, self._clock, logger)
        snapshots_api.check(parsed.snapshots_api, config, self._clock, logger)
        return True, None

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        try:
            return super().check(logger, config)
        except AirbyteTracedException as fault:
            # Also where the host cannot be reached: whoever sets the connection up is to see why, not that something crashed.
            return AirbyteConnectionStatus(status=Status.FAILED, message=filter_secrets(fault.message or str(fault)))

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        """All streams, parents before their children. Sends no request."""
        parsed = ClockifyConfig.parse(config)
        sync = Sync(parsed, self._clock, self._selected)
        of_agency = snapshots_api.streams(parsed.snapshots_api, config, self._clock)
        return [*(sync.stream(kind) for kind in STREAMS), *of_agency]

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the catalog's streams, parents first: their children then need no list. Raises what failed, at the end."""
        available = [*FEATURES, *snapshots_api.names(ClockifyConfig.parse(config).snapshots_api)]
        selection = Selection(catalog, available, snapshots_api.NAMES)
        yield from selection.tell_of_missing()
        self._selected = {name: feature for name, feature in FEATURES.items() if name in selection.names}
        own = {name: value for name, value in config.items() if name not in InternalConfig.KEYWORDS}
        yield from super().read(logger, own, selection.catalog, state)
        selection.raise_if_incomplete()
