"""Compiles what is a share of other charges: adjustments and surcharges in percent, and taxes."""

from __future__ import annotations

from decimal import Decimal

from wattloop.library.tariffs.cells import LARGEST_SCALE
from wattloop.library.tariffs.compiled import Kind, Percentage, PowerFactor, Tax
from wattloop.library.tariffs.document import Document
from wattloop.library.tariffs.problems import Findings, Path, nearest

GROUPS: dict[str, tuple[Kind, ...]] = {
    "energy": (Kind.ENERGY,),
    "demand": (Kind.DEMAND_FLAT, Kind.DEMAND_TOU, Kind.CAPACITY),
    "fixed": (Kind.FIXED,),
    "surcharge": (Kind.SURCHARGE,),
    "adjustment": (Kind.ADJUSTMENT,),
    "power-factor": (Kind.POWER_FACTOR,),
    "minimum": (Kind.MINIMUM,),
    "demand_flat": (Kind.DEMAND_FLAT,),
    "demand_tou": (Kind.DEMAND_TOU,),
}
"""What `of` and `counts` may name, and the kinds of lines it stands for."""


POWER_FACTOR = "power-factor"


def has_shares(document: Document) -> bool:
    """Whether any charge is a share of others."""
    extras = (*document.adjustments, *document.surcharges)
    return bool(document.tax) or document.power_factor is not None or any(part.rate is not None for part in extras)


class ShareCompiler:
    """Compiles the percentages and taxes of a document."""

    def __init__(self, document: Document, findings: Findings) -> None:
        """Work on one document; problems go to `findings`."""
        self.document, self.findings = document, findings

    def percentages(self, names: frozenset[str]) -> tuple[Percentage, ...]:
        """The adjustments and surcharges in percent; `names` are the components and charges they may build on."""
        found: list[Percentage] = []
        for section, kind in (("adjustments", Kind.ADJUSTMENT), ("surcharges", Kind.SURCHARGE)):
            for index, part in enumerate(getattr(self.document, section)):
                path: Path = (section, index)
                if part.rate is None:
                    continue
                if part.price is not None or part.prices is not None:
                    self.findings.error(path, "A rate and a price stand here together.", "Keep one of them.")
                if part.of is None:
                    self.findings.error(path, "The rate does not say what it is a share of.", "Add `of: [energy]`.")
                    continue
                if "minimum" in part.of:
                    said = "A minimum is found after the percentages, so none can be a share of it."
                    self.findings.error((*path, "of"), said, "Leave it out; a tax may rest on it.")
                of = self._bases(part.of, (*path, "of"), names | {charge.name for charge in found})
                self._exact(part.rate, (*path, "rate"))
                found.append(Percentage(part.id, kind, part.rate, of, f"{section}.{part.id}"))
        return tuple(found)

    def power_factor(self, names: frozenset[str]) -> PowerFactor | None:
        """The power-factor adjustment; `names` are the components and charges that it may be taken of."""
        part = self.document.power_factor
        if part is None:
            return None
        path: Path = ("power-factor",)
        for key in ("base", "without"):
            for word in set(getattr(part, key)) & {"minimum", POWER_FACTOR}:
                said = f"`{word}` is found after the power factor, so it cannot be taken of it."
                self.findings.error((*path, key), said, "Leave it out.")
        base, without = (self._bases(getattr(part, key), (*path, key), names) for key in ("base", "without"))
        over = self.document.segments.power_factor
        return PowerFactor(
            POWER_FACTOR, part.standard, base, without, part.penalty_only, over, POWER_FACTOR, part.labels
        )

    def taxes(self, names: frozenset[str]) -> tuple[Tax, ...]:
        """The taxes, each on top of the charges or included in them."""
        taxes: list[Tax] = []
        for index, part in enumerate(self.document.tax):
            path: Path = ("tax", index) if len(self.document.tax) > 1 else ("tax",)
            if (part.vat is None) == (part.rate is None) or (part.vat is not None and part.name is not None):
                self.findings.error(
                    path, "A tax has one name and one rate.", "Write {name: vat, rate: 13 %, included: true}."
                )
                continue
            name, rate = (part.name or "tax", part.rate) if part.rate is not None else ("vat", part.vat)
            rate = rate or Decimal(0)
            if not 0 <= rate < 1:
                said = f"A tax of {(rate * 100).normalize():f} % is none."
                self.findings.error(path, said, "Write a share from 0 to under 100 %.")
            self._exact(rate, (*path, "rate" if part.vat is None else "vat"))
            of = self._bases(part.of, (*path, "of"), names) if part.of is not None else None
            taxes.append(Tax(name, rate, part.included, of, f"tax.{name}"))
        if len({tax.included for tax in taxes}) > 1:
            self.findings.error(("tax",), "One tax is included and another is not.", "Write all of them alike.")
        return tuple(taxes)

    def _exact(self, rate: Decimal, path: Path) -> None:
        exponent = rate.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > LARGEST_SCALE:
            said = f"The rate {(rate * 100).normalize():f} % has more than {LARGEST_SCALE - 2} decimals."
            self.findings.error(path, said, "Round it.")

    def _bases(self, words: tuple[str, ...], path: Path, names: frozenset[str]) -> frozenset[str]:
        bases: set[str] = set()
        percentages = {part.id for part in (*self.document.adjustments, *self.document.surcharges)}
        for word in words:
            if word in GROUPS:
                bases |= {kind.value for kind in GROUPS[word]}
            elif word in names:
                bases.add(word)
            elif word in percentages:
                said = f"`{word}` is not found yet: each percentage rests on what stands before it."
                self.findings.error(path, said, "Move it before this one; adjustments come before surcharges.")
            elif word in {"tax", *(tax.name or "vat" for tax in self.document.tax)}:
                self.findings.error(path, f"`{word}` is a tax.", "Name charges; what rests on a tax is not supported.")
            else:
                self.findings.error(
                    path, f"`{word}` is no kind of charge and no component.", nearest(word, [*GROUPS, *sorted(names)])
                )
        return frozenset(bases)
