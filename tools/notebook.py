"""Runs examples/clockify.ipynb from a clean state and writes what it shows into it: `make notebook`."""

import os
import sys
from base64 import b64decode
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

if find_spec("airbyte") is None:
    sys.exit(
        "The notebook needs PyAirbyte, which is there for Python 3.11 and 3.12: make clean notebook PYTHON=/path/to/python3.12"
    )

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

NOTEBOOK: Final = Path(__file__).parents[1] / "examples" / "clockify.ipynb"
PICTURE: Final = NOTEBOOK.parents[1] / "docs" / "images" / "utilisation.png"
"""The one that the README shows."""
METADATA: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""No version of Python, which a kernel adds: it is not the same everywhere."""


def execute(folder: Path = NOTEBOOK.parent) -> NotebookNode:
    """The notebook as it is after each cell was run once in a new kernel that works in a folder beside `docs`.

    Raises:
        CellExecutionError: a cell raised something.
    """
    notebook: NotebookNode = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLOCKIFY_")}
    environment["PYTHONPATH"] = str(NOTEBOOK.parent)
    where = {"metadata": {"path": str(folder)}}
    with TemporaryDirectory() as sockets:  # and no ports, which another program may take
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/kernel"}})
        client = NotebookClient(notebook, config=config, record_timing=False, resources=where)
        client.execute(env=environment)
    notebook.metadata = METADATA
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def picture(notebook: NotebookNode, plot: str) -> bytes:
    """What the cell drew that calls a function of plots."""
    [cell] = [cell for cell in notebook.cells if f"plots.{plot}(" in cell.source]
    return b64decode(cell.outputs[0].data["image/png"])


if __name__ == "__main__":
    executed = execute()
    nbformat.write(executed, NOTEBOOK)
    PICTURE.write_bytes(picture(executed, PICTURE.stem))
    sys.stdout.write(f"{NOTEBOOK.relative_to(Path.cwd())} is up to date\n")
