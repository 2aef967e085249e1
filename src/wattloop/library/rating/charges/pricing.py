"""How a tariff turns quantity × price into money: exact, then rounded once per line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np

from wattloop.library.quantity.exact import narrow, wide
from wattloop.library.quantity.money import Whole, times, times_share
from wattloop.library.rating.charges.bills import Bills
from wattloop.library.rating.charges.lines import QUANTITY_SCALE
from wattloop.library.tariffs.compiled import Tariff


@dataclass(frozen=True, slots=True)
class Pricing:
    """The money of one tariff: `digits` of its smallest unit, `step` that lines are rounded to."""

    digits: int
    step: Decimal
    half: str

    @classmethod
    def of(cls, tariff: Tariff) -> Pricing:
        """Read the rounding of a tariff; amounts are kept with at least two digits."""
        step = tariff.rounding.money.normalize()
        exponent = step.as_tuple().exponent
        digits = max(2, -exponent if isinstance(exponent, int) else 2)
        return cls(digits, tariff.rounding.money, tariff.rounding.half)

    def amount(self, quantity: Whole, price: Decimal | Whole, *, scale: int | None = None) -> Whole:
        """quantity (thousandths) × price, rounded to the tariff's step.

        Args:
            quantity: int64[n].
            price: a Decimal, or int64[n] in 10⁻ˢᶜᵃˡᵉ of the currency.
            scale: decimals of an integer price.

        Returns:
            int64[n] in the smallest unit of money.

        Raises:
            OverflowError: where an amount does not fit 64 bits.
        """
        plain = self.step == Decimal(1).scaleb(-self.digits)
        if plain:
            return times(quantity, QUANTITY_SCALE, price, self.digits, self.half, price_scale=scale)
        # A step such as 0.05: round quantity × price / step to whole steps, then count them in smallest units.
        units = int(self.step.scaleb(self.digits))
        if isinstance(price, Decimal):
            exact = [Decimal(int(q)) * price for q in quantity]
        else:
            exact = [
                Decimal(int(q)) * Decimal(int(p)).scaleb(-(scale or 0)) for q, p in zip(quantity, price, strict=True)
            ]
        rounding = ROUND_HALF_UP if self.half == "up" else ROUND_HALF_EVEN
        steps = [(e.scaleb(-QUANTITY_SCALE) / self.step).quantize(Decimal(1), rounding) for e in exact]
        return np.array([int(s) * units for s in steps], np.int64)

    def in_bill(self, bills: Bills, quantity: Whole, price: Decimal) -> Whole:
        """As `amount`, a cut bill's rows taking the differences of its rounded running total."""
        return bills.step(self.amount(bills.running(quantity), price))

    def shares(self, quantity: Whole, price: Decimal, share: Whole, of: int) -> Whole:
        """quantity (thousandths) × price × share / of, exact, rounded to the tariff's step.

        Args:
            quantity, share: int64[n].
            price: per unit.
            of: what a share of one is.
        """
        if (share == of).all():
            return self.amount(quantity, price)
        step = self.step.as_integer_ratio()
        units = int(self.step.scaleb(self.digits))
        # In steps of money: quantity × price / step × share / of.
        steps = times_share(quantity, price * step[1] / step[0], share, of * 10**QUANTITY_SCALE, self.half)
        return narrow(wide(steps, units) * units)

    def thousandths(self, money: Whole) -> Whole:
        """Money in its smallest unit as a line's quantity, of which a rate is taken.

        Raises:
            ValueError: where it is kept finer than a quantity.
        """
        shift = QUANTITY_SCALE - self.digits
        if shift < 0:
            msg = "percentages of money kept finer than a thousandth are not supported"
            raise ValueError(msg)
        return narrow(wide(money, 10**shift) * 10**shift)

    def round(self, value: Decimal) -> int:
        """One amount of money in its smallest unit, rounded to the step."""
        rounding = ROUND_HALF_UP if self.half == "up" else ROUND_HALF_EVEN
        return int(((value / self.step).quantize(Decimal(1), rounding) * self.step).scaleb(self.digits))


def part_of(price: Decimal, share: Fraction) -> Decimal:
    """A share of a price. Multiplied first and divided once, a half of a step stays one."""
    return price * share.numerator / share.denominator
