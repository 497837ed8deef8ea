"""The demo: syncs a Clockify account into DuckDB, twice, and shows what came out. Run it with `make demo`."""

import os
import warnings
from pathlib import Path
from typing import Final

OUTPUT: Final = Path("demo-output")
CONNECTOR: Final = "source-clockify"

# PyAirbyte reads these when it is imported. Offline: it asks no registry and reports to nobody.
os.environ["AIRBYTE_OFFLINE_MODE"] = "1"
os.environ["DO_NOT_TRACK"] = "1"
os.environ["AIRBYTE_LOGGING_ROOT"] = str(OUTPUT / "logs")
os.environ["AIRBYTE_CACHE_ROOT"] = str(OUTPUT / "cache")
# Libraries that come with PyAirbyte and are not used here announce which Python they will ask for next year.
warnings.filterwarnings("ignore", category=FutureWarning, module="google")
