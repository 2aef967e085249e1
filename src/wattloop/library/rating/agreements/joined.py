"""Agreements of several files as those of one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import ABSENT, FOR_EVER, Agreements, Points, Versions
from wattloop.library.rating.agreements.table import refuse_shared


def joined(given: list[Agreements]) -> Agreements:
    """All of them, in the order given.

    Raises:
        Refused: where two name one agreement, or one point on the same day.
    """
    if len(given) == 1:
        return given[0]
    names = pa.concat_arrays([one.names for one in given])
    counted = pc.value_counts(names)
    twice = counted.filter(pc.greater(counted.field("counts"), 1))
    if len(twice):
        said = f"agreement {twice[0]['values']} stands in two of the files"
        raise Refused(said, "Write all its versions in one place.")
    offsets = np.cumsum([0, *(len(one.names) for one in given)]).tolist()
    versions = _versions([one.versions for one in given], offsets)
    points = _points([one.points for one in given], offsets)
    refuse_shared(names, versions, points)
    transformers = {
        offset + number: owned
        for offset, one in zip(offsets, given, strict=False)
        for number, owned in one.transformers.items()
    }
    return Agreements(names, versions, points, transformers)


def _versions(given: list[Versions], offsets: list[int]) -> Versions:
    kinds = np.cumsum([0, *(len(one.kinds) for one in given)]).tolist()
    granted = sorted({name for one in given for name in one.allowances})
    return Versions(
        _shifted([one.agreement for one in given], offsets),
        np.concatenate([one.start for one in given]),
        np.concatenate([one.end for one in given]),
        pa.concat_arrays([one.tariff for one in given]),
        _shifted([one.kind.astype(np.int64) for one in given], kinds).astype(np.int32),
        [kind for one in given for kind in one.kinds],
        np.concatenate([one.capacity for one in given]),
        np.concatenate([one.contract for one in given]),
        pa.concat_arrays([one.customer for one in given]),
        {
            name: np.concatenate(
                [one.allowances.get(name, np.full(len(one.start), FOR_EVER, np.int64)) for one in given]
            )
            for name in granted
        },
    )


def _points(given: list[Points], offsets: list[int]) -> Points:
    rows = np.cumsum([0, *(len(one.agreement) for one in given)]).tolist()
    parents = [np.where(one.parent == ABSENT, ABSENT, one.parent + row) for one, row in zip(given, rows, strict=False)]
    return replace(
        given[0],
        agreement=_shifted([one.agreement for one in given], offsets),
        point=pa.concat_arrays([one.point for one in given]),
        source=np.concatenate([one.source for one in given]),
        tariff=pa.concat_arrays([one.tariff for one in given]),
        parent=np.concatenate(parents),
        series=np.concatenate([one.series for one in given]),
        start=np.concatenate([one.start for one in given]),
        end=np.concatenate([one.end for one in given]),
        fixed=np.concatenate([one.fixed for one in given]),
        share=np.concatenate([one.share for one in given]),
        placed=pa.concat_arrays([one.placed for one in given]),
    )


def _shifted(columns: list[Whole], offsets: list[int]) -> Whole:
    return np.concatenate([column + offset for column, offset in zip(columns, offsets, strict=False)])
