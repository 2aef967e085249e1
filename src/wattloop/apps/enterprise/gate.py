"""The permission gate: who may do what, for which units. Every view and every service asks here, and nowhere else.

A role grants actions by name, by a beginning with a star (`billing.*`), or by what is done in every
room (`*.view`); somebody has a role for a unit and all below it. A user's grants are read once a
request: they hang on the user object.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from wattloop.apps.enterprise.models import Assignment, Unit
from wattloop.apps.records.actors import Actor, System
from wattloop.library.quantity.refusal import Refused

EVERYTHING = "*"


class NotAllowed(Refused):
    """Somebody asked for what they may not do. A page answers 404, so that nobody learns what there is."""


class Grants:
    """What one user may do: the paths of units for each granted pattern."""

    def __init__(self, user: Any) -> None:
        self.by_pattern: dict[str, list[str]] = {}
        self._units: dict[str, list[int] | None] = {}
        if not (user.is_authenticated and user.is_active):
            return
        found = Assignment.objects.filter(user=user, role__active=True, unit__active=True)
        for grants, path in found.values_list("role__grants", "unit__path"):
            for pattern in grants:
                self.by_pattern.setdefault(pattern, []).append(path)

    def paths(self, action: str) -> list[str]:
        """The paths of the units for which an action is granted; shorter ones cover those below."""
        return [
            path for pattern, paths in self.by_pattern.items() if covers(pattern, action) for path in paths
        ]  # fmt: skip

    def units(self, action: str) -> list[int] | None:
        """The ids of all units for which an action is granted; None for every unit there is."""
        if action not in self._units:
            self._units[action] = _below(self.paths(action))
        return self._units[action]


def covers(pattern: str, action: str) -> bool:
    """Whether `billing.*` grants `billing.run.approve`; `*.view` grants seeing everywhere."""
    if pattern == EVERYTHING:
        return True
    if pattern.startswith("*."):
        return action.endswith(pattern[1:])
    return action.startswith(pattern[:-1]) if pattern.endswith(".*") else pattern == action


def _below(paths: list[str]) -> list[int] | None:
    if not paths:
        return []
    units = list(Unit.objects.values_list("id", "path"))
    found = [number for number, path in units if any(path.startswith(one) for one in paths)]
    return None if len(found) == len(units) else found


def grants(user: Any) -> Grants:
    """A user's grants, read once for this user object."""
    held = getattr(user, "_grants", None)
    if held is None:
        held = user._grants = Grants(user)
    return held


def may(by: Actor | Any, action: str, unit: Unit | None = None) -> bool:
    """Whether somebody may do something for a unit; without one, for any unit at all."""
    if isinstance(by, System):
        return True
    paths = grants(by).paths(action)
    return bool(paths) if unit is None else any(unit.path.startswith(path) for path in paths)


def require(by: Actor, action: str, unit: Unit | None = None) -> None:
    """Refuse what somebody may not do.

    Raises:
        NotAllowed: naming who and what.
    """
    if not may(by, action, unit):
        where = f" for {unit.code}" if unit is not None else ""
        raise NotAllowed(f"{by.actor} may not do {action}{where}", "Ask whoever gives out roles.")


def visible(by: Any, action: str, rows: models.QuerySet[Any], unit: str = "unit") -> models.QuerySet[Any]:
    """Those rows whose unit somebody may do something for.

    Args:
        by: who.
        action: what.
        rows: of anything that has a unit.
        unit: the path of fields to it, as `agreement__unit`.
    """
    if isinstance(by, System):
        return rows
    units = grants(by).units(action)
    return rows if units is None else rows.filter(**{f"{unit}__in": units})
