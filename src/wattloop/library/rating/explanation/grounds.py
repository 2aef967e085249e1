"""What one bill follows from: the determinants that phase two prices, cut out of a run or out of a file.

`wattloop explain` cuts them out of a run, `wattloop verify` reads them from a bill's file; what
is made of them is the same. In a file, energy is in kWh and power in kW, as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any

import numpy as np

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.model import Transformer, Versions
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.charges.bills import EMPTY, Bills, DemandKey
from wattloop.library.rating.charges.demand import FLAT, calendar_of
from wattloop.library.rating.chunks import seasons_of
from wattloop.library.rating.measuring.calendars import Calendars
from wattloop.library.tariffs.compiled import Calendar, Kind, Tariff

KNOWN = {"number", "period", "periods", "energy_exact", "rounding", "season", "mine", "demand", "in_order", "versions",
         "version", "source", "held"}  # fmt: skip
"""Fields of `Bills` that are written by name here; every other one is a whole number for each row."""


ELSEWHERE = -1
"""In place of a calendar's number: the maxima of days that other tariffs price, by calendars of their own."""


@dataclass(eq=False)
class Priced:
    """The rows of a bill as one variant of a tariff prices them, those it looks back on first."""

    tariff: Tariff
    bills: Bills

    @property
    def calendars(self) -> dict[int, int]:
        """Numbers of the calendars that demand is told by."""
        return calendars_of(self.tariff).of


@dataclass(eq=False)
class Grounds:
    """What a bill follows from.

    Args:
        agreement: its number.
        bill: the number that pieces of this bill carry.
        points: {part: the point whose own price it is, or None}.
        versions: the agreement's dated terms.
        priced: by each variant, over the same rows.
        transformers: those that the capacity follows from.
        measured: what each point counted, plain.
        lake: the version of the lake that was read.
        documents: the tariffs' documents, plain.
    """

    agreement: str
    bill: int
    points: dict[int, str | None]
    versions: Versions
    priced: list[Priced]
    transformers: tuple[Transformer, ...] = ()
    measured: list[dict[str, Any]] = field(default_factory=list)
    lake: int | None = None
    documents: list[dict[str, Any]] = field(default_factory=list)


def calendars_of(tariff: Tariff) -> Calendars:
    """A tariff's calendars, numbered: its own, then those of its demand charges."""
    found = Calendars()
    for calendar in (tariff.calendar, *(calendar_of(tariff, charge) for charge in tariff.maxima)):
        found.number(calendar, tariff.id)
    return found


def columns(bills: Bills) -> dict[str, Any]:
    """The determinants that are a whole number for each row, by name."""
    held = {one.name: getattr(bills, one.name) for one in fields(bills) if one.name not in KNOWN}
    return {name: values for name, values in held.items() if values is not None}


def cut_out(bills: Bills, tariff: Tariff, rows: Whole, numbers: Mapping[int, int], versions: Versions) -> Priced:
    """Some rows of a chunk of bills.

    Args:
        bills: the chunk's, as the tariff prices them.
        tariff: the variant.
        rows: which.
        numbers: id of a calendar to its number in the chunk.
        versions: those that `bills.version` counts; one agreement's are kept.
    """
    pieces = np.unique(bills.period[rows])
    local = calendars_of(tariff)
    number_of = {
        (numbers[id(calendar)], charge.block_minutes or 0): local.of[id(calendar)]
        for charge in tariff.maxima
        for calendar in [calendar_of(tariff, charge)]
    }
    demand: dict[DemandKey, Whole] = {}
    by_period = {charge.block_minutes or 0 for charge in tariff.demand if charge.kind is Kind.DEMAND_TOU}
    for (calendar, block), watts in bills.demand.items():
        if not any((charge.block_minutes or 0) == block for charge in tariff.maxima):
            continue
        if calendar == FLAT:
            demand[FLAT, block] = watts[rows]
        elif (FLAT, block) in bills.demand and block not in by_period:
            continue  # priced whatever the period
        elif (calendar, block) in number_of:
            own = number_of[calendar, block]
            demand[own, block] = watts[rows, : len(local.list[own][0].periods)]
        else:  # a maximum of the whole bill may lie in the days that another tariff prices
            other = np.where(bills.mine[rows], EMPTY, watts[rows].max(axis=1))[:, None]
            known = demand.get((ELSEWHERE, block))
            demand[ELSEWHERE, block] = other if known is None else np.maximum(known, other)
    assert bills.version is not None
    chosen: dict[str, Any] = {name: values[rows] for name, values in columns(bills).items()}
    return Priced(
        tariff,
        replace(
            bills,
            number=bills.number[rows],
            period=np.searchsorted(pieces, bills.period[rows]).astype(np.int32),
            periods=[bills.periods[at] for at in pieces.tolist()],
            energy_exact=bills.energy_exact[rows],
            season=bills.season[rows],
            mine=bills.mine[rows],
            demand=demand,
            in_order=None if bills.in_order is None else bills.in_order[rows],
            versions=versions,
            version=bills.version[rows],
            held=[(mask[rows], why) for mask, why in bills.held],
            **chosen,
        ),
    )


