"""Whose account is asked: the one of the environment, else of `secrets/config.json`."""

import os
from pathlib import Path
from typing import Any, Final

from source_clockify import SourceClockify
from source_clockify.config import migrate

SECRETS: Final = Path("secrets") / "config.json"
VARIABLES: Final = ("api_key", "region", "api_url", "workspace_id")
NONE: Final = (
    f"There is no account to ask: set CLOCKIFY_API_KEY (and CLOCKIFY_REGION or CLOCKIFY_API_URL where the workspace is not "
    f"a global one, CLOCKIFY_WORKSPACE_ID to choose one), or write {SECRETS}."
)


def find_config() -> dict[str, Any] | None:
    """The connector's configuration, without that of HighLevel; None where there is none.

    The variables of the environment are CLOCKIFY_API_KEY and the others' names in the same manner. With a key, they are
    the whole configuration.

    Raises:
        AirbyteTracedException: config error where the file cannot be read.
    """
    given = {name: value for name in VARIABLES if (value := os.environ.get(f"CLOCKIFY_{name.upper()}"))}
    if "api_key" not in given and not SECRETS.exists():
        return None
    config = migrate(given if "api_key" in given else SourceClockify.read_config(str(SECRETS)))
    return {name: value for name, value in config.items() if name != "snapshots_api"}
