"""Mutation testing of `source_clockify` with mutmut, as `make mutants` runs it: `python -m tools.mutants --help`.

mutmut changes one thing in one function at a time and runs the tests that call the function; a change that no test notices has
survived. Which mutants are tried, and which survivors are no fault of the tests, is decided here; see docs/mutation-testing.md.
"""

import argparse
import ast
import json
import random
import re
import resource
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
WORK: Final = ROOT / "mutants"
"""mutmut's copy of the project, with every mutant in it."""
PACKAGE: Final = "source_clockify"
PAGE: Final = ROOT / "docs" / "mutation-testing.md"

FIRST: Final = f"{PACKAGE}.streams.time_off.*"
"""mutmut makes all mutants and times all tests before it tries any: these are few."""
IN_PROCESSES: Final = (f"{PACKAGE}.run.", f"{PACKAGE}.output.")
"""What only a process of its own can try, into which mutmut does not see: all chosen integration tests count as calling it."""
LARGEST: Final = 4 * 2**30
"""Bytes of address space that a process may take."""
CAUGHT: Final = frozenset({1, 3, 24, 36, 152, 255, -24, -9})
"""mutmut's results (exit codes of pytest and of the system): a test failed, or ran into a time limit."""
SURVIVED: Final = frozenset({0, 5, 33})
"""All tests passed, or none calls the function."""

_FUNCTION: Final = re.compile(r"(?P<mangled>x.+)__mutmut_(?P<version>orig|\d+)")
_LEAVES: Final = (ast.Constant, ast.Name, ast.operator, ast.cmpop, ast.boolop, ast.unaryop, ast.keyword, ast.arguments)


@dataclass(frozen=True)
class Mutant:
    """A function with one change. `name` is mutmut's; `before` and `after` are the smallest part that shows the change."""

    name: str
    module: str
    function: str
    before: str
    after: str
    is_wording: bool

    @property
    def row(self) -> str:
        """The beginning of its row in the page's table of equivalent mutants."""
        return _row(self.module, self.function, self.before, self.after)

    def is_equivalent(self, page: str) -> bool:
        """Whether the page judges it so, by itself or with its whole function."""
        return self.row in page or f"{_row(self.module, self.function)} all |" in page


def _row(*cells: str) -> str:
    return "".join(f"| `{cell.replace('|', chr(92) + '|')}` " for cell in cells) + "|"


def mutants_of(code: str, module: str) -> Iterator[Mutant]:
    """The mutants in a file that mutmut has written. `module` is its path within the package."""
    versions: defaultdict[str, dict[str, ast.FunctionDef]] = defaultdict(dict)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef) and (found := _FUNCTION.fullmatch(node.name)):
            versions[found["mangled"]][found["version"]] = node
    prefix = f"{PACKAGE}.{module.removesuffix('.py').replace('/', '.')}."
    for mangled, functions in versions.items():
        function = mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
        for node in functions.values():
            node.name = function.rpartition(".")[2]
        original = functions.pop("orig")
        for version, node in functions.items():
            before, after = difference(original, node)
            yield Mutant(
                f"{prefix}{mangled}__mutmut_{version}",
                module,
                function,
                shown(before),
                shown(after),
                is_wording(before, after),
            )


def difference(before: ast.AST, after: ast.AST, *, whole: bool = False) -> tuple[ast.AST, ast.AST]:
    """The smallest part in which two trees differ; without `whole`, what is around a mere name, literal or operator."""
    if type(before) is type(after):
        children = list(ast.iter_child_nodes(before)), list(ast.iter_child_nodes(after))
        if len(children[0]) == len(children[1]):
            unequal = [pair for pair in zip(*children, strict=True) if ast.dump(pair[0]) != ast.dump(pair[1])]
            if len(unequal) == 1 and (whole or not isinstance(unequal[0][0], _LEAVES)):
                return difference(*unequal[0], whole=whole)
    return before, after


def shown(node: ast.AST) -> str:
    """In one line: of a statement with a body, its head."""
    return ast.unparse(node).strip().splitlines()[0]


def is_wording(before: ast.AST, after: ast.AST) -> bool:
    """Whether nothing but a text with spaces changes: tests are to pin down what a message says, not each letter of it."""
    one, other = difference(before, after, whole=True)
    return (
        isinstance(one, ast.Constant)
        and isinstance(other, ast.Constant)
        and isinstance(one.value, str)
        and isinstance(other.value, str)
        and " " in one.value
    )


