"""The desk: a cashier's day, and payments taken in it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from wattloop.apps.customers.models import Agreement
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.enterprise.models import Unit
from wattloop.apps.enterprise.services import take_numbers
from wattloop.apps.receivables import bulk, late_fees, ledger
from wattloop.apps.receivables.ledger import Move
from wattloop.apps.receivables.models import Charge, DeskDay, Payment
from wattloop.apps.receivables.ruled import rules
from wattloop.apps.receivables.taking import NewPayment, record
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

DESK = "desk"


@service
def open_desk(unit: Unit, *, opening: int, by: Actor) -> DeskDay:
    """Open the desk day of whoever calls, with what lies in the drawer.

    Raises:
        Refused: where they have one today already, or one of another day is still open.
    """
    gate.require(by, "receivables.desk.open", unit)
    today = enterprise.today()
    if opening < 0:
        raise Refused("what lies in the drawer is not below zero", "Count it.", field="opening")
    left = DeskDay.objects.filter(cashier=by.actor, closed_at__isnull=True).first()
    if left is not None:
        raise Refused(f"your desk day of {left.day} is still open", "Count and close it first.")
    try:
        with transaction.atomic():
            day: DeskDay = DeskDay.objects.create(
                cashier=by.actor, unit=unit, day=today, opened_at=clock.now(), opening=opening, expected=opening
            )
    except IntegrityError:
        raise Refused("your desk day of today is closed already", "Payments can be taken again tomorrow.") from None
    audit("receivables.desk.open", day, by=by, after={"opening": opening})
    return day


@service
def take_payment(
    agreement: Agreement,
    *,
    amount: int,
    method: str,
    by: Actor,
    tendered: int | None = None,
    charges: Collection[int] | None = None,
    owed: int | None = None,
    payer: str = "",
    text: str = "",
) -> Payment:
    """Take a payment at the desk; late fees up to today are charged first, and what is over stays as an advance.

    Args:
        agreement: who pays.
        amount: what is paid, in the smallest unit.
        method: cash, card: one that the rules allow at the desk.
        by: the cashier, whose desk day is open.
        tendered: what was handed over; the rest is change.
        charges: ids of the charges that it is for; the oldest due first without.
        owed: what the cashier was shown as owed: refused where it is something else by now.
        payer, text: as told.

    Returns:
        The payment; its reference is the receipt's number.

    Raises:
        Refused: without an open desk day of today, for amounts that are none, a method not of the desk,
            or where another has taken a payment meanwhile.
    """
    gate.require(by, "receivables.payment.take", agreement.unit)
    _checked_amounts(amount, tendered)
    rule = rules().methods.get(method)
    if rule is None or not rule.desk:
        raise Refused(
            f"the desk takes no {method or 'payment without a method'}", "Choose cash or card.", field="method"
        )
    day = _open_day(by)
    bulk.lock([agreement.pk])
    late_fees.assess([agreement.pk], through=enterprise.today(), by=by)
    now_owed = _owed(agreement)
    if owed is not None and owed != now_owed:
        raise Refused("what is owed has changed since the page was shown", "Look at it again.", field="amount")
    number = take_numbers("receipt", 1, on=enterprise.today())[0]
    new = NewPayment(
        DESK, number, amount, enterprise.today(), method, payer, text, agreement.pk, tendered=tendered
    )  # fmt: skip
    payment = record([new], key=f"payment:desk:{number}", by=by, text=text, desk_day=day, only=charges)[0]
    if rule.counted:
        DeskDay.objects.filter(pk=day.pk).update(expected=F("expected") + amount)
    audit(
        "receivables.payment.take", payment, by=by, unit_path=agreement.unit.path,
        after={"agreement": agreement.number, "amount": amount, "method": method, "receipt": number},
    )  # fmt: skip
    return payment


@service
def close_desk(day: DeskDay, *, counted: int, by: Actor, note: str = "") -> DeskDay:
    """Count the drawer and close the day: it takes nothing any more. A difference is entered, with a note.

    Raises:
        Refused: where it is closed already, or a difference has no note.
    """
    gate.require(by, "receivables.desk.close", day.unit)
    day = DeskDay.objects.select_for_update().get(pk=day.pk)
    if day.cashier != by.actor and not gate.may(by, "receivables.ledger.close", day.unit):
        raise gate.NotAllowed(f"{by.actor} may not close the desk day of {day.cashier}", "Ask them to.")
    if day.closed_at is not None:
        raise Refused(f"the desk day of {day.day} is closed already")
    if counted < 0:
        raise Refused("what is counted is not below zero", "Count the drawer again.", field="counted")
    over = counted - day.expected
    if over and not note.strip():
        raise Refused("the drawer does not hold what was taken", "Say why in a note.", field="note")
    if over:
        debit, credit = ("cash", "desk-difference") if over > 0 else ("desk-difference", "cash")
        move = Move(debit, credit, abs(over), reference=str(day))
        ledger.enter(f"desk:{day.pk}", "desk-difference", [move], on=enterprise.today(), by=by, text=note)
    day.counted, day.note, day.closed_at = counted, note.strip()[:300], clock.now()
    day.save(update_fields=["counted", "note", "closed_at"])
    audit(
        "receivables.desk.close", day, by=by, note=note,
        after={"expected": day.expected, "counted": counted, "difference": over},
    )  # fmt: skip
    return day


def _checked_amounts(amount: int, tendered: int | None) -> None:
    if amount <= 0:
        raise Refused("a payment is above zero", "Enter what is paid.", field="amount")
    if tendered is not None and tendered < amount:
        raise Refused("less was handed over than is paid", "Take the rest, or enter a part-payment.", field="tendered")


def _open_day(by: Actor) -> DeskDay:
    """The cashier's open day of today, held so that nobody closes it meanwhile."""
    days = DeskDay.objects.select_for_update().filter(cashier=by.actor, day=enterprise.today())
    day: DeskDay | None = days.filter(closed_at__isnull=True).first()
    if day is None:
        raise Refused("your desk day is not open", "Open it first; a closed day takes nothing any more.")
    return day


def _owed(agreement: Agreement) -> int:
    rows = Charge.objects.filter(agreement=agreement, state=Charge.State.OPEN)
    return int(rows.aggregate(sum=Sum(F("amount") - F("settled")))["sum"] or 0)
