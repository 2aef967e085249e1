"""A table written from what the database has: the file that, imported again, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from wattloop.apps.customers.importing.files import table_file
from wattloop.apps.customers.importing.planning import written
from wattloop.apps.customers.importing.tables import Part, Table
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import Actor, System
from wattloop.apps.records.services import audit, service

_AT_ONCE = 2_000


@service
def export(table: Table, path: Path, *, by: Actor, chosen: QuerySet[Any] | None = None) -> int:
    """Write a table's rows that somebody may have, sorted by their keys.

    Args:
        table: which.
        path: a file that ends in .csv or .xlsx.
        by: who takes them out.
        chosen: of the first part's things, those alone.

    Returns:
        How many rows were written.

    Raises:
        Refused: for another ending, or too many rows for a workbook.
        NotAllowed: for who may not take them out.
    """
    gate.require(by, table.view)
    first = table.parts[0]
    rows = apps.get_model(first.model).objects.all() if chosen is None else chosen
    if table.unit:
        rows = gate.visible(by, table.view, rows, table.unit)
    elif not isinstance(by, System) and gate.grants(by).units(table.view) is not None:
        rows = rows.none()  # what belongs to no unit is only for who may see all of them
    more = _more(table)
    file = table_file(path)
    names = [c.name for c in table.columns]
    count = 0
    try:
        file.row([*names, *more])
        for cells in _rows(table, rows, names, more):
            file.row(cells)
            count += 1
    finally:
        file.close()
    audit(table.view, by=by, after={"table": table.name, "rows": count}, note=path.name)
    return count


def _more(table: Table) -> list[str]:
    if table.more is None:
        return []
    begin, gathered, _ = table.more
    part = next(p for p in table.parts if gathered in p.columns)
    held = apps.get_model(part.model).objects.exclude(**{gathered: {}}).values_list(gathered, flat=True)
    return sorted({f"{begin}{name}" for one in held.iterator(chunk_size=_AT_ONCE) for name in one})


def _rows(table: Table, rows: QuerySet[Any], names: list[str], more: list[str]) -> Iterator[list[str]]:
    first = table.parts[0]
    root = table.column(first.key[0])
    order = [first.root, *(table.column(n).field for n in first.key[1:]), "pk"]
    beside = [c.field for c in (table.column(n) for n in (*first.key, *first.columns)) if c.of]
    rows = rows.order_by(*order)
    rows = rows.select_related(*beside) if beside else rows
    chunk: list[Any] = []
    for thing in rows.iterator(chunk_size=_AT_ONCE):
        chunk.append(thing)
        if len(chunk) == _AT_ONCE:
            yield from _written(table, chunk, root, names, more)
            chunk = []
    yield from _written(table, chunk, root, names, more)


def _written(table: Table, things: list[Any], root: Any, names: list[str], more: list[str]) -> Iterator[list[str]]:
    below: list[dict[int, list[dict[str, str]]]] = [_children(table, n, things) for n in range(1, len(table.parts))]
    first = table.parts[0]
    for thing in things:
        head = {n: written(table.column(n), thing) for n in (*first.key, *first.columns)}
        for told in zip_longest(*(found.get(thing.pk, []) for found in below), fillvalue={}):
            cells = dict(head)
            for one in told:
                cells |= one
            yield [cells.get(n, "") for n in (*names, *more)]
        if not any(found.get(thing.pk) for found in below):
            yield [head.get(n, "") for n in (*names, *more)]


def _children(table: Table, number: int, things: list[Any]) -> dict[int, list[dict[str, str]]]:
    """The cells of a part by the id of the first part's thing it belongs to."""
    part = table.parts[number]
    parent = next(field for field, of in part.parents.items() if of == 0)
    model = apps.get_model(part.model)
    columns = [table.column(n) for n in part.columns if not (table.more and n == table.more[1])]
    beside = [c.field for c in columns if c.of or c.within]
    held = model.objects.filter(**{f"{parent}__in": [t.pk for t in things]}).order_by(*_order(table, part), "pk")
    held = held.select_related(*beside) if beside else held
    own = [table.column(n) for n in part.key if n not in table.parts[0].key]
    found: dict[int, list[dict[str, str]]] = {}
    for one in held:
        cells = {c.name: written(c, one) for c in (*own, *columns)}
        if table.more and table.more[1] in part.columns:
            cells |= {f"{table.more[0]}{name}": day for name, day in getattr(one, table.more[1]).items()}
        found.setdefault(getattr(one, f"{parent}_id"), []).append(cells)
    return found


def _order(table: Table, part: Part) -> list[str]:
    return [table.column(n).field for n in part.key if n not in table.parts[0].key]
