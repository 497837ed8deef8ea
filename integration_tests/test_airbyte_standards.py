"""Airbyte's standard tests of a source, as acceptance-test-config.yml asks for them, against the sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests import SourceTestSuiteBase

from harness.clock import FastClock
from sandbox import Sandbox, World
from source_clockify import SourceClockify, source

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]

# Airbyte's advice on catalogs counts as a failure here.
pytestmark = pytest.mark.filterwarnings("error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A small page, so that every list has several."""
    with Sandbox(World.generate(seed=1), page_cap=7) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _configs_lead_to_the_sandbox(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's address is known only once it runs, and a config file holds no key: it names the key's user."""
    from_file = ConnectorTestScenario.get_config_dict

    def for_sandbox(scenario: ConnectorTestScenario, *, connector_root: Path, empty_if_missing: bool) -> dict[str, Any]:
        config = from_file(scenario, connector_root=connector_root, empty_if_missing=empty_if_missing)
        if not config:
            return config
        key = sandbox.world.keys.get(config["api_key"], config["api_key"])
        return {**config, "api_key": key, "api_url": sandbox.url}

    monkeypatch.setattr(ConnectorTestScenario, "get_config_dict", for_sandbox)
    monkeypatch.setattr(source, "SystemClock", FastClock)


class TestSourceClockify(SourceTestSuiteBase):
    connector = SourceClockify
    connector_name = "source-clockify"
