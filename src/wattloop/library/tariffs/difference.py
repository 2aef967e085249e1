"""What differs between two versions of a tariff: every price, share, bound and rule, and the hours that move.

Found in the compiled tariffs, so that another way of writing the same thing is no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.facts import Fact, Facts, Key, depends, facts_of
from wattloop.library.tariffs.moved_hours import Move, moved_hours

KINDS = "component"  # of a component that comes or goes, its prices tell enough
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs.

    `section` says what sort of thing it is (price, total, ratio, tiers, demand, fixed, …),
    `names` which one, from the outer to the inner (component, tier, period), `attribute`
    which of its properties, "" where it has but one. `old` is None where it was not there,
    `new` where it is gone.
    """

    section: str
    names: tuple[str, ...]
    attribute: str
    old: Fact | None
    new: Fact | None

    @property
    def sort(self) -> str:
        """Whether it is added, removed or changed."""
        return ADDED if self.old is None else REMOVED if self.new is None else CHANGED

    @property
    def percent(self) -> Decimal | None:
        """By how much a price or bound rises (below 0: falls), in percent to two decimals; None where none can be."""
        if self.old is None or self.new is None or self.old.unit != self.new.unit:
            return None
        if self.section == "rounding" or self.old.unit == "%":
            return None
        before, after = self.old.value, self.new.value
        if not isinstance(before, Decimal) or not isinstance(after, Decimal) or before <= 0:
            return None
        return ((after - before) / before * 100).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs between `old` and `new`; `moves` are of the days of `year`, None where it cannot be compared."""

    old: Tariff
    new: Tariff
    changes: tuple[Change, ...]
    year: int
    moves: tuple[Move, ...] | None

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.changes or self.moves)


def difference(old: Tariff, new: Tariff, year: int) -> Difference:
    """Compare two versions of a tariff, or two tariffs; periods hour by hour on the days of a year."""
    told_by = depends(old, new)
    before, after = facts_of(old, told_by), facts_of(new, told_by)
    changes = [
        Change(key.section, key.names, key.attribute, before.get(key), after.get(key))
        for key in _in_order(before, after)
        if before.get(key) != after.get(key) and (key.section != KINDS or (key in before and key in after))
    ]
    whole = [change for group in _grouped(changes) for change in _as_one(group, before, after)]
    return Difference(old, new, tuple(whole), year, moved_hours(old, new, year))


def _in_order(before: Facts, after: Facts) -> list[Key]:
    """All keys: section by section, in the new one's order, with what is gone at its section's end."""
    keys = list(dict.fromkeys([*after, *before]))
    sections = list(dict.fromkeys(key.section for key in keys))
    return sorted(keys, key=lambda key: sections.index(key.section))


def _grouped(changes: Iterable[Change]) -> list[list[Change]]:
    """Changes of one thing together: a component's prices, a charge's properties."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.section, change.names[0] if change.names else change.attribute), []).append(change)
    return list(groups.values())


def _as_one(group: list[Change], before: Facts, after: Facts) -> list[Change]:
    """One change for a thing that costs the same in every tier and period before, and the same after."""
    first = group[0]
    cells = {key for key in {**before, **after} if key.section == first.section and key.names[:1] == first.names[:1]}
    same = len({(change.old, change.new) for change in group}) == 1
    if len(group) > 1 and same and len(cells) == len(group):
        return [Change(first.section, first.names[:1], first.attribute, first.old, first.new)]
    return group
