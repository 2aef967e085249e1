"""A file taken in: chunk by chunk, what cannot be taken put aside to be mended and sent again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.db import IntegrityError

from wattloop.apps.customers.importing.files import CsvFile
from wattloop.apps.customers.importing.headings import PROBLEM, Headings, recognise
from wattloop.apps.customers.importing.planning import Scope, plan
from wattloop.apps.customers.importing.reading import LONGEST_CELL, rows_of
from wattloop.apps.customers.importing.tables import Group, Row, Table
from wattloop.apps.customers.importing.writing import write
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import Unit
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.many import audit_many
from wattloop.apps.records.services import service
from wattloop.library.quantity.refusal import Refused

CHUNK = 1_000
BREATH = 0.02  # seconds between chunks, for others who write
LARGEST_GROUP = 2_000
SHOWN = 200

Progress = Callable[[int, int], None]


@dataclass
class Report:
    """What became of a file, or would.

    Args:
        table, file: what it was.
        dry_run: nothing was changed.
        rows: of the file, without the header.
        new, changed, same: what its rows speak of (customers, agreements), by what it meant to the database.
        refused: rows that were not taken.
        ignored: headings that were let be.
        differences: the first of what is new or differs: row, key, new, and {column: [before, after]}.
        problems: the first of what is wrong: row, field, said.
    """

    table: str
    file: str
    dry_run: bool
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    ignored: list[str] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def take(
    path: Path,
    table: Table,
    *,
    by: Actor,
    dry_run: bool = False,
    refused_to: Path | None = None,
    name: str = "",
    progress: Progress | None = None,
) -> Report:
    """Take a file in, or say what it would change.

    Each chunk is a transaction. A file that was stopped half-way is sent again: what was taken is as it was then.

    Args:
        path: CSV or XLSX.
        table: what it holds.
        by: who gives it.
        dry_run: change nothing.
        refused_to: where the refused rows are written, with what is wrong with each; only made where there are any.
        name: what the file was called, where its path does not tell.
        progress: told rows done and rows expected (0: unknown).

    Raises:
        Refused: where it is no such file at all; nothing was changed.
        NotAllowed: for who may not import it.
    """
    gate.require(by, table.action)
    scope = Scope(_units(by, table.action), dict(Unit.objects.values_list("id", "path")))
    report = Report(table.name, name or path.name, dry_run)
    rows = rows_of(path)
    header = next(rows, (1, []))[1]
    headings = recognise(table, header, report.file)
    report.ignored = headings.ignored
    aside = _Aside(refused_to, header)
    try:
        for chunk in _chunks(_read(table, headings, rows, report, aside), table):
            groups = _dry(table, chunk, scope) if dry_run else _taken(table, chunk, scope, by, report.file)
            _count(report, groups, aside)
            if progress is not None:
                progress(report.rows, 0)
            if not dry_run:
                time.sleep(BREATH)
    finally:
        aside.close()
    return report


def _units(by: Actor, action: str) -> frozenset[int] | None:
    from wattloop.apps.records.actors import System

    units = None if isinstance(by, System) else gate.grants(by).units(action)
    return None if units is None else frozenset(units)


def _dry(table: Table, chunk: list[Row], scope: Scope) -> list[Group]:
    return plan(table, chunk, scope)


def _taken(table: Table, chunk: list[Row], scope: Scope, by: Actor, file: str) -> list[Group]:
    try:
        return take_chunk(table, chunk, scope, file, by=by)
    except IntegrityError:
        # Somebody else made one of them in the same moment; it is there to be compared with now.
        return take_chunk(table, [Row(r.number, r.cells, _bare(r.values)) for r in chunk], scope, file, by=by)


def _bare(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not name.startswith("@")}


@service
def take_chunk(table: Table, rows: list[Row], scope: Scope, file: str, *, by: Actor) -> list[Group]:
    """Take some rows of a file.

    Args:
        table, rows, scope: as for `plan`.
        file: what it is called.
        by: who gave it.

    Returns:
        The groups, those refused with their problem.
    """
    gate.require(by, table.action)
    groups = plan(table, rows, scope, lock=True)
    changes = write(table, groups)
    audit_many(table.action, changes, by=by, unit_paths=scope.paths, note=file)
    return groups


def _read(
    table: Table, headings: Headings, rows: Iterator[tuple[int, list[str]]], report: Report, aside: _Aside
) -> Iterator[Row]:
    """Rows whose cells could be read, each key's together; the others are put aside."""
    first, alone = table.parts[0].key, len(table.parts) == 1
    seen: dict[Any, int] = {}
    before: Any = None
    for number, cells in rows:
        report.rows += 1
        try:
            row = Row(number, cells, _values(headings, cells, number))
            key = tuple(row.values.get(name) for name in first)
            _refuse_unnamed(table, key, number)
            marked = key if alone else key[0]
            if marked in seen and (alone or marked != before):
                _refuse_again(first[0], key[0], seen[marked], number)
            seen.setdefault(marked, number)
            before = marked
        except Refused as refused:
            _refuse(report, [Row(number, cells, {})], refused, aside)
            continue
        yield row


