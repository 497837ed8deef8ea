"""Writes docs/erd.md, the diagram of the streams, from their primary keys and the foreign keys in their schemas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from airbyte_cdk.sources.streams import Stream

from tools.catalog import DOCS, all_streams, key_of

PAGE: Final = DOCS / "erd.md"

TEXT = """\
# How the streams belong together

Written by `make docs` from the primary keys of the streams and the foreign keys in their schemas
(`foreignKey`).

A box names the keys among a stream's columns. A line leads from a record to the one that it refers to and names the
fields that do so: `project.id` is within an object, `tagIds[]` within an array. Every record of Clockify but those of
`workspaces` has the `workspaceId`; that line is only drawn from streams that refer to nothing else.

"""

NOTES = """
- A person has one record in `users` for each workspace: join by `workspaceId` and `userId`.
- Clockify gives an empty string or null where there is no such record, such as the client of an internal project.
- A request that is still open is in `pending_approval_requests`, a decided one in `approval_requests`: look an
  `approvalRequestId` up in both.
- A parent may be missing: the records of deleted projects, tasks or users stay, the projects, tasks and users do not.
- `locations` and `snapshots` are those of the Snapshots API, there when it is configured. They share no id with Clockify.
- `entity_changes` are of several types; `entityType` says of which stream `id` is.
"""


@dataclass(frozen=True)
class Reference:
    """A field, by its path within the record, that holds the id of another stream's record."""

    path: str
    parent: str
    is_optional: bool

    @property
    def is_column(self) -> bool:
        return not set(".[") & set(self.path)

    @property
    def is_one_of_many(self) -> bool:
        return "[]" in self.path


@dataclass(frozen=True)
class Entity:
    """A stream, its primary key and its references."""

    name: str
    key: list[str]
    references: list[Reference]

    @classmethod
    def of(cls, stream: Stream) -> "Entity":
        return cls(stream.name, key_of(stream), list(references(stream.get_json_schema())))

    def box(self) -> Iterator[str]:
        foreign = {reference.path for reference in self.references if reference.is_column}
        yield f"    {self.name} {{"
        for column in dict.fromkeys([*self.key, *sorted(foreign)]):
            marks = ", ".join(mark for mark, keys in (("PK", self.key), ("FK", foreign)) if column in keys)
            yield f"        string {column} {marks}"
        yield "    }"

    def lines(self) -> Iterator[str]:
        others = [reference for reference in self.references if reference.parent != self.name]
        drawn = [reference for reference in others if reference.parent != "workspaces"] or others
        labels: dict[tuple[str, str], list[str]] = {}
        for reference in drawn:
            labels.setdefault((reference.parent, self.ends(reference)), []).append(reference.path)
        for (parent, ends), paths in sorted(labels.items()):
            yield f'    {parent} {ends} {self.name} : "{", ".join(sorted(paths))}"'

    def ends(self, reference: Reference) -> str:
        """How many records of the parent and of this stream a reference joins, in Mermaid's notation."""
        if reference.is_one_of_many:
            return "}o--o{"
        is_whole_key = {reference.path} == set(self.key) - {"workspaceId"}
        return ("|o" if reference.is_optional else "||") + "--" + ("o|" if is_whole_key else "o{")


def references(schema: Mapping[str, Any], path: str = "") -> Iterator[Reference]:
    """The foreign keys of a schema, those within its objects and arrays included."""
    if "foreignKey" in schema:
        yield Reference(path, schema["foreignKey"].partition(".")[0], is_optional="null" in schema["type"])
    for name, child in schema.get("properties", {}).items():
        yield from references(child, f"{path}.{name}".lstrip("."))
    if "items" in schema:
        yield from references(schema["items"], f"{path}[]")


def page() -> str:
    """The text of docs/erd.md. Sends no request."""
    entities = [Entity.of(stream) for stream in sorted(all_streams(), key=lambda stream: stream.name)]
    boxes = [line for entity in entities for line in entity.box()]
    lines = [line for entity in entities for line in entity.lines()]
    return TEXT + "\n".join(["```mermaid", "erDiagram", *boxes, *lines, "```", NOTES])
