"""Addresses of the customers' area."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.cast import Cast
from tests.console.places import Made, Place

from wattloop.apps.customers.models import Contact, Customer, Import, Prospect
from wattloop.apps.records.models import StoredFile
from wattloop.library.quantity import clock

VIEW, CHANGE, TERMS = "customers.customer.view", "customers.customer.change", "customers.agreement.change"
CORRECT = "customers.agreement.correct"
IMPORT, EXPORT = "customers.customer.import", "customers.customer.export"


def _customer(made: Made) -> list[Any]:
    return [made["cast"].customers["works"].pk]


def _agreement(made: Made) -> list[Any]:
    return [made["cast"].agreements["works"].pk]


def _version(made: Made) -> list[Any]:
    return [made["cast"].agreements["works"].versions.get().pk]


def _import(made: Made) -> list[Any]:
    return [made["import"].pk]


def _east(name: str, action: str, **told: Any) -> Place:
    return Place(f"customers:{name}", get=action, unit="east", **told)


def _fragment(name: str, action: str = VIEW, args: Any = _agreement) -> Place:
    return _east(name, action, args=args, page=False)


PLACES = [
    Place("customers:list", get=VIEW),
    Place("customers:list", get=VIEW, query="kind=firm&importance=second&key_account=true&customer_class=residential"),
    Place("customers:search", get=VIEW, query="q=张伟"),
    Place("customers:key_accounts", get=VIEW),
    Place("customers:register", get=CHANGE, post=CHANGE),
    _east("detail", VIEW, args=_customer),
    _fragment("overview", args=_customer),
    _fragment("contacts", args=_customer),
    _east("change", CHANGE, post=CHANGE, args=_customer),
    _east("contact_new", CHANGE, post=CHANGE, args=_customer),
    _east("contact", CHANGE, post=CHANGE, args=lambda made: [*_customer(made), made["contact"].pk]),
    _east("agreement_new", TERMS, post=TERMS, args=_customer),
    _east("agreement", VIEW, args=_agreement),
    _fragment("terms"),
    _fragment("points"),
    _fragment("supplies", "network.place.view"),
    _fragment("what_if", "billing.bill.view"),
    _fragment("load", "metering.readings.view"),
    _fragment("load_day", "metering.readings.view"),
    _fragment("load_month", "metering.readings.view"),
    _east("new_terms", TERMS, post=TERMS, args=_agreement),
    _east("correct_terms", CORRECT, post=CORRECT, args=_version),
    _east("transfer", TERMS, post=TERMS, args=_agreement),
    _east("close", TERMS, post=TERMS, args=_agreement),
    _east("point_new", TERMS, post=TERMS, args=_agreement),
    _east("transformer", TERMS, post=TERMS, args=_agreement),
    _east("point_end", TERMS, post=TERMS, args=lambda made: [made["cast"].agreements["works"].points.get().pk]),
    Place("customers:import", get=IMPORT, post=IMPORT),
    Place("customers:import_one", get=IMPORT, post=IMPORT, args=_import),
    Place("customers:import_state", get=IMPORT, args=_import, page=False),
    Place("customers:import_refused", get=IMPORT, args=_import, page=False),
    Place("customers:export", get=EXPORT, query="table=customers&kind=csv", page=False),
    Place("customers:prospects", get="customers.prospect.view"),
    Place("customers:prospect_new", get="customers.prospect.change", post="customers.prospect.change"),
    Place(
        "customers:prospect", get="customers.prospect.view", post="customers.prospect.change", unit="east",
        args=lambda made: [made["prospect"].pk],
    ),
]  # fmt: skip


def prepare(cast: Cast) -> Made:
    """A contact, a prospect, a file that was tried."""
    from django.conf import settings

    works = cast.customers["works"]
    works.key_account = True
    works.save()
    digest = "ab" + "0" * 62
    file = settings.HOME / "files" / digest[:2] / digest[2:]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("number,problem\n", encoding="utf-8")
    stored = StoredFile.objects.create(
        digest=digest,
        name="客户.csv",
        media_type="text/csv",
        size=15,
        kind="customers.import",
        at=clock.now(),
        by="chief",
    )
    differences = [{"row": 2, "key": "C9", "new": True, "fields": {"name": ["", "王"]}}]
    return {
        "contact": Contact.objects.create(customer=works, name="陈工", phone="13700137000"),
        "prospect": Prospect.objects.create(number="P1", name="新厂", unit=cast.east, load_w=500_000),
        "import": Import.objects.create(
            table="customers", file=stored, refused=stored, state="tried", by="chief", at=clock.now(),
            report={"rows": 2, "new": 1, "changed": 0, "same": 0, "refused": 1, "dry_run": True,
                    "differences": differences, "problems": [{"row": 3, "field": "unit", "said": "no such unit"}]},
        ),
    }  # fmt: skip


def grow(cast: Cast, made: Made) -> None:
    """Many key accounts, prospects, contacts and files."""
    works = cast.customers["works"]
    for n in range(30):
        Customer.objects.create(number=f"K{n}", name=f"大户{n}", kind="firm", unit=cast.east, key_account=True)
        Contact.objects.create(customer=works, name=f"人{n}")
        day = dt.date(2027, 1 + n % 12, 1)
        Prospect.objects.create(number=f"Q{n}", name=f"新厂{n}", unit=cast.west, load_w=1000, expected_on=day)
        Import.objects.create(table="customers", file=made["import"].file, by="chief", at=clock.now())
