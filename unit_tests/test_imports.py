"""Which module may know which: no circle, and one direction between packages. An import that only types need counts as well."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
# Whatever else of the project a package may import.
MAY_IMPORT: Final[dict[str, set[str]]] = {
    "source_clockify": set(),
    "source_clockify.api": {"source_clockify.excerpts"},
    "sandbox": set(),
    "harness": {"sandbox", "source_clockify"},
    "demo": {"sandbox", "source_clockify"},
    "examples": {"demo"},
    "probe": {"source_clockify"},
    "benchmarks": {"demo", "harness", "sandbox", "source_clockify", "tools"},
    "tools": {"harness", "sandbox", "source_clockify"},
    "unit_tests": {"harness", "probe", "sandbox", "source_clockify", "tools"},
    "integration_tests": {"benchmarks", "demo", "harness", "probe", "sandbox", "source_clockify", "tools"},
    "live_tests": {"harness", "probe", "source_clockify"},
}
PACKAGES: Final = [name for name in MAY_IMPORT if "." not in name]


def is_in(module: str, *packages: str) -> bool:
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def modules(package: str) -> dict[str, Path]:
    """The modules in a package by name; a package goes by its own name."""
    files = (ROOT / package.replace(".", "/")).rglob("*.py")
    names = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    return {name.removesuffix(".__init__"): file for file, name in names.items()}


def imported(module: str, file: Path, known: set[str]) -> Iterator[str]:
    """The modules of the project that any statement in a file imports, under TYPE_CHECKING and in functions too."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            names = [name if (name := f"{source}.{alias.name}") in known else source for alias in node.names]
        yield from (name for name in names if is_in(name, *PACKAGES))


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """What each module of the project imports of the project."""
    files = {name: file for package in PACKAGES for name, file in modules(package).items()}
    return {name: set(imported(name, file, {*files})) for name, file in files.items()}


def test_no_module_imports_itself_in_a_circle(graph: dict[str, set[str]]) -> None:
    assert len(graph) > 100
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_it_may_know(package: str, graph: dict[str, set[str]]) -> None:
    inside = {name: others for name, others in graph.items() if is_in(name, package)}
    assert inside
    unwanted = {
        f"{name} imports {other}"
        for name, others in inside.items()
        for other in others
        if not is_in(other, package, *MAY_IMPORT[package])
    }
    assert unwanted == set()
