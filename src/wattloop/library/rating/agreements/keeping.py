"""Agreements kept in a folder as they were when they were billed, and one of them read from there."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import Agreements, Points, Transformer, Versions

NAMES, VERSIONS, POINTS, WORDS = "names.parquet", "versions.parquet", "points.parquet", "words.json"
_ALLOWANCE = "allowance-"


def keep(agreements: Agreements, folder: Path) -> None:
    """Write agreements into a folder; `read` gives them back, one at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"name": agreements.names}), folder / NAMES)
    pq.write_table(_table(agreements.versions), folder / VERSIONS)
    pq.write_table(_table(agreements.points), folder / POINTS)
    words = {
        "kinds": [{k: sorted(v) if k == "option" else v for k, v in one.items()} for one in agreements.versions.kinds],
        "transformers": {
            str(number): [[one.name, one.capacity, list(one.states), one.interlock] for one in held]
            for number, held in agreements.transformers.items()
        },
    }
    (folder / WORDS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")


def read(folder: Path, name: str) -> Agreements:
    """One agreement as it was kept.

    Raises:
        Refused: where it is not among those kept.
    """
    at = pc.index(pq.read_table(folder / NAMES)["name"], name).as_py()
    if at < 0:
        raise Refused(f"agreement {name} was not among those billed", "Check its number.")
    words = json.loads((folder / WORDS).read_text(encoding="utf-8"))
    kinds = [{k: frozenset(v) if k == "option" else v for k, v in one.items()} for one in words["kinds"]]
    versions = _columns(Versions, folder / VERSIONS, at, kinds=kinds)
    points, first = _rows(folder / POINTS, at)
    measured: Points = _columns(Points, points, at)
    parent = np.where(measured.parent < 0, measured.parent, measured.parent - first)
    held = words["transformers"].get(str(at), ())
    owned = tuple(Transformer(n, c, tuple((int(d), s) for d, s in states), lock) for n, c, states, lock in held)
    return Agreements(
        pa.array([name], pa.string()), versions, replace(measured, parent=parent), {0: owned} if owned else {}
    )


def _table(columns: Any) -> pa.Table:
    made: dict[str, Any] = {}
    for field in fields(columns):
        value = getattr(columns, field.name)
        if isinstance(value, dict):
            made |= {f"{_ALLOWANCE}{name}": pa.array(days) for name, days in value.items()}
        elif isinstance(value, np.ndarray | pa.Array):
            made[field.name] = pa.array(value) if isinstance(value, np.ndarray) else value
    return pa.table(made)


def _rows(file: Path, at: int) -> tuple[pa.Table, int]:
    """An agreement's rows, and the place of the first: parents are told by place."""
    table = pq.read_table(file)
    rows = np.flatnonzero(np.asarray(table["agreement"]) == at)
    return table.take(pa.array(rows)), int(rows[0]) if len(rows) else 0


def _columns(kind: Any, source: Path | pa.Table, at: int, **told: Any) -> Any:
    table = _rows(source, at)[0] if isinstance(source, Path) else source
    made: dict[str, Any] = dict(told)
    for field in fields(kind):
        if field.name == "allowances":
            names = [name for name in table.column_names if name.startswith(_ALLOWANCE)]
            made["allowances"] = {name.removeprefix(_ALLOWANCE): table[name].to_numpy() for name in names}
        elif field.name == "agreement":
            made["agreement"] = np.zeros(len(table), np.int64)
        elif field.name not in told:
            column = table[field.name].combine_chunks()
            made[field.name] = column if pa.types.is_string(column.type) else np.asarray(column)
    return kind(**made)
