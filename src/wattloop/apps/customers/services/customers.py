"""Customers and those to speak to for them."""

from __future__ import annotations

from typing import Any

from wattloop.apps.customers import search
from wattloop.apps.customers.models import Contact, Customer
from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise import services as enterprise
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity.refusal import Refused

CHANGE = "customers.customer.change"


@service
def register_customer(*, by: Actor, number: str = "", **fields: Any) -> Customer:
    """Take a new customer in.

    Args:
        by: who does it.
        number: theirs; without one, the next of the series `customer`.
        **fields: of the model; `name` and `unit` at least.

    Raises:
        Refused: where the number is taken.
    """
    gate.require(by, CHANGE, fields["unit"])
    number = number or _next_number()
    if Customer.objects.filter(number=number).exists():
        raise Refused(f"there is a customer {number} already", "Give another number, or none.", field="number")
    customer: Customer = Customer.objects.create(number=number, **fields)
    search.refresh([customer.pk])
    audit("customers.customer.register", customer, by=by, after={"number": number, **fields})
    return customer


def _next_number() -> str:
    from wattloop.apps.enterprise.queries import today

    return enterprise.take_numbers("customer", 1, on=today())[0]


@service
def change_customer(customer: Customer, *, by: Actor, note: str = "", **fields: Any) -> Customer:
    """Change what is known of a customer; who looks after them anew must be a unit that `by` may change, too."""
    gate.require(by, CHANGE, customer.unit)
    if "unit" in fields:
        gate.require(by, CHANGE, fields["unit"])
    before, after = changed(customer, **fields)
    search.refresh([customer.pk])
    if after:
        audit("customers.customer.change", customer, by=by, before=before, after=after, note=note)
    return customer


@service
def set_contact(customer: Customer, *, by: Actor, contact: Contact | None = None, **fields: Any) -> Contact:
    """Add somebody to speak to, or change what is known of them; one at most is the main one.

    Raises:
        Refused: where another has that name.
    """
    gate.require(by, CHANGE, customer.unit)
    others = Contact.objects.filter(customer=customer)
    others = others.exclude(pk=contact.pk) if contact is not None else others
    if others.filter(name=fields["name"]).exists():
        raise Refused(f"{fields['name']} is a contact already", "Change that one.", field="name")
    if fields.get("main"):
        others.filter(main=True).update(main=False)
    if contact is None:
        contact = Contact.objects.create(customer=customer, **fields)
        before, after = None, dict(fields)
    else:
        before, after = changed(contact, **fields)
    search.refresh([customer.pk])
    audit("customers.customer.contact", customer, by=by, before=before, after=after, note=contact.name)
    return contact


@service
def remove_contact(contact: Contact, *, by: Actor) -> None:
    """Take away somebody to speak to."""
    customer = contact.customer
    gate.require(by, CHANGE, customer.unit)
    name = contact.name
    contact.delete()
    search.refresh([customer.pk])
    audit("customers.customer.contact-removed", customer, by=by, before={"name": name})
