"""The fixed cast of the platform's tests: a company with two stations, its people, and a few whom it supplies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache

from django.contrib.auth.hashers import make_password

from wattloop.apps.customers.models import Agreement, AgreementVersion, Customer, UsagePoint
from wattloop.apps.enterprise.models import Assignment, Employee, Post, Role, Unit, User

PASSWORD = "correct horse battery staple"
ROLES = {
    "analyst": ["billing.run.view", "billing.run.plan", "billing.run.rate", "billing.run.check", "billing.run.cancel",
                "billing.exception.*", "billing.bill.view", "customers.customer.view", "metering.*",
                "network.place.view", "enterprise.tariff.view", "enterprise.unit.view", "records.job.view"],
    "designer": ["enterprise.tariff.view", "enterprise.tariff.propose", "enterprise.tariff.try",
                 "enterprise.unit.view", "billing.run.view", "customers.customer.view"],
    "clerk": ["customers.customer.view", "customers.customer.change", "customers.prospect.*", "billing.bill.view",
              "receivables.payment.view", "receivables.charge.view", "network.place.view", "metering.readings.view"],
    "cashier": ["customers.customer.view", "billing.bill.view", "receivables.payment.*", "receivables.desk.*",
                "receivables.charge.view"],
    "chief": ["billing.*", "customers.*", "network.*", "metering.*", "receivables.*", "enterprise.tariff.*",
              "enterprise.unit.view", "records.audit.view", "records.job.*"],
    "auditor": ["billing.run.view", "billing.bill.view", "billing.exception.view", "customers.customer.view",
                "customers.prospect.view", "network.place.view", "metering.readings.view", "receivables.payment.view",
                "receivables.charge.view", "receivables.ledger.view", "enterprise.tariff.view", "enterprise.unit.view",
                "enterprise.user.view", "records.audit.view", "records.job.view"],
    "admin": ["enterprise.*", "records.*"],
}  # fmt: skip


@dataclass
class Cast:
    """Everybody, by name.

    Args:
        company, east, west: units; `east_team` is a team of `east`.
        users: {role or "ROLE-west": user}; those without an ending serve `east`, chief, auditor, admin,
            analyst and designer the company.
        customers: `zhang` (a person of east), `works` (a firm of east), `li` (a person of west).
        agreements: theirs, by the same names.
    """

    company: Unit
    east: Unit
    west: Unit
    east_team: Unit
    users: dict[str, User] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        """A user by their role."""
        try:
            return self.__dict__["users"][name.replace("_", "-")]
        except KeyError:
            raise AttributeError(name) from None


def make_cast() -> Cast:
    """Write the cast into the database."""
    unit = Unit.objects.create
    company = unit(code="dj", kind="company", name_zh="东江供电公司", name_en="Dongjiang Power Supply", path="/dj/")
    east = unit(
        code="east", kind="station", name_zh="城东供电所", name_en="East station", parent=company, path="/dj/east/"
    )
    west = unit(
        code="west", kind="station", name_zh="城西供电所", name_en="West station", parent=company, path="/dj/west/"
    )
    team = unit(code="east-1", kind="team", name_zh="一班", name_en="First team", parent=east, path="/dj/east/east-1/")
    cast = Cast(company, east, west, team)
    post = Post.objects.create(code="staff", name_zh="职员", name_en="Staff")
    wide = {"analyst", "designer", "chief", "auditor", "admin"}
    for code, grants in ROLES.items():
        role = Role.objects.create(code=code, name_zh=code, name_en=code.title(), grants=grants)
        places = {"": company if code in wide else east} | ({} if code in wide else {"-west": west})
        for ending, place in places.items():
            user = User.objects.create(username=f"{code}{ending}", language="en", password=_hashed())
            Employee.objects.create(number=user.username, name=user.username, unit=place, post=post, user=user)
            Assignment.objects.create(user=user, role=role, unit=place, by_folder=True)
            cast.users[user.username] = user
    _supplied(cast)
    return cast


@cache
def _hashed() -> str:
    return make_password(PASSWORD)  # slow on purpose, so once


def _supplied(cast: Cast) -> None:
    told = {
        "zhang": ("C0001", "张伟", "person", cast.east, "13800138000", "residential-yearly", "residential"),
        "works": ("C0002", "东江机械厂", "firm", cast.east, "+86 755 8888 0001", "industrial-two-part-10kv",
                  "industrial-commercial"),
        "li": ("C0003", "李娜", "person", cast.west, "13900139000", "residential-yearly", "residential"),
    }  # fmt: skip
    for key, (number, name, kind, unit, phone, tariff, customer_class) in told.items():
        customer = Customer.objects.create(
            number=number, name=name, kind=kind, unit=unit, phone=phone, address=f"东江县人民路{number[-1]}号"
        )
        agreement = Agreement.objects.create(number=f"320010{number[1:]}", customer=customer, unit=unit)
        AgreementVersion.objects.create(
            agreement=agreement, customer=customer, valid_from=dt.date(2024, 1, 1), tariff=tariff,
            customer_class=customer_class, voltage="<1kV" if kind == "person" else "10kV",
            demand_method="" if kind == "person" else "by-capacity", capacity_va=None if kind == "person" else 630_000,
        )  # fmt: skip
        UsagePoint.objects.create(number=agreement.number, agreement=agreement)
        cast.customers[key], cast.agreements[key] = customer, agreement
