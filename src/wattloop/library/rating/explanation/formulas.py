"""Formulas that a bill's reader can follow with a pocket calculator: written as text, and evaluated exactly.

The grammar is closed: numbers, `+`, `−`, `×`, `÷`, brackets, and `round(…, step)` or
`round-even(…, step)`, which go to the nearest whole number of steps, a half away from zero
or to the even one. Nothing else can be said, so evaluating one that came in a file is safe.

Example: `round(62.4 × 12.40 × 17 ÷ 31, 0.01)` is 424.32.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.charges.pricing import Pricing

_TOKEN = re.compile(r"\s*(round-even|round|\d{1,40}(?:\.\d{1,40})?|[-+−×÷(),])")
LONGEST = 100_000  # characters: more than any bill has, less than a machine minds
DEEPEST = 50


def plain(value: Decimal | int) -> str:
    """A number without an exponent and without idle zeros; a minus is `−`."""
    text = f"{Decimal(value):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text.replace("-", "−")


def of_scale(value: int, scale: int) -> str:
    """A whole number of 10^-scale, written out: 62400 of 3 -> 62.4."""
    return plain(Decimal(int(value)).scaleb(-scale))


def ratio(share: Fraction) -> str:
    """What a share multiplies by: "" for 1, else ` × 17 ÷ 31`."""
    over = f" ÷ {share.denominator}" if share.denominator != 1 else ""
    times = f" × {plain(share.numerator)}" if share.numerator != 1 else ""
    return f"{times}{over}"


def rounded(inner: str, pricing: Pricing) -> str:
    """An amount rounded as a tariff rounds money."""
    return round_to(inner, pricing.step, pricing.half)


def round_to(inner: str, step: Decimal, half: str) -> str:
    """A value rounded to a step, a half "up" or "even"."""
    return f"{'round-even' if half == 'even' else 'round'}({inner}, {plain(step)})"


def evaluate(text: str) -> Fraction:
    """What a formula comes to, exactly.

    Raises:
        Refused: where the text is no formula, or divides by zero.
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        raise Refused("a formula is a text of numbers, + − × ÷ and round(…, step)")
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _wrong(text, text[at:].strip()[:1])
        tokens.append(found[1])
        at = found.end()
    reader = _Reader(text, tokens)
    value = reader.sum(0)
    if reader.at < len(tokens):
        raise _wrong(text, tokens[reader.at])
    return value


def _wrong(text: str, sign: str) -> Refused:
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return Refused(f"`{shown}` is no formula: `{sign or 'its end'}` stands where something else is needed")


class _Reader:
    """Reads tokens from the left, one level of binding at a time."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text, self.tokens, self.at = text, tokens, 0

    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        found = self.next()
        if wanted and found not in wanted:
            raise _wrong(self.text, found)
        self.at += 1
        return found

    def sum(self, depth: int) -> Fraction:
        value = self.product(depth)
        while self.next() in ("+", "−", "-"):
            value = value + self.product(depth) if self.take() == "+" else value - self.product(depth)
        return value

    def product(self, depth: int) -> Fraction:
        value = self.factor(depth)
        while self.next() in ("×", "÷"):
            if self.take() == "×":
                value *= self.factor(depth)
                continue
            by = self.factor(depth)
            if not by:
                raise Refused(f"the formula `{self.text[:60]}` divides by zero")
            value /= by
        return value

    def factor(self, depth: int) -> Fraction:
        if depth > DEEPEST:
            raise Refused(f"the formula `{self.text[:60]}` has more than {DEEPEST} brackets in one another")
        sign = self.take()
        if sign in ("−", "-"):
            return -self.factor(depth + 1)
        if sign == "(":
            value = self.sum(depth + 1)
            self.take(")")
            return value
        if sign in ("round", "round-even"):
            return self._rounded("even" if sign == "round-even" else "up", depth)
        if not sign[:1].isdigit():
            raise _wrong(self.text, sign)
        return Fraction(sign)

    def _rounded(self, half: str, depth: int) -> Fraction:
        self.take("(")
        value = self.sum(depth + 1)
        self.take(",")
        step = self.sum(depth + 1)
        self.take(")")
        if step <= 0:
            raise Refused(f"the formula `{self.text[:60]}` rounds to a step that is not above zero")
        return to_step(value, step, half)


def to_step(value: Fraction, step: Fraction, half: str) -> Fraction:
    """The nearest whole number of steps; a half goes away from zero ("up") or to the even one."""
    steps = value / step
    if half == "even":
        return round(steps) * step  # Python's own round of a Fraction goes to even
    whole = (2 * abs(steps) + 1) // 2
    return (whole if steps >= 0 else -whole) * step
