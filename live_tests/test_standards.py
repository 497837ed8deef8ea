"""Airbyte's standard tests of a source, against the account."""

from pathlib import Path
from typing import Any, Final

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from live_tests.reading import Reading
from source_clockify import SourceClockify
from source_clockify.streams.catalog import FEATURES

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

# Airbyte's advice on catalogs counts as a failure here.
pytestmark = pytest.mark.filterwarnings("error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning")

ACCOUNT: Final = ConnectorTestScenario(config_path=Path("account.json"), status="succeed")
UNKNOWN_KEY: Final = ConnectorTestScenario(
    config_path=Path("unknown-key.json"), status="failed", sections=("connection",)
)


@pytest.fixture(autouse=True)
def _scenarios_are_of_the_account(config: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario names a file, which is not there, rather than hold the key: it would be printed where a test fails."""

    def of_account(scenario: ConnectorTestScenario, *, connector_root: Path, empty_if_missing: bool) -> dict[str, Any]:
        if scenario.config_path is None:
            return {}
        return {**config, "api_key": "0" * 48} if scenario.config_path == UNKNOWN_KEY.config_path else dict(config)

    monkeypatch.setattr(ConnectorTestScenario, "get_config_dict", of_account)


class TestSourceClockify(SourceTestSuiteBase):
    connector = SourceClockify
    connector_name = "source-clockify"

    @classmethod
    def get_scenarios(cls) -> list[ConnectorTestScenario]:
        return [ACCOUNT, UNKNOWN_KEY]

    @pytest.fixture(autouse=True)
    def _read_before(self, first: Reading) -> None:
        self.first = first

    def test_basic_read(self, scenario: ConnectorTestScenario) -> None:
        """In a full refresh, every stream that has rows has them, and each record matches its schema."""
        empty = [{"name": stream} for stream in FEATURES if not self.first.count(stream)]
        super().test_basic_read(ConnectorTestScenario(**{**scenario.model_dump(), "empty_streams": empty}))
