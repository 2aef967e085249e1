"""What a table of an import holds: columns, and the parts that its rows speak of.

A row of `agreements` speaks of an agreement, of a version of it and of a point of it; each is a *part*, found
by its key. Rows that begin with the same key are a *group* (an agreement): it is taken whole or refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from wattloop.apps.customers.importing.cells import Kind
from wattloop.library.quantity.refusal import Refused


@dataclass(frozen=True)
class Column:
    """A column of a file.

    Args:
        name: its English heading; `_`, spaces and capitals do not matter.
        chinese: its Chinese heading.
        kind: how its cells are read.
        field: the field of the model it fills; `parent` fields are reached through `of`.
        also: other headings it is known by.
        needed: whether a new thing must have it.
        of: the model that the cell names one of, by `by`.
        by: the unique field of that model which the cell names.
        within: whether the cell names another thing of the same part and group.
    """

    name: str
    chinese: str
    kind: Kind
    field: str
    also: tuple[str, ...] = ()
    needed: bool = False
    of: str = ""
    by: str = ""
    within: bool = False


@dataclass(frozen=True)
class Part:
    """A thing that rows speak of.

    Args:
        model: `app.Model`.
        key: the names of the columns that tell which it is; the first is the group's. A row in which one of them
            is empty says nothing of this part.
        columns: the other columns.
        root: the path of fields from the model to what the first column of the key names.
        parents: {field: the part it stands for}, of the same rows.
        optional: columns of the key that may be empty.
        paths: {column of the key: path of fields to it}, where it stands with a parent.
    """

    model: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    root: str
    parents: Mapping[str, int] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    paths: Mapping[str, str] = field(default_factory=dict)


Check = Callable[["Group"], None]
"""Looks at a group as it would be, may set what follows from it, and raises `Refused`."""


@dataclass(frozen=True)
class Table:
    """A kind of file.

    Args:
        name: as commands and addresses call it.
        title: as people do (lazy text).
        columns: in the order in which they are written.
        parts: a parent before its children.
        action, view: what whoever imports it, exports it must be allowed to do.
        unit: the path of fields from the first part's model to the unit that it belongs to; with none, only who may
            do it everywhere can import it.
        check: of a group.
        prepare: of all groups of a chunk, before they are compared: it asks once what `check` needs of each.
        after: called with the first part's objects once a chunk is written, in its transaction.
        more: a beginning of headings that are columns of their own, with the field that gathers them: `allowance-`.
    """

    name: str
    title: Any
    columns: tuple[Column, ...]
    parts: tuple[Part, ...]
    action: str
    view: str
    unit: str = "unit"
    check: Check | None = None
    prepare: Callable[[Sequence[Group]], None] | None = None
    after: Callable[[Sequence[models.Model]], None] | None = None
    more: tuple[str, str, Kind] | None = None

    def column(self, name: str) -> Column:
        """One of its columns."""
        return next(c for c in self.columns if c.name == name)


@dataclass
class Row:
    """A row of a file: its number, its cells as they came, and what was read in them."""

    number: int
    cells: list[str]
    values: dict[str, Any]


@dataclass
class Thing:
    """One thing of a part, with what is in the database and what the file says."""

    part: int
    key: tuple[Any, ...]
    held: models.Model | None
    made: models.Model
    told: dict[str, Any] = field(default_factory=dict)
    differences: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def new(self) -> bool:
        """Whether the database has nothing of it."""
        return self.held is None


@dataclass
class Group:
    """Rows with one first key, and everything they speak of, with whatever else the database has of it.

    Args:
        key: the first key.
        rows: of the file.
        things: {part: its things, told or held}, in order of the keys.
        known: what `prepare` found out about it.
    """

    key: Any
    rows: list[Row]
    things: dict[int, list[Thing]] = field(default_factory=dict)
    problem: Refused | None = None
    known: dict[str, Any] = field(default_factory=dict)

    def of(self, part: int) -> list[Thing]:
        """The things of a part."""
        return self.things.get(part, [])


TABLES: dict[str, Table] = {}


def offer(table: Table) -> Table:
    """Make a table known to commands and pages."""
    TABLES[table.name] = table
    return table


def table_named(name: str) -> Table:
    """A table by its name.

    Raises:
        Refused: naming those there are.
    """
    from wattloop.library.tariffs.problems import nearest

    if name not in TABLES:
        raise Refused(f"there is no table {name!r}", nearest(name, TABLES))
    return TABLES[name]
