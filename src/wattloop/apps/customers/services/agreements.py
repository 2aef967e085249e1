"""Agreements by their days: opened, under new terms, transferred, closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wattloop.apps.customers import search
from wattloop.apps.customers.holding import CORRECT, held, refuse_billed, refuse_taken
from wattloop.apps.customers.models import (
    Agreement,
    AgreementVersion,
    Customer,
    Transformer,
    TransformerState,
    UsagePoint,
)
from wattloop.apps.customers.tables.terms import check_points, order_versions
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity.refusal import Refused

CHANGE = "customers.agreement.change"
TERMS = (
    "tariff", "customer_class", "voltage", "market", "demand_method", "capacity_va", "contract_w", "options",
    "allowances",
)  # fmt: skip
_DAY = dt.timedelta(days=1)


@service
def open_agreement(
    customer: Customer, *, number: str, on: dt.date, points: list[str], by: Actor, unit: Any = None, **told: Any
) -> Agreement:
    """Open an agreement from a day on.

    Args:
        customer: whose it is.
        number: 户号.
        on: its first day.
        points: the usage points, the first a main one.
        by: who does it.
        unit: that looks after it; the customer's by default.
        **told: `address`, `reading_day`, and the terms of its first version.

    Raises:
        Refused: where the number is taken, or another agreement has a point on that day.
    """
    unit = unit or customer.unit
    gate.require(by, CHANGE, unit)
    if Agreement.objects.filter(number=number).exists():
        raise Refused(f"there is an agreement {number} already", "Give another number.", field="number")
    terms = {name: told.pop(name) for name in TERMS if name in told}
    agreement: Agreement = Agreement.objects.create(number=number, customer=customer, unit=unit, opened_on=on, **told)
    AgreementVersion.objects.create(agreement=agreement, customer=customer, valid_from=on, **terms)
    made = [UsagePoint(number=point, agreement=agreement, valid_from=on) for point in points]
    check_points([(point, None) for point in made])
    for point in points:
        refuse_taken(point, agreement, on, None)
    UsagePoint.objects.bulk_create(made)
    search.refresh([customer.pk])
    after = {"number": number, "opened_on": on, "points": points, **terms}
    audit("customers.agreement.open", agreement, by=by, after=after)
    return agreement


@service
def new_terms(agreement: Agreement, *, on: dt.date, by: Actor, reason: str = "", **terms: Any) -> AgreementVersion:
    """New terms from a day on; those before end on the day before, later ones stay.

    Args:
        agreement: whose.
        on: the first day of the new terms.
        by: who does it.
        reason: why.
        **terms: what changes; the rest stays as it is on that day.

    Raises:
        Refused: where days from then on are billed, the agreement is closed then, or terms begin on that day already.
    """
    gate.require(by, CHANGE, agreement.unit)
    agreement = held(agreement)
    version = _split(agreement, on, reason, terms, by)
    audit("customers.agreement.terms", agreement, by=by, after={"valid_from": on, **terms}, note=reason)
    return version


@service
def correct_terms(version: AgreementVersion, *, by: Actor, reason: str, **terms: Any) -> AgreementVersion:
    """Say what was agreed on from the beginning of a version: its terms were written down wrongly.

    Bills of its days stay as they are until their runs are corrected.

    Args:
        version: whose days stay.
        by: who may correct what is billed.
        reason: how it came to be wrong.
        **terms: those that differ.

    Raises:
        Refused: where nothing differs, or no reason is given.
    """
    gate.require(by, CORRECT, version.agreement.unit)
    agreement = held(version.agreement)
    if not reason.strip():
        raise Refused(
            "terms that held are corrected without a reason", "Say how they came to be wrong.", field="reason"
        )
    before, after = changed(version, **{name: terms[name] for name in TERMS if name in terms})
    if not after:
        raise Refused("nothing differs", "Change a term.", field="tariff")
    about = {"valid_from": version.valid_from}
    audit("customers.agreement.correct", agreement, by=by, before=about | before, after=about | after, note=reason)
    return version


def _split(agreement: Agreement, on: dt.date, reason: str, terms: dict[str, Any], by: Actor) -> AgreementVersion:
    versions = list(agreement.versions.all())
    current = next((v for v in versions if v.valid_from <= on and (v.valid_to is None or on <= v.valid_to)), None)
    if current is None:
        raise Refused(f"no terms hold on {on}, so none can change", "Name a day of the agreement.", field="on")
    refuse_billed(agreement, on, by=by, reason=reason)
    if current.valid_from == on:
        raise Refused(f"terms begin on {on} already", "Name another day, or correct those terms.", field="on")
    made = AgreementVersion(agreement=agreement, customer=current.customer, valid_from=on, valid_to=current.valid_to)
    for name in TERMS:
        setattr(made, name, terms.get(name, getattr(current, name)))
    made.customer = terms.get("customer", current.customer)
    made.reason = reason
    if all(getattr(made, name) == getattr(current, name) for name in (*TERMS, "customer_id")):
        raise Refused("nothing changes", "Change a term.", field="on")
    current.valid_to = on - _DAY
    order_versions([*versions, made], frozenset({id(current)}))
    current.save(update_fields=["valid_to"])
    made.save()
    return made


@service
def transfer_agreement(agreement: Agreement, to: Customer, *, on: dt.date, by: Actor, reason: str = "") -> Agreement:
    """Another owner from a day on (过户): who had it pays for the days before.

    Raises:
        Refused: as for `new_terms`; or where it is theirs already.
    """
    gate.require(by, CHANGE, agreement.unit)
    agreement = held(agreement)
    former = agreement.customer
    if to == former:
        raise Refused(f"the agreement is {to.name}'s already", "Name another customer.", field="customer")
    _split(agreement, on, reason, {"customer": to}, by)
    changed(agreement, customer=to)
    search.refresh([former.pk, to.pk])
    audit(
        "customers.agreement.transfer", agreement, by=by, before={"customer": former.number},
        after={"customer": to.number, "on": on}, note=reason,
    )  # fmt: skip
    return agreement


@service
def close_agreement(agreement: Agreement, *, on: dt.date, by: Actor, reason: str = "") -> Agreement:
    """Close an agreement (销户): `on` is its last day.

    Raises:
        Refused: where it is closed, was not open yet, is billed beyond that day, or terms begin after it.
    """
    gate.require(by, CHANGE, agreement.unit)
    agreement = held(agreement)
    if agreement.state == Agreement.State.CLOSED:
        raise Refused(f"agreement {agreement.number} is closed already", field="on")
    versions = list(agreement.versions.all())
    last = versions[-1] if versions else None
    if last is not None and last.valid_from > on:
        raise Refused(f"terms begin on {last.valid_from}, after that day", "Name a later day.", field="on")
    refuse_billed(agreement, on + _DAY, by=by, reason=reason)
    if last is not None and (last.valid_to is None or last.valid_to > on):
        changed(last, valid_to=on)
    for point in agreement.points.all():
        if point.valid_to is None or point.valid_to > on:
            changed(point, valid_to=max(on, point.valid_from or on))
    before, after = changed(agreement, state=Agreement.State.CLOSED, closed_on=on)
    audit("customers.agreement.close", agreement, by=by, before=before, after=after, note=reason)
    return agreement


@service
def set_transformer(
    agreement: Agreement, *, name: str, on: dt.date, state: str, by: Actor, capacity_va: int | None = None,
    reason: str = "",
) -> TransformerState:  # fmt: skip
    """Say what a transformer is from a day on: running, standing by, sealed (暂停); a new one tells its capacity.

    Raises:
        Refused: where that day is billed, it is in that state then, or a new one has no capacity.
    """
    gate.require(by, CHANGE, agreement.unit)
    agreement = held(agreement)
    refuse_billed(agreement, on, by=by, reason=reason)
    transformer = Transformer.objects.filter(agreement=agreement, name=name).first()
    if transformer is None:
        if not capacity_va:
            raise Refused(f"transformer {name} is new and has no capacity", "Give it.", field="capacity_va")
        transformer = Transformer.objects.create(agreement=agreement, name=name, capacity_va=capacity_va)
    elif not transformer.states.exists() and state != TransformerState.Kind.RUNNING:
        # It has been running always; once a state is told, its days before are told too.
        begin = agreement.opened_on or agreement.versions.values_list("valid_from", flat=True).first()
        if begin is not None and begin < on:
            TransformerState.objects.create(
                transformer=transformer, valid_from=begin, state=TransformerState.Kind.RUNNING
            )
    before = transformer.states.filter(valid_from__lte=on).last()
    if before is not None and (before.valid_from == on or before.state == state):
        said = f"{name} is {before.state} from {before.valid_from} already"
        raise Refused(said, "Name another day or state.", field="on")
    made: TransformerState = TransformerState.objects.create(transformer=transformer, valid_from=on, state=state)
    audit(
        "customers.agreement.transformer", agreement, by=by,
        before={name: before.state} if before else None, after={name: state, "from": on}, note=reason,
    )  # fmt: skip
    return made
