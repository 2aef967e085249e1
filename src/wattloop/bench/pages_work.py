"""What people look at in a filled home, and the work that goes on meanwhile: a bill run, and an import."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.urls import reverse

EACH = 8
LONGEST = 300


def somebody(name: str | None) -> Any:
    """A user by name, or the first who may approve bill runs.

    Raises:
        Refused: where there is none.
    """
    from wattloop.apps.enterprise import gate
    from wattloop.apps.enterprise.models import User
    from wattloop.library.quantity.refusal import Refused

    users = User.objects.filter(is_active=True).order_by("username")
    chosen = users.filter(username=name) if name else users
    for user in chosen:
        if name or gate.may(user, "billing.run.approve"):
            return user
    raise Refused("there is nobody who could look", "Load an enterprise folder, or name a user with --by.")


def places(user: Any) -> dict[str, list[str]]:
    """Addresses by page, of what this user may see; nothing before a month was billed."""
    from wattloop.apps.billing.models import Bill, BillRun
    from wattloop.apps.customers.models import Agreement, Customer
    from wattloop.apps.enterprise import gate

    run = BillRun.objects.order_by("-pk").first()
    if run is None:
        return {}
    bills = list(Bill.objects.filter(run=run).order_by("pk").values_list("pk", flat=True)[:EACH])
    people = list(Customer.objects.order_by("pk")[:EACH])
    agreements = list(Agreement.objects.order_by("pk").values_list("pk", flat=True)[:EACH])
    tariff = Bill.objects.filter(run=run).exclude(tariff="").values_list("tariff", flat=True).first()
    one, far = reverse("customers:list"), reverse("billing:bills", args=[run.pk])
    find = reverse("customers:search") + "?q="
    wanted: list[tuple[str, str, list[str]]] = [
        ("home", "", [reverse("home")]),
        ("customers", "customers.customer.view", [one]),
        ("customers, a later page", "customers.customer.view", [f"{one}?page=20"]),
        ("customer", "customers.customer.view", [reverse("customers:detail", args=[c.pk]) for c in people]),
        ("search by name", "customers.customer.view", [find + quote(c.name[:2]) for c in people]),
        ("search by phone", "customers.customer.view",
         [find + c.phone[-6:] for c in people if c.phone]),
        ("agreement", "customers.customer.view", [reverse("customers:agreement", args=[pk]) for pk in agreements]),
        ("runs", "billing.run.view", [reverse("billing:runs")]),
        ("run", "billing.run.view", [reverse("billing:run", args=[run.pk])]),
        ("bills of a run", "billing.bill.view", [far]),
        ("bills, largest first", "billing.bill.view", [f"{far}?sort=-amount"]),
        ("bill", "billing.bill.view", [reverse("billing:bill", args=[pk]) for pk in bills]),
        ("exceptions", "billing.exception.view", [reverse("billing:exceptions")]),
        ("shocks", "billing.run.view", [reverse("billing:shocks", args=[run.pk])]),
        ("payments", "receivables.payment.view", [reverse("receivables:payments")]),
        ("charges", "receivables.charge.view", [reverse("receivables:charges")]),
        ("ledger", "receivables.ledger.view", [reverse("receivables:ledger")]),
        ("tariffs", "enterprise.tariff.view", [reverse("tariffs:list")]),
        ("tariff", "enterprise.tariff.view", [reverse("tariffs:detail", args=[tariff])] if tariff else []),
        ("areas", "network.place.view", [reverse("network:areas")]),
        ("jobs", "records.job.view", [reverse("records:jobs")]),
        ("audit", "records.audit.view", [reverse("records:audit")]),
    ]  # fmt: skip
    return {name: paths for name, action, paths in wanted if paths and (not action or gate.may(user, action))}


def bill_and_import() -> None:
    """Plan and rate a run of a few days that nobody has billed, take the customers in once more, then let both go."""
    from wattloop.apps.billing import services as billing
    from wattloop.apps.billing.models import BillRun
    from wattloop.apps.customers.importing.exporting import export
    from wattloop.apps.customers.importing.tables import table_named
    from wattloop.apps.customers.importing.taking import take
    from wattloop.apps.enterprise import queries as enterprise
    from wattloop.apps.records.actors import System

    last = BillRun.objects.order_by("-period_end").values_list("period_end", flat=True)[0]
    by, table = System("bench"), table_named("customers")
    run = billing.plan(enterprise.company(), last, last + dt.timedelta(days=5), by=by, name="bench")
    try:
        billing.rate(run, by=by)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "customers.csv"
            export(table, file, by=by)
            take(file, table, by=by)
        ends = time.monotonic() + LONGEST
        while BillRun.objects.get(pk=run.pk).state in ("planned", "determinants", "rated") and time.monotonic() < ends:
            time.sleep(0.5)
    finally:
        billing.cancel(BillRun.objects.get(pk=run.pk), by=by, note="bench")
