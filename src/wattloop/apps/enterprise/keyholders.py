"""Somebody must always be able to load the folder and to decide tariffs: no change may lock everybody out."""

from __future__ import annotations

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import Assignment, Unit
from wattloop.library.quantity.refusal import Refused

MUST_STAY = ("enterprise.folder.load", "enterprise.tariff.decide")
"""What somebody must be able to do after every change, for the whole company."""


def require_somebody() -> None:
    """Refuse a state in which nobody holds a key, inside the transaction that would make it so.

    Raises:
        Refused: naming what nobody could do.
    """
    held = Assignment.objects.filter(
        user__is_active=True, role__active=True, unit__active=True, unit__kind=Unit.Kind.COMPANY
    ).values_list("role__grants", flat=True)
    granted = {pattern for grants in held for pattern in grants}
    for action in MUST_STAY:
        if not any(gate.covers(pattern, action) for pattern in granted):
            mend = "Let somebody who may sign in have a role with it for the company."
            raise Refused(f"after this nobody could do {action}", mend)
