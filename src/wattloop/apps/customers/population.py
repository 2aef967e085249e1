"""Agreements from the database as the columns that rating reads: no object is made for any of them.

What is read is what stands in `customers`; who owns an agreement is told by the customer's number, so
that a corrected name changes nobody's bill.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from wattloop.apps.customers.models import Agreement, AgreementVersion, Transformer, TransformerState, UsagePoint

if TYPE_CHECKING:
    from wattloop.library.quantity.money import Whole
    from wattloop.library.rating.agreements.model import Agreements, Kind, Points, Versions
    from wattloop.library.rating.agreements.model import Transformer as Rated

Columns = list[tuple[Any, ...]]
LOOKS_BACK = 2
"""Years: tiers and minimums count on from a year or season that began in the year before at the earliest."""

_VERSION = (
    "agreement_id", "valid_from", "valid_to", "tariff", "customer_class", "voltage", "market", "demand_method",
    "options", "capacity_va", "contract_w", "customer__number", "allowances",
)  # fmt: skip
_POINT = (
    "id", "agreement_id", "number", "source", "tariff", "behind_id", "valid_from", "valid_to", "fixed_wh",
    "share_millionths", "out_of",
)  # fmt: skip


def agreements(of: QuerySet[Agreement], start: dt.date, end: dt.date) -> Agreements:
    """Those agreements, as a bill run of a span reads them.

    Args:
        of: whom; a slice of a queryset will not do, as subqueries are made of it.
        start: first local day billed.
        end: the day after the last. What begins then or later is left out, as is what ended
            before the years that a tariff can look back on.

    Raises:
        Refused: where two versions of one agreement overlap, or a point belongs to two agreements at once.
    """
    import numpy as np
    import pyarrow as pa

    from wattloop.library.rating.agreements.model import Agreements
    from wattloop.library.rating.agreements.table import refuse_shared

    within = Q(valid_from__isnull=True) | Q(valid_from__lt=end)
    within &= Q(valid_to__isnull=True) | Q(valid_to__gte=dt.date(start.year - LOOKS_BACK + 1, 1, 1))
    chosen = of.order_by().values("pk")
    told = _columns(AgreementVersion.objects.filter(within, agreement__in=chosen), "agreement_id", _VERSION)
    points = _columns(UsagePoint.objects.filter(within, agreement__in=chosen), "agreement_id", _POINT)
    ids, numbers = _columns(of, "pk", ("pk", "number"))
    keys = np.array(ids, np.int64)
    names = pa.array(numbers, pa.string())
    versions = _versions(told, keys, names)
    measured = _points(points, keys)
    refuse_shared(names, versions, measured)
    return Agreements(names, versions, measured, _transformers(chosen, keys))


def _columns(rows: QuerySet[Any], order: str, names: tuple[str, ...]) -> Columns:
    found = list(zip(*rows.order_by(order, "pk").values_list(*names), strict=True))
    return found or [()] * len(names)


def _versions(told: Columns, keys: Whole, names: Any) -> Versions:
    import pyarrow as pa

    from wattloop.library.rating.agreements.model import ABSENT, ALWAYS, FOR_EVER, Versions
    from wattloop.library.rating.agreements.table import dated

    agreement, first, last, tariff, *words, capacity, contract, customer, allowances = told
    kind, kinds = _kinds(words)
    versions = Versions(
        _place(agreement, keys),
        _days(first, ALWAYS),
        _days(last, FOR_EVER, after=1),
        pa.array(tariff, pa.string()),
        kind,
        kinds,
        _whole(capacity, ABSENT),
        _whole(contract, ABSENT),
        pa.array(customer, pa.string()),
        _granted(allowances),
    )
    return dated(versions, names)


def _kinds(words: list[Any]) -> tuple[Any, list[Kind]]:
    """The distinct combinations of class, voltage, market, method and options, and the number of each row's."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from wattloop.library.quantity.grouping import groups
    from wattloop.library.rating.agreements.table import kind_of

    if not len(words[0]):
        return np.zeros(0, np.int32), [{}]
    names = ("class", "voltage", "market", "demand-method", "options")
    codes = [pc.dictionary_encode(pa.array(column, pa.string())) for column in words]
    distinct, kind = groups(*(np.asarray(code.indices) for code in codes))
    values = [code.dictionary.to_pylist() for code in codes]
    kinds = [
        kind_of({name: values[at][int(row[at])] for at, name in enumerate(names)}) for row in distinct
    ]  # fmt: skip
    return kind.astype(np.int32), kinds


