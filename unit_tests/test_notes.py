"""The text of a release, which the release's workflow takes from CHANGELOG.md by the tag."""

from pathlib import Path

import pytest

from tools.notes import NotReady, notes

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- What comes later.

## [0.2.0] - 2026-11-30

A release that many asked for,
told in two lines.

### Added

- Locations: with
  `snapshots_api` only.
- Totals.

### Fixed

- A key - of one letter -
  was hidden everywhere.

## [0.1.0]

### Added

- The first.
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return tmp_path


def at(checkout: Path, version: str) -> Path:
    (checkout / "pyproject.toml").write_text(f'[tool.poetry]\nversion = "{version}"\n', encoding="utf-8")
    return checkout


def test_the_notes_are_the_section_of_the_version_with_a_line_for_each_item(checkout: Path) -> None:
    assert notes(at(checkout, "0.2.0"), "0.2.0") == (
        "A release that many asked for, told in two lines.\n"
        "\n### Added\n\n- Locations: with `snapshots_api` only.\n- Totals.\n"
        "\n### Fixed\n\n- A key - of one letter - was hidden everywhere."
    )


@pytest.mark.parametrize(
    ("project", "asked", "why"),
    [
        ("0.2.0", "0.2.1", "This is version 0.2.0, not 0.2.1"),
        ("0.3.0", "0.3.0", r"no section \[0.3.0\]"),
        ("0.1.0", "0.1.0", r"no date for \[0.1.0\]"),
        ("0x2.0", "0x2.0", "no section"),
    ],
)
def test_a_tag_that_is_no_release_is_refused(checkout: Path, project: str, asked: str, why: str) -> None:
    with pytest.raises(NotReady, match=why):
        notes(at(checkout, project), asked)


def test_a_version_of_which_nothing_is_said_is_refused(checkout: Path) -> None:
    (checkout / "CHANGELOG.md").write_text("## [0.2.0] - 2026-11-30\n\n## [0.1.0]\n\n- The first.\n", encoding="utf-8")
    with pytest.raises(NotReady, match="says nothing"):
        notes(at(checkout, "0.2.0"), "0.2.0")