# -- into a file and out of it --------------------------------------------------------------


def to_plain(priced: Priced, points: dict[int, str | None]) -> list[dict[str, Any]]:
    """A row of the file for each row of the bills."""
    bills, tariff = priced.bills, priced.tariff
    calendars = [calendar for calendar, _ in calendars_of(tariff).list]
    assert bills.version is not None
    found = []
    for at, period in enumerate(bills.period.tolist()):
        piece = bills.periods[period]
        row: dict[str, Any] = {
            "part": int(bills.number[at]),
            "point": points[int(bills.number[at])],
            "start": piece.start.isoformat(),
            "end": piece.end.isoformat(),
            "bill": piece.bill,
            "wanted": piece.wanted,
            "priced": bool(bills.mine[at]),
            "version": int(bills.version[at]),
            "source": bills.source,
            "energy": _thousandths(tariff.calendar.periods, bills.energy_exact[at]),
            "demand": [
                {"calendar": number, "block": block, "kW": _thousandths(period_names(calendars, number), watts[at])}
                for (number, block), watts in bills.demand.items()
            ],
        }
        if bills.in_order is not None:
            row["tiers"] = [_thousandths(tariff.calendar.periods, tier) for tier in bills.in_order[at]]
        row |= {name: int(values[at]) for name, values in columns(bills).items()}
        found.append(row)
    return found


def from_plain(rows: list[dict[str, Any]], tariff: Tariff, versions: Versions) -> Priced:
    """What `to_plain` wrote.

    Raises:
        KeyError, TypeError, ValueError: for what it did not write.
    """
    names = {one.name for one in fields(Bills)} - KNOWN
    pieces = [
        BillPeriod(dt.date.fromisoformat(r["start"]), dt.date.fromisoformat(r["end"]), r["wanted"], r["bill"])
        for r in rows
    ]
    periods = sorted(set(pieces), key=lambda p: (p.start, p.end, p.wanted))
    number = np.array([r["part"] for r in rows], np.int32)
    period = np.array([periods.index(piece) for piece in pieces], np.int32)
    calendars = [calendar for calendar, _ in calendars_of(tariff).list]
    demand = {
        (told["calendar"], told["block"]): np.array(
            [_whole(r["demand"][at]["kW"], period_names(calendars, told["calendar"])) for r in rows], np.int64
        )
        for at, told in enumerate(rows[0]["demand"])
    }
    own = tariff.calendar.periods
    in_order = [[_whole(tier, own) for tier in r["tiers"]] for r in rows] if "tiers" in rows[0] else None
    others: dict[str, Any] = {n: np.array([r[n] for r in rows], np.int64) for n in sorted(names & rows[0].keys())}
    version = np.array([r["version"] for r in rows], np.int64)
    if (version >= len(versions.start)).any():
        raise ValueError("a version of the terms that is not there")
    return Priced(
        tariff,
        Bills(
            number=number,
            period=period,
            periods=periods,
            energy_exact=np.array([_whole(r["energy"], own) for r in rows], np.int64),
            rounding=tariff.rounding,
            season=seasons_of(tariff, periods)[period],
            mine=np.array([r["priced"] for r in rows], bool),
            demand=demand,
            in_order=None if in_order is None else np.array(in_order, np.int64),
            versions=versions,
            version=version,
            source=rows[0]["source"],
            **others,
        ),
    )


def period_names(calendars: list[Calendar], number: int) -> tuple[str, ...]:
    """The periods that maxima are told by."""
    return ("all",) if number in (ELSEWHERE, FLAT) else calendars[number].periods


def _thousandths(names: tuple[str, ...], values: Whole) -> dict[str, str | None]:
    """Wh or W by period, as kWh or kW; None where a period has no maximum."""
    return {
        name: None if value == EMPTY else f"{Decimal(value).scaleb(-3):f}"
        for name, value in zip(names, values.tolist(), strict=False)
    }


def _whole(told: Mapping[str, str | None], names: tuple[str, ...]) -> list[int]:
    """What `_thousandths` wrote."""
    if set(told) != set(names):
        raise ValueError(f"the periods are {', '.join(names)}, not {', '.join(told)}")
    found = []
    for name in names:
        text = told[name]
        if not isinstance(text, str | None):
            raise TypeError(f"{text} of {name} is no text")
        value = Decimal(EMPTY) if text is None else Decimal(text).scaleb(3)
        if value != int(value):
            raise ValueError(f"{text} of {name} is no whole number of thousandths")
        found.append(int(value))
    return found
