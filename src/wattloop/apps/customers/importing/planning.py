"""Some rows of a file beside what the database has: what is new, what differs, what is refused.

Nothing is written here. A few queries a chunk, however many rows: one for each kind of thing that cells
name, one for each part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import F

from wattloop.apps.customers.importing.tables import Column, Group, Part, Row, Table, Thing
from wattloop.library.quantity.refusal import Refused


@dataclass(frozen=True)
class Scope:
    """For which units somebody may import: their ids, None for all; and the paths of all units."""

    units: frozenset[int] | None
    paths: dict[int, str]


Held = dict[Any, list[tuple[tuple[Any, ...], Any]]]
"""What the database has of a part: {first key: [(key, object)]}."""


def plan(table: Table, rows: Sequence[Row], scope: Scope, *, lock: bool = False) -> list[Group]:
    """Compare rows with what is there.

    Args:
        table: what they are of.
        rows: read, without problem.
        scope: of whoever imports.
        lock: keep others from changing the same things until the transaction ends.

    Returns:
        The groups, each with its things or its problem.
    """
    first = table.parts[0].key[0]
    groups: dict[Any, Group] = {}
    for row in rows:
        groups.setdefault(row.values[first], Group(row.values[first], [])).rows.append(row)
    _resolve(table, groups.values(), scope)
    if table.prepare is not None:
        table.prepare(list(groups.values()))
    held = [_held(table, part, list(groups), lock=lock) for part in table.parts]
    for group in groups.values():
        if group.problem is None:
            _compare(table, group, held, scope)
    return list(groups.values())


def _resolve(table: Table, groups: Iterable[Group], scope: Scope) -> None:
    """Put the things that cells name in the place of their names."""
    for column in (c for c in table.columns if c.of):
        wanted = {row.values[column.name] for g in groups for row in g.rows if row.values.get(column.name)}
        if not wanted:
            continue
        found = _named(column, wanted, scope)
        for group in groups:
            for row in group.rows:
                name = row.values.get(column.name)
                if not name or group.problem is not None:
                    continue
                if name in found:
                    row.values[f"@{column.name}"] = found[name]
                else:
                    what = apps.get_model(column.of)._meta.verbose_name
                    said = f"there is no {what} {name}"
                    group.problem = Refused(said, "Import it first, or mend it.", row=row.number, field=column.name)


def _named(column: Column, wanted: set[str], scope: Scope) -> dict[str, Any]:
    model = apps.get_model(column.of)
    rows = model.objects.filter(**{f"{column.by}__in": wanted})
    names = {f.name for f in model._meta.get_fields()}
    if scope.units is not None and column.of == "enterprise.Unit":
        rows = rows.filter(pk__in=scope.units)
    elif scope.units is not None and column.of.startswith("customers."):
        rows = rows.filter(**{f"{'unit' if 'unit' in names else 'agreement__unit'}__in": scope.units})
    if "valid_to" in names:
        rows = rows.order_by(F("valid_to").asc(nulls_last=True), "pk")  # one that is still there comes last, and wins
    return {getattr(one, column.by): one for one in rows}


def _held(table: Table, part: Part, keys: list[Any], *, lock: bool) -> Held:
    model = apps.get_model(part.model)
    rows = model.objects.filter(**{f"{part.root}__in": keys}).order_by("pk")
    columns = [table.column(name) for name in part.columns if name != _gathered(table)]
    beside = [c.field for c in columns if c.of or c.within]
    beside += [path.rpartition("__")[0] for path in part.paths.values()]
    beside += [name.removesuffix("__unit") for name in (table.unit,) if "__" in name and part is table.parts[0]]
    rows = rows.select_related(*beside) if beside else rows
    if lock:
        rows = rows.select_for_update(of=("self",))
    rows = rows.annotate(_root=F(part.root)) if part.root != table.column(part.key[0]).field else rows
    rest = [part.paths.get(name, table.column(name).field) for name in part.key[1:]]
    found: Held = {}
    for one in rows:
        root = getattr(one, "_root", None) or getattr(one, part.root)
        key = (root, *(_key_of(one, name) for name in rest))
        found.setdefault(root, []).append((key, one))
    return found


def _key_of(one: Any, path: str) -> Any:
    for name in path.split("__"):
        one = getattr(one, name)
    return one


def _compare(
    table: Table, group: Group, held: list[dict[Any, list[tuple[tuple[Any, ...], Any]]]], scope: Scope
) -> None:
    try:
        for number, part in enumerate(table.parts):
            group.things[number] = _things(table, number, part, group, held[number].get(group.key, []))
        if table.check is not None:
            table.check(group)
        for number, part in enumerate(table.parts):
            for thing in group.of(number):
                _differ(table, part, thing)
        _refuse_foreign(table, group, scope)
    except Refused as refused:
        refused.row = refused.row or group.rows[0].number
        group.problem = refused


def _things(
    table: Table, number: int, part: Part, group: Group, held: list[tuple[tuple[Any, ...], Any]]
) -> list[Thing]:
    things = {key: Thing(number, key, one, copy(one)) for key, one in held}
    model = apps.get_model(part.model)
    for row in group.rows:
        key = tuple(row.values.get(name) for name in part.key)
        told = {name: row.values[name] for name in _told_columns(table, part, row)}
        if any(v in (None, "") and name not in part.optional for v, name in zip(key, part.key, strict=True)):
            if any(v not in (None, "") for v in told.values()):
                missing = next(n for v, n in zip(key, part.key, strict=True) if v in (None, ""))
                raise Refused(f"{missing} is missing", "Fill it in.", row=row.number, field=missing)
            continue
        thing = things.get(key)
        if thing is None:
            thing = things[key] = Thing(number, key, None, model())
            for name in part.key[_of_parents(table, part) :]:
                _set(table, thing, name, row)
        for name, value in told.items():
            _tell(table, thing, name, value, row)
    made = list(things.values())
    for thing in made:
        _refuse_missing(table, part, thing, group)
    return made


def _of_parents(table: Table, part: Part) -> int:
    """How many columns of a key are its parents'."""
    return max((len(table.parts[parent].key) for parent in part.parents.values()), default=0)


