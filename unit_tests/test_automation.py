"""What runs by itself, on a commit, on a pull request and on a tag, against what the project's own files say."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import yaml

from source_clockify.config import Region

ROOT: Final = Path(__file__).parents[1]
WORKFLOWS: Final = sorted(ROOT.glob(".github/workflows/*.yml"))
LATER: Final = ("3.12", "3.13", "3.14")


def loaded(file: str) -> Any:
    return yaml.safe_load((ROOT / file).read_text(encoding="utf-8"))


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in yaml.safe_load(file.read_text())["jobs"].values() for step in job.get("steps", ())]


@pytest.fixture
def checks(tmp_path: Path) -> Any:
    """Runs .ci/run where make only tells what it is asked for, and of the later Pythons 3.13 is missing."""

    def program(name: str, script: str) -> None:
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    program("make", 'echo make "$@" | sed "s/ ARGS=.*//"')
    for version in ("3.11", *LATER):
        program(f"python{version}", "exit 1" if version == "3.13" else f"echo /pythons/{version}")

    def run(*parts: str) -> tuple[int, list[str]]:
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [ROOT / ".ci/run", *parts], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
        )
        return done.returncode, (done.stdout + done.stderr).splitlines()

    return run


def test_the_checks_are_everything_and_the_whole_suite_comes_last(checks: Any) -> None:
    returncode, printed = checks()
    assert returncode == 0
    assert [line for line in printed if not line.startswith("make setup")] == [
        "make lint",
        "make test PYTHON=/pythons/3.14 VENV=.venv/3.14",
        "make test",
    ]


@pytest.mark.parametrize(
    ("part", "command"),
    [
        ("lint", "make lint"),
        ("3.11", "make test PYTHON=/pythons/3.11"),
        ("3.12", "make test PYTHON=/pythons/3.12 VENV=.venv/3.12"),
    ],
)
def test_a_machine_can_take_a_part_of_the_checks(checks: Any, part: str, command: str) -> None:
    assert checks(part) == (0, [command])


@pytest.mark.parametrize("part", ["3.13", "3.10", "tests", ""])
def test_a_part_that_cannot_be_run_is_no_success(checks: Any, part: str) -> None:
    """As a Python that is missing is one where everything was asked for."""
    assert checks(part) == (2, [f"No part of the checks, or no Python that is here: {part}"])


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_runs_what_is_there(file: Path) -> None:
    scripts = "\n".join(step.get("run", "") for step in steps(file))
    targets = {target for words in re.findall(r"^make (.+)$", scripts, re.MULTILINE) for target in words.split()}
    modules = {*re.findall(r"python -m ([\w.]+)", scripts)}

    assert targets <= {*re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)}
    assert [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").exists()] == []


def test_each_action_is_pinned_to_one_commit_and_names_its_version() -> None:
    """The commit counts; the version beside it is what a person, and Dependabot, reads."""
    lines = [line for file in WORKFLOWS for line in re.findall(r"uses: (\w.+)", file.read_text())]
    pins = {re.sub(r"^(\S+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$", r"\1", line): line for line in lines}

    assert [name for name in pins if "@" in name] == []
    assert {*pins.values()} == {*lines}


def test_a_commit_is_held_against_what_lint_checks() -> None:
    [(first, recipe)] = re.findall(r"^lint: \S+ (\w+) .*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    [repo] = loaded(".pre-commit-config.yaml")["repos"]
    entries = [hook["entry"] for hook in repo["hooks"] if "manual" not in hook.get("stages", ())]

    assert repo["repo"] == "local", "the tools are of the versions that the lock has"
    assert {re.sub(r"^\.venv/bin/| -\S+", "", entry) for entry in entries} == {
        f"make {first}",
        *re.findall(r"/(\w+(?: \w+)?)", recipe),
    }


@pytest.mark.parametrize("form", ["bug", "probe"])
def test_a_form_offers_the_regions_of_the_connector(form: str) -> None:
    fields = {field.get("id"): field for field in loaded(f".github/ISSUE_TEMPLATE/{form}.yml")["body"]}

    assert fields["region"]["attributes"]["options"][:-1] == [*get_args(Region)]
