"""What the files beside the code promise about each other: versions, images, dependencies and what is in the wheel."""

import re
import tomllib
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final, get_args
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
import yaml
from poetry.core.constraints.version import Version, parse_constraint
from poetry.core.factory import Factory
from poetry.core.masonry.builders.wheel import WheelBuilder

from source_clockify.config import DOCUMENTATION_URL, ClockifyConfig, Region
from source_clockify.snapshots_api.config import API_URL

ROOT: Final = Path(__file__).parents[1]
PYPROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK: Final[dict[str, Any]] = tomllib.loads((ROOT / "poetry.lock").read_text())
METADATA: Final[dict[str, Any]] = yaml.safe_load((ROOT / "metadata.yaml").read_text())
VERSION: Final[str] = PYPROJECT["tool"]["poetry"]["version"]
EXPORTED: Final = ("build", "main", "dev", "audit", "mutants")


def find(pattern: str, file: str) -> list[Any]:
    return re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)


def exported(group: str) -> set[tuple[str, str]]:
    """Names and versions that a file in requirements/ pins; of some, one version for each Python."""
    return {*find(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ]+)", f"requirements/{group}.txt")}


def locked(*groups: str) -> set[tuple[str, str]]:
    """Names and versions that poetry.lock holds for any of the groups."""
    return {(package["name"], package["version"]) for package in LOCK["package"] if {*groups} & {*package["groups"]}}


def test_airbyte_accepts_the_metadata() -> None:
    definition = pytest.importorskip(
        "airbyte_connector_models.metadata.v0.connector_metadata_definition_v0",
        reason="airbyte-connector-models is not there for this Python",
    )

    definition.ConnectorMetadataDefinitionV0.model_validate(METADATA)


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("metadata.yaml", r"^  dockerImageTag: (.+)$"),
        ("Dockerfile", r"^ARG VERSION=(.+)$"),
        ("CHANGELOG.md", r"^## \[(\d.+?)\]"),
        ("docs/clockify.md", r"^\| (\d+\.\d+\.\d+) \|"),
        ("docs/scaling.md", r'docker_image_tag += "(.+)"'),
    ],
)
def test_every_file_names_the_version_of_the_release(file: str, pattern: str) -> None:
    """The newest version comes first where a file lists several."""
    assert find(pattern, file)[0] == VERSION


def test_metadata_project_and_image_agree_on_name_and_licence() -> None:
    assert METADATA["data"]["remoteRegistries"]["pypi"]["packageName"] == PYPROJECT["project"]["name"]
    assert METADATA["data"]["license"] == PYPROJECT["tool"]["poetry"]["license"]
    assert find(r"\bimage\.licenses=(\S+)", "Dockerfile") == [PYPROJECT["tool"]["poetry"]["license"]]


def test_nothing_offers_the_connector_to_pypi_where_the_name_is_anothers() -> None:
    assert METADATA["data"]["remoteRegistries"]["pypi"]["enabled"] is False
    assert "Private :: Do Not Upload" in PYPROJECT["project"]["classifiers"]


def test_the_spec_names_a_page_of_the_metadata_and_not_that_of_airbytes_own_connector() -> None:
    assert DOCUMENTATION_URL in {page["url"] for page in METADATA["data"]["externalDocumentationUrls"]}


def test_the_package_links_to_pages_of_the_metadata() -> None:
    urls = PYPROJECT["project"]["urls"]

    assert {*urls.values()} <= {page["url"] for page in METADATA["data"]["externalDocumentationUrls"]}
    assert [label for label in urls if len(label) > 32] == [], "as long as the metadata of a package allow"


def test_airbyte_lets_the_connector_reach_every_host() -> None:
    configs = [ClockifyConfig.parse({"api_key": "a-good-key", "region": region}) for region in get_args(Region)]
    urls = [API_URL, *(url for config in configs for url in astuple(config.hosts))]
    allowed = {*METADATA["data"]["allowedHosts"]["hosts"]}

    assert {urlsplit(url).hostname for url in urls} <= allowed
    assert "${api_url}" in allowed, "a host of one's own"


def test_the_image_is_built_from_the_base_that_the_metadata_names() -> None:
    base_image = METADATA["data"]["connectorBuildOptions"]["baseImage"]

    assert find(r"^ARG BASE_IMAGE=(.+)$", "Dockerfile") == [base_image]
    assert re.search(r"@sha256:[0-9a-f]{64}$", base_image)


def test_every_file_names_the_image_alike_and_not_as_airbytes_own() -> None:
    name = METADATA["data"]["dockerRepository"]

    assert "/" not in name
    assert find(r"\b(?:io\.airbyte\.name|image\.title)=(\S+)", "Dockerfile") == [name, name]
    assert find(r"^IMAGE \?= (.+):", "Makefile") == [name]
    assert {*find(r"(\S+):dev\b", "README.md")} == {name}


