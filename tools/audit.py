"""Looks the locked packages up among the known vulnerabilities: `make audit`, with options of pip-audit if need be.

A vulnerability of what the image ships ends it with 1, unless it is explained here. Others are told, no more: tools that are only
here to work on the connector, and what the image leaves out. Where the packages cannot all be looked up, it ends with 2.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
EXPLAINED: Final[Mapping[str, str]] = {
    "cryptography==46.0.0": "PyAirbyte holds it back in the tests on Python 3.11 and 3.12; on later ones, the image's, it is 50",
    "CVE-2025-9375": "xmltodict writes XML from names that it does not check; here nothing writes XML",
}
"""By package and version, or by vulnerability. An entry goes as soon as the CDK or PyAirbyte allows a version without it."""


@dataclass(frozen=True)
class Package:
    """A package that poetry.lock pins; some are there in one version for each Python."""

    name: str
    version: str
    hashes: tuple[str, ...]
    is_shipped: bool

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Finding:
    """What is known of a package."""

    package: Package
    names: tuple[str, ...]
    fixed: tuple[str, ...]

    @property
    def explanation(self) -> str | None:
        return next((EXPLAINED[key] for key in (str(self.package), *self.names) if key in EXPLAINED), None)

    def __str__(self) -> str:
        return f"{self.package}  {' '.join(self.names)}  fixed in {', '.join(self.fixed) or 'no version'}"


def locked(root: Path = ROOT) -> list[Package]:
    """All packages of poetry.lock."""
    left_out = (root / "requirements/not-in-image.txt").read_text(encoding="utf-8").split("\n")
    return [
        Package(
            entry["name"],
            entry["version"],
            tuple(file["hash"] for file in entry["files"]),
            is_shipped="main" in entry["groups"] and entry["name"] not in left_out,
        )
        for entry in tomllib.loads((root / "poetry.lock").read_text(encoding="utf-8"))["package"]
    ]


def look_up(packages: Iterable[Package], options: list[str]) -> Iterator[dict[str, Any]]:
    """What pip-audit says of each. It takes a package once, so versions of one package are asked about one after the other."""
    versions: dict[str, list[Package]] = {}
    for package in packages:
        versions.setdefault(package.name, []).append(package)
    for pins in zip_longest(*versions.values()):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.writelines(" --hash=".join((str(pin), *pin.hashes)) + "\n" for pin in pins if pin)
            file.flush()
            command = [
                sys.executable,
                "-m",
                "pip_audit",
                "--strict",
                "--require-hashes",
                "--disable-pip",
                "-r",
                file.name,
            ]
            done = subprocess.run(  # noqa: S603  # the options are those of whoever calls make
                [*command, "--format=json", "--progress-spinner=off", *options],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
        if not done.stdout:
            print("The packages could not all be looked up.", file=sys.stderr)
            raise SystemExit(2)
        yield from json.loads(done.stdout)["dependencies"]


def judge(packages: Iterable[Package], answers: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """The vulnerabilities in the answers."""
    pinned = {(package.name, package.version): package for package in packages}
    for answer in answers:
        for fault in answer["vulns"]:
            names = (fault["id"], *fault["aliases"])
            yield Finding(pinned[answer["name"], answer["version"]], names, tuple(fault["fix_versions"]))


def report(findings: Iterable[Finding]) -> bool:
    """Print the findings, the worst last. Returns whether the image ships nothing with an unexplained one."""
    found = list(findings)
    elsewhere = [finding for finding in found if not finding.package.is_shipped]
    explained = [finding for finding in found if finding.package.is_shipped and finding.explanation]
    open_ = [finding for finding in found if finding.package.is_shipped and not finding.explanation]
    for title, part in (("Not in the image", elsewhere), ("Explained", explained), ("In the image", open_)):
        print(f"{title}: {len(part) or 'none'}")
        for finding in part:
            print(f"  {finding}", *(f"\n    {finding.explanation}" if part is explained else ()), sep="")
    return not open_


if __name__ == "__main__":
    everything = locked()
    sys.exit(not report(judge(everything, look_up(everything, sys.argv[1:]))))