def _told_columns(table: Table, part: Part, row: Row) -> list[str]:
    begin = table.more[0] if table.more and table.more[1] in part.columns else None
    return [n for n in row.values if n in part.columns or (begin and n.startswith(begin))]


def _tell(table: Table, thing: Thing, name: str, value: Any, row: Row) -> None:
    known = thing.told.get(name)
    if name in thing.told and known not in (None, "") and value not in (None, "") and known != value:
        raise Refused(
            f"{name} is {value} here and {known} in a row before", "Say the same in all rows of one.",
            row=row.number, field=name,
        )  # fmt: skip
    if name in thing.told and value in (None, ""):
        return
    thing.told[name] = value
    _set(table, thing, name, row)


def _set(table: Table, thing: Thing, name: str, row: Row) -> None:
    value = row.values[name]
    if table.more is not None and name.startswith(table.more[0]):
        gathered = dict(getattr(thing.made, table.more[1]))
        bare = name.removeprefix(table.more[0])
        gathered.pop(bare, None)
        if value is not None:
            gathered[bare] = table.more[2].write(value)
        setattr(thing.made, table.more[1], gathered)
        return
    column = table.column(name)
    if column.within or "__" in column.field:
        return
    if column.of:
        setattr(thing.made, column.field, row.values.get(f"@{name}"))
    else:
        setattr(thing.made, column.field, value)


def _refuse_missing(table: Table, part: Part, thing: Thing, group: Group) -> None:
    if not thing.new:
        emptied = [n for n, v in thing.told.items() if v in (None, "") and _needed(table, n)]
    else:
        emptied = [n for n in part.columns if _needed(table, n) and thing.told.get(n) in (None, "")]
    if emptied:
        raise Refused(f"{emptied[0]} is missing", "Fill it in.", row=group.rows[0].number, field=emptied[0])


def _needed(table: Table, name: str) -> bool:
    if name == _gathered(table) or (table.more and name.startswith(table.more[0])):
        return False
    return table.column(name).needed


def _gathered(table: Table) -> str | None:
    return table.more[1] if table.more else None


def _differ(table: Table, part: Part, thing: Thing) -> None:
    """Note what a thing's fields were and are, as a file would write them."""
    names = [*(part.key[max(_of_parents(table, part), 1) :] if thing.new else ()), *part.columns]
    for name in names:
        if name == _gathered(table):
            _differ_gathered(table, thing, name)
            continue
        column = table.column(name)
        before = "" if thing.held is None else written(column, thing.held)
        after = (thing.told.get(name) or "") if column.within and name in thing.told else written(column, thing.made)
        if before != after:
            thing.differences[name] = (before, after)


def _differ_gathered(table: Table, thing: Thing, name: str) -> None:
    before = dict(getattr(thing.held, name)) if thing.held is not None else {}
    after = dict(getattr(thing.made, name))
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            thing.differences[f"{table.more[0] if table.more else ''}{key}"] = (before.get(key, ""), after.get(key, ""))


def written(column: Column, thing: Any) -> str:
    """A field of a thing as a file has it."""
    if column.within or column.of:
        other = getattr(thing, column.field, None)
        return "" if other is None else str(getattr(other, column.by or "number"))
    value = _key_of(thing, column.field)
    return "" if value is None or value == "" else column.kind.write(value)


def _refuse_foreign(table: Table, group: Group, scope: Scope) -> None:
    if scope.units is None:
        return
    thing = group.of(0)[0]
    for one in (thing.held, thing.made):
        if one is not None and (not table.unit or _key_of(one, f"{table.unit}_id") not in scope.units):
            raise Refused(f"{group.key} is of a unit that you may not import for", "Ask somebody who may.")
