"""What a line's explanation is made of, whatever its kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.money import Whole
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.explanation import words
from wattloop.library.rating.explanation.priced_row import Row
from wattloop.library.rating.explanation.words import Text, both

NOTHING = both("", "")


@dataclass(frozen=True)
class Told:
    """What a line says.

    Args:
        sentence: for a customer.
        formula: of the amount.
        contained: the formula of the quantity, where that follows from other lines.
        rests_on: the charges whose lines it is a share of, or is set against.
    """

    sentence: Text
    formula: str
    contained: str | None = None
    rests_on: list[Charge] = field(default_factory=list)


def sentence(row: Row, charge: Charge, what: Text, price: str, per: str, more: Text = NOTHING) -> Text:
    """`Name: what, at a price per unit, amount.`"""
    name, money = words.charge(row.tariff, charge.component), words.currency(row.tariff.currency)
    unit, amount = words.per(per), words.amount(row.amount(charge))
    zh = f"{name['zh']}：{what['zh']}，每{unit['zh']} {price} {money['zh']}，计 {amount} {money['zh']}{more['zh']}。"
    en = f"{capital(name['en'])}: {what['en']} at {price} {money['en']} per {unit['en']}, "
    return both(zh, f"{en}{amount} {money['en']}{more['en']}.")


def capital(text: str) -> str:
    """The same text with a capital first."""
    return text[:1].upper() + text[1:]


def times(row: Row, charge: Charge) -> Text:
    """The line's time-of-use period: `峰时段`, ` at peak times`; nothing where it has none."""
    if charge.tou is None:
        return NOTHING
    name = words.period(row.tariff, charge.tou)
    return both(name["zh"], f" at {name['en']} times")


def pooled(row: Row, quantity: Whole) -> Text:
    """Said where a line's cents depend on what the bill had before it."""
    if not row.before(quantity):
        return NOTHING
    return both("（与本期前段合并取整）", ", rounded together with the earlier days of the bill")


def of_months(share: Fraction, days: int | None = None) -> Text:
    """`, for 17/31 of a month`; nothing for a whole month."""
    if share == 1:
        return NOTHING
    zh = f"，{days} 天按 {share} 个月" if days is not None else f"，按 {share} 个月"
    en = f" for {counted(days, 'day')}, {share}" if days is not None else f" for {share}"
    return both(zh, f"{en} {'of a month' if share < 1 else 'months'},")
