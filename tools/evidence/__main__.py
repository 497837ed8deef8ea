"""`python -m tools.evidence FOLDER` prints where the schemas differ from the evidence in a folder; exit code 1 where they do.

The evidence belongs to others and is no part of the project: `clockify/samples/*.json`, `clockify/openapi/official-*.json`, of
which the newest counts, and `snapshots-api/*.json`.
"""

import argparse
import sys
from pathlib import Path

from tools.evidence import documents, recordings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.evidence", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the recorded answers and the OpenAPI documents are")
    folder: Path = parser.parse_args().folder
    official = sorted((folder / "clockify" / "openapi").glob("official-*.json"))[-1:]
    others = sorted((folder / "snapshots-api").glob("*.json"))
    if not (official and others and (folder / "clockify" / "samples").is_dir()):
        parser.error(f"{folder} has not all of clockify/samples, clockify/openapi/official-*.json and snapshots-api")
    found = [*recordings.differences(folder / "clockify" / "samples"), *documents.differences([*others, *official])]
    for line in found:
        print(line)
    print(f"{len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
