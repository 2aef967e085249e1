"""Quantities and prices as people write them: "3120 kWh", "35 CNY/kW/month", "13 %"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

# unit: (dimension, factor to the dimension's base)
_UNITS: dict[str, tuple[str, Decimal]] = {
    "Wh": ("energy", Decimal(1)),
    "kWh": ("energy", Decimal(1000)),
    "MWh": ("energy", Decimal(1_000_000)),
    "GWh": ("energy", Decimal(1_000_000_000)),
    "W": ("power", Decimal(1)),
    "kW": ("power", Decimal(1000)),
    "MW": ("power", Decimal(1_000_000)),
    "VA": ("apparent power", Decimal(1)),
    "kVA": ("apparent power", Decimal(1000)),
    "MVA": ("apparent power", Decimal(1_000_000)),
    "kvar": ("reactive power", Decimal(1000)),
    "varh": ("reactive energy", Decimal(1)),
    "kvarh": ("reactive energy", Decimal(1000)),
    "min": ("time", Decimal(1)),
    "h": ("time", Decimal(60)),
    "day": ("days", Decimal(1)),
    "month": ("months", Decimal(1)),
    "year": ("months", Decimal(12)),
    "%": ("share", Decimal("0.01")),
}

# Traps what it cannot hold, so that no conversion rounds in silence.
_EXACT = Context(prec=60, traps=[Inexact])

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+(?:_\d+)*)(?:\.\d+)?)\s*([^\d\s.]\S*)\s*")
_PRICE = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([A-Z]{3})((?:/[A-Za-z%]+)*)\s*")


class UnitError(ValueError):
    """A quantity or price that cannot be read, or a unit that does not fit."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number with its unit."""

    value: Decimal
    unit: str

    def to(self, unit: str) -> Decimal:
        """The same quantity in another unit, exactly.

        Raises:
            UnitError: where the two do not measure the same thing, or the result has no end (10 min in h).
        """
        have, want = _unit(self.unit), _unit(unit)
        if have[0] != want[0]:
            msg = f"{self.unit} is {have[0]}, {unit} is {want[0]}"
            raise UnitError(msg)
        try:
            return _EXACT.divide(_EXACT.multiply(self.value, have[1]), want[1])
        except Inexact:
            msg = f"{self} has no exact decimal in {unit}"
            raise UnitError(msg) from None

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


@dataclass(frozen=True, slots=True)
class Price:
    """Money per one or more units: 35 CNY/kW/month."""

    value: Decimal
    currency: str
    per: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join([f"{self.value} {self.currency}", *self.per])


def parse(text: str) -> Quantity:
    """Read "3120 kWh".

    Raises:
        UnitError: saying what is accepted.
    """
    match = _QUANTITY.fullmatch(text)
    if not match:
        msg = f"{text!r} is not a number and a unit, such as 3120 kWh"
        raise UnitError(msg)
    _unit(match[2])
    return Quantity(Decimal(match[1].replace("_", "")), match[2])


def parse_price(text: str) -> Price:
    """Read "35 CNY/kW/month".

    Raises:
        UnitError: saying what is accepted.
    """
    match = _PRICE.fullmatch(text)
    if not match:
        msg = f"{text!r} is not a price, such as 35 CNY/kW/month"
        raise UnitError(msg)
    per = tuple(match[3].split("/")[1:])
    for unit in per:
        _unit(unit)
    return Price(Decimal(match[1]), match[2], per)


def _unit(name: str) -> tuple[str, Decimal]:
    if name not in _UNITS:
        close = [u for u in _UNITS if u.lower() == name.lower()]
        hint = f"write {close[0]}" if close else f"known units: {', '.join(_UNITS)}"
        msg = f"unknown unit {name!r}: {hint}"
        raise UnitError(msg)
    return _UNITS[name]
