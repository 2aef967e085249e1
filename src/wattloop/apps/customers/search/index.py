"""Where the grams of customers' texts are kept: an FTS5 table on SQLite, an array under a GIN index on PostgreSQL.

Both are kept by `refresh`, in the transaction that changes what a customer is found by.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection

from wattloop.apps.customers.models import Agreement, Contact, Customer, SearchText
from wattloop.apps.customers.search.grams import digits, grams, lines, unit_gram

_AT_ONCE = 500
TABLE = "customers_grams"


def refresh(customers: Iterable[int]) -> None:
    """Bring the index of some customers, by their ids, into line with what they are now."""
    ids = sorted(set(customers))
    for begin in range(0, len(ids), _AT_ONCE):
        _refresh(ids[begin : begin + _AT_ONCE])


def _refresh(ids: Sequence[int]) -> None:
    texts = _texts(ids)
    held = {s.pk: s for s in SearchText.objects.filter(pk__in=ids)}
    stale = [s for pk, s in held.items() if texts.get(pk) != (s.unit, s.text)]
    _forget([(s.pk, s.unit, s.text) for s in stale])
    gone = [s.pk for s in stale if s.pk not in texts]
    if gone:
        SearchText.objects.filter(pk__in=gone).delete()
    wanted = [
        SearchText(customer_id=pk, unit=unit, text=text)
        for pk, (unit, text) in texts.items()
        if pk not in held or (held[pk].unit, held[pk].text) != (unit, text)
    ]
    SearchText.objects.bulk_create(
        wanted, update_conflicts=True, unique_fields=["customer"], update_fields=["unit", "text"]
    )
    _keep([(s.customer_id, s.unit, s.text) for s in wanted])


def _texts(ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """{customer: (unit, what it is found by)}: names, telephones, addresses, theirs and of their agreements."""
    found: dict[int, list[str]] = {}
    units: dict[int, int] = {}
    rows = Customer.objects.filter(pk__in=ids)
    for pk, unit, name, phone, address in rows.values_list("pk", "unit_id", "name", "phone", "address"):
        units[pk] = unit
        found[pk] = [name, digits(phone), address]
    contacts = Contact.objects.filter(customer__in=ids).order_by("pk")
    for customer, name, phone in contacts.values_list("customer_id", "name", "phone"):
        found[customer] += [name, digits(phone)]
    agreements = Agreement.objects.filter(customer__in=ids).order_by("pk")
    for customer, address in agreements.values_list("customer_id", "address"):
        found[customer].append(address)
    return {pk: (units[pk], lines(parts)) for pk, parts in found.items()}


def tokens(unit: int, text: str) -> list[str]:
    """The grams of a customer, its unit's among them."""
    return [unit_gram(unit), *sorted(grams(text))]


def _keep(rows: list[tuple[int, int, str]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            told = [(pk, " ".join(tokens(unit, text))) for pk, unit, text in rows]
            cursor.executemany(f"INSERT INTO {TABLE}(rowid, grams) VALUES (%s, %s)", told)
        else:
            told_too = [(pk, tokens(unit, text)) for pk, unit, text in rows]
            cursor.executemany(
                f"INSERT INTO {TABLE}(customer, grams) VALUES (%s, %s) "
                "ON CONFLICT (customer) DO UPDATE SET grams = EXCLUDED.grams", told_too,
            )  # fmt: skip


def _forget(rows: list[tuple[int, int, str]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The table keeps no texts, so it has to be told which grams it forgets.
            told = [(pk, " ".join(tokens(unit, text))) for pk, unit, text in rows]
            cursor.executemany(f"INSERT INTO {TABLE}({TABLE}, rowid, grams) VALUES ('delete', %s, %s)", told)
        else:
            cursor.executemany(f"DELETE FROM {TABLE} WHERE customer = %s", [(pk,) for pk, _, _ in rows])


def forget_customers(customers: Iterable[int]) -> None:
    """Take customers out of the index, before they are deleted."""
    ids = list(customers)
    held = SearchText.objects.filter(pk__in=ids)
    _forget(list(held.values_list("pk", "unit", "text")))
    held.delete()
