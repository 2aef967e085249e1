"""Which prices are in force when: a tariff's dated versions, each as an agreement's own terms make it."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from dataclasses import fields, replace

import numpy as np

from wattloop.library import tariffs
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import ALWAYS, FOR_EVER, Kind
from wattloop.library.tariffs.compiled import Calendar, Tariff
from wattloop.library.tariffs.compiled_basic import ActualCharge, CapacityCharge, ContractCharge
from wattloop.library.tariffs.variants import TERMS

EPOCH = dt.date(1970, 1, 1)
Stretch = tuple[int, int, int]
"""First day, day after the last (days since 1970-01-01), and the number of the variant in force."""


class Variants:
    """The distinct prices of a run, numbered as agreements ask for them.

    Args:
        known: all versions of all tariffs.

    Raises:
        Refused: where there is none, or two of one id are in force on one day.
        TypeError: for what is no tariff.
    """

    def __init__(self, known: list[Tariff]) -> None:
        if not known:
            raise Refused("no tariff is given", "Give at least one.")
        self.versions: dict[str, list[Tariff]] = {}
        for tariff in known:
            if not isinstance(tariff, Tariff):
                msg = f"a tariff is what tariffs.load or tariffs.from_urdb gives, not {type(tariff).__name__}"
                raise TypeError(msg)
            self.versions.setdefault(tariff.id, []).append(tariff)
        for name, of_one in self.versions.items():
            of_one.sort(key=lambda t: t.valid_from or dt.date.min)
            for earlier, later in itertools.pairwise(of_one):
                begins = later.valid_from
                if begins is None or begins in (earlier.valid_from, earlier.valid_to) or _ends_after(earlier, begins):
                    raise Refused(f"two tariffs are called {name}", "Give one of them, or another id.")
        self.list: list[Tariff] = []
        self._made: list[list[Tariff]] = []
        self._stretches: dict[tuple[str, int], list[Stretch]] = {}

    @property
    def ids(self) -> list[str]:
        """The tariffs' ids, in the order given."""
        return list(self.versions)

    def stretches(self, tariff: str, kind: Kind, number: int) -> list[Stretch]:
        """When which variant of a tariff is in force for terms of a kind (which has a number in this run)."""
        known = self._stretches.get((tariff, number))
        if known is None:
            known = self._stretches[tariff, number] = self._found(tariff, kind)
        return known

    def _found(self, tariff: str, kind: Kind) -> list[Stretch]:
        found: list[Stretch] = []
        versions = self.versions[tariff]
        for alike in _alike(versions):
            first, last = versions[alike[0]], versions[alike[-1]]
            start = _day(first.valid_from) if first.valid_from else ALWAYS
            end = _day(last.valid_to) + 1 if last.valid_to else FOR_EVER
            if alike[-1] + 1 < len(versions):
                end = min(end, _day(versions[alike[-1] + 1].valid_from))
            found.append((start, end, self._number([variant(versions[at], kind) for at in alike])))
        return found

    def _number(self, made: list[Tariff]) -> int:
        """The number of a variant that continues through versions; terms that make no difference give the same one."""
        known = next((number for number, other in enumerate(self._made) if other == made), None)
        if known is None:
            known = len(self.list)
            self._made.append(made)
            self.list.append(functools.reduce(_continued, made))
        return known


def _alike(versions: list[Tariff]) -> list[list[int]]:
    """Neighbouring versions without a day between that price alike, in groups, by their places in the list."""
    found = [[0]]
    for at, (earlier, later) in enumerate(itertools.pairwise(versions), start=1):
        adjoin = earlier.valid_to is None or _day(earlier.valid_to) + 1 >= _day(later.valid_from)
        if adjoin and same_rules(earlier, later):
            found[-1].append(at)
        else:
            found.append([at])
    return found


def variant(tariff: Tariff, kind: Kind) -> Tariff:
    """A tariff as terms of a kind make it: its options, and the demand charge that the agreement chose."""
    if not tariff.applied:
        tariff = tariffs.variant(tariff, {name: words for name, words in kind.items() if name in TERMS})
    return by_method(tariff, kind.get("demand-method"))


def by_method(tariff: Tariff, chosen: str | None) -> Tariff:
    """A tariff with the one demand charge that an agreement chose.

    Where an agreement chooses none of those that the tariff offers, the variant `lacks` a choice,
    and bills under it are held back.
    """
    offered: tuple[CapacityCharge | ContractCharge | ActualCharge, ...]
    offered = (*tariff.capacity, *tariff.contract, *tariff.actual)
    methods = sorted({one.method for one in offered if one.method})
    if not methods:
        return tariff
    told, chosen = chosen, chosen or (methods[0] if len(methods) == 1 else None)
    return replace(
        tariff,
        capacity=tuple(c for c in tariff.capacity if c.method in (None, chosen)),
        contract=tuple(c for c in tariff.contract if c.method == chosen),
        actual=tuple(c for c in tariff.actual if c.method == chosen),
        intensive=tariff.intensive if tariff.intensive and chosen in tariff.intensive.applies_to else None,
        lacks=None
        if chosen in methods
        else f"the tariff charges {' or '.join(methods)}, and the agreement's demand-method is {told or 'not told'}",
    )


def same_rules(one: Tariff, other: Tariff) -> bool:
    """Whether two versions of a tariff price alike, whatever their dates and documents."""
    if one.document is None or other.document is None:
        return False
    return _rules(one) == _rules(other)


_APART = {"valid_from", "valid_to", "source", "name", "document", "calendar", "demand", "variants"}
"""What two versions may differ in and still price alike; calendars are compared as they were written."""


def _rules(tariff: Tariff) -> list[object]:
    demand = [replace(charge, calendar=None) for charge in tariff.demand]
    written = [tariff.document.calendar, [part.calendar for part in tariff.document.maxima]]
    return [getattr(tariff, field.name) for field in fields(tariff) if field.name not in _APART] + [demand, written]


def _continued(earlier: Tariff, later: Tariff) -> Tariff:
    """A version with the days of the next, which has the same rules."""
    begins = later.valid_from
    assert begins is not None

    def joined(one: Calendar, other: Calendar) -> Calendar:
        kept, dropped = (begins - one.first_day).days, (begins - other.first_day).days
        return replace(
            one,
            patterns=np.concatenate([one.patterns, other.patterns]),
            pattern_of_day=np.concatenate(
                [one.pattern_of_day[:kept], other.pattern_of_day[dropped:] + np.int16(len(one.patterns))]
            ),
            season_of_day=np.concatenate([one.season_of_day[:kept], other.season_of_day[dropped:]]),
        )

    demand = tuple(
        replace(one, calendar=joined(one.calendar, other.calendar) if one.calendar and other.calendar else None)
        for one, other in zip(earlier.demand, later.demand, strict=True)
    )
    calendar = joined(earlier.calendar, later.calendar)
    return replace(earlier, calendar=calendar, demand=demand, valid_to=later.valid_to)


def _ends_after(tariff: Tariff, day: dt.date) -> bool:
    return tariff.valid_to is not None and tariff.valid_to > day


def _day(day: dt.date | None) -> int:
    assert day is not None
    return (day - EPOCH).days
