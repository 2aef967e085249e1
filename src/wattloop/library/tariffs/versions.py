"""A tariff's versions: those of one document with prices by date, and those of several files with one id.

A document whose prices change by date stands for several documents, each with one price
everywhere and days of its own. They are made before anything is compiled, so that nothing
after this has to know that prices can be dated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.dated import Dated, replaced
from wattloop.library.tariffs.document import ALWAYS_VALID, Document
from wattloop.library.tariffs.document_examples import Example
from wattloop.library.tariffs.problems import Findings, Path, Problem, TariffRefused

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Version:
    """One version of a document; `moved` leads from paths in it to where they are written."""

    document: Document
    moved: dict[Path, Path] = field(default_factory=dict)


def versions_of(document: Document, findings: Findings) -> list[Version]:
    """The versions of a document, in order and without gaps; itself where no price is written by date.

    What is wrong with the dates is noted in `findings`; the first values then stand for all.
    """
    dated: list[tuple[Dated, Path]] = []
    replaced(document, (), Dated, lambda value, path: dated.append((value, path)) or value)  # type: ignore[func-returns-value]
    if not dated:
        return [Version(document)]
    before = len(findings.errors)
    for value, path in dated:
        _check(value, path, document, findings)
    start = document.valid_from
    if start is None or len(findings.errors) > before:
        return [Version(replaced(document, (), Dated, lambda value, _: value.entries[0].value))]
    ends = [value.last for value, _ in dated if value.last is not None]
    end = min([*ends, *([document.valid_to] if document.valid_to is not None else [])], default=None)
    later = {entry.first for value, _ in dated for entry in value.entries}
    starts = [start, *sorted(day for day in later if start < day and (end is None or day <= end))]
    lasts = [*(day - _ONE_DAY for day in starts[1:]), end]
    made = [_version(document, first, last) for first, last in zip(starts, lasts, strict=True)]
    return _with_examples(made, document, findings)


def _check(value: Dated, path: Path, document: Document, findings: Findings) -> None:
    start, end, first = document.valid_from, document.valid_to, value.entries[0]
    at = (*path, first.key)
    if start is None:
        mend = f"Write the first day in place of `{ALWAYS_VALID}`, valid_from: {first.first}."
        findings.error(("valid_from",), "Prices are written by date, but the tariff has no first day.", mend)
        return
    if first.first > start:
        said = f"Nothing is written here from {start}, when the tariff begins, to {first.first - _ONE_DAY}."
        findings.error(at, said, f"Let the first date be {start}.")
    elif first.first < start and not (len(first.key) == 7 and first.key == start.isoformat()[:7]):
        said = f"{first.key} lies before the tariff begins, on {start}."
        findings.error(at, said, f"Let the first date be {start}, or let the tariff begin earlier.")
    elif len(value.entries) > 1 and value.entries[1].first <= start:
        findings.error(at, f"{first.key} is over when the tariff begins, on {start}.", "Remove it.")
    for entry in value.entries[1:]:
        if end is not None and entry.first > end:
            said = f"{entry.key} lies after the tariff's end, on {end}."
            findings.error((*path, entry.key), said, "Remove it, or let the tariff end later.")
    if value.last is not None and end is not None and value.last < end:
        said = f"What is written here ends on {value.last}, and the tariff with it, not on {end}."
        findings.warn(path, said, "Add the following dates, or `until: open` where the last value goes on.")


def _version(document: Document, first: dt.date, last: dt.date | None) -> Version:
    moved: dict[Path, Path] = {}

    def chosen(value: Dated, path: Path) -> Any:
        entry = value.on(first)
        assert entry is not None
        moved[path] = (*path, entry.key)
        return entry.value

    whole = replaced(document, (), Dated, chosen)
    return Version(whole.model_copy(update={"valid_from": first, "valid_to": last}), moved)


def _with_examples(made: list[Version], document: Document, findings: Findings) -> list[Version]:
    """Each example goes to the version that its month lies in; the first or last takes those of other months."""
    mine: list[list[tuple[Example, int]]] = [[] for _ in made]
    for index, example in enumerate(document.examples):
        begin = dt.date(*example.given.month, 1)
        end = (begin + dt.timedelta(days=31)).replace(day=1) - _ONE_DAY
        held = [
            number
            for number, version in enumerate(made)
            if (version.document.valid_from or begin) <= end
            and (version.document.valid_to is None or begin <= version.document.valid_to)
        ]
        if len(held) > 1:
            changed = made[held[1]].document.valid_from
            said = f"Prices change on {changed}, inside the example's month."
            findings.error(("examples", index, "given", "month"), said, "Choose a month of one price.")
        elif held:
            mine[held[0]].append((example, index))
        else:
            said = "The example's month lies outside the days on which the tariff's prices are known."
            findings.error(("examples", index, "given", "month"), said, "Choose a month in which it is in force.")
    found = []
    for version, examples in zip(made, mine, strict=True):
        moved: dict[Path, Path] = {("examples", new): ("examples", old) for new, (_, old) in enumerate(examples)}
        whole = version.document.model_copy(update={"examples": [example for example, _ in examples]})
        found.append(Version(whole, version.moved | moved))
    return found


def versions(tariffs: Iterable[Tariff]) -> dict[str, list[Tariff]]:
    """Tariffs by id, the versions of each in the order of their days.

    A version that names no last day ends where the next begins, so that a new file needs no
    change to the file before it; `valid_to` of the tariff returned says so.

    Raises:
        TariffRefused: where two versions of one id overlap, or leave days between them without a price.
    """
    by_id: dict[str, list[Tariff]] = {}
    for tariff in tariffs:
        by_id.setdefault(tariff.id, []).append(tariff)
    problems: list[Problem] = []
    for name, group in by_id.items():
        group.sort(key=lambda one: one.valid_from or dt.date.min)
        for index in range(1, len(group)):
            before, after = group[index - 1 : index + 1]
            start, end = after.valid_from, before.valid_to
            if before.currency != after.currency:
                said = f"one is in {before.currency} and the other in {after.currency}"
                problems.append(_apart(name, before, after, said))
            elif start is None or start == before.valid_from:
                problems.append(_apart(name, before, after, f"both begin {start or ALWAYS_VALID}"))
            elif end is None:
                group[index - 1] = replace(before, valid_to=start - _ONE_DAY)
            elif start <= end:
                problems.append(_apart(name, before, after, f"both hold from {start} to {end}"))
            elif start > end + _ONE_DAY:
                gap = f"neither holds from {end + _ONE_DAY} to {start - _ONE_DAY}"
                problems.append(_apart(name, before, after, gap))
    if problems:
        raise TariffRefused(problems)
    return by_id


def _apart(name: str, before: Tariff, after: Tariff, said: str) -> Problem:
    places = [one.document.file if one.document is not None else None for one in (before, after)]
    known = [str(place) for place in dict.fromkeys(places) if place is not None]
    of = f" ({' and '.join(known)})" if len(known) > 1 else ""
    what = f"Of two versions of {name}{of}, {said}."
    return Problem(places[1], None, "valid_from", what, "Let each begin on the day after the one before it ends.")
