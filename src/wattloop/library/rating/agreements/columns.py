"""From documents of agreements to the columns that a run reads."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.documents import AgreementPart, VersionPart
from wattloop.library.rating.agreements.model import (
    ABSENT,
    ALWAYS,
    BY_CONTRACT,
    BY_INTERVALS,
    BY_READINGS,
    BY_REGISTERS,
    FOR_EVER,
    Agreements,
    Kind,
    Points,
    Transformer,
    Versions,
)
from wattloop.library.rating.agreements.table import dated, refuse_shared
from wattloop.library.rating.agreements.variants import EPOCH

_SOURCES = {None: BY_READINGS, "intervals": BY_INTERVALS, "registers": BY_REGISTERS}


def from_documents(documents: list[AgreementPart]) -> Agreements:
    """Agreements of documents that were read and checked.

    Raises:
        Refused: where a point belongs to two agreements on one day.
    """
    names = pa.array([one.agreement for one in documents], pa.string())
    versions, points = _versions(documents, names), _points(documents)
    refuse_shared(names, versions, points)
    transformers = {
        number: tuple(
            Transformer(
                part.id,
                part.capacity,
                tuple((_number(state.start), state.state) for state in part.states) or ((ALWAYS, "running"),),
                part.interlock,
            )
            for part in one.transformers
        )
        for number, one in enumerate(documents)
        if one.transformers
    }
    return Agreements(names, versions, points, transformers)


def _versions(documents: list[AgreementPart], names: pa.Array) -> Versions:
    rows = [(number, one, version) for number, one in enumerate(documents) for version in one.versions]
    kinds: dict[tuple[tuple[str, object], ...], int] = {}
    kind = [kinds.setdefault(tuple(sorted(_kind(v).items(), key=lambda kv: kv[0])), len(kinds)) for _, _, v in rows]
    granted = sorted({name for _, _, v in rows for name in v.allowances})
    made = Versions(
        _whole(number for number, _, _ in rows),
        _whole(_number(v.valid_from) if v.valid_from else ALWAYS for _, _, v in rows),
        _whole(_number(v.valid_to) + 1 if v.valid_to else FOR_EVER for _, _, v in rows),
        pa.array([v.tariff for _, _, v in rows], pa.string()),
        np.array(kind, np.int32),
        [dict(one) for one in kinds],
        _whole(ABSENT if v.capacity is None else v.capacity for _, _, v in rows),
        _whole(ABSENT if v.contract is None else v.contract for _, _, v in rows),
        pa.array([v.customer or one.customer for _, one, v in rows], pa.string()),
        {
            name: _whole(_number(v.allowances[name]) if name in v.allowances else FOR_EVER for _, _, v in rows)
            for name in granted
        },
    )
    return dated(made, names)


def _kind(version: VersionPart) -> Kind:
    told = {
        "class": version.class_,
        "voltage": version.voltage,
        "market": version.market,
        "demand-method": version.demand_method,
        "option": version.options or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _points(documents: list[AgreementPart]) -> Points:
    rows = [(number, one, part) for number, one in enumerate(documents) for part in one.points]
    first: dict[int, int] = {}
    for at, (number, _, _) in enumerate(rows):
        first.setdefault(number, at)
    parent = [
        first[number] + [p.point for p in one.points].index(part.behind) if part.behind is not None else ABSENT
        for number, one, part in rows
    ]
    parts = [part for _, _, part in rows]
    agreed = [part.fixed is not None or part.share is not None for part in parts]
    return Points(
        _whole(number for number, _, _ in rows),
        pa.array([part.point for part in parts], pa.string()),
        np.array([BY_CONTRACT if a else _SOURCES[part.source] for a, part in zip(agreed, parts, strict=True)], np.int8),
        pa.array([part.tariff for part in parts], pa.string()),
        _whole(parent),
        np.array([part.behind is not None for part in parts], bool),
        _whole(_number(part.valid_from) if part.valid_from else ALWAYS for part in parts),
        _whole(_number(part.valid_to) + 1 if part.valid_to else FOR_EVER for part in parts),
        _whole(ABSENT if part.fixed is None else part.fixed for part in parts),
        _whole(ABSENT if part.share is None else part.share for part in parts),
        pa.array([part.out_of for part in parts], pa.string()),
    )


def _number(day: dt.date) -> int:
    return (day - EPOCH).days


def _whole(values: object) -> Whole:
    return np.array(list(values), np.int64)  # type: ignore[call-overload]
