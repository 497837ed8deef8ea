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
from airbyte_cdk.sources import AbstractSource
from airbyte_cdk.sources.message import InMemoryMessageRepository, MessageRepository
from airbyte_cdk.sources.streams import Stream
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_clockify.api.session import OF_A_CHECK, open_session
from source_clockify.config import ClockifyConfig, migrate
from source_clockify.snapshots_api import streams as snapshots_api
from source_clockify.streams.approvals import ApprovalRequests, PendingApprovalRequests
from source_clockify.streams.audit import AuditLog, EntityChanges
from source_clockify.streams.base import ClockifyStream, Sync
from source_clockify.streams.expenses import ExpenseCategories, Expenses
from source_clockify.streams.invoices import InvoiceDetails, InvoicePayments, Invoices
from source_clockify.streams.reports import ExpenseReport, SharedReports, TimeEntryReport
from source_clockify.streams.scheduling import Assignments, ProjectAssignmentTotals, UserCapacity
from source_clockify.streams.time import TimeEntries
from source_clockify.streams.time_off import Holidays, TimeOffBalances, TimeOffPolicies, TimeOffRequests
from source_clockify.streams.workspace import (
    Clients,
    CustomFields,
    MemberProfiles,
    Projects,
    Tags,
    Tasks,
    UserGroups,
    Users,
    Webhooks,
    Workspaces,
)


class SourceClockify(AbstractSource):
    """Airbyte source for Clockify."""

    # ClockifyConfig checks the configuration more closely than a JSON schema can, with messages that name the key.
    check_config_against_spec = False

    def __init__(self) -> None:
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
        """Migrate the configuration of another Clockify connector, and tell Airbyte to keep the migrated one."""
        migrated = migrate(config)
        if migrated != config:
            self._message_repository.emit_message(create_connector_config_control_message(migrated))
        return migrated

    def check_connection(self, logger: logging.Logger, config: Mapping[str, Any]) -> tuple[bool, Any]:
        """Prove key, host and every configured workspace with one request; a second one learns of the key's role.

        Raises:
            AirbyteTracedException: with what to do about it.
        """
        parsed = ClockifyConfig.parse(config)
        workspaces = Workspaces(Sync(parsed, open_session(parsed, OF_A_CHECK)))
        chosen, administered = workspaces.chosen(), workspaces.administered()
        features = self._features(parsed)
        for workspace in chosen:
            role = None
            if administered is not None:
                role = "owner or admin" if workspace.id in administered else "neither owner nor admin"
            logger.info(f"The key sees {workspace.describe(features, role)}")
        snapshots_api.check(parsed.snapshots_api, logger)
        return True, None

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        try:
            return super().check(logger, config)
        except AirbyteTracedException as fault:
            # Also where the host cannot be reached: whoever sets the connection up is to see why, not that something crashed.
            return AirbyteConnectionStatus(status=Status.FAILED, message=fault.message)

    def streams(self, config: Mapping[str, Any]) -> list[Stream]:
        """All streams, parents before their children. Sends no request."""
        parsed = ClockifyConfig.parse(config)
        return [*self._streams(parsed), *snapshots_api.streams(parsed.snapshots_api)]

    def _features(self, config: ClockifyConfig) -> dict[str, str | None]:
        """The plan feature that each stream needs, in the order of reading."""
        return {stream.name: stream.feature for stream in self._streams(config)}

    def _streams(self, config: ClockifyConfig) -> Iterator[ClockifyStream]:
        return _streams(Sync(config, open_session(config), self._selected))

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Read the catalog's streams, parents first: their children then need no list of their own."""
        features = self._features(ClockifyConfig.parse(config))
        order = {name: position for position, name in enumerate(features)}
        catalog.streams.sort(key=lambda configured: order.get(configured.stream.name, len(order)))
        selected = {configured.stream.name for configured in catalog.streams}
        self._selected = {name: feature for name, feature in features.items() if name in selected}
        return super().read(logger, config, catalog, state)


def _streams(sync: Sync) -> Iterator[ClockifyStream]:
    workspaces = Workspaces(sync)
    users = Users(sync, workspaces)
    projects = Projects(sync, workspaces)
    policies = TimeOffPolicies(sync, workspaces)
    invoices = Invoices(sync, workspaces)
    yield workspaces
    yield users
    yield MemberProfiles(sync, users)
    yield UserGroups(sync, workspaces)
    yield Clients(sync, workspaces)
    yield projects
    yield Tasks(sync, projects)
    yield Tags(sync, workspaces)
    yield CustomFields(sync, workspaces)
    yield TimeEntries(sync, users)
    yield ApprovalRequests(sync, workspaces)
    yield PendingApprovalRequests(sync, workspaces)
    yield Assignments(sync, workspaces)
    yield ProjectAssignmentTotals(sync, workspaces)
    yield UserCapacity(sync, workspaces)
    yield Holidays(sync, workspaces)
    yield policies
    yield TimeOffRequests(sync, workspaces)
    yield TimeOffBalances(sync, policies)
    yield Expenses(sync, workspaces)
    yield ExpenseCategories(sync, workspaces)
    yield invoices
    yield InvoiceDetails(sync, invoices)
    yield InvoicePayments(sync, invoices)
    yield Webhooks(sync, workspaces)
    yield SharedReports(sync, workspaces)
    yield TimeEntryReport(sync, workspaces)
    yield ExpenseReport(sync, workspaces)
    yield AuditLog(sync, workspaces)
    yield EntityChanges(sync, workspaces)
