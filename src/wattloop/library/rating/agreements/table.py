"""Agreements from a table: one row per agreement, or one per point and version of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.grouping import groups
from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.cells import ALLOWANCE, NEEDED, Cells
from wattloop.library.rating.agreements.model import (
    ABSENT,
    ALWAYS,
    BY_INTERVALS,
    BY_READINGS,
    BY_REGISTERS,
    FOR_EVER,
    Agreements,
    Kind,
    Points,
    Versions,
    plain,
)

DEMAND_METHODS = ("by-capacity", "by-contract", "by-actual")
_SOURCES = {"": BY_READINGS, "intervals": BY_INTERVALS, "registers": BY_REGISTERS}
_DAY_ONE = np.datetime64("1970-01-01")


def from_table(given: pa.Table) -> Agreements:
    """Check a table and take it apart.

    Args:
        given: Arrow `point, tariff` (the tariff's id) and any other of `COLUMNS`; without
            `agreement` each point is one. An agreement with several points or versions has a
            row for each; a row tells the point and the version both.

    Raises:
        Refused: where a column or a value is missing or not understood, an agreement's rows
            contradict each other, versions overlap, or a point belongs to two agreements at once.
    """
    table = Cells(given)
    names, points, tariffs = (table.needed(name) for name in ("agreement", *NEEDED))
    if not table.more and _each_once(names) and (names is points or _each_once(points)):
        return plain(names, points, tariffs)
    found = pc.dictionary_encode(names)
    agreement = np.asarray(found.indices).astype(np.int64)
    distinct = found.dictionary
    start = table.days("valid-from", ALWAYS)
    versions = _versions(table, distinct, agreement, start, tariffs)
    made = _points(table, distinct, agreement, points, start)
    refuse_shared(distinct, versions, made)
    return Agreements(distinct, versions, made)


def _versions(table: Cells, names: pa.Array, agreement: Whole, start: Whole, tariffs: pa.Array) -> Versions:
    kind, kinds = _kinds(table)
    every = Versions(
        agreement,
        start,
        table.days("valid-to", FOR_EVER - 1) + 1,
        tariffs,
        kind,
        kinds,
        table.thousandths("capacity-kva"),
        table.thousandths("contract-kw"),
        table.text("customer"),
        {name.removeprefix(ALLOWANCE): table.days(name, FOR_EVER) for name in table.more if name.startswith(ALLOWANCE)},
    )
    first, of_row = _first(agreement, start - ALWAYS)
    _refuse_contradiction(every, names, first[of_row])
    return dated(every.take(first), names)


def dated(versions: Versions, names: pa.Array) -> Versions:
    """Versions in order, one that names no end ending where the next begins.

    Raises:
        Refused: where two of one agreement overlap, or one ends before it begins.
    """
    order = np.lexsort((versions.start, versions.agreement))
    versions = versions.take(order)
    end = versions.end.copy()
    following = np.flatnonzero(versions.agreement[1:] == versions.agreement[:-1])
    open_ended = following[end[following] >= FOR_EVER]
    end[open_ended] = versions.start[open_ended + 1]
    wrong = following[end[following] > versions.start[following + 1]]
    if len(wrong):
        at, next_one = int(wrong[0]), int(wrong[0]) + 1
        raise Refused(
            f"two versions of agreement {names[int(versions.agreement[at])]} overlap from "
            f"{_day(versions.start[next_one])}",
            "Let one end on the day before the other begins.",
        )
    backwards = np.flatnonzero(end <= versions.start)
    if len(backwards):
        at = int(backwards[0])
        raise Refused(
            f"a version of agreement {names[int(versions.agreement[at])]} ends before it begins, "
            f"{_day(versions.start[at])}",
            "Exchange the dates.",
        )
    return replace(versions, end=end)


def _kinds(table: Cells) -> tuple[npt.NDArray[np.int32], list[Kind]]:
    told = [name for name in ("class", "voltage", "market", "demand-method", "options") if name in table.more]
    if not told:
        return np.zeros(len(table.given), np.int32), [{}]
    table.words("demand-method", {"": 0, **dict.fromkeys(DEMAND_METHODS, 1)})
    codes = [pc.dictionary_encode(pc.fill_null(table.text(name), "")) for name in told]
    distinct, kind = groups(*(np.asarray(code.indices) for code in codes))
    values = [code.dictionary.to_pylist() for code in codes]
    kinds = [
        kind_of({name: values[c][int(v)] for c, (name, v) in enumerate(zip(told, row, strict=True))})
        for row in distinct
    ]
    return kind.astype(np.int32), kinds


def kind_of(told: dict[str, str]) -> Kind:
    """Terms that are words, without those that say nothing; `options` become the set `option`."""
    options = frozenset(told.get("options", "").replace(";", " ").replace(",", " ").split())
    kind: dict[str, Any] = {name: text for name, text in told.items() if text and name != "options"}
    return {**kind, "option": options} if options else kind


def _points(table: Cells, names: pa.Array, agreement: Whole, points: pa.Array, start: Whole) -> Points:
    code = pc.dictionary_encode(points)
    of_point = np.asarray(code.indices).astype(np.int64)
    first, of_row = _first(agreement, of_point)
    distinct, of_key = groups(of_row, start)
    if len(distinct) < len(of_key):
        at = int(np.argmax(of_key == np.flatnonzero(np.bincount(of_key) > 1)[0]))
        raise Refused(f"point {points[at]} stands in two rows of the agreements", "Give each point to one agreement.")
    order = first[np.argsort(agreement[first], kind="stable")]
    chosen = pa.array(order)
    count = len(order)
    none = np.full(count, ABSENT, np.int64)
    behind = table.text("behind").take(chosen)
    return Points(
        agreement[order],
        points.take(chosen),
        table.words("source", _SOURCES)[order],
        table.text("point-tariff").take(chosen),
        _parents(names, agreement[order], points.take(chosen), behind),
        ~np.asarray(pc.is_null(behind)),
        np.full(count, ALWAYS, np.int64),
        np.full(count, FOR_EVER, np.int64),
        none,
        none,
        pa.nulls(count, pa.string()),
    )


def _parents(names: pa.Array, agreement: Whole, points: pa.Array, behind: pa.Array) -> Whole:
    found = np.full(len(points), ABSENT, np.int64)
    at = {(int(agreement[i]), points[i].as_py()): i for i in np.flatnonzero(_has_family(agreement))}
    for row in np.flatnonzero(~np.asarray(pc.is_null(behind))):
        parent = at.get((int(agreement[row]), behind[int(row)].as_py()))
        if parent is None or parent == row:
            raise Refused(
                f"point {points[int(row)]} stands behind {behind[int(row)]}, which is no other point of agreement "
                f"{names[int(agreement[row])]}",
                "Name a point of the same agreement.",
                field="behind",
            )
        found[row] = parent
    return found


def _has_family(agreement: Whole) -> npt.NDArray[np.bool_]:
    same = agreement[1:] == agreement[:-1]
    return np.asarray(np.concatenate([[False], same]) | np.concatenate([same, [False]]), np.bool_)


def _first(agreement: Whole, other: Whole) -> tuple[Whole, Whole]:
    """The first row of each (agreement, other), and for each row which of those it belongs to."""
    key = agreement * 2**32 + other
    _, first, of_row = np.unique(key, return_index=True, return_inverse=True)
    return first, of_row.reshape(-1)


def _refuse_contradiction(versions: Versions, names: pa.Array, first: Whole) -> None:
    """Rows of one version (several points) say the same of it."""
    checks: dict[str, Callable[[], npt.NDArray[np.bool_]]] = {
        "valid-to": lambda: versions.end != versions.end[first],
        "tariff": lambda: ~np.asarray(pc.equal(versions.tariff, versions.tariff.take(pa.array(first)))),
        "class, voltage, market, demand-method or options": lambda: versions.kind != versions.kind[first],
        "capacity-kva": lambda: versions.capacity != versions.capacity[first],
        "contract-kw": lambda: versions.contract != versions.contract[first],
        "customer": lambda: np.asarray(
            pc.not_equal(pc.fill_null(versions.customer, ""), pc.fill_null(versions.customer.take(pa.array(first)), ""))
        ),
    }
    for name, granted in versions.allowances.items():
        checks[f"{ALLOWANCE}{name}"] = lambda granted=granted: granted != granted[first]  # type: ignore[misc]
    for name, differs in checks.items():
        wrong = np.flatnonzero(differs())
        if len(wrong):
            agreement = names[int(versions.agreement[wrong[0]])]
            raise Refused(
                f"rows of agreement {agreement} give it different {name} on the same day",
                "Give a later `valid-from`, or the point a `point-tariff` of its own.",
            )


def refuse_shared(names: pa.Array, versions: Versions, points: Points) -> None:
    """Refuse a point that belongs to two agreements on one day.

    Raises:
        Refused: naming the point and the agreements.
    """
    if _each_once(points.point):
        return
    count = len(names)
    begins, ends = np.full(count, FOR_EVER, np.int64), np.full(count, ALWAYS, np.int64)
    np.minimum.at(begins, versions.agreement, versions.start)
    np.maximum.at(ends, versions.agreement, versions.end)
    code = np.asarray(pc.dictionary_encode(points.point).indices).astype(np.int64)
    start = np.maximum(points.start, begins[points.agreement])
    end = np.minimum(points.end, ends[points.agreement])
    order = np.lexsort((start, code))
    clash = (code[order][1:] == code[order][:-1]) & (start[order][1:] < end[order][:-1])
    if clash.any():
        at = order[int(np.flatnonzero(clash)[0])]
        raise Refused(
            f"point {points.point[int(at)]} stands in two rows of the agreements",
            "Give each point to one agreement on each day.",
        )


def _each_once(column: pa.Array) -> bool:
    return len(pc.unique(column)) == len(column)


def _day(day: int | np.integer[Any]) -> str:
    return str(_DAY_ONE + int(day))