def sample(mutants: Iterable[Mutant], size: int, seed: int) -> list[Mutant]:
    """About so many mutants, half of them spread evenly over the modules and half in proportion: the same for the same seed."""
    modules: defaultdict[str, list[Mutant]] = defaultdict(list)
    for mutant in sorted(mutants, key=lambda mutant: mutant.name):
        modules[mutant.module].append(mutant)
    even = size / 2 / len(modules)
    share = size / 2 / sum(map(len, modules.values()))
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [
        mutant
        for group in modules.values()
        for mutant in chance.sample(group, min(len(group), round(even + share * len(group))))
    ]


def chosen_tests(function: str, calling: Iterable[str], every: Iterable[str]) -> list[str]:
    """The tests to try a function's mutants with, given those that mutmut saw call it: unit tests, as they are quick."""
    quick = [test for test in calling if test.startswith("unit_tests/")]
    slow = [test for test in every if test.startswith("integration_tests/")]
    return [*quick, *slow] if function.startswith(IN_PROCESSES) else quick


def choose_tests(mutants: Iterable[Mutant]) -> None:
    """Write `chosen_tests` into what mutmut knows of the tests."""
    file = WORK / "mutmut-stats.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    calling: dict[str, list[str]] = known["tests_by_mangled_function_name"]
    for function in {mutant.name.partition("__mutmut_")[0] for mutant in mutants}:
        calling[function] = chosen_tests(function, calling.get(function, []), known["duration_by_test"])
    file.write_text(json.dumps(known), encoding="utf-8")


def mutmut(processes: int, *names: str) -> None:
    """Try the mutants of these names; ends the program where mutmut fails, with the end of its log.

    A mutant that reads the same page for ever meets the limit of memory before that of time.
    """
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
    log = WORK / "mutmut.log"
    WORK.mkdir(exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(processes), *names]
        done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"{log.read_text(encoding='utf-8')[-3000:]}\nmutmut failed; the whole log is {log.relative_to(ROOT)}.")


def results() -> dict[str, int | None]:
    """What mutmut says of each mutant, by name; None where it was not tried."""
    files = [json.loads(file.read_text(encoding="utf-8")) for file in WORK.glob(f"{PACKAGE}/**/*.meta")]
    return {name: result for file in files for name, result in file["exit_code_by_key"].items()}


def report(tried: Sequence[Mutant], result: Mapping[str, Any], page: str) -> Iterator[str]:
    """The score of each module, and the survivors that the page does not judge equivalent, as rows of its tables."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    survivors: list[Mutant] = []
    for mutant in tried:
        is_equivalent = result[mutant.name] in SURVIVED and mutant.is_equivalent(page)
        for name in (mutant.module, "all"):
            tally = counts[name]
            tally[0] += 1
            tally[1] += result[mutant.name] in CAUGHT
            tally[2] += is_equivalent
        if result[mutant.name] not in CAUGHT and not is_equivalent:
            survivors.append(mutant)
    for name, (of, caught, equivalent) in sorted(counts.items()):
        score = f"{100 * caught / (of - equivalent):.0f} %" if of > equivalent else "none"
        yield f"| `{name}` | {of} | {caught} | {equivalent} | {score} |"
    yield f"\n{len(survivors)} survivors that are not judged:"
    for mutant in survivors:
        unclear = "" if result[mutant.name] in SURVIVED else f" mutmut's result is {result[mutant.name]} |"
        yield f"{mutant.row}{unclear}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=600, help="how many mutants to try (600)")
    parser.add_argument("--seed", type=int, default=1, help="which ones: the same for the same seed (1)")
    parser.add_argument("--processes", type=int, default=2, help="how many at the same time (2)")
    parser.add_argument(
        "--judge", action="store_true", help="try none again: print the last run by what the page says now"
    )
    given = parser.parse_args()
    if not given.judge:
        shutil.rmtree(WORK, ignore_errors=True)
        mutmut(given.processes, FIRST)
    files = sorted((WORK / PACKAGE).rglob("*.py"))
    found = [
        mutant
        for file in files
        for mutant in mutants_of(file.read_text(encoding="utf-8"), file.relative_to(WORK / PACKAGE).as_posix())
    ]
    worded = [mutant for mutant in found if not mutant.is_wording]
    tried = sample(worded, given.sample, given.seed)
    print(
        f"{len(tried)} of {len(worded)} mutants, seed {given.seed}; {len(found) - len(worded)} of wording left out.",
        flush=True,
    )
    if not given.judge:
        choose_tests(found)
        mutmut(given.processes, *(mutant.name for mutant in tried))
    for line in report(tried, results(), PAGE.read_text(encoding="utf-8")):
        print(line)


if __name__ == "__main__":
    main()
