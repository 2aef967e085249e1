"""Exact arithmetic of bills, one number at a time: rounding, splitting, filling; and what a line is."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

GROUPS = {"demand": ("demand_flat", "demand_tou")}


@dataclass
class Line:
    """One line of a bill; `group` is the kind that it counts as where others build on it."""

    kind: str
    component: str
    tou: str | None
    tier: int | None
    quantity: Decimal
    price: Decimal
    amount: Decimal
    group: str

    def is_of(self, words):
        named = {kind for word in words for kind in GROUPS.get(word, (word,))}
        return self.group in named or self.component in named


def split(total, weights):
    """Whole parts in proportion that add up: the largest remainders get one more, the earlier first."""
    if not total:
        return [0] * len(weights)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [int(one // 1) for one in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def fill(energy, prior, bounds):
    """What falls into each tier when `energy` comes on top of `prior`; a bound of None is open."""
    parts, low = [], 0
    for top in [*bounds, None]:
        reached = prior + energy if top is None else min(prior + energy, top)
        parts.append(max(0, reached - max(prior, low)) if low is not None else 0)
        low = top
    return parts


def rounded(value, step, half):
    """A `Fraction` in whole steps; `half` is "up" (away from zero) or "even"."""
    steps = value / Fraction(step)
    low = int(steps // 1)
    rest = 2 * (steps - low)
    up = rest > 1 or (rest == 1 and (steps > 0 if half == "up" else low % 2 == 1))
    return (low + up) * step


def half_up(value):
    """A fraction from zero up, as the nearest whole number."""
    return int((value + Fraction(1, 2)) // 1)


def percent(text):
    return Decimal(text.removesuffix("%").strip()) / 100
