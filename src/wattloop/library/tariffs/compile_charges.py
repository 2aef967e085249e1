"""Compiles what is not priced per kWh: demand, fixed charges, minimums, rounding."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from wattloop.library.quantity.currencies import currency_digits
from wattloop.library.tariffs.amounts import Amount
from wattloop.library.tariffs.calendar import compile_calendar
from wattloop.library.tariffs.cells import Cell, Grid, Prices, grid, leaf, months_of, names_in
from wattloop.library.tariffs.compile_basic import PER_KW, check_block
from wattloop.library.tariffs.compile_shares import GROUPS, has_shares
from wattloop.library.tariffs.compiled import (
    DemandCharge,
    DemandStep,
    FixedCharge,
    Kind,
    Minimum,
    Rounding,
)
from wattloop.library.tariffs.days import Span
from wattloop.library.tariffs.document import DemandPart, DemandStepPart, Document
from wattloop.library.tariffs.document_calendar import CalendarPart
from wattloop.library.tariffs.problems import Findings, Path, nearest
from wattloop.library.tariffs.when import Term, When

ALL_MONTHS = frozenset(range(1, 13))
SMALLEST_MONEY = Decimal("0.000001")
COUNTED_BY_DEFAULT = ("energy", "demand", "fixed", "adjustment")


class ChargeCompiler:
    """Compiles every charge of a document beside its price of energy."""

    def __init__(self, document: Document, grid: Grid, span: Span, findings: Findings) -> None:
        """Work on one document; `grid` holds its periods, `span` the days to decide."""
        self.document, self.grid, self.span, self.findings = document, grid, span, findings
        self.prices = Prices(document.currency, findings)

    def months(self, when: When | None, part: CalendarPart | None, path: Path) -> frozenset[int]:
        """The calendar months of a condition; only whole months can be charged by the month."""
        if when is None:
            return ALL_MONTHS
        known = set(part.seasons or {}) if part is not None else set()
        for term in when.terms():
            if term.sort == "season" and term.text not in known:
                self.findings.error(path, f"There is no season `{term.text}`.", nearest(term.text, [*known, "Jan-Dec"]))
                return ALL_MONTHS
            if term.sort not in {"months", "yearly", "season", "always"}:
                self.findings.error(
                    path, f"`{term.text}` is no month or season, and this is charged by the month.", "Write Jun-Sep."
                )
                return ALL_MONTHS
        whole, partly = months_of(when, part)
        if partly:
            self.findings.error(
                path, "The condition cuts a month in two, and this is charged by the month.", "Write whole months."
            )
        elif not whole:
            self.findings.error(path, "The condition names no month.", "Write for instance Jun-Sep.")
        return whole

    # -- demand ------------------------------------------------------------------------

    def demand(self) -> tuple[DemandCharge, ...]:
        """The demand charges; one written by season becomes one for each season's months."""
        charges: list[DemandCharge] = []
        for index, part in enumerate(self.document.maxima):
            path: Path = ("demand", index)
            charges += self._demand(part, path)
        return tuple(charges)

    def _demand(self, part: DemandPart, path: Path) -> list[DemandCharge]:
        given = [name for name in ("price", "prices", "steps") if getattr(part, name) is not None]
        if len(given) != 1:
            said = f"{' and '.join(given)} stand here together." if given else "No price is given."
            self.findings.error(path, said, "Write one of price, prices (by period) or steps.")
            return []
        key = given[0]
        tree: Any = getattr(part, key)
        own = part.calendar
        if own is not None:
            inherited = self.document.calendar
            if own.zone is None and inherited is not None:
                own = own.model_copy(update={"zone": inherited.zone})
            at = grid(compile_calendar(own, self.span, self.findings, (*path, "calendar")), own, [])
        else:
            at = Grid(self.grid.plain, self.grid.plain, tuple(map(Cell, self.grid.plain.periods)), self.grid.part)
        months = self.months(part.when, at.part, (*path, "when"))
        if not self._check_demand(tree, (*path, key), at):
            return []
        named = names_in(tree)
        tou = key == "prices" or bool(named & set(at.period_names))
        if own is not None and not tou:
            self.findings.error(
                (*path, "calendar"), "The charge has one maximum, so its calendar decides nothing.", "Remove it."
            )
        shared = None if not tou or (own is None and not self.grid.qualified) else at.plain
        kind = Kind.DEMAND_TOU if tou else Kind.DEMAND_FLAT
        check_block(part.block, (*path, "block"), self.findings)
        over = self.document.segments.demand
        base = DemandCharge(part.id, kind, (), months, part.block, f"demand.{part.id}", shared, over)
        if not named & set(at.season_names):
            return [replace(base, ladders=self._ladders(tree, at, None, tou=tou))]
        return self._by_season(base, tree, at, (*path, key), tou=tou)

    def _by_season(self, base: DemandCharge, tree: Any, at: Grid, path: Path, *, tou: bool) -> list[DemandCharge]:
        charges = []
        for season in at.season_names:
            ladders = self._ladders(tree, at, season, tou=tou)
            if not any(ladders):
                continue
            months = self.months(When(((Term("season", season),),)), at.part, path) & base.months
            if months:
                name = f"{base.name} {season}"
                charges.append(replace(base, name=name, ladders=ladders, months=months))
        return charges

    def _check_demand(self, tree: Any, path: Path, at: Grid) -> bool:
        if isinstance(tree, list):
            return self._check_steps(tree, path)
        if isinstance(tree, dict) and any(isinstance(inner, list) for inner in tree.values()):
            good = True
            for name, steps in tree.items():
                if name not in (*at.period_names, *at.season_names):
                    known = [*at.period_names, *at.season_names]
                    self.findings.error((*path, name), f"There is no period or season `{name}`.", nearest(name, known))
                    good = False
                good &= self._check_steps(steps, (*path, name))
            return good
        return self.prices.check(tree, path, PER_KW, at)

    def _check_steps(self, steps: list[DemandStepPart], path: Path) -> bool:
        good, before = True, 0
        for index, step in enumerate(steps):
            where = (*path, index)
            good &= self.prices.check(step.price, (*where, "price"), PER_KW, self.grid)
            if index == len(steps) - 1:
                if step.up_to is not None:
                    said = "The last step ends at a bound, so power beyond it has no price."
                    self.findings.error((*where, "up-to"), said, "Leave it open.")
                    good = False
            elif step.up_to is None:
                self.findings.error(where, "The step has no end, so the next is never reached.", "Add `up-to: 50 kW`.")
                good = False
            elif step.up_to <= before:
                said = f"The step ends at {step.up_to / 1000:g} kW, not above the one before it, {before / 1000:g} kW."
                self.findings.error((*where, "up-to"), said, "Let the bounds increase.")
                good = False
            else:
                before = step.up_to
        return good

    def _ladders(
        self, tree: Any, at: Grid, season: str | None, *, tou: bool
    ) -> tuple[tuple[DemandStep, ...] | None, ...]:
        periods = at.plain.periods if tou else at.plain.periods[:1]
        return tuple(_ladder(leaf(tree, Cell(period, season))) for period in periods)

    # -- fixed, minimum, rounding ----------------------------------------------

    def fixed(self) -> tuple[FixedCharge, ...]:
        """The fixed charges, per day, month or year."""
        charges = []
        for index, part in enumerate(self.document.fixed):
            path: Path = ("fixed", index)
            per = self._span_of(part.price, (*path, "price"), ("day", "month", "year"))
            months = self.months(part.when, self.grid.part, (*path, "when"))
            if part.in_month is not None and per not in {"year", None}:
                self.findings.error((*path, "in"), "`in` belongs to a yearly charge.", "Remove it, or price per year.")
            if per == "year" and part.when is not None:
                self.findings.error((*path, "when"), "A yearly charge has no months of its own.", "Price it per month.")
            if per is not None:
                clause = f"fixed.{part.id}"
                charges.append(FixedCharge(part.id, part.price.value, per, part.in_month, months, clause))
        return tuple(charges)

    def minimums(self) -> tuple[Minimum, ...]:
        """The least a month or a year costs."""
        charges = []
        for index, part in enumerate(self.document.minimum):
            path: Path = ("minimum", index)
            per = self._span_of(part.price, (*path, "price"), ("month", "year"))
            counts: set[Kind] = set()
            for word in part.counts or COUNTED_BY_DEFAULT:
                if word not in GROUPS or word == "minimum":
                    self._unknown_kind(word, (*path, "counts"), [name for name in GROUPS if name != "minimum"])
                counts |= set(GROUPS.get(word, ()))
            if per is not None:
                charges.append(Minimum(part.id, part.price.value, per, frozenset(counts), f"minimum.{part.id}"))
        return tuple(charges)

    def _span_of(self, amount: Amount, path: Path, spans: tuple[str, ...]) -> str | None:
        """The span of time a price is for; it must be written, as 27 CNY/month."""
        if amount.per is None:
            example = f"{amount.value} {self.document.currency}/{spans[-2]}"
            self.findings.error(path, "The price does not say what span of time it is for.", f"Write {example}.")
            return None
        good = self.prices.check(amount, path, tuple((span,) for span in spans), self.grid)
        return amount.per[0] if good else None

    def _unknown_kind(self, word: str, path: Path, known: list[str]) -> None:
        self.findings.error(path, f"`{word}` is no kind of charge.", nearest(word, known))

    def rounding(self) -> Rounding:
        """To what energy and money are rounded; money by default to the currency's smallest coin."""
        part = self.document.rounding
        money = part.money
        if money is None:
            money = Decimal(1).scaleb(-currency_digits(self.document.currency))
        if money <= 0 or money.normalize().as_tuple().digits != (1,):
            self.findings.error(("rounding", "money"), f"Money cannot be rounded to {money}.", "Write 0.01, 0.1 or 1.")
        elif money < SMALLEST_MONEY:
            said = f"Money is not kept as fine as {money:f}."
            self.findings.error(("rounding", "money"), said, "Write 0.01 or 0.0001.")
        elif money < Decimal("0.001") and has_shares(self.document):
            said = f"Money rounded to {money} cannot be what a rate is a share of: bases have three decimals."
            self.findings.error(("rounding", "money"), said, "Write 0.001 or 0.01, or prices in place of rates.")
        return Rounding(part.energy, money, part.half)


def _ladder(found: Any) -> tuple[DemandStep, ...] | None:
    if isinstance(found, Amount):
        return (DemandStep(None, found.value),)
    if isinstance(found, list):
        return tuple(DemandStep(step.up_to, step.price.value) for step in found)
    return None
