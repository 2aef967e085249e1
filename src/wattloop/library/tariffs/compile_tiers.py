"""Compiles tiers: where each ends in every season and period, and what it does to the prices."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.amounts import Tree
from wattloop.library.tariffs.cells import Cell, Grid, Prices, leaf
from wattloop.library.tariffs.compiled import Allowance, Kind, Over, Pooling, Tiers
from wattloop.library.tariffs.days import ONLY_PERIOD
from wattloop.library.tariffs.document import Document, TiersPart, TierStep
from wattloop.library.tariffs.drafts import ENERGY, PER_KWH, Draft
from wattloop.library.tariffs.problems import Findings, Path, nearest
from wattloop.library.tariffs.values import Bound

TIER = "tier"
TIER_KIND = Kind.SURCHARGE
CLAUSE = "tiers.steps"


class TierCompiler:
    """Compiles the tiers of a document; `drafts` are its components, which get a row of prices per tier."""

    def __init__(
        self, document: Document, grid: Grid, findings: Findings, prices: Prices, drafts: dict[str, Draft]
    ) -> None:
        """Work on one document; problems go to `findings`."""
        self.document, self.grid, self.findings = document, grid, findings
        self.prices, self.drafts = prices, drafts

    def compile(self) -> Tiers | None:
        """The tiers, None where the document has none."""
        part = self.document.tiers
        return None if part is None else self._tiers(part)

    def _tiers(self, part: TiersPart) -> Tiers:
        pooling = Pooling(part.pooling)
        for draft in self.drafts.values():
            draft.rows = [list(draft.rows[0]) for _ in part.steps]
        for index, step in enumerate(part.steps):
            self._step(step, index, pooling)
        if part.over == "season" and not self.grid.season_names:
            self.findings.error(("tiers", "over"), "Tiers run over a season, but there are none.", "Add `seasons`.")
        bounds, per_day = self._bounds(part.steps)
        if per_day and part.over != "month":
            self.findings.error(
                ("tiers", "over"), "A bound per day goes with tiers over a month.", "Write over: month."
            )
        if pooling is Pooling.TIME_ORDER and any(len(set(of_season)) > 1 for of_season in bounds):
            self.findings.error(
                ("tiers", "steps"),
                "Tiers that fill in time order are one ladder, but a bound differs by period.",
                "Write one bound, or pooling: ladder-per-period.",
            )
        ladders = tuple(self.grid.plain.periods.index(cell.period) for cell in self.grid.cells)
        if self.document.segments.tiers == "pooled" and pooling is Pooling.TIME_ORDER:
            said = "Tiers that fill in time order cannot be pooled over the pieces of a bill."
            self.findings.error(("segments", "tiers"), said, "Write tiers: in-order.")
        allowances = tuple(self._allowances(part, pooling, differ=any(len(set(b)) > 1 for b in bounds)))
        return Tiers(
            Over(part.over), pooling, bounds, per_day, CLAUSE, ladders, allowances, self.document.segments.tiers
        )

    def _allowances(self, part: TiersPart, pooling: Pooling, *, differ: bool) -> Iterator[Allowance]:
        for name, one in part.allowances.items():
            path: Path = ("tiers", "allowances", name)
            if (one.add_to_first is None) == (one.free is None):
                mend = "Write `add-to-first: 100 kWh per remaining month`, or `free: 15 kWh per month`."
                self.findings.error(path, "An allowance either adds to the first tier or is free.", mend)
                continue
            if one.add_to_first is not None and (
                part.over != "year" or pooling not in (Pooling.PRO_RATA, Pooling.AFTER_TIME_OF_USE)
            ):
                said = "Months that remain are those of a year, in which all periods fill one ladder."
                self.findings.error((*path, "add-to-first"), said, "Write over: year, pooling: after-time-of-use.")
            if one.add_to_first is not None and differ:
                said = "What is added to the first tier is one number, but its bound differs by period."
                self.findings.error((*path, "add-to-first"), said, "Write one bound for all periods.")
            yield Allowance(name, one.add_to_first or 0, one.free or 0, f"tiers.allowances.{name}", one.labels)

    def _step(self, step: TierStep, index: int, pooling: Pooling) -> None:
        path: Path = ("tiers", "steps", index)
        given = [name for name in ("add", "price", "prices") if getattr(step, name) is not None]
        if len(given) > 1:
            self.findings.error(path, f"{' and '.join(given)} stand here together.", "Keep one of them.")
            return
        replaced: dict[str, tuple[Tree, Path]] = {
            name: (tree, (*path, "components", name)) for name, tree in (step.components or {}).items()
        }
        for key in set(given) & {"price", "prices"}:
            if ENERGY in replaced:
                self.findings.error((*path, key), "The energy price of the tier is given twice.", "Keep one of them.")
            replaced[ENERGY] = (getattr(step, key), (*path, key))
        if replaced and pooling is Pooling.AFTER_TIME_OF_USE:
            self.findings.error(
                path,
                "A tier cannot replace a price that time of use has set already.",
                "Write what the tier adds, `add`, or choose another pooling.",
            )
            return
        for name, (tree, where) in replaced.items():
            self._replace(name, tree, where, index)
        if step.add is not None:
            self._add(step.add, (*path, "add"), index, pooling, energy_replaced=ENERGY in replaced)

    def _replace(self, name: str, tree: Tree, path: Path, index: int) -> None:
        draft = self.drafts.get(name)
        if draft is None:
            written = list(self.document.energy.components or [ENERGY])
            written += [extra.id for extra in (*self.document.adjustments, *self.document.surcharges)]
            if name not in written:  # one that is written but was refused has been told already
                self.findings.error(path, f"There is no component `{name}` to replace.", nearest(name, written))
            return
        row = self.prices.row(tree, path, PER_KWH, self.grid, credit=draft.kind is Kind.ADJUSTMENT)
        if row is not None:
            draft.rows[index] = row
            draft.by_tier = True
            draft.by_period |= isinstance(tree, dict)

    def _add(self, tree: Tree, path: Path, index: int, pooling: Pooling, *, energy_replaced: bool) -> None:
        if energy_replaced:
            self.findings.error(path, "The tier both replaces the price and adds to it.", "Write the sum as one price.")
            return
        row = self.prices.row(tree, path, PER_KWH, self.grid, credit=True)
        if row is None:
            return
        folded = pooling is not Pooling.AFTER_TIME_OF_USE and ENERGY in self.drafts
        name = ENERGY if folded else TIER
        if name not in self.drafts:
            count = len(self.document.tiers.steps) if self.document.tiers else 1
            zeros = [[Decimal(0)] * len(self.grid.cells) for _ in range(count)]
            self.drafts[name] = Draft(
                name, TIER_KIND, ("tiers", "steps"), zeros, by_period=False, counts_as=Kind.ENERGY
            )
        elif not folded and self.drafts[name].path != ("tiers", "steps"):
            self.findings.error(path, "A component is named `tier`, as the tier's own addition is.", "Rename it.")
            return
        draft = self.drafts[name]
        draft.rows[index] = [price + more for price, more in zip(draft.rows[index], row, strict=True)]
        draft.by_tier = True
        draft.by_period |= isinstance(tree, dict)

    def _bounds(self, steps: list[TierStep]) -> tuple[tuple[tuple[tuple[int | None, ...], ...], ...], bool]:
        daily: set[bool] = set()
        trees: list[tuple[Any, Path]] = []
        for index, step in enumerate(steps):
            path: Path = ("tiers", "steps", index)
            last = index == len(steps) - 1
            if last and step.up_to is not None:
                self.findings.error(
                    (*path, "up-to"),
                    "The last step ends at a bound, so energy beyond it has no price.",
                    "Leave it open.",
                )
            elif not last and step.up_to is None:
                self.findings.error(path, "The step has no end, so the next is never reached.", "Add `up-to: 200 kWh`.")
            elif not last:
                self._check_bound(step.up_to, (*path, "up-to"), daily)
                trees.append((step.up_to, (*path, "up-to")))
        if len(daily) > 1:
            self.findings.error(("tiers", "steps"), "Some bounds are per day and some are not.", "Write all alike.")
        seasons = self.grid.season_names or (None,)
        bounds = tuple(
            tuple(tuple(self._bound(tree, Cell(cell.period, season)) for tree, _ in trees) for cell in self.grid.cells)
            for season in seasons
        )
        for season, of_season in zip(seasons, bounds, strict=True):
            for cell, rung in zip(self.grid.cells, of_season, strict=True):
                self._check_increasing(rung, [path for _, path in trees], Cell(cell.period, season))
        return bounds, daily == {True}

    def _check_bound(self, tree: Any, path: Path, daily: set[bool], above: frozenset[str] = frozenset()) -> None:
        if isinstance(tree, Bound):
            daily.add(tree.per_day)
            return
        sorts = {name: self.grid.sort_of(name) for name in tree}
        if len(set(sorts.values()) - {""}) > 1:
            self.findings.error(path, "Seasons and periods stand side by side.", "Put the periods inside each season.")
        for name, inner in tree.items():
            if not sorts[name]:
                known = [*self.grid.period_names, *self.grid.season_names]
                mend = nearest(name, known) if known else "Give a single bound, or add a `calendar` that names it."
                self.findings.error((*path, name), f"There is no period or season `{name}`.", mend)
            elif sorts[name] in above:
                said = f"A {sorts[name]} inside a {sorts[name]} can mean nothing."
                self.findings.error((*path, name), said, "Give one bound here.")
            else:
                self._check_bound(inner, (*path, name), daily, above | {sorts[name]})
        for season in self.grid.season_names if "season" in sorts.values() else ():
            if season not in tree:
                self.findings.warn(path, f"No bound is given for {season}, so the step is open there.", "Add it.")

    @staticmethod
    def _bound(tree: Any, cell: Cell) -> int | None:
        found = leaf(tree, cell)
        return found.value if isinstance(found, Bound) else None

    def _check_increasing(self, rung: tuple[int | None, ...], paths: list[Path], cell: Cell) -> None:
        for index in range(1, len(rung)):
            low, high = rung[index - 1], rung[index]
            of = "" if cell == Cell(ONLY_PERIOD) else f" ({cell})"
            if low is not None and high is not None and high <= low:
                said = f"The step ends at {high / 1000:g} kWh, not above the one before it, {low / 1000:g} kWh{of}."
                told = said.removesuffix(f"{of}.")  # of another period, where one bound is that of all
                if not any(problem.what.startswith(told) for problem in self.findings.problems):
                    self.findings.error(paths[index], said, "Let the bounds increase.")
            elif low is None and high is not None:
                said = f"The step ends at {high / 1000:g} kWh, but the one before it has no end{of}."
                self.findings.error(paths[index], said, "Bound the earlier step first.")
