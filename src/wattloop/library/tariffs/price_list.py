"""Price lists: what an authority publishes for a province and a time, in a file that many tariffs take from.

A tariff writes `{list: prices/funds.yaml, item: major-water-works, province: sichuan}` where
a price could stand. What the list says by date becomes a price by date of the tariff.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from wattloop.library.quantity import units
from wattloop.library.tariffs.amounts import Amount, Listed, PriceSource, parse_number
from wattloop.library.tariffs.beside import find_beside, missing
from wattloop.library.tariffs.dated import Dated, Entry, is_dated, parse_dated, replaced
from wattloop.library.tariffs.document import Document
from wattloop.library.tariffs.document_calendar import Labelled, Part
from wattloop.library.tariffs.positions import read_plain, read_text
from wattloop.library.tariffs.problems import Findings, Path, nearest
from wattloop.library.tariffs.reading import read_part
from wattloop.library.tariffs.values import Label, Name, Text

NOTHING = Amount(Decimal(0))


def parse_unit(plain: Any) -> Amount:
    """What an item's numbers are: CNY/kWh."""
    if isinstance(plain, str) and "/" in plain:
        unit = units.parse_price(f"0 {plain}")
        return Amount(unit.value, unit.currency, tuple(unit.per))
    raise ValueError(f"`{plain}` is not the unit of a price: write CNY/kWh")


def _parse_entry(plain: Any) -> Amount:
    """A number, or one with the document that set it: {price: 0.4010, document: …}."""
    if not isinstance(plain, Mapping):
        return Amount(parse_number(plain))
    if set(plain) != {"price", "document"}:
        raise ValueError("an entry is a number: write 0.4010, or {price: 0.4010, document: the notice's number}")
    return Amount(parse_number(plain["price"]), source=PriceSource(document=str(plain["document"])))


def _parse_prices(plain: Any) -> Amount | Dated:
    return parse_dated(plain, _parse_entry) if is_dated(plain) else _parse_entry(plain)


Prices = Annotated[Any, PlainValidator(_parse_prices)]


class PriceItem(Labelled):
    """One thing that has a price: the same everywhere, or by province; fixed, or by date."""

    unit: Annotated[Amount, PlainValidator(parse_unit)]
    document: Text | None = None
    price: Prices | None = None
    prices: dict[Name, Prices] | None = None


class PriceList(Part):
    """A file of prices that tariffs refer to."""

    name: Label
    items: dict[Name, PriceItem] = Field(min_length=1)


def with_lists(document: Document, findings: Findings) -> Document:
    """The document with the prices of its lists in the place of the references; what is wrong goes to `findings`."""
    return _Resolver(document, findings).resolve()


class _Resolver:
    def __init__(self, document: Document, findings: Findings) -> None:
        self.document, self.findings = document, findings
        self.lists: dict[str, PriceList | None] = {}

    def resolve(self) -> Document:
        whole: Document = replaced(self.document, (), Listed, self._price)
        return whole

    def _price(self, wanted: Listed, path: Path) -> Amount | Dated:
        """The prices that a reference stands for; nought where it is wrong, which is noted."""
        if wanted.file not in self.lists:
            self.lists[wanted.file] = self._read(wanted.file, (*path, "list"))
        prices = self.lists[wanted.file]
        if prices is None:
            return NOTHING
        item = prices.items.get(wanted.item)
        if item is None:
            said = f"`{wanted.file}` has no item `{wanted.item}`."
            self.findings.error((*path, "item"), said, nearest(wanted.item, prices.items))
            return NOTHING
        found = self._of_province(item, wanted, path)
        if found is None:
            return NOTHING
        if isinstance(found, Amount):
            return self._named(found, item, wanted)
        entries = self._in_force(found, wanted, path)
        return Dated(tuple(replace(one, value=self._named(one.value, item, wanted)) for one in entries))

    def _of_province(self, item: PriceItem, wanted: Listed, path: Path) -> Amount | Dated | None:
        if (item.price is None) == (item.prices is None):
            said = f"The item `{wanted.item}` of `{wanted.file}` has to have one of price and prices (by province)."
            self.findings.error((*path, "item"), said, "Mend the list.")
            return None
        if item.prices is None:
            if wanted.province is not None:
                said = f"`{wanted.item}` costs the same in every province."
                self.findings.error((*path, "province"), said, "Leave the province out.")
                return None
            return item.price
        if wanted.province is None:
            said = f"`{wanted.item}` has a price for each province."
            self.findings.error(path, said, f"Add `province`. {nearest('', item.prices)}")
            return None
        found: Amount | Dated | None = item.prices.get(wanted.province)
        if found is None:
            said = f"`{wanted.item}` has no price in `{wanted.province}`."
            self.findings.error((*path, "province"), said, nearest(wanted.province, item.prices))
        return found

    def _in_force(self, found: Dated, wanted: Listed, path: Path) -> tuple[Entry, ...]:
        """The entries that the tariff's own days touch; the first from the tariff's first day on."""
        start, end = self.document.valid_from, self.document.valid_to
        if start is None:
            return found.entries
        where = f" in {wanted.province}" if wanted.province else ""
        first, last = found.entries[0].first, found.last
        if found.on(start) is None:
            known = f"The list has it from {first} to {last or 'further notice'}."
            said = f"`{wanted.item}` has no price{where} on {start}, when the tariff begins."
            self.findings.error(path, said, f"{known} Add it there, or let the tariff begin on one of those days.")
            return (Entry(start, None, str(start), NOTHING),)
        kept = [
            one for one in found.entries if (one.last is None or one.last >= start) and (not end or one.first <= end)
        ]
        return (replace(kept[0], first=max(start, kept[0].first)), *kept[1:])

    @staticmethod
    def _named(amount: Amount, item: PriceItem, wanted: Listed) -> Amount:
        own = amount.source.document if amount.source is not None else None
        source = PriceSource(
            own or item.document, wanted.file, wanted.item, wanted.province, tuple(item.labels.items())
        )
        return Amount(amount.value, item.unit.currency, item.unit.per, source)

    def _read(self, name: str, path: Path) -> PriceList | None:
        file = find_beside(self.findings.file, name)
        if file is None:
            self.findings.error(path, *missing(self.findings.file, name))
            return None
        found = read_price_list(file, self.findings)
        if found is None:
            said = f"`{name}` cannot be used as it stands."
            self.findings.error(path, said, "Mend what is wrong in it; its own lines are named.")
        return found


def read_price_list(file: FilePath, findings: Findings) -> PriceList | None:
    """Read a price list; its own problems go to `findings` with its own file and lines."""
    own = Findings(file=str(file))
    text = read_text(file, own)
    plain = read_plain(text, own, "A price list", "its items") if text is not None else None
    found = read_part(PriceList, plain, own) if plain is not None else None
    findings.problems += [problem for problem in own.problems if problem not in findings.problems]
    return found if isinstance(found, PriceList) and not own.errors else None
