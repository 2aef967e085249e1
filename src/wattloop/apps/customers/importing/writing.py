"""Groups that were compared, into the database: a few statements for each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import models

from wattloop.apps.customers.importing.tables import Group, Part, Table, Thing

_AT_ONCE = 500


def write(table: Table, groups: Sequence[Group]) -> list[tuple[models.Model, dict[str, Any] | None, dict[str, Any]]]:
    """Write what is new and what differs.

    Args:
        table, groups: as they were compared; in the transaction in which they were.

    Returns:
        What each first part and its others were and are, for the audit.
    """
    whole = [g for g in groups if g.problem is None]
    for number, part in enumerate(table.parts):
        things = [t for g in whole for t in g.of(number) if t.differences]
        if things:
            _write_part(table, part, things, whole)
    changed = [g for g in whole if any(t.differences for things in g.things.values() for t in things)]
    if table.after is not None and changed:
        table.after([g.of(0)[0].made for g in changed])
    return [(g.of(0)[0].made, *_told(table, g)) for g in changed]


def _write_part(table: Table, part: Part, things: list[Thing], groups: Sequence[Group]) -> None:
    model: Any = apps.get_model(part.model)
    made_of = {(t.part, t.key): t.made for g in groups for things_of in g.things.values() for t in things_of}
    for thing in things:
        for name, parent in part.parents.items():
            setattr(thing.made, name, made_of[parent, thing.key[: len(table.parts[parent].key)]])
    fields = sorted({f for t in things if not t.new for f in _fields(table, part, t)})
    held = [t.made for t in things if not t.new]
    # What ends makes room for what begins: of some things only one may be open.
    for some in _ending_first(held):
        if fields and some:
            model.objects.bulk_update(some, fields, batch_size=_AT_ONCE)
    model.objects.bulk_create([t.made for t in things if t.new], batch_size=_AT_ONCE)
    _link(table, part, things, made_of)


def _ending_first(things: list[Any]) -> tuple[list[Any], list[Any]]:
    ending = [t for t in things if getattr(t, "valid_to", None) is not None]
    return ending, [t for t in things if getattr(t, "valid_to", None) is None]


def _fields(table: Table, part: Part, thing: Thing) -> set[str]:
    gathered = table.more[1] if table.more else None
    found = {table.column(n).field for n in thing.differences if any(c.name == n for c in table.columns)}
    found = {f for f in found if "__" not in f}
    return found | ({gathered} if gathered in part.columns else set())


def _link(table: Table, part: Part, things: list[Thing], made_of: dict[tuple[int, Any], Any]) -> None:
    """Let things name others of their part, once all are there."""
    for column in (table.column(n) for n in part.columns if n != (table.more or ("", ""))[1]):
        if not column.within:
            continue
        linked = [t for t in things if column.name in t.differences]
        for thing in linked:
            name = thing.told.get(column.name)
            setattr(thing.made, column.field, made_of[thing.part, (*thing.key[:-1], name)] if name else None)
        if linked:
            apps.get_model(part.model).objects.bulk_update(
                [t.made for t in linked], [column.field], batch_size=_AT_ONCE
            )


def _told(table: Table, group: Group) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for number in range(len(table.parts)):
        for thing in group.of(number):
            of = "" if number == 0 else f"{'/'.join(str(k) for k in thing.key[1:] if k is not None)}:"
            for name, (was, is_now) in thing.differences.items():
                if was != "":
                    before[f"{of}{name}"] = was
                after[f"{of}{name}"] = is_now
    return before or None, after
