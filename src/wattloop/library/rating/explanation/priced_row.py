"""One row of a bill and everything that was computed of it: what its lines are explained from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from wattloop.library.quantity.money import Whole
from wattloop.library.rating.agreements.periods import BillPeriod
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import PRICE_SCALE, QUANTITY_SCALE, Charge
from wattloop.library.rating.charges.pricing import Pricing
from wattloop.library.rating.explanation import formulas
from wattloop.library.tariffs.compiled import Tariff


@dataclass(frozen=True, eq=False)
class Row:
    """Row `at` of the bills as one variant prices them.

    Args:
        tariff: the variant.
        charges: all of its charges.
        measured: what each point counted, as the bill carries it.
    """

    tariff: Tariff
    bills: Bills
    charges: list[Charge]
    pricing: Pricing
    at: int
    measured: list[dict[str, Any]]

    @property
    def piece(self) -> BillPeriod:
        """The row's days."""
        return self.bills.periods[int(self.bills.period[self.at])]

    @property
    def part(self) -> int:
        """The part of the agreement that it is of."""
        return int(self.bills.number[self.at])

    @property
    def pool(self) -> Whole:
        """int64[k], the rows that it shares running totals with, itself among them."""
        return np.flatnonzero(self.bills.pool == self.bills.pool[self.at])

    def shown(self, charge: Charge) -> bool:
        """Whether the row carries the charge's line."""
        return charge.shown is None or bool(charge.shown[self.at])

    def value(self, column: Whole | int) -> int:
        """What a column, or a number for all rows, is here."""
        return int(column[self.at]) if isinstance(column, np.ndarray) else column

    def fact(self, charge: Charge, name: str) -> int:
        """A fact of a charge."""
        return self.value(charge.facts[name])

    def share(self, charge: Charge, name: str = "share") -> Fraction:
        """A fact that is a share, of the charge's fact `of`."""
        return Fraction(self.fact(charge, name), self.fact(charge, "of"))

    def quantity(self, charge: Charge) -> Decimal:
        """In the line's unit."""
        return Decimal(int(charge.quantity[self.at])).scaleb(-QUANTITY_SCALE)

    def price(self, charge: Charge) -> Decimal:
        """As the line shows it."""
        return Decimal(self.value(charge.price)).scaleb(-PRICE_SCALE)

    def money(self, smallest: int) -> Decimal:
        """Money in its smallest unit, as an amount."""
        return Decimal(smallest).scaleb(-self.pricing.digits)

    def amount(self, charge: Charge) -> Decimal:
        """The line's amount."""
        return self.money(int(charge.amount[self.at]))

    def before(self, quantity: Whole) -> int:
        """What a column adds up to over the earlier rows of the bill that it runs on from."""
        return int(self.bills.running(quantity)[self.at]) - int(quantity[self.at])

    def earlier(self, charge: Charge) -> list[Charge]:
        """The charges that were there when this one was computed."""
        return self.charges[: next(at for at, one in enumerate(self.charges) if one is charge)]

    def rounded(self, inner: str) -> str:
        """A formula's amount, rounded as the tariff rounds money."""
        return formulas.rounded(inner, self.pricing)

    def running(self, quantity: Whole, scale: int, rest: str) -> str:
        """The formula of an amount that is the difference of a bill's rounded running totals.

        Args:
            quantity: int64[n] in 10^-scale of its unit.
            rest: what the quantity is multiplied by, beginning with a sign.
        """
        before, own = self.before(quantity), int(quantity[self.at])
        now = self.rounded(f"{formulas.of_scale(before + own, scale)}{rest}")
        return now if not before else f"{now} − {self.rounded(f'{formulas.of_scale(before, scale)}{rest}')}"
