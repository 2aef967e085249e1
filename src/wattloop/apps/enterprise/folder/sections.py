"""Which files an enterprise folder has: those of this room, and the sections that other rooms declare.

A room says in its `AppConfig.ready` which file it wants to read and the schema of it:

    sections.declare("billing.checks", file="billing/checks.yaml", schema="wattloop.apps.billing.rules:Checks")

The schema is a pydantic model, imported when a folder is read. One that has a `valid_from` is
dated: what it said before holds for the days before. One that has a method `findings(folder)`
says what is wrong between it and the rest of the folder, as `(path, what, mend)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

_ROOM = "wattloop.apps.enterprise.folder.schemas"


@dataclass(frozen=True, slots=True)
class Section:
    """A file of the folder and the model that reads it.

    Args:
        name: as `queries.rule` is asked for it.
        file: its path in the folder.
        schema: `module:Class` of a pydantic model.
    """

    name: str
    file: str
    schema: str

    @property
    def model(self) -> Any:
        """The pydantic model."""
        module, _, name = self.schema.partition(":")
        return getattr(import_module(module), name)

    @property
    def dated(self) -> bool:
        """Whether it says from which day it holds."""
        return "valid_from" in self.model.model_fields

    @property
    def required(self) -> bool:
        """Whether nothing can stand in for a file that is not there."""
        return any(field.is_required() for field in self.model.model_fields.values())


OWN = tuple(
    Section(name, f"{name}.yaml", f"{_ROOM}:{schema}")
    for name, schema in (
        ("enterprise", "Enterprise"),
        ("units", "Units"),
        ("posts", "Posts"),
        ("roles", "Roles"),
        ("employees", "Employees"),
        ("offers", "Offers"),
        ("numbering", "Numbering"),
    )
)
_declared: dict[str, Section] = {}


def declare(name: str, *, file: str, schema: str) -> None:
    """Let a room read a file of the folder.

    Raises:
        ValueError: where another section has that name or file.
    """
    new = Section(name, file, schema)
    others = {**{one.name: one for one in OWN}, **_declared}
    for other in others.values():
        if other != new and (other.name == name or other.file == file):
            msg = f"section {name} ({file}) is declared already, as {other}"
            raise ValueError(msg)
    _declared[name] = new


def forget(name: str) -> None:
    """Let go of a declared section."""
    _declared.pop(name, None)


def declared() -> list[Section]:
    """The sections of other rooms, in the order of their names."""
    return [_declared[name] for name in sorted(_declared)]


def section(name: str) -> Section:
    """A section by its name.

    Raises:
        LookupError: where nobody declared it.
    """
    for one in (*OWN, *declared()):
        if one.name == name:
            return one
    msg = f"no room declared the section {name}"
    raise LookupError(msg)
