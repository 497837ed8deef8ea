"""What the code can tell a user, and what the documentation tells about it: both as text in which … stands for what differs."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
APART: Final = {
    *("title", "description", "examples", "pattern_descriptor"),  # of the form
    *(
        "cure",
        "CONFIG_CURE",
        "CATALOG_CURE",
        "STATE_CURE",
        "PATH_CURE",
        "PERMISSION_CURE",
        "ENCODING_CURE",
        "DOUBLE_CURE",
    ),
    *(
        "_CURE",
        "_CONSEQUENCE",
        "check_host",
        "check_network",
        "credential",
        "remedy",
        "instead",
    ),  # what a message ends with
    *("scope", "add_scope", "use_agency", "renew", "compare", "_CONNECT_AGAIN", "_FROM_THE_APP"),
}
"""Names under which there is no message of its own: arguments, keys, constants."""
NO_MESSAGES: Final = {
    "the answer took too long",  # of a TimeoutError, of which messages tell the name
    "the slice was not fetched, as fetching had ended",  # unless the connector is wrong
    "no reason given",  # where a host says nothing
}
SUBJECTS: Final = (
    "Clockify(?='s)",
    "HighLevel(?='s)",
    *(file.stem for file in ROOT.glob("source_clockify/schemas/*.json")),
)
"""What a page may name at the beginning of a message, where the code has it from elsewhere: an API, a stream."""
TELLING: Final = {
    *("debug", "info", "warning", "error", "exception", "exit"),
    *("config_error", "system_error", "ApiError", "Meaning", "require"),
}
"""Functions that tell what they are given; and whatever is raised."""
FEWEST_WORDS: Final = 3
"""Fewer are part of a message, where they are not logged or raised as they are."""


@dataclass(frozen=True)
class Text:
    """A text of the code. `is_whole`: whether it is logged or raised as it stands."""

    place: str
    words: str
    is_whole: bool = False

    @property
    def has_to_be_told(self) -> bool:
        fixed = re.findall(r"[A-Za-z]{2,}", self.words)
        is_enough = len(fixed) >= FEWEST_WORDS or (self.is_whole and bool(fixed))
        return " " in self.words and is_enough and self.words not in NO_MESSAGES


@dataclass
class _Finder(ast.NodeVisitor):
    place: str
    found: list[Text] = field(default_factory=list)
    is_whole: bool = False

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in APART:
            self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if not any(isinstance(target, ast.Name) and target.id in APART for target in node.targets):
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if not (isinstance(node.target, ast.Name) and node.target.id in APART) and node.value:
            self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and key.value in APART):
                self.visit(value)

    def visit_Raise(self, node: ast.Raise) -> None:
        before, self.is_whole = self.is_whole, True
        self.generic_visit(node)
        self.is_whole = before

    def visit_Call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func).rpartition(".")[2]
        if name == "compile":  # a regular expression
            return
        before, self.is_whole = self.is_whole, self.is_whole or name in TELLING
        self.generic_visit(node)
        self.is_whole = before

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._note(node.lineno, "".join(_part(value) for value in node.values))
        before, self.is_whole = self.is_whole, False
        for value in node.values:
            if isinstance(value, ast.FormattedValue):  # the others were noted, and a format is none
                self.visit(value.value)
        self.is_whole = before

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._note(node.lineno, re.sub(r"\{\w+\}", "…", node.value))

    def _note(self, line: int, words: str) -> None:
        self.found.append(Text(f"{self.place}:{line}", plain(words), self.is_whole))


def _part(node: ast.expr) -> str:
    """A part of an f-string; a workspace is shown as "workspace 'Acme' (64a687e29ae1f428e7ebe303)", a plural as one."""
    if isinstance(node, ast.Constant):
        return re.sub(r"\{\w+\}", "…", str(node.value))
    value = node.value if isinstance(node, ast.FormattedValue) else node
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Constant):
        return str(value.left.value)
    return "workspace …" if re.search(r"\bworkspace$|\bworkspace\.describe\(", ast.unparse(value)) else "…"


def texts_of(source: str, place: str = "") -> list[Text]:
    """The texts of a module, without docstrings, regular expressions and what has another place in the documentation."""
    finder = _Finder(place)
    finder.visit(ast.parse(source))
    return finder.found


def texts() -> list[Text]:
    """The texts of the connector."""
    files = sorted((ROOT / "source_clockify").rglob("*.py"))
    return [text for file in files for text in texts_of(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT)))]


@dataclass(frozen=True)
class Entry:
    """A message as a page tells it, and the cells beside it."""

    message: str
    cure: str

    @property
    def pattern(self) -> re.Pattern[str]:
        message = plain(re.sub(rf"<[^>]+>|^({'|'.join(SUBJECTS)})\b", "…", self.message))
        parts = [re.escape(part.strip()) for part in bare(message).split("…")]
        return re.compile(r"\s*.*\s*".join(parts) + (".*" if message.endswith("…") else ""), re.DOTALL)

    def tells(self, text: Text) -> bool:
        return bool(self.pattern.fullmatch(bare(text.words)))


def entries(page: str) -> Iterator[Entry]:
    """The messages in the tables of a page whose first column is "Message"."""
    is_within = False
    for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        is_within = bool(cells) and (is_within or cells[0] == "Message")
        if is_within:
            yield from (
                Entry(span, " ".join(cells[1:]))
                for _, span in re.findall(r"(?<!`)(`+)(?!`)\s?(.+?)\s?\1(?!`)", cells[0])
            )


def plain(text: str) -> str:
    """A text without what differs only in its looks: backticks, line breaks, and what a message puts into brackets."""
    words = re.sub(r"\s+", " ", text.replace("`", ""))
    return re.sub(r"\([^()]*…[^()]*\)", "(…)", words)


def bare(text: str) -> str:
    """A text without what comes before its first word and after its last one."""
    return text.lstrip("… :;,.'(").rstrip("… :;,.'")
