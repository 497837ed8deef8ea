"""The notebook of examples/, as `make notebook` runs it and as it is committed."""

import base64
import importlib
import io
import json
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

if find_spec("airbyte") is None:
    pytest.skip("PyAirbyte is not there for this Python", allow_module_level=True)

import nbformat

from tools.notebook import NOTEBOOK, PICTURE, execute, picture

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
    """But for how another machine may smooth the edges of letters."""
    drawn, committed = pictures(cells), pictures(COMMITTED)
    assert len(committed) == sum("plots." in text(cell["source"]) for cell in COMMITTED) == 6
    assert [picture.shape for picture in drawn] == [picture.shape for picture in committed]
    other = [(np.abs(new - old) > 0.5).any(axis=-1).mean() for new, old in zip(drawn, committed, strict=True)]
    assert max(other) < 0.0002, "a word of a title is more"


def test_the_readme_shows_a_picture_of_the_notebook() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    assert PICTURE.read_bytes() == picture(notebook, PICTURE.stem)
    assert f"]({PICTURE.relative_to(ROOT)})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_is_that_of_one_clean_run() -> None:
    assert [cell["execution_count"] for cell in COMMITTED] == [*range(1, len(COMMITTED) + 1)]
    outputs = [output for cell in COMMITTED for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"stream", "display_data", "execute_result"}
    assert {output["name"] for output in outputs if output["output_type"] == "stream"} == {"stdout"}
    shown = json.dumps([said(output) for output in outputs])
    assert not [
        place for place in (str(ROOT), str(Path.home()), gettempdir(), "127.0.0.1", "localhost") if place in shown
    ]


@pytest.fixture
def plots(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(NOTEBOOK.parent)
    return importlib.import_module("plots")


NOBODYS: Final = {"client": None, "project": None, "currency": None, "hours": 1.0, "amount": None}
FRAMES: Final[dict[str, dict[str, Any]]] = {
    "hours_by_project_and_week": {**NOBODYS, "week": date(2026, 5, 4), "billable_hours": 0.0},
    "billable_share": {"month": date(2026, 5, 1), "person": "x" * 99, "hours": 1.0, "billable_hours": 0.0},
    "utilisation": {"week": date(2026, 5, 4), "person": "Ann", "hours": 9.0, "capacity_hours": 8.0},
    "budget_against_actual": {**NOBODYS, "estimated_hours": 1.0, "tracked_hours": 0.0, "share": 0.0},
    "edited_late": {"change": "added", "changed_at": datetime(2026, 5, 4, 9), "days_late": 8.0},  # noqa: DTZ001
    "not_yet_invoiced": {**NOBODYS, "amount": 1.0},
}


@pytest.mark.parametrize("question", FRAMES)
def test_another_account_can_be_drawn_too(plots: Any, question: str) -> None:
    """With one row, with rows that tell little, and with none."""
    row = FRAMES[question]
    draw, zeros = getattr(plots, question), {name: 0.0 for name, value in row.items() if isinstance(value, float)}
    assert draw(pd.DataFrame([row])).axes
    assert draw(pd.DataFrame([row]).iloc[:0]).data.startswith("There is nothing to be drawn")
    assert draw(pd.DataFrame([{**row, **zeros}]))
