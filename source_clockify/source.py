"""The connector: its spec, its check, its streams."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from airbyte_cdk.config_observation import create_connector_config_control_message
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    StreamDescriptor,
)
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.sources.utils.schema_helpers import InternalConfig
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.clock import Clock, SystemClock
from source_clockify.api.errors import config_error
from source_clockify.api.session import CHECK_RETRIES
from source_clockify.config import ClockifyConfig, migrate
from source_clockify.excerpts import listed
from source_clockify.files import FileReadingSource
from source_clockify.redaction import hide_secrets
from source_clockify.selection import require_one_each, why_missing
from source_clockify.snapshots_api import streams as snapshots_api
from source_clockify.streams.catalog import FEATURES, STREAMS
from source_clockify.streams.sync import Sync
from source_clockify.streams.workspaces import Workspaces


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
        hide_secrets(
            migrated
        )  # the CDK does so only after it has read catalog and state, whose faults may quote anything
        if migrated != config:
            self._message_repository.emit_message(create_connector_config_control_message(migrated))
        return migrated

    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, Any]:
        """Check key, host and every configured workspace with one request; a second one asks for the key's role.

        Raises:
            AirbyteTracedException: with what to do about it.
        """
        parsed = ClockifyConfig.parse(config)
        for line in Sync(parsed, self._clock, FEATURES, CHECK_RETRIES).stream(Workspaces).describe():
            logger.info(f"The key sees {line}")
        snapshots_api.check(parsed.snapshots_api, self._clock, logger)
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
        return [*(sync.stream(kind) for kind in STREAMS), *snapshots_api.streams(parsed.snapshots_api, self._clock)]

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the catalog's streams, parents first: their children then need no list of their own.

        A stream that is not there is told as any stream that fails: the others are read.

        Raises:
            AirbyteTracedException: config error where the catalog cannot be read as it is, or a stream failed.
        """
        parsed = ClockifyConfig.parse(config)
        require_one_each(catalog)
        outside = snapshots_api.names(parsed.snapshots_api)
        faults = {
            configured.stream.name: fault
            for configured in catalog.streams
            if (fault := why_missing(configured.stream, [*FEATURES, *outside], snapshots_api.NAMES))
        }
        for configured in catalog.streams:
            if fault := faults.get(configured.stream.name):
                yield as_airbyte_message(configured.stream, AirbyteStreamStatus.INCOMPLETE)
                yield fault.as_sanitized_airbyte_message(StreamDescriptor(name=configured.stream.name))
        known = [configured for configured in catalog.streams if configured.stream.name not in faults]
        order = {name: position for position, name in enumerate(FEATURES)}
        known.sort(key=lambda configured: order.get(configured.stream.name, len(order)))
        selected = {configured.stream.name for configured in known}
        self._selected = {name: feature for name, feature in FEATURES.items() if name in selected}
        own = {name: value for name, value in config.items() if name not in InternalConfig.KEYWORDS}
        yield from super().read(logger, own, ConfiguredAirbyteCatalog(streams=known), state)
        if faults:
            raise config_error(f"All other streams were read, but not {listed(faults)}.")
