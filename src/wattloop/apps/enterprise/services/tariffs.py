"""Two people for a tariff: who proposed it does not decide it."""

from __future__ import annotations

from collections.abc import Iterable

from wattloop.apps.enterprise import gate, queries
from wattloop.apps.enterprise.models import TariffOffer
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused


@service
def decide_tariff(offer: TariffOffer, accept: bool, note: str = "", *, by: Actor) -> TariffOffer:
    """Put a proposed tariff in force, or send it back. The one in force until then is replaced.

    Args:
        offer: the proposal.
        accept: whether it is put in force.
        note: why; needed to send it back.
        by: who decides, not who proposed it.

    Raises:
        Refused: where they proposed it themselves, it is decided already, or is sent back without a word.
        NotAllowed: where they may not.
    """
    gate.require(by, "enterprise.tariff.decide")
    before, after = _decide(offer, accept, note, by)
    path = queries.company().path
    audit("enterprise.tariff.decide", offer, by=by, before=before, after=after, unit_path=path, note=note)
    return offer


@service
def decide_tariffs(offers: Iterable[TariffOffer], accept: bool, note: str = "", *, by: Actor) -> list[TariffOffer]:
    """Decide many proposals in one step: all of them, or none where one may not be.

    Raises:
        Refused: as `decide_tariff`, naming the tariff.
    """
    gate.require(by, "enterprise.tariff.decide")
    decided = list(offers)
    for offer in decided:
        _decide(offer, accept, note, by)
    told = {"tariffs": [offer.tariff for offer in decided], "state": _state(accept)}
    audit("enterprise.tariff.decide", by=by, after=told, unit_path=queries.company().path, note=note)
    return decided


def _state(accept: bool) -> str:
    return str(TariffOffer.State.IN_FORCE if accept else TariffOffer.State.REFUSED)


def _decide(offer: TariffOffer, accept: bool, note: str, by: Actor) -> tuple[dict[str, object], dict[str, object]]:
    held = TariffOffer.objects.select_for_update().get(pk=offer.pk)
    if held.state != TariffOffer.State.PROPOSED:
        raise Refused(f"{offer.tariff} is decided already: {held.state}", "Look at it again.")
    if held.proposed_by == by.actor:
        mend = "Somebody else decides what you proposed."
        raise Refused(f"{by.actor} proposed {offer.tariff} themselves", mend)
    if not accept and not note.strip():
        raise Refused("nothing says why it is sent back", "Write what should change.", field="note")
    now = clock.now()
    if accept:
        in_force = TariffOffer.objects.filter(tariff=offer.tariff, state=TariffOffer.State.IN_FORCE)
        in_force.update(state=TariffOffer.State.REPLACED)
    return changed(offer, state=_state(accept), decided_by=by.actor, decided_at=now, note=note[:500])
