"""Fingerprints of what bills follow from: equal where nothing changed that a span's bills could show.

What begins after the span is left out, and what ends after it ends with it: a new version of
a tariff or of an agreement, a seal announced for later, changes nothing of what is billed already.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.choosing import taken
from wattloop.library.rating.agreements.model import Agreements, Transformer
from wattloop.library.rating.agreements.transformers import SEALED
from wattloop.library.rating.agreements.variants import EPOCH
from wattloop.library.tariffs.compiled import Calendar, Tariff

SCHEMA = pa.schema([("agreement", pa.string()), ("fingerprint", pa.string())])
_SILENT = ("document", "source", "name", "labels", "scope", "examples", "variants")  # what no amount follows from


def of_tariffs(tariffs: list[Tariff], end: dt.date) -> dict[str, str]:
    """{tariff's id: the fingerprint of its versions in force before a day}."""
    found: dict[str, Any] = {}
    for tariff in sorted(tariffs, key=lambda t: (t.id, t.valid_from or dt.date.min)):
        if tariff.valid_from is None or tariff.valid_from < end:
            hashed = found.setdefault(tariff.id, hashlib.blake2b(digest_size=16))
            _feed(hashed, replace(tariff, valid_to=min(tariff.valid_to or end, end)), end)
    return {name: hashed.hexdigest() for name, hashed in found.items()}


def _feed(hashed: Any, value: Any, end: dt.date) -> None:
    """Hash a compiled rule, part by part, each after its kind so that none is taken for another."""
    hashed.update(f"\x1f{type(value).__name__}:".encode())
    if isinstance(value, Calendar):
        reach = max(0, (end - value.first_day).days)
        days = value.pattern_of_day[:reach]
        used, of_day = np.unique(days, return_inverse=True)
        parts = (value.zone, value.periods, value.seasons, value.first_day, value.patterns[used])
        for part in (*parts, of_day.astype(np.int16), value.season_of_day[:reach]):
            _feed(hashed, part, end)
    elif isinstance(value, np.ndarray):
        hashed.update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in _SILENT:
                hashed.update(field.name.encode())
                _feed(hashed, getattr(value, field.name), end)
    elif isinstance(value, tuple | list):
        hashed.update(str(len(value)).encode())
        for part in value:
            _feed(hashed, part, end)
    elif isinstance(value, dict):
        _feed(hashed, sorted(value.items()), end)
    elif isinstance(value, frozenset | set):
        _feed(hashed, sorted(map(str, value)), end)
    else:
        hashed.update(str(value).encode())


def _texts(agreements: Agreements, end: dt.date) -> list[pa.Table]:
    """Versions and points in force before a day, every column of them, with the agreement's name."""
    last = (end - EPOCH).days
    versions, points = agreements.versions, agreements.points
    words = [json.dumps({k: sorted(v) if isinstance(v, frozenset) else v for k, v in kind.items()}, sort_keys=True)
             for kind in versions.kinds]  # fmt: skip
    kind = pa.array(words, pa.string()).take(pa.array(versions.kind))
    parent = pa.array(np.maximum(points.parent, 0), mask=points.parent < 0)
    tables = []
    known = np.zeros(len(agreements.names), bool)
    known[versions.agreement[versions.start < last]] = True
    for columns, apart in ((versions, {"kind": kind}), (points, {"parent": points.point.take(parent)})):
        rows = np.flatnonzero((columns.start < last) & known[columns.agreement])
        held = taken(columns, rows)
        made = {"agreement": agreements.names.take(pa.array(held.agreement))}
        for field in fields(columns):
            value = getattr(held, field.name)
            if field.name == "end":
                value = np.minimum(value, last)
            if field.name == "allowances":
                value = _grants(value, len(rows), last)
            if field.name in apart:
                value = apart[field.name].take(pa.array(rows))
            if field.name != "agreement" and isinstance(value, np.ndarray | pa.Array):
                made[field.name] = value if isinstance(value, pa.Array) else pa.array(value)
        tables.append(pa.table(made))
    owned = {number: held for number, held in agreements.transformers.items() if known[number]}
    if owned:
        said = [repr(tuple(_until(one, last) for one in held)) for held in owned.values()]
        which = agreements.names.take(pa.array(list(owned), pa.int64()))
        tables.append(pa.table({"agreement": which, "transformers": pa.array(said, pa.string())}))
    return tables


def _until(one: Transformer, last: int) -> Transformer:
    """A transformer without what becomes of it after a day, but for the end of a suspension: its length decides."""
    states = [state for state in one.states if state[0] < last]
    if states and states[-1][1] == SEALED:
        states += [state for state in one.states if state[0] >= last and state[1] != SEALED][:1]
    return replace(one, states=tuple(states))


def _grants(allowances: dict[str, Whole], count: int, last: int) -> pa.Array:
    """string[count], what was granted before a day; an allowance that somebody else has leaves no trace."""
    said = pc.fill_null(pa.nulls(count, pa.string()), "")
    for name, days in sorted(allowances.items()):
        own = pc.binary_join_element_wise(name, pc.cast(pa.array(days), pa.string()), " ")
        said = pc.if_else(pa.array(days < last), pc.binary_join_element_wise(said, own, ";"), said)
    return said


def of_population(agreements: Agreements, end: dt.date) -> str:
    """One fingerprint of all agreements: where it is the same, none of them changed."""
    return of_tables(*_texts(agreements, end))


def of_tables(*tables: pa.Table) -> str:
    """One fingerprint of whatever some tables hold, row by row in their order."""
    hashed = hashlib.blake2b(digest_size=16)
    for table in tables:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        hashed.update(sink.getvalue())
    return hashed.hexdigest()


def of_agreements(agreements: Agreements, end: dt.date) -> pa.Table:
    """Each agreement's fingerprint, as `SCHEMA`: of its versions, points and transformers."""
    con = duckdb.connect()
    try:
        parts = []
        for at, table in enumerate(_texts(agreements, end)):
            con.register(f"t{at}", table)
            said = ", ".join(f'coalesce("{n}"::VARCHAR, chr(29))' for n in table.column_names if n != "agreement")
            parts.append(f"SELECT agreement, '{at}' || chr(31) || concat_ws(chr(31), {said}) AS said FROM t{at}")
        found = con.sql(
            f"SELECT agreement, md5(string_agg(said, chr(30) ORDER BY said)) AS fingerprint"
            f" FROM ({' UNION ALL '.join(parts)}) GROUP BY agreement"
        ).to_arrow_table()
    finally:
        con.close()
    return found.cast(SCHEMA)


def differing(before: pa.Table, after: pa.Table) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Names of agreements that are new, of another fingerprint, and gone."""
    old, new = before["agreement"].combine_chunks(), after["agreement"].combine_chunks()
    at = pc.index_in(new, old)
    fresh = pc.is_null(at)
    was = before["fingerprint"].combine_chunks().take(at)
    other = pc.fill_null(pc.not_equal(after["fingerprint"].combine_chunks(), was), False)
    return new.filter(fresh), new.filter(other), old.filter(pc.invert(pc.is_in(old, new)))