def _refuse_unnamed(table: Table, key: tuple[Any, ...], number: int) -> None:
    for name, value in zip(table.parts[0].key, key, strict=True):
        if value in (None, "") and name not in table.parts[0].optional:
            raise Refused(f"{name} is missing", "Fill it in.", row=number, field=name)


def _refuse_again(name: str, value: Any, first: int, number: int) -> None:
    said = f"{value} stands in row {first} already"
    raise Refused(said, "Keep its rows together, and each once.", row=number, field=name)


def _values(headings: Headings, cells: list[str], number: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, cell in zip(headings.told, [*cells, *[""] * (len(headings.told) - len(cells))], strict=False):
        if column is None:
            continue
        if not cell:
            values[column.name] = column.kind.empty
            continue
        if len(cell) > LONGEST_CELL:
            raise Refused(f"the cell has {len(cell):,} characters", row=number, field=column.name)
        try:
            values[column.name] = column.kind.read(cell)
        except Refused as refused:
            refused.row, refused.field = number, column.name
            raise
    return values


def _chunks(rows: Iterator[Row], table: Table) -> Iterator[list[Row]]:
    """Rows some thousand at a time, a group never in two."""
    first = table.parts[0].key[0]
    chunk: list[Row] = []
    for row in rows:
        if len(chunk) >= CHUNK and row.values[first] != chunk[-1].values[first]:
            yield chunk
            chunk = []
        if len(chunk) >= CHUNK + LARGEST_GROUP:
            raise Refused(f"{row.values[first]} has more than {LARGEST_GROUP:,} rows", "Give it in parts.")
        chunk.append(row)
    if chunk:
        yield chunk


def _count(report: Report, groups: list[Group], aside: _Aside) -> None:
    for group in groups:
        if group.problem is not None:
            _refuse(report, group.rows, group.problem, aside)
            continue
        differing = [t for things in group.things.values() for t in things if t.differences]
        if not differing:
            report.same += 1
            continue
        new = group.of(0)[0].new
        report.new, report.changed = report.new + new, report.changed + (not new)
        if len(report.differences) < SHOWN:
            told = {
                f"{'' if t.part == 0 else '/'.join(str(k) for k in t.key[1:] if k) + ': '}{name}": list(pair)
                for t in differing
                for name, pair in t.differences.items()
            }
            row = group.rows[0].number
            report.differences.append({"row": row, "key": str(group.key), "new": new, "fields": told})


def _refuse(report: Report, rows: list[Row], problem: Refused, aside: _Aside) -> None:
    report.refused += len(rows)
    said = f"{problem.what}. {problem.mend}".strip() if problem.mend else problem.what
    if len(report.problems) < SHOWN:
        report.problems.append({"row": problem.row or rows[0].number, "field": problem.field or "", "said": said})
    for row in rows:
        aside.put(row.cells, f"{problem.field}: {said}" if problem.field else said)


class _Aside:
    """The file of refused rows: the columns of the file they came in, and what is wrong."""

    def __init__(self, path: Path | None, header: list[str]) -> None:
        self.path, self.header = path, header
        self.file: CsvFile | None = None
        self.at = next((i for i, heading in enumerate(header) if heading.strip().lower() in PROBLEM), None)

    def put(self, cells: list[str], said: str) -> None:
        """Write a row."""
        if self.path is None:
            return
        if self.file is None:
            self.file = CsvFile(self.path)
            self.file.row(self.header if self.at is not None else [*self.header, PROBLEM[0]])
        padded = [*cells, *[""] * (len(self.header) - len(cells))][: len(self.header)]
        if self.at is None:
            padded.append(said)
        else:
            padded[self.at] = said
        self.file.row(padded)

    def close(self) -> None:
        """Have it on the disk."""
        if self.file is not None:
            self.file.close()
