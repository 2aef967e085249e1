"""Prices as a document writes them: an amount, by period or season, by date, or one that a price list holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wattloop.library.quantity import units
from wattloop.library.tariffs.dated import Dated, is_dated, parse_dated
from wattloop.library.tariffs.placed import each

_LIST = "list"
LARGEST_PRICE = Decimal(9) * 10**8  # in 10⁻¹⁰ of the currency, 64 bits hold a little more


@dataclass(frozen=True, slots=True)
class PriceSource:
    """Where a price of a list comes from: the document that set it, and the list's item."""

    document: str | None = None
    file: str = ""
    item: str = ""
    province: str | None = None
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A price as written: `currency` and `per` are None where only a number was given, `source` outside price lists."""

    value: Decimal
    currency: str | None = None
    per: tuple[str, ...] | None = None
    source: PriceSource | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A price that a list holds: {list: prices/funds.yaml, item: reservoir, province: sichuan}."""

    file: str
    item: str
    province: str | None = None


Tree = Amount | dict[str, "Tree"]
"""A price, or prices by period, by season, or by season and period; by date too, until a version is chosen."""


def parse_number(plain: Any) -> Decimal:
    """An exact number. Raises ValueError for anything else, binary fractions included."""
    if isinstance(plain, bool) or plain is None:
        raise ValueError("a number is needed here")
    if isinstance(plain, int | Decimal):
        return Decimal(plain)
    if isinstance(plain, float):
        raise ValueError("a binary fraction is not exact: give a Decimal or text")  # noqa: TRY004
    if isinstance(plain, str) and re.fullmatch(r"[-+]?\d{1,18}(\.\d{1,30})?", plain.strip()):
        return Decimal(plain.strip())
    if isinstance(plain, str) and re.fullmatch(r"[-+]?\d+(\.\d+)?", plain.strip()):
        raise ValueError(f"`{plain}` has more digits than a number here can have: round it")
    mend = "write it in plain digits with a decimal point and without thousands marks, 0.617"
    raise ValueError(f"`{plain}` is not a number: {mend}")


def parse_amount(plain: Any) -> Amount:
    """A price: a number, or text such as 0.617 CNY/kWh."""
    if isinstance(plain, Amount):
        return plain
    if isinstance(plain, str) and "/" in plain:
        price = units.parse_price(plain)
        amount = Amount(price.value, price.currency, tuple(price.per))
    else:
        amount = Amount(parse_number(plain))
    if abs(amount.value) >= LARGEST_PRICE:
        raise ValueError(f"`{plain}` is beyond any price: it must lie under {LARGEST_PRICE}")
    return amount


def parse_tree(plain: Any) -> Tree | Dated | Listed:
    """A price, one that a list holds, or a mapping of names (periods, seasons) or dates to prices."""
    tree: Tree | Dated | Listed = parse_tree_of(plain, parse_amount, "price", dated=True)
    return tree


def parse_price(plain: Any) -> Amount | Dated | Listed:
    """One price, one by date, or one that a list holds."""
    if isinstance(plain, Mapping) and _LIST in plain:
        return parse_listed(plain)
    return parse_dated(plain, parse_amount) if is_dated(plain) else parse_amount(plain)


def parse_listed(plain: Mapping[str, Any]) -> Listed:
    """A reference to a price list."""
    if isinstance(plain.get("item"), str) and not set(plain) - {_LIST, "item", "province"}:
        texts = [plain[_LIST], plain["item"], plain.get("province", "")]
        if all(isinstance(text, str) for text in texts):
            return Listed(texts[0], texts[1], texts[2] or None)
    raise ValueError("this is no price of a list: write {list: prices/funds.yaml, item: reservoir, province: sichuan}")


def parse_tree_of(plain: Any, leaf: Callable[[Any], Any], what: str, *, dated: bool = False) -> Any:
    """A value, or a mapping of names to trees of values; with `dated`, of dates too, and prices of lists."""
    if not isinstance(plain, Mapping):
        return leaf(plain)
    if dated and _LIST in plain:
        return parse_listed(plain)
    if not plain:
        raise ValueError(f"no {what} is given: write one, or one for each period")
    if is_dated(plain):
        if not dated:
            raise ValueError("dates have no place here: write one value, or put them around the whole")
        return parse_dated(plain, lambda value: parse_tree_of(value, leaf, what))
    return each(plain, lambda value: parse_tree_of(value, leaf, what, dated=dated))
