"""A tariff's facts in the reader's language, ready to be laid out: names, prices, rules, examples, versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wattloop.apps.enterprise import wording

if TYPE_CHECKING:
    import datetime as dt

    from wattloop.library.tariffs import Tariff


def language() -> str:
    """The library's word for the reader's language."""
    return "zh" if wording.chinese() else "en"


class Names:
    """What a tariff calls its periods, seasons, components and charges, in the reader's language."""

    def __init__(self, tariff: Tariff) -> None:
        from wattloop.library.tariffs.show_facts import charge_labels

        self.language = language()
        self.labels = charge_labels(tariff) | dict(tariff.calendar.labels)

    def __getitem__(self, name: str) -> str:
        """A period or component; "summer peak" is told by its season and its period."""
        from wattloop.library.tariffs.show_words import charge_word, label, word

        if name in self.labels:
            return label(name, self.labels, self.language)
        season, _, period = name.rpartition(" ")
        if season:
            return f"{self[season]} {self[period]}"
        return word("all", self.language) if name == "all" else charge_word(name, self.language)


def days(words: str) -> str:
    """Days in words, as the library's facts have them."""
    from wattloop.library.tariffs.show_words import days as told

    return told(words, language())


def scope(tariff: Tariff) -> str:
    """For whom it is: class, voltage, market."""
    from wattloop.library.tariffs.show_words import word

    return (", " if language() == "en" else "，").join(word(value, language()) for value in tariff.scope.values())


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of the table of prices: a component, or the sum."""

    name: str
    prices: tuple[str, ...]
    total: bool = False


def price_table(tariff: Tariff) -> tuple[list[str], list[PriceRow]]:
    """The columns (period, and tier where there are any), and a row for each component with the sum at the end."""
    from wattloop.library.tariffs.show_facts import energy_prices
    from wattloop.library.tariffs.show_words import word

    names, entries = Names(tariff), energy_prices(tariff)
    heads = [
        names[one["period"]] + (f" · {word('tier', language())} {one['tier']}" if one["tier"] else "")
        for one in entries
    ]  # fmt: skip
    rows = [
        PriceRow(
            names[component.name] if not component.counts_as else word("tier increment", language()),
            tuple(one["components"][component.name] for one in entries),
        )
        for component in tariff.components
    ]
    return heads, [*rows, PriceRow(word("total", language()), tuple(one["total"] for one in entries), total=True)]


@dataclass(frozen=True, slots=True)
class Proved:
    """What a worked example gives, and what is expected and computed."""

    version: str
    given: list[tuple[str, str]]
    month: str
    rows: list[tuple[str, str, str, bool]]


@lru_cache(maxsize=128)
def _proof(file: str, digest: str) -> list[dict[str, Any]]:
    """What came of a file's examples; once for each content."""
    from wattloop.library import tariffs
    from wattloop.library.rating.examples_shown import Proof, facts

    proof = Proof(file)
    tariffs.load_versions(file, proof.take)
    found: list[dict[str, Any]] = facts(proof)["expectations"]
    return found


def examples(tariff: Tariff, file: str, digest: str) -> list[Proved]:
    """The worked examples of a file with what the tariff gives for each expectation."""
    from wattloop.library.tariffs.show_words import word

    names = Names(tariff)
    found: list[Proved] = []
    for one in _proof(file, digest):
        given = [(_part(name, names), value) for name, value in one["given"].items() if name != "month"]
        row = (
            " ".join(_part(part, names) for part in one["expect"].split(".")),
            one["expected"],
            one["found"] if one["found"] is not None else word("needs readings", language()),
            bool(one["ok"]) or one["found"] is None,
        )
        key = (one["version"] or "", given, one["given"]["month"])
        if found and (found[-1].version, found[-1].given, found[-1].month) == key:
            found[-1].rows.append(row)
        else:
            found.append(Proved(*key, [row]))
    return found


def _part(name: str, names: Names) -> str:
    return " ".join(names[word] for word in name.split(" "))


def changes(old: Tariff, new: Tariff, year: int) -> list[tuple[str, list[str]]]:
    """What differs between two versions, in sentences under headings; empty where nothing does."""
    from wattloop.library.tariffs.difference import difference
    from wattloop.library.tariffs.difference_words import lines

    found = difference(old, new, year)
    if not found.any:
        return []
    return list(_under_headings(lines(found, language())))


def _under_headings(lines: Iterator[str]) -> Iterator[tuple[str, list[str]]]:
    heading, under = "", []
    for line in lines:
        if line.startswith("  "):
            under.append(line.strip())
            continue
        if heading:
            yield heading, under
        heading, under = line, []
    if heading:
        yield heading, under


def version_at(versions: list[Tariff], day: dt.date) -> int:
    """The place of the version in force on a day, else the nearest."""
    begun = [at for at, one in enumerate(versions) if one.valid_from is None or one.valid_from <= day]
    return begun[-1] if begun else 0


def name(tariff: Tariff) -> str:
    """The tariff's name in the reader's language."""
    from wattloop.library.tariffs.show_words import name_of

    return name_of(tariff.name, language())


def source(tariff: Tariff) -> str:
    """The document it is by."""
    return (", " if language() == "en" else "，").join(tariff.source.values())
