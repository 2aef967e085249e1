"""Which periods rating sees, and what a written price means in each of them.

A price may be written by period, by season, or by season and period. Rating knows only
periods: where a tariff prices by season, each period is told apart by season, so that
"peak" becomes "summer peak" and "winter peak".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from wattloop.library.tariffs.amounts import Amount, Tree
from wattloop.library.tariffs.compiled import Calendar
from wattloop.library.tariffs.days import LEAP_YEAR, ONLY_PERIOD, season_days
from wattloop.library.tariffs.document_calendar import CalendarPart
from wattloop.library.tariffs.problems import Findings, Path, nearest
from wattloop.library.tariffs.when import DaySpan, Mask, When

LARGEST_SCALE = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """What one period of the calendar stands for; `season` is None where seasons are not told apart."""

    period: str
    season: str | None = None

    def __str__(self) -> str:
        """The period, and the season where there is one, in words."""
        return f"{self.period} in {self.season}" if self.season else self.period


@dataclass(frozen=True)
class Grid:
    """A calendar with what its periods stand for.

    `plain` is the calendar with the periods as written; `calendar` the one that rating sees.
    """

    plain: Calendar
    calendar: Calendar
    cells: tuple[Cell, ...]
    part: CalendarPart | None

    @property
    def season_names(self) -> tuple[str, ...]:
        """The seasons that a document can name."""
        return tuple(name for name in self.plain.seasons if self.part is not None and self.part.seasons)

    @property
    def period_names(self) -> tuple[str, ...]:
        """The periods that a document can name."""
        return tuple(name for name in self.plain.periods if self.part is not None and self.part.periods)

    def sort_of(self, name: str) -> str:
        """What a document can name so: "season", "period", or "" for nothing."""
        return "season" if name in self.season_names else "period" if name in self.period_names else ""

    @property
    def qualified(self) -> bool:
        """Whether periods are told apart by season."""
        return self.plain is not self.calendar


def grid(calendar: Calendar, part: CalendarPart | None, trees: Iterable[Any]) -> Grid:
    """Tell periods apart by season where any of the prices is written by season."""
    seasons = set(calendar.seasons) if part is not None and part.seasons else set()
    if any(names_in(tree) & seasons for tree in trees):
        qualified, cells = _qualify(calendar)
        return Grid(calendar, qualified, cells, part)
    return Grid(calendar, calendar, tuple(Cell(period) for period in calendar.periods), part)


def names_in(tree: Any) -> set[str]:
    """Every period and season named in a price."""
    if not isinstance(tree, dict):
        return set()
    return set(tree).union(*(names_in(inner) for inner in tree.values()))


def _qualify(calendar: Calendar) -> tuple[Calendar, tuple[Cell, ...]]:
    """Split each period by season; only what occurs in the calendar is kept."""
    pairs = np.unique(np.stack([calendar.season_of_day, calendar.pattern_of_day], axis=1), axis=0, return_inverse=True)
    unique, pattern_of_day = pairs[0], pairs[1].reshape(-1).astype(np.int16)
    cells: list[Cell] = []
    for season, name in enumerate(calendar.seasons):
        used = set(np.unique(calendar.patterns[unique[unique[:, 0] == season, 1]]).tolist())
        cells += [Cell(period, name) for number, period in enumerate(calendar.periods) if number in used]
    where = {cell: number for number, cell in enumerate(cells)}
    patterns = np.array(
        [
            [where[Cell(calendar.periods[step], calendar.seasons[season])] for step in calendar.patterns[pattern]]
            for season, pattern in unique
        ],
        dtype=np.int16,
    )
    only = calendar.periods == (ONLY_PERIOD,)
    names = tuple(str(cell.season) if only else f"{cell.season} {cell.period}" for cell in cells)
    labels = dict(calendar.labels)
    for name, cell in zip(names, cells, strict=True):
        of_season, of_period = calendar.labels.get(str(cell.season), {}), calendar.labels.get(cell.period, {})
        languages = sorted({*of_season, *of_period})
        if languages and not only:
            labels[name] = {
                language: f"{of_season.get(language, cell.season)} {of_period.get(language, cell.period)}"
                for language in languages
            }
    qualified = replace(calendar, periods=names, labels=labels, patterns=patterns, pattern_of_day=pattern_of_day)
    return qualified, tuple(cells)


@dataclass
class Prices:
    """Checks written prices against the names, the currency and the unit that belong there."""

    currency: str
    findings: Findings

    def check(
        self, tree: Tree, path: Path, per: tuple[tuple[str, ...], ...], grid: Grid, *, credit: bool = False
    ) -> bool:
        """Whether a price can be used: its names are known, its currency and unit fit. Notes what is wrong."""
        return self._check(tree, path, per, grid, frozenset(), credit=credit)

    def _check(
        self,
        tree: Tree,
        path: Path,
        per: tuple[tuple[str, ...], ...],
        grid: Grid,
        above: frozenset[str],
        *,
        credit: bool,
    ) -> bool:
        if isinstance(tree, Amount):
            return self._check_amount(tree, path, per, credit=credit)
        good = True
        for name, inner in tree.items():
            sort = grid.sort_of(name)
            if not sort:
                known = [*grid.period_names, *grid.season_names]
                mend = nearest(name, known) if known else "Give a single price, or add a `calendar` that names it."
                self.findings.error((*path, name), f"There is no period or season `{name}`.", mend)
                good = False
            elif sort in above:
                self.findings.error(
                    (*path, name), f"A {sort} inside a {sort} can mean nothing.", "Give one price here."
                )
                good = False
            else:
                good &= self._check(inner, (*path, name), per, grid, above | {sort}, credit=credit)
        sorts = {name in grid.season_names for name in tree}
        if good and len(sorts) > 1:
            self.findings.error(path, "Seasons and periods stand side by side.", "Put the periods inside each season.")
            return False
        return good

    def _check_amount(self, amount: Amount, path: Path, per: tuple[tuple[str, ...], ...], *, credit: bool) -> bool:
        good = True
        if amount.currency is not None and amount.currency != self.currency:
            self.findings.error(
                path, f"The price is in {amount.currency}, the tariff in {self.currency}.", "Use the tariff's currency."
            )
            good = False
        if amount.per is not None and amount.per not in per:
            wanted = " or ".join(f"{self.currency}/{'/'.join(one)}" for one in per) or "a plain number"
            self.findings.error(path, f"The price is per {'/'.join(amount.per)}.", f"What belongs here is {wanted}.")
            good = False
        if amount.value < 0 and not credit:
            mend = "Write a credit under `adjustments`." if ("kWh",) in per else "Check its sign."
            self.findings.warn(path, f"The price is negative ({amount.value}).", mend)
        return self.exact(amount.value, path) and good

    def exact(self, value: Decimal, path: Path) -> bool:
        """Whether a price has few enough decimals to be counted with exactly."""
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent <= LARGEST_SCALE:
            return True
        self.findings.error(
            path, f"The price {value} has more than {LARGEST_SCALE} decimals.", "Round it, or its ratio."
        )
        return False

    def at(self, tree: Tree, cell: Cell) -> Decimal | None:
        """The price in a cell, None where none is written for it."""
        found: Any = leaf(tree, cell)
        return found.value if isinstance(found, Amount) else None

    def row(
        self, tree: Tree, path: Path, per: tuple[tuple[str, ...], ...], grid: Grid, *, credit: bool = False
    ) -> list[Decimal] | None:
        """The price in every cell; None, and the reason noted, where one is missing or wrong."""
        if not self.check(tree, path, per, grid, credit=credit):
            return None
        found = [self.at(tree, cell) for cell in grid.cells]
        missing = [str(cell) for cell, price in zip(grid.cells, found, strict=True) if price is None]
        if missing:
            self.findings.error(path, f"No price is given for {', '.join(missing)}.", "Add it; 0 if it costs nothing.")
            return None
        return [price for price in found if price is not None]


def leaf(tree: Any, cell: Cell) -> Any:
    """What a tree holds for a cell: a value, or None."""
    while isinstance(tree, dict):
        if cell.season is not None and cell.season in tree:
            tree = tree[cell.season]
        elif cell.period in tree:
            tree = tree[cell.period]
        else:
            return None
    return tree


def months_of(when: When, part: CalendarPart | None) -> tuple[frozenset[int], frozenset[int]]:
    """The months a condition on the days of the year covers whole, and those it covers in part."""
    return _months(when.mask(DaySpan(LEAP_YEAR.first, LEAP_YEAR.count, seasons=season_days(part))))


def _months(mask: Mask) -> tuple[frozenset[int], frozenset[int]]:
    months = LEAP_YEAR.months
    whole = frozenset(month for month in range(1, 13) if mask[months == month].all())
    some = frozenset(month for month in range(1, 13) if mask[months == month].any())
    return whole, some - whole
