"""How fast customers are found among many: made up in an empty home, then asked for as people ask."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

CHUNK = 20_000
STATIONS = 20


def fill(count: int, progress: Callable[[int, int], None]) -> None:
    """Customers in the database and the index, by the services' own index and without their audit.

    Raises:
        Refused: where there are customers already.
    """
    from django.core.management import call_command
    from django.db import transaction

    from wattloop.apps.customers.models import Customer
    from wattloop.apps.customers.search import refresh
    from wattloop.apps.enterprise.models import Unit
    from wattloop.library.quantity.refusal import Refused

    call_command("migrate", verbosity=0, interactive=False)
    if Customer.objects.exists():
        raise Refused("this home has customers", "Name an empty one: WATTLOOP_HOME=folder.")
    units = _units(Unit)
    for begin in range(0, count, CHUNK):
        with transaction.atomic():
            made = Customer.objects.bulk_create(
                (Customer(unit=units[at % STATIONS], **told) for at, told in _people(begin, min(begin + CHUNK, count))),
                batch_size=2_000,
            )
            refresh([one.pk for one in made])
        progress(min(begin + CHUNK, count), count)


def _units(unit: Any) -> list[Any]:
    company = unit.objects.create(code="bench", kind="company", name_zh="公司", name_en="Company", path="/bench/")
    return [
        unit.objects.create(
            code=f"s{n}", kind="station", name_zh=f"{n}所", name_en=f"Station {n}", parent=company, path=f"/bench/s{n}/"
        )
        for n in range(STATIONS)
    ]


def _people(begin: int, end: int) -> Iterator[tuple[int, dict[str, str]]]:
    from wattloop.example.names import address, person_name, phone

    drawn = np.random.default_rng([7, begin]).integers(0, 2**31, (end - begin, 10))
    for at, row in zip(range(begin, end), drawn, strict=True):
        kind = ("residential-urban", "residential-rural", "shop")[at % 3]
        yield at, {
            "number": f"C{at:08d}", "name": person_name(row), "phone": phone(row),
            "address": address(kind, f"T{at % 997}", row),
        }  # fmt: skip


def ask(rounds: int) -> dict[str, list[float]]:
    """Seconds of searches by kind, for somebody of the whole company and for a station's clerk."""
    from wattloop.apps.customers.models import Customer
    from wattloop.apps.customers.search import search
    from wattloop.apps.enterprise.models import Assignment, Role, Unit, User

    role = Role.objects.create(code="bench", name_zh="查", name_en="Seeker", grants=["customers.customer.view"])
    seekers = {}
    for name, code in (("company", "bench"), ("station", "s3")):
        user = User.objects.create(username=f"bench-{name}")
        Assignment.objects.create(user=user, role=role, unit=Unit.objects.get(code=code))
        seekers[name] = user.pk
    drawn, last = random.Random(1), Customer.objects.order_by("-pk").values_list("pk", flat=True)[0]  # noqa: S311
    first = Customer.objects.order_by("pk").values_list("pk", flat=True)[0]
    found: dict[str, list[float]] = {}
    for who, pk in seekers.items():
        for _ in range(rounds):
            one = Customer.objects.get(pk=drawn.randint(first, last))
            asked = {
                "number": one.number[:6], "whole name": one.name, "two characters": one.name[:2],
                "rare two characters": one.name[-2:], "end of telephone": one.phone[-6:], "telephone": one.phone,
                "place": one.address[3:6], "place and name": f"{one.address[3:6]} {one.name[:2]}",
                "nobody": "鑫鑫鑫",
            }  # fmt: skip
            for kind, text in asked.items():
                user = User.objects.get(pk=pk)
                began = time.perf_counter()
                search(text, user)
                found.setdefault(f"{kind}, {who}", []).append(time.perf_counter() - began)
    return found
