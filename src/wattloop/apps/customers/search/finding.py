"""Finding customers as somebody types: by number, old number, name, address, telephone, meter and point.

Numbers are found by their beginnings through the indexes of their tables; words through their grams. Either
looks at no more than a few hundred rows, however many customers there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from wattloop.apps.customers.models import Agreement, Customer, OldNumber, UsagePoint
from wattloop.apps.customers.search.grams import asked, digits, folded, grams, unit_gram
from wattloop.apps.customers.search.index import TABLE
from wattloop.apps.enterprise import gate
from wattloop.apps.records.actors import System

VIEW = "customers.customer.view"
SHOWN = 20
_LOOKED_AT = 60
_MOST_UNITS = 40  # for more of them it is quicker to look at the customers
_LAST = "\U0010ffff"

Finder = Callable[[str, int], Iterable[tuple[int, str]]]
"""What a number begins with and how many are wanted, to customers' ids and the number found."""

_finders: list[tuple[str, Finder]] = []


@dataclass(frozen=True)
class Hit:
    """A customer that was found, by which of its things, and how that is written."""

    customer: Customer
    by: str
    what: str


def finds(kind: str, finder: Finder) -> None:
    """Let a room find customers by numbers of its own (meters)."""
    if all(known != kind for known, _ in _finders):
        _finders.append((kind, finder))


def beginning(rows: QuerySet[Any], field: str, text: str) -> QuerySet[Any]:
    """Rows whose field begins with a text, through its index."""
    if connection.vendor == "sqlite":  # whose LIKE leaves an index of exact letters aside
        return rows.filter(**{f"{field}__gte": text, f"{field}__lt": text + _LAST})
    return rows.filter(**{f"{field}__startswith": text})


def search(text: str, by: Any, limit: int = SHOWN) -> list[Hit]:
    """Customers that somebody may see and that answer to a text, those by number first.

    Args:
        text: what was typed: a number or its beginning, two or more characters of a name or an address, four or more
            digits from anywhere in a telephone number; several words must all be there.
        by: who asks.
        limit: no more than so many.
    """
    words = asked(text)
    if not words or len(text) > 200:
        return []
    units = None if isinstance(by, System) else gate.grants(by).units(VIEW)
    if units is not None and not units:
        return []
    found: dict[int, tuple[str, str]] = {}
    bare = text.strip()
    if len(bare) >= 2 and bare.isascii() and " " not in bare:
        for kind, pk, what in _by_number(bare, units):
            found.setdefault(pk, (kind, what))
    if len(found) < limit:
        for pk in _by_words(_words(words, text), units):
            found.setdefault(pk, ("text", ""))
    rows = gate.visible(by, VIEW, Customer.objects.filter(pk__in=list(found)[: 2 * _LOOKED_AT]).select_related("unit"))
    hits = [Hit(one, *found[one.pk]) for one in rows]
    hits.sort(key=lambda hit: _nearness(hit, folded(bare)))
    return hits[:limit]


def _words(words: list[str], text: str) -> list[str]:
    number = digits(text)
    # A telephone number is asked for as people write it: +86 138 0013 8000.
    return [number] if len(number) >= 4 and not any(c.isalpha() for c in text) else words


def _nearness(hit: Hit, text: str) -> tuple[int, str]:
    name = folded(hit.customer.name)
    if hit.by != "text":
        return (0 if hit.what == text else 1), hit.what
    return (2 if name == text else 3 if name.startswith(text) else 4), hit.customer.number


def _by_number(text: str, units: list[int] | None) -> list[tuple[str, int, str]]:
    found: list[tuple[str, int, str]] = []
    upper = text.upper()
    texts = [text] if upper == text else [text, upper]
    for one in texts:
        sources: list[tuple[str, QuerySet[Any], str, str, str]] = [
            ("customer", Customer.objects.all(), "number", "pk", "unit"),
            ("agreement", Agreement.objects.all(), "number", "customer", "customer__unit"),
            ("point", UsagePoint.objects.all(), "number", "agreement__customer", "agreement__customer__unit"),
        ]
        for kind, rows, field, customer, unit in sources:
            chosen = beginning(rows, field, one).order_by(field)
            chosen = chosen if units is None else chosen.filter(**{f"{unit}__in": units})
            found += [(kind, pk, what) for pk, what in chosen.values_list(customer, field)[:SHOWN]]
        for kind, finder in _finders:
            found += [(kind, pk, what) for pk, what in finder(one, SHOWN)]
        found += _by_old_number(one)
    return found


def _by_old_number(text: str) -> list[tuple[str, int, str]]:
    now: dict[str, dict[str, str]] = {}
    rows = beginning(OldNumber.objects.all(), "number", text).order_by("number")
    for kind, number, new in rows.values_list("kind", "number", "now")[:SHOWN]:
        now.setdefault(kind, {})[new] = number
    found: list[tuple[str, int, str]] = []
    places: dict[str, tuple[QuerySet[Any], str]] = {
        "customer": (Customer.objects.all(), "pk"),
        "agreement": (Agreement.objects.all(), "customer"),
        "point": (UsagePoint.objects.all(), "agreement__customer"),
    }
    for kind, (things, customer) in places.items():
        if kind in now:
            pairs = things.filter(number__in=now[kind]).values_list("number", customer)
            found += [("old number", pk, now[kind][number]) for number, pk in pairs]
    return found


def _by_words(words: list[str], units: list[int] | None) -> list[int]:
    pieces = set().union(*(grams(word) for word in words))
    if not pieces:
        return _by_beginning_of_name(words, units)
    few = units is not None and len(units) <= _MOST_UNITS
    if connection.vendor == "sqlite":
        match = " AND ".join(f'"{piece}"' for piece in sorted(pieces))
        if few:
            match += f" AND ({' OR '.join(unit_gram(u) for u in units or [])})"
        sql = (
            f"SELECT t.customer_id FROM {TABLE} JOIN customers_searchtext t ON t.customer_id = {TABLE}.rowid "
            f"WHERE {TABLE} MATCH %s"
        )
        given: list[Any] = [match]
    else:
        sql = (
            f"SELECT t.customer_id FROM {TABLE} g JOIN customers_searchtext t ON t.customer_id = g.customer "
            f"WHERE g.grams @> %s::text[]"
        )
        given = [sorted(pieces)]
        if few:
            sql += " AND g.grams && %s::text[]"
            given.append([unit_gram(u) for u in units or []])
    for word in words:
        sql += " AND t.text LIKE %s ESCAPE '!'"
        given.append(f"%{word.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%")
    if units is not None and not few:
        sql += f" AND t.unit IN ({', '.join(str(int(u)) for u in units)})"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {_LOOKED_AT}", given)
        return [pk for (pk,) in cursor.fetchall()]


def _by_beginning_of_name(words: list[str], units: list[int] | None) -> list[int]:
    """One character alone, or two letters: names that begin with it."""
    rows = beginning(Customer.objects.all(), "name", words[0])
    rows = rows if units is None else rows.filter(unit__in=units)
    return list(rows.order_by("name").values_list("pk", flat=True)[:_LOOKED_AT])
