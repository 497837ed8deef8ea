"""Writes the bill of materials of an environment that holds what the image holds: `make sbom`.

cyclonedx-py takes the name from `tool.poetry`, where there is such a table, and ours has none: it is given a project of its own.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FILE: Final = ROOT / "dist/sbom.cdx.json"


def project(root: Path = ROOT) -> str:
    """What the bill is of, as a pyproject.toml. Its values are strings and lists of them, which TOML writes as JSON does."""
    document = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    stated = {key: document["project"][key] for key in ("name", "description", "dependencies")}
    stated |= {key: document["tool"]["poetry"][key] for key in ("version", "license")}
    return "[project]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in stated.items())


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(project())
        file.flush()
        stated = ["--pyproject", file.name, "--mc-type", "application", "--output-reproducible"]
        command = [
            sys.executable,
            "-m",
            "cyclonedx_py",
            "environment",
            *stated,
            "--output-file",
            str(FILE),
            *sys.argv[1:],
        ]
        sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603