def test_every_file_names_the_pythons_that_the_project_runs_on() -> None:
    allowed = PYPROJECT["project"]["requires-python"]
    versions = [f"3.{minor}" for minor in range(100) if parse_constraint(allowed).allows(Version.parse(f"3.{minor}"))]

    assert PYPROJECT["tool"]["poetry"]["dependencies"]["python"] == allowed
    assert find(r"^PYTHONS := (.+)$", "Makefile") == [" ".join(versions)]
    assert find(r"^first=(.+)$", ".ci/run") + find(r'^later="(.+)"$', ".ci/run") == [
        versions[0],
        " ".join(versions[1:]),
    ]
    assert find(r"^ +python: \[(.+)\]$", ".github/workflows/ci.yml") == [", ".join(f'"{v}"' for v in versions)]
    for file in ("README.md", "CONTRIBUTING.md"):
        assert {*find(r"Python (3\.\d+) to (3\.\d+)", file)} == {(versions[0], versions[-1])}
    assert PYPROJECT["tool"]["mypy"]["python_version"] == versions[0]
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{versions[0].replace('.', '')}"


@pytest.mark.parametrize("group", EXPORTED)
def test_exported_requirements_are_those_of_the_lock(group: str) -> None:
    assert exported(group) == locked(*({"main", "dev"} if group == "dev" else {group}))


def test_the_lock_satisfies_the_project() -> None:
    required = Factory().create_poetry(ROOT).package.all_requires

    assert {"airbyte-cdk", "pytest"} <= {dependency.name for dependency in required}
    pins = locked(*EXPORTED)
    assert [
        d for d in required if not any(d.name == name and d.constraint.allows(Version.parse(v)) for name, v in pins)
    ] == []


@pytest.mark.parametrize("group", EXPORTED)
def test_every_requirement_is_pinned_by_hash(group: str) -> None:
    requirements = re.split(r"\n(?=\S)", (ROOT / f"requirements/{group}.txt").read_text().strip())

    assert [line for line in requirements if "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("file", ["poetry.lock", *(f"requirements/{group}.txt" for group in EXPORTED)])
def test_no_package_comes_from_a_source_of_its_own(file: str) -> None:
    """A source, an index or a path would tie the project to one machine."""
    assert find(r"^\[package\.source\]|^--.*|\bfile:|^\S+ @ .*", file) == []


def test_the_wheel_holds_the_connector_with_every_schema_and_nothing_else(tmp_path: Path) -> None:
    package = ROOT / "source_clockify"
    expected = {str(file.relative_to(ROOT)) for file in package.rglob("*") if file.suffix in {".py", ".json", ".typed"}}

    wheel = WheelBuilder(Factory().create_poetry(ROOT)).build(tmp_path)

    held = {*ZipFile(wheel).namelist()}
    assert expected <= held
    assert "source_clockify/py.typed" in expected
    assert {name.split("/")[0].partition("-")[0] for name in held} == {"source_clockify", "airbyte_source_clockify"}
    assert any(name.startswith("source_clockify/schemas/") for name in expected)


def test_suggested_and_changed_streams_are_streams() -> None:
    streams = {file.stem for file in (ROOT / "source_clockify/schemas").glob("*.json")}
    changes = METADATA["data"]["releases"]["breakingChanges"].values()

    assert {*METADATA["data"]["suggestedStreams"]["streams"]} <= streams
    assert {
        name for change in changes for scope in change["scopedImpact"] for name in scope["impactedScopes"]
    } <= streams


def test_the_guide_says_of_each_breaking_change_what_to_do() -> None:
    """The newest first, as Airbyte wants it."""
    versions = [*METADATA["data"]["releases"]["breakingChanges"]]

    assert find(r"^## Upgrading to (.+)$", "docs/clockify-migrations.md") == versions


def test_a_sync_may_have_the_memory_that_the_guide_to_large_accounts_gives_it() -> None:
    jobs = METADATA["data"]["resourceRequirements"]["jobSpecific"]
    [sync] = [job["resourceRequirements"] for job in jobs if job["jobType"] == "sync"]

    for name, value in sync.items():
        assert find(rf'{name} += "(.+)"', "docs/scaling.md") == [value]


def test_the_documentation_lists_every_stream() -> None:
    streams = {file.stem for file in (ROOT / "source_clockify/schemas").glob("*.json")}
    supported = (ROOT / "docs/clockify.md").read_text().partition("## Supported Streams")[2].partition("\n\nFields")[0]

    assert {*re.findall(r"^\| `(\w+)` \|", supported, re.MULTILINE)} == streams
