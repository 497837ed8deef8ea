"""The notebook of examples/, as `make notebook` runs it and as it is committed."""

import base64
import io
import json
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import numpy as np
import pytest
from matplotlib.image import imread

if find_spec("airbyte") is None:
    pytest.skip("PyAirbyte is not there for this Python", allow_module_level=True)

from tools.notebook import NOTEBOOK, execute

ROOT: Final = Path(__file__).parents[1]
Output = dict[str, Any]
COMMITTED: Final[list[Output]] = [
    cell for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"
]


def text(lines: str | list[str]) -> str:
    return "".join(lines)


def said(output: Output) -> dict[str, str]:
    """All that an output says, but for pictures."""
    data = output.get("data", {output.get("name", ""): output.get("text", "")})
    return {kind: text(content) for kind, content in data.items() if kind != "image/png"}


def pictures(cells: list[Output]) -> list[Any]:
    encoded = [
        output["data"]["image/png"]
        for cell in cells
        for output in cell["outputs"]
        if "image/png" in output.get("data", {})
    ]
    return [imread(io.BytesIO(base64.b64decode(text(picture)))) for picture in encoded]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Output]:
    """The cells of code after a run in another folder, on another day and on other ports than those that are committed."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "docs").symlink_to(ROOT / "docs")
    (folder / "examples").mkdir()
    return [cell for cell in execute(folder / "examples").cells if cell["cell_type"] == "code"]


def test_a_run_says_what_is_committed(cells: list[Output]) -> None:
    assert [cell["source"] for cell in cells] == [text(cell["source"]) for cell in COMMITTED]
    for cell, committed in zip(cells, COMMITTED, strict=True):
        assert [*map(said, cell["outputs"])] == [*map(said, committed["outputs"])], cell["source"]


def test_a_run_draws_what_is_committed(cells: list[Output]) -> None:
    """But for how another machine smooths the edges of letters."""
    drawn, committed = pictures(cells), pictures(COMMITTED)
    assert len(committed) == sum("plots." in text(cell["source"]) for cell in COMMITTED) == 6
    assert [picture.shape for picture in drawn] == [picture.shape for picture in committed]
    assert max(np.abs(new - old).mean() for new, old in zip(drawn, committed, strict=True)) < 0.005


def test_the_page_is_that_of_one_clean_run() -> None:
    assert [cell["execution_count"] for cell in COMMITTED] == [*range(1, len(COMMITTED) + 1)]
    outputs = [output for cell in COMMITTED for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"stream", "display_data", "execute_result"}
    assert {output["name"] for output in outputs if output["output_type"] == "stream"} == {"stdout"}
    shown = json.dumps([said(output) for output in outputs])
    assert not [
        place for place in (str(ROOT), str(Path.home()), gettempdir(), "127.0.0.1", "localhost") if place in shown
    ]