def _granted(allowances: tuple[dict[str, str], ...]) -> dict[str, Whole]:
    """{name: the day each version was granted it}; few have any."""
    import numpy as np

    from wattloop.library.rating.agreements.model import FOR_EVER

    found: dict[str, Whole] = {}
    for row, granted in enumerate(allowances):
        for name, day in granted.items():
            column = found.setdefault(name, np.full(len(allowances), FOR_EVER, np.int64))
            column[row] = _day(dt.date.fromisoformat(day))
    return dict(sorted(found.items()))


def _points(told: Columns, keys: Whole) -> Points:
    import numpy as np
    import pyarrow as pa

    from wattloop.library.rating.agreements.model import (
        ABSENT,
        ALWAYS,
        BY_CONTRACT,
        BY_INTERVALS,
        BY_READINGS,
        BY_REGISTERS,
        FOR_EVER,
        Points,
    )

    ids, agreement, number, source, tariff, behind, first, last, fixed, share, placed = told
    sources = {"": BY_READINGS, "intervals": BY_INTERVALS, "registers": BY_REGISTERS}
    place = {pk: at for at, pk in enumerate(ids)} if any(behind) else {}
    agreed_energy, agreed_share = _whole(fixed, ABSENT), _whole(share, ABSENT)
    by_readings = np.array([sources[word] for word in source], np.int8)
    agreed = (agreed_energy != ABSENT) | (agreed_share != ABSENT)
    parent = np.array([ABSENT if pk is None else place.get(pk, ABSENT) for pk in behind], np.int64)
    return Points(
        _place(agreement, keys),
        pa.array(number, pa.string()),
        np.where(agreed, np.int8(BY_CONTRACT), by_readings),
        _text(tariff),
        parent,
        parent != ABSENT,
        _days(first, ALWAYS),
        _days(last, FOR_EVER, after=1),
        agreed_energy,
        agreed_share,
        _text(placed),
    )


def _transformers(chosen: Any, keys: Whole) -> dict[int, tuple[Rated, ...]]:
    from wattloop.library.rating.agreements.model import ALWAYS
    from wattloop.library.rating.agreements.model import Transformer as Rated

    held = Transformer.objects.filter(agreement__in=chosen).order_by("agreement_id", "pk")
    states: dict[int, list[tuple[int, str]]] = {}
    rows = TransformerState.objects.filter(transformer__agreement__in=chosen).order_by("transformer_id", "valid_from")
    for transformer, day, state in rows.values_list("transformer_id", "valid_from", "state"):
        states.setdefault(transformer, []).append((_day(day), state))
    found: dict[int, tuple[Rated, ...]] = {}
    told = held.values_list("agreement_id", "pk", "name", "capacity_va", "interlock")
    for agreement, group in itertools.groupby(told, key=lambda row: row[0]):
        at = int(_place((agreement,), keys)[0])
        found[at] = tuple(
            Rated(name, capacity, tuple(states.get(pk, ())) or ((ALWAYS, "running"),), interlock or None)
            for _, pk, name, capacity, interlock in group
        )
    return found


def _place(ids: Any, keys: Whole) -> Whole:
    import numpy as np

    return np.asarray(np.searchsorted(keys, np.array(ids, np.int64)), np.int64)


def _day(day: dt.date) -> int:
    return day.toordinal() - _EPOCH


_EPOCH = dt.date(1970, 1, 1).toordinal()


def _days(column: Any, absent: int, after: int = 0) -> Whole:
    """Days since 1970-01-01, `after` days later than told."""
    import numpy as np

    def told() -> Iterator[int]:
        return (absent if day is None else day.toordinal() - _EPOCH + after for day in column)

    return np.fromiter(told(), np.int64, len(column))


def _whole(column: Any, absent: int) -> Whole:
    import numpy as np

    return np.fromiter((absent if value is None else value for value in column), np.int64, len(column))


def _text(column: Any) -> Any:
    import pyarrow as pa

    return pa.array([text or None for text in column], pa.string())
