"""A declarative connector on the CDK's concurrent engine, run as Airbyte runs its own: `python -m benchmarks.manifest read …`.

What it reads, and how, is in `manifest.yaml`. A cursor doubles what a record costs, so a full refresh goes without.
"""

import sys
from pathlib import Path
from typing import Any, Final

from airbyte_cdk.entrypoint import AirbyteEntrypoint, launch
from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

MANIFEST: Final = Path(__file__).with_suffix(".yaml")


def main() -> None:
    arguments = AirbyteEntrypoint.parse_args(sys.argv[1:])
    catalog = ConcurrentDeclarativeSource.read_catalog(arguments.catalog)
    source = ConcurrentDeclarativeSource(
        source_config=_manifest(catalog),
        config=ConcurrentDeclarativeSource.read_config(arguments.config),
        catalog=catalog,
        state=ConcurrentDeclarativeSource.read_state(arguments.state),
    )
    launch(source, sys.argv[1:])


def _manifest(catalog: ConfiguredAirbyteCatalog) -> dict[str, Any]:
    manifest: dict[str, Any] = safe_load_yaml(MANIFEST.read_text(encoding="utf-8"))
    modes = {configured.stream.name: configured.sync_mode for configured in catalog.streams}
    [time_entries] = [stream for stream in manifest["streams"] if "incremental_sync" in stream]
    if modes.get(time_entries["name"]) == SyncMode.full_refresh:
        del time_entries["incremental_sync"], time_entries["transformations"]
    return manifest


if __name__ == "__main__":
    main()
