"""Compiles the price of energy: components, ratios, tiers, and adjustments per kWh."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.amounts import Amount, Tree
from wattloop.library.tariffs.cells import Grid, Prices
from wattloop.library.tariffs.compile_tiers import TierCompiler
from wattloop.library.tariffs.compiled import Component, Kind, Tiers
from wattloop.library.tariffs.document import ComponentPart, Document, ExtraPart
from wattloop.library.tariffs.drafts import ENERGY, PER_KWH, Draft
from wattloop.library.tariffs.problems import Findings, Path


def energy_trees(document: Document) -> list[Any]:
    """Every price per kWh of a document: they decide whether periods are told apart by season."""
    energy, steps = document.energy, document.tiers.steps if document.tiers else []
    parts: list[Any] = [
        energy,
        *(energy.components or {}).values(),
        *steps,
        *document.adjustments,
        *document.surcharges,
    ]
    trees = [getattr(part, name, None) for part in parts for name in ("price", "prices", "ratios", "add")]
    trees += [tree for step in steps for tree in (step.components or {}).values()]
    return trees + [tree for option in document.options for tree in (option.prices or {}).values()]


class EnergyCompiler:
    """Compiles everything priced per kWh on one grid of periods."""

    def __init__(self, document: Document, grid: Grid, findings: Findings) -> None:
        """Work on one document; problems go to `findings`."""
        self.document, self.grid, self.findings = document, grid, findings
        self.prices = Prices(document.currency, findings)
        self.drafts: dict[str, Draft] = {}

    def compile(self) -> tuple[tuple[Component, ...], Tiers | None]:
        """The components in the document's order, and the tiers."""
        self._energy()
        for section, kind in (("adjustments", Kind.ADJUSTMENT), ("surcharges", Kind.SURCHARGE)):
            for index, extra in enumerate(getattr(self.document, section)):
                self._extra(extra, kind, (section, index))
        tiers = TierCompiler(self.document, self.grid, self.findings, self.prices, self.drafts).compile()
        components = tuple(draft.component(_clause(draft)) for draft in self.drafts.values())
        return components, tiers

    def _energy(self) -> None:
        energy, path = self.document.energy, ("energy",)
        given = [name for name in ("price", "prices", "components") if getattr(energy, name) is not None]
        if len(given) > 1:
            self.findings.error(path, f"{' and '.join(given)} stand here together.", "Keep one of them.")
            return
        if not given:
            self.findings.error(path, "No price of energy is given.", "Write price, prices or components.")
            return
        ratios = self._ratios(energy.ratios, energy.components)
        if energy.components is None:
            part = ComponentPart(price=energy.price, prices=energy.prices)
            self._component(ENERGY, part, path, ratios)
            return
        if not energy.components:
            self.findings.error((*path, "components"), "No component is given.", "Name at least one.")
        for name, part in energy.components.items():
            self._component(name, part, (*path, "components", name), ratios)

    def _ratios(self, tree: Tree | None, parts: dict[str, ComponentPart] | None) -> Tree | None:
        floating = any(part.floats for part in (parts or {}).values())
        path = ("energy", "ratios")
        if tree is None:
            if floating:
                self.findings.error(("energy",), "A price floats, but there are no `ratios`.", "Add ratios by period.")
            return None
        if not floating:
            self.findings.error(path, "Ratios are given, but no component floats.", "Mark some with floats: true.")
            return None
        bare = Prices(self.document.currency, self.findings)
        if not bare.check(tree, path, (), self.grid):
            return None
        for cell in self.grid.cells:
            if bare.at(tree, cell) is None:
                self.findings.error(path, f"No ratio is given for {cell}.", "Add it; 1 leaves the price as it is.")
                return None
        return tree

    def _component(self, name: str, part: ComponentPart, path: Path, ratios: Tree | None) -> None:
        key = "price" if part.price is not None else "prices"
        tree: Tree | None = part.price if part.price is not None else part.prices
        if part.price is not None and part.prices is not None:
            self.findings.error(path, "price and prices stand here together.", "Keep one of them.")
            return
        if tree is None:
            self.findings.error(path, "No price is given.", "Write `price: 0.62`, or `prices` by period.")
            return
        row = self.prices.row(tree, (*path, key), PER_KWH, self.grid, credit=part.kind == Kind.ADJUSTMENT.value)
        by_period = isinstance(tree, dict)
        if part.floats:
            if part.prices is not None:
                self.findings.error(path, "The price floats, yet it is written by period.", "Give one `price`.")
                return
            if ratios is None:
                return
            by_period = True
            factors = [self.prices.at(ratios, cell) or Decimal(0) for cell in self.grid.cells]
            row = row and [price * factor for price, factor in zip(row, factors, strict=True)]
            for price in row or []:
                if not self.prices.exact(price, (*path, key)):
                    return
        if row is not None:
            labels, source = _of_list(tree)
            self.drafts[name] = Draft(
                name, Kind(part.kind), path, [row], by_period, labels | part.labels, source=source
            )

    def _extra(self, extra: ExtraPart, kind: Kind, path: Path) -> None:
        if extra.rate is not None:
            return  # a percentage, compiled elsewhere
        if extra.of is not None:
            self.findings.error((*path, "of"), "`of` belongs to a rate, not to a price per kWh.", "Remove it.")
        part = ComponentPart(price=extra.price, prices=extra.prices, kind=kind.value, zh=extra.zh, en=extra.en)  # type: ignore[arg-type]
        self._component(extra.id, part, path, None)


def _of_list(tree: Tree) -> tuple[dict[str, str], dict[str, str]]:
    """The names of a price's item in its list, and where it comes from; empty where it is written out."""
    source = tree.source if isinstance(tree, Amount) else None
    if source is None:
        return {}, {}
    said = {"list": source.file, "item": source.item, "province": source.province, "document": source.document}
    return dict(source.labels), {key: text for key, text in said.items() if text}


def _clause(draft: Draft) -> str:
    path = draft.path
    if path and path[0] in {"adjustments", "surcharges"}:
        return f"{path[0]}.{draft.name}"
    return ".".join(str(part) for part in path)
