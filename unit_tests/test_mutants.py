"""What `make mutants` makes of the files that mutmut writes."""

import pytest

from tools.mutants import Mutant, chosen_tests, mutants_of, report, sample

ORIGINAL = """
def {name}(self, seconds, unit="s"):
    if seconds < 5:
        log("Not long", unit)
    return seconds
"""
CHANGES = {
    "orig": ("", ""),
    "1": ("seconds < 5", "seconds <= 5"),
    "2": ("Not long", "XXNot longXX"),
    "3": ('log("Not long", unit)', 'log("Not long", None)'),
    "4": ('unit="s"', 'unit="XXsXX"'),
    "5": ("return seconds", "pass"),
}


@pytest.fixture
def mutants() -> list[Mutant]:
    function = "xǁBudgetǁwait__mutmut_{}"
    versions = [ORIGINAL.format(name=function.format(n)).replace(*change) for n, change in CHANGES.items()]
    return list(mutants_of("class Budget:" + "".join(versions).replace("\n", "\n    "), "api/pace.py"))


def test_a_mutant_is_shown_by_the_smallest_part_that_tells_it(mutants: list[Mutant]) -> None:
    assert [mutant.name for mutant in mutants][:1] == ["source_clockify.api.pace.xǁBudgetǁwait__mutmut_1"]
    assert [(mutant.before, mutant.after) for mutant in mutants] == [
        ("seconds < 5", "seconds <= 5"),
        ("log('Not long', unit)", "log('XXNot longXX', unit)"),
        ("log('Not long', unit)", "log('Not long', None)"),
        ("def wait(self, seconds, unit='s'):", "def wait(self, seconds, unit='XXsXX'):"),
        ("return seconds", "pass"),
    ]
    assert {(mutant.module, mutant.function) for mutant in mutants} == {("api/pace.py", "Budget.wait")}


def test_only_a_text_with_spaces_is_wording(mutants: list[Mutant]) -> None:
    assert [mutant.is_wording for mutant in mutants] == [False, True, False, False, False]


def test_a_sample_is_the_same_for_the_same_seed_and_has_something_of_each_module(mutants: list[Mutant]) -> None:
    other = Mutant("source_clockify.run.x_run__mutmut_1", "run.py", "run", "1", "2", is_wording=False)
    first = sample([*mutants, other], 4, seed=1)
    assert first == sample([other, *reversed(mutants)], 4, seed=1)
    assert {mutant.module for mutant in first} == {"api/pace.py", "run.py"}
    assert len(first) < len(mutants)


def test_a_survivor_that_is_judged_equivalent_does_not_count(mutants: list[Mutant]) -> None:
    killed, judged, survivor = mutants[0], mutants[2], mutants[3]
    result = {killed.name: 1, judged.name: 0, survivor.name: 33}
    lines = list(report([killed, judged, survivor], result, f"{judged.row} Nothing reads it. |\n"))
    assert "| `api/pace.py` | 3 | 1 | 1 | 50 % |" in lines
    assert lines[-1] == survivor.row
    assert judged.row not in lines
    whole = list(report([killed, judged, survivor], result, "| `api/pace.py` | `Budget.wait` | all | Only speed. |\n"))
    assert "| `api/pace.py` | 3 | 1 | 2 | 100 % |" in whole


def test_what_needs_a_process_of_its_own_is_tried_by_integration_tests_too() -> None:
    calling, every = (
        ["unit_tests/a", "integration_tests/b"],
        ["unit_tests/a", "integration_tests/b", "integration_tests/c"],
    )
    assert chosen_tests("source_clockify.spec.x_complaint", calling, every) == ["unit_tests/a"]
    assert chosen_tests("source_clockify.run.x_run", [], every) == ["integration_tests/b", "integration_tests/c"]
