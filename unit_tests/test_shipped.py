"""What is said of the packages that the image ships: their vulnerabilities, their licences and the bill of materials."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement

from tools import audit, licences, sbom

ROOT: Final = Path(__file__).parents[1]
IMAGE: Final = {"platform_system": "Linux", "sys_platform": "linux", "python_version": "3.13"}
OLD: Final = audit.Package("lettuce", "1.0", (), is_shipped=True)
NEW: Final = audit.Package("lettuce", "2.0", (), is_shipped=True)
TOOL: Final = audit.Package("spade", "1.0", (), is_shipped=False)


def answer(package: audit.Package, *faults: str) -> dict[str, Any]:
    """As pip-audit has it."""
    vulns = [{"id": fault, "aliases": [f"CVE-{fault}"], "fix_versions": ["3.0"]} for fault in faults]
    return {"name": package.name, "version": package.version, "vulns": vulns}


def judged(*answers: dict[str, Any]) -> bool:
    return audit.report(audit.judge([OLD, NEW, TOOL], answers))


def test_an_audit_fails_by_what_the_image_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert not judged(answer(OLD), answer(NEW, "1"), answer(TOOL, "2"))
    assert capsys.readouterr().out.splitlines() == [
        "Not in the image: 1",
        "  spade==1.0  2 CVE-2  fixed in 3.0",
        "Explained: none",
        "In the image: 1",
        "  lettuce==2.0  1 CVE-1  fixed in 3.0",
    ]


@pytest.mark.parametrize("explained", ["lettuce==1.0", "1", "CVE-1"])
def test_an_audit_passes_where_a_version_or_its_fault_is_explained(
    explained: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "EXPLAINED", {explained: "It is never eaten"})

    assert judged(answer(OLD, "1"), answer(TOOL, "2"))
    assert not judged(answer(OLD, "1"), answer(NEW, "2"))


def test_every_explained_version_is_one_that_is_locked() -> None:
    pins = {str(package) for package in audit.locked()}

    assert [key for key in audit.EXPLAINED if "==" in key and key not in pins] == []


def test_what_the_image_leaves_out_is_not_shipped() -> None:
    shipped = {package.name: package.is_shipped for package in audit.locked()}

    assert (shipped["airbyte-cdk"], shipped["unidecode"], shipped["pytest"]) == (True, False, False)


@pytest.mark.parametrize(
    ("expression", "classifiers", "words", "said", "is_allowed"),
    [
        (
            "MPL-2.0 AND (Apache-2.0 OR MIT)",
            ["License :: OSI Approved :: MIT License"],
            "",
            "MPL-2.0 AND (Apache-2.0 OR MIT)",
            True,
        ),
        ("", ["Topic :: Database", "License :: OSI Approved :: MIT License"], "See LICENSE", "MIT", True),
        ("", [], "Apache-2.0", "Apache-2.0", True),
        ("", [], "", "none", False),
        ("MIT AND GPL-2.0-or-later", [], "", "MIT AND GPL-2.0-or-later", False),
        ("", ["License :: Other/Proprietary License"], "MIT", "Other/Proprietary License", False),
    ],
)
def test_a_licence_that_is_not_allowed_is_refused(
    expression: str, classifiers: list[str], words: str, said: str, is_allowed: bool
) -> None:
    assert licences.licence(expression, classifiers, words) == said
    assert licences.refused({"lettuce": said}) == ([] if is_allowed else [f"lettuce: {said}"])


def test_the_page_of_licences_names_what_the_image_installs() -> None:
    lines = re.findall(r"^\w.+(?= \\$)", (ROOT / "requirements/main.txt").read_text(), re.MULTILINE)
    left_out = (ROOT / "requirements/not-in-image.txt").read_text().splitlines()
    required = [Requirement(line) for line in lines]
    installed = {one.name for one in required if not one.marker or one.marker.evaluate(IMAGE)} - {*left_out}

    page = licences.PAGE.read_text(encoding="utf-8")
    assert {*re.findall(r"`([\w.-]+)`", page.partition("| --- |")[2].partition("\n\n")[0])} == installed, (
        "run `make licences`"
    )
    assert f"these {len(installed)} packages" in page


def test_the_bill_of_materials_is_of_the_project() -> None:
    stated = tomllib.loads(sbom.project())["project"]

    assert stated["name"] == "airbyte-source-clockify"
    assert re.fullmatch(r"\d+\.\d+\.\d+", stated["version"])
    assert any(line.startswith("airbyte-cdk>=") for line in stated["dependencies"])
