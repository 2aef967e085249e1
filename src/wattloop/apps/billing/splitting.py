"""A rise split into what made it: price, use, tier, power factor, and the rest, in whole smallest units.

Every amount of both bills goes into one of the parts, so they add up to the rise by construction. How, with a
worked example, is in `docs/bill-shock.md`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from decimal import ROUND_HALF_UP, Decimal

KWH = "kWh"
ENERGY, SURCHARGE, POWER_FACTOR = "energy", "surcharge", "power_factor"

Period = tuple[str | None, int | None]
"""Time-of-use period and tier."""


@dataclass(frozen=True)
class Line:
    """A line of a bill; `amount` in the smallest unit, `price` in that unit, too."""

    kind: str
    component: str
    tou: str | None
    tier: int | None
    quantity: Decimal
    unit: str
    price: Decimal
    amount: int


@dataclass
class Split:
    """The parts of a rise, in the smallest unit."""

    price: int = 0
    use: int = 0
    tier: int = 0
    power_factor: int = 0
    other: int = 0

    @property
    def rise(self) -> int:
        """All of them."""
        return sum(astuple(self))


def split(now: Iterable[Line], before: Iterable[Line]) -> Split:
    """Split the difference of two bills.

    Args:
        now, before: their lines.

    Returns:
        Parts whose sum is the sum of `now` less that of `before`.
    """
    here, there = _by_component(now), _by_component(before)
    used = _used(here)
    found, spilled = Split(), 0
    for name in sorted(here.keys() | there.keys()):
        new, old = here.get(name, []), there.get(name, [])
        kind, unit = name[0], name[2]
        if unit == KWH and kind in (ENERGY, SURCHARGE):
            _by_energy(found, new, old, used)
        elif unit != KWH and _is_share(kind, new + old):
            own, spill = _of_share(new, old)
            spilled += spill
            if kind == POWER_FACTOR:
                found.power_factor += own
            else:
                found.price += own
        else:
            found.other += _sum(new) - _sum(old)
    _spread(found, spilled)
    return found


def _by_component(lines: Iterable[Line]) -> dict[tuple[str, str, str], list[Line]]:
    found: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found[line.kind, line.component, line.unit].append(line)
    return dict(found)


def _used(lines: dict[tuple[str, str, str], list[Line]]) -> Decimal:
    """The energy of a bill: every kWh once, though each component of the price counts it again."""
    counted = [sum((one.quantity for one in held), Decimal(0)) for name, held in lines.items() if name[0] == ENERGY]
    return max(counted, default=Decimal(0))


def _by_energy(found: Split, new: list[Line], old: list[Line], used: Decimal) -> None:
    """Re-price what is used now at the prices of before: what that differs from before is use, the rest is price."""
    if any(line.tier is not None for line in new + old):
        _by_tier(found, new, old)
        return
    at_old = _at_old_prices(new, old) if new else _round(_average(old) * used)
    found.use += at_old - _sum(old) if old else 0
    found.price += _sum(new) - (at_old if old else 0)


def _by_tier(found: Split, new: list[Line], old: list[Line]) -> None:
    """As by energy; of what is not price, the lowest tier's price times the change of use is use, the rest is tier."""
    prices = _prices(old)
    at_old = sum(line.amount if _kept(line, prices) else _round(prices[_period(line)] * line.quantity) for line in new
                 if _period(line) in prices)  # fmt: skip
    at_old += sum(line.amount for line in new if _period(line) not in prices)  # a tier not reached before
    use = 0
    for tou in {line.tou for line in new + old}:
        base = next((line.price for line in [*old, *new] if line.tou == tou and line.tier == 1), Decimal(0))
        more = sum((line.quantity for line in new if line.tou == tou), Decimal(0))
        less = sum((line.quantity for line in old if line.tou == tou), Decimal(0))
        use += _round(base * (more - less))
    found.price += _sum(new) - at_old
    found.use += use
    found.tier += at_old - _sum(old) - use


def _at_old_prices(new: list[Line], old: list[Line]) -> int:
    prices, average = _prices(old), _average(old)
    return sum(
        line.amount if _kept(line, prices) else _round(prices.get(_period(line), average) * line.quantity)
        for line in new
    )


def _kept(line: Line, prices: dict[Period, Decimal]) -> bool:
    return prices.get(_period(line)) == line.price


def _prices(lines: list[Line]) -> dict[Period, Decimal]:
    """The price of each period and tier; the average where segments of a bill had several."""
    held: dict[Period, list[Line]] = defaultdict(list)
    for line in lines:
        held[_period(line)].append(line)
    return {key: _price(some) for key, some in held.items()}


def _price(lines: list[Line]) -> Decimal:
    return lines[0].price if len({one.price for one in lines}) == 1 else _average(lines)


def _period(line: Line) -> Period:
    return line.tou, line.tier


def _average(lines: list[Line]) -> Decimal:
    quantity = _quantity(lines)
    return Decimal(_sum(lines)) / quantity if quantity else Decimal(0)


def _quantity(lines: list[Line]) -> Decimal:
    return sum((line.quantity for line in lines), Decimal(0))


def _is_share(kind: str, lines: list[Line]) -> bool:
    """Whether lines are a share of others: their quantity is money."""
    return kind in (POWER_FACTOR, SURCHARGE, "tax") and all(line.unit.split()[0].isupper() for line in lines)


def _of_share(new: list[Line], old: list[Line]) -> tuple[int, int]:
    """What its own rate made, and what follows from the change of what it is a share of."""
    if not new or not old or not _quantity(old):
        return _sum(new) - _sum(old), 0
    rates = {line.price for line in old}
    if rates == {line.price for line in new} and len(rates) == 1:
        at_old = _sum(new)
    elif len(rates) == 1:
        at_old = sum(_round(old[0].price * line.quantity) for line in new)
    else:
        at_old = _round(_average(old) * _quantity(new))
    return _sum(new) - at_old, at_old - _sum(old)


def _spread(found: Split, spilled: int) -> None:
    """What follows from the others' change goes with them in proportion; where they nearly cancel out, to the rest."""
    effects = {name: getattr(found, name) for name in ("price", "use", "tier", "other")}
    total, size = sum(effects.values()), sum(map(abs, effects.values()))
    if not spilled:
        return
    if abs(spilled) > abs(total) or size > 2 * abs(total):
        found.other += spilled
        return
    shares = {name: spilled * effect // total for name, effect in effects.items()}
    largest = max(effects, key=lambda name: abs(effects[name]))
    shares[largest] += spilled - sum(shares.values())
    for name, share in shares.items():
        setattr(found, name, getattr(found, name) + share)


def _sum(lines: list[Line]) -> int:
    return sum(line.amount for line in lines)


def _round(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
