"""Commands and scripts of the documentation, run as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


def block(page: str, language: str, words: str) -> str:
    """The one code block of a page that has these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    [found] = [one for one in blocks if words in one]
    return str(found)


def run(command: list[str], folder: Path) -> str:
    """Run in an environment in which the connector is installed, and give what was printed."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("AIRBYTE_")}
    settings["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{settings['PATH']}"
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
