"""What holds keys or people's data stays out of the repository."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
GIT: Final = shutil.which("git")

pytestmark = pytest.mark.skipif(GIT is None, reason="git is not there")


def git(*command: str, where: Path, given: str = "") -> list[str]:
    done = subprocess.run([str(GIT), *command], cwd=where, input=given, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def written(page: Path) -> set[str]:
    """Files of the working directory that the page's shell commands name."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return {file for block in blocks for file in re.findall(r"(?<![\w./$-])\w[\w./$-]*\.(?:jsonl?|duckdb)\b", block)}


def test_files_of_the_documented_commands_are_ignored(tmp_path: Path) -> None:
    files = {file for page in (ROOT / "README.md", *ROOT.glob("docs/*.md")) for file in written(page)}
    usual = {"messages.jsonl", "state.json", "catalog.json", "config.json", "clockify.duckdb", "clockify.duckdb.wal"}
    assert "secrets/config.json" in files
    shutil.copy(ROOT / ".gitignore", tmp_path)
    git("init", where=tmp_path)
    assert {*git("check-ignore", "--stdin", where=tmp_path, given="\n".join(files | usual))} == files | usual


def test_no_file_of_the_project_is_ignored() -> None:
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard", where=ROOT) == []
