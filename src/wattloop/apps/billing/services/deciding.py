"""Deciding exceptions, one or many at once, and giving them to somebody."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from wattloop.apps.billing.checking import HELD
from wattloop.apps.billing.models import BillException, BillRun
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.models import User
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

State = BillException.State
AT_ONCE = 5_000


@service
def decide(exceptions: Collection[int], decision: str, *, by: Actor, note: str = "") -> int:
    """Accept exceptions, hold their bills back, or open them again, and say how many were decided.

    Args:
        exceptions: their ids, of runs that are not approved yet; 5,000 at most.
        decision: "accepted", "held" or "open".
        note: why; needed where more than one is decided, or a blocking one is accepted.

    Raises:
        Refused: where one is unknown or not theirs to decide, its run is past deciding, or nobody can accept it.
    """
    gate.require(by, "billing.exception.decide")
    found = _theirs(exceptions, by)
    if decision not in (State.ACCEPTED, State.HELD, State.OPEN):
        raise Refused(_("a decision is accepted, held or open, not %s") % decision, field="decision")
    # Held to the end of the transaction: nobody approves a run while what is found about it is being decided.
    for run in BillRun.objects.select_for_update().filter(pk__in={one.run_id for one in found}).order_by("pk"):
        if run.state not in (BillRun.State.RATED, BillRun.State.CHECKED):
            raise Refused(
                _("run %(run)s is %(state)s: its exceptions are decided no more")
                % {"run": run, "state": run.get_state_display()},
                _("What was held back can be billed by another run."),
            )
    blocking = [one for one in found if one.severity == BillException.Severity.BLOCK]
    if decision == State.ACCEPTED and any(one.rule == HELD for one in found):
        raise Refused(
            _("a bill that could not be rated cannot be accepted"),
            _("Mend what is missing and rate the run again, or leave it: another run takes it over."),
        )
    if decision == State.ACCEPTED and (blocking or len(found) > 1) and not note.strip():
        raise Refused(_("say why these bills are right as they are"), _("Write a note."), field="note")
    opened = decision == State.OPEN
    BillException.objects.filter(pk__in=[one.pk for one in found]).update(
        state=decision, note=note[:500], decided_by="" if opened else by.actor,
        decided_at=None if opened else clock.now(),
    )  # fmt: skip
    audit(
        "billing.exception.decide", found[0].run, by=by, note=note,
        before={"open": sum(one.state == State.OPEN for one in found)},
        after={"state": decision, "exceptions": [one.pk for one in found][:100], "count": len(found)},
    )  # fmt: skip
    return len(found)


@service
def assign(exceptions: Collection[int], to: User | None, *, by: Actor) -> int:
    """Give exceptions to somebody, or to nobody, and say how many.

    Raises:
        Refused: where whom they are given to may not decide one of them.
    """
    gate.require(by, "billing.exception.decide")
    found = _theirs(exceptions, by)
    for unit in {one.unit for one in found}:
        if to is not None and not gate.may(to, "billing.exception.decide", unit):
            raise Refused(_("%s may not decide these") % to.actor, _("Choose somebody else."), field="to")
    name = to.actor if to is not None else ""
    BillException.objects.filter(pk__in=[one.pk for one in found]).update(assigned=name)
    audit("billing.exception.assign", found[0].run, by=by, after={"assigned": name, "count": len(found)})
    return len(found)


def _theirs(exceptions: Collection[int], by: Actor) -> list[BillException]:
    """Those exceptions, all of them ones that somebody may decide."""
    if not 0 < len(exceptions) <= AT_ONCE:
        raise Refused(_("choose 1 to %d exceptions") % AT_ONCE)
    rows = BillException.objects.filter(pk__in=list(exceptions)).select_related("run", "unit")
    found = list(gate.visible(by, "billing.exception.decide", rows))
    if len(found) != len(set(exceptions)):
        raise gate.NotAllowed(f"{by.actor} may not decide all of these", "Choose those of your own unit.")
    return found
