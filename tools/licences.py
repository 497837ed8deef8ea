"""Writes docs/licences.md from the packages of the environment that runs it, which `make licences` sets up as the image has it.

A package whose licence is not among those that are allowed here ends it with an error.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "docs/licences.md"
ALLOWED: Final = frozenset("Apache-2.0 BSD BSD-2-Clause BSD-3-Clause ISC MIT MIT-0 MPL-2.0 PSF-2.0".split())
"""They let an image be handed on with the texts that the packages bring; of MPL-2.0, with files as they came."""
WORDS: Final[Mapping[str, str]] = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""How older packages write a licence. Of BSD they do not tell which."""

TEXT: Final = """\
# Licences of what the image ships

`make licences` writes this page from what the packages say of themselves. It ends with an error where one has a licence that
`tools/licences.py` does not allow.

The connector is under the [MIT](../LICENSE) licence. The image holds it, these {count} packages, each with the text of its
licence where it brings one, and Airbyte's base image, with Debian and Python.

| Licence | Packages |
| --- | --- |
{rows}

- MPL-2.0 asks that changes of its files are published. The image has them as they are on PyPI, with their source there.
- Airbyte's CDK requires `unidecode`, under GPL-2.0-or-later. The connector does not load it and the image leaves it out
  (`requirements/not-in-image.txt`). `pip install .` installs it; whoever hands on such an environment has that licence to keep.
"""


def licence(expression: str, classifiers: Iterable[str], words: str) -> str:
    """What a package's metadata say: an expression in the newer ones, else any of its classifiers, else its words."""
    named = sorted(name.rpartition(" :: ")[2] for name in classifiers if name.startswith("License :: "))
    return expression or " OR ".join(WORDS.get(name, name) for name in named) or words or "none"


def refused(licences: Mapping[str, str]) -> list[str]:
    """The packages with a licence that is not allowed."""
    return [
        f"{name}: {text}"
        for name, text in sorted(licences.items())
        if {*re.split(r"[ ()]+(?:AND|OR|WITH)[ ()]+", text.strip("()"))} - ALLOWED
    ]


def page(licences: Mapping[str, str]) -> str:
    """The page, with a row for each licence."""
    rows = [
        f"| {text} | {', '.join(f'`{name}`' for name in sorted(licences) if licences[name] == text)} |"
        for text in sorted({*licences.values()})
    ]
    return TEXT.format(count=len(licences), rows="\n".join(rows))


def installed() -> dict[str, str]:
    """The packages of this environment, by the names that requirements/ have, and their licences."""
    found = {}
    for package in distributions():
        expressions, classifiers, words = (
            package.metadata.get_all(field, []) for field in ("License-Expression", "Classifier", "License")
        )
        name = re.sub(r"[-_.]+", "-", package.name).lower()
        found[name] = licence("".join(expressions), classifiers, "".join(words))
    return found


if __name__ == "__main__":
    found = installed()
    if wrong := refused(found):
        sys.exit("Not allowed:\n" + "\n".join(wrong))
    PAGE.write_text(page(found), encoding="utf-8")
