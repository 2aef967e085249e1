"""The folder's section `receivables.rules`: accounts, payment terms, late fees, dunning, instalments, limits.

Amounts are in whole currency units with decimals (`50.00`), rates a day in per mille, as the field says
them. Every rule has a default, so that a folder says only what is different.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Amount = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=4)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9.-]{0,39}$")]


class Rule(BaseModel):
    """Any part of the section: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(Rule):
    """A name in both languages."""

    zh: str = Field(min_length=1, max_length=100)
    en: str = Field(min_length=1, max_length=100)


class AccountRule(Rule):
    """An account of the ledger."""

    kind: Literal["asset", "liability", "income", "expense"]
    name: Name


class MethodRule(Rule):
    """A way to pay: which account takes the money, and whether the desk counts it at the end of the day."""

    account: Identifier
    name: Name
    desk: bool = False
    counted: bool = False


class Terms(Rule):
    """How many days after issue a bill of some classes is due."""

    classes: tuple[str, ...] = ("*",)
    days: int = Field(ge=0, le=365)


class LateFee(Rule):
    """What arrears cost a day, in per mille of what is open: `carried_over` for days in a later year than the due day.

    The first day that counts is the one after the due day. `minimum` is of one charge, once anything is due.
    """

    classes: tuple[str, ...] = ("*",)
    per_mille_a_day: Amount
    per_mille_carried_over: Amount | None = None
    minimum: Amount = Decimal(0)
    at_most_percent: Amount | None = None


class DunningStep(Rule):
    """A step: so many days after the due day a notice goes out; `cut` asks for the supply to be cut."""

    id: Identifier
    name: Name
    days: int = Field(ge=1, le=3650)
    channel: Literal["sms", "letter", "visit", "phone", "email"]
    notice: Identifier
    post: str = ""
    cut: bool = False


class Dunning(Rule):
    """The steps, and what is too little to be dunned."""

    least: Amount = Decimal("1.00")
    days_between: int = Field(default=3, ge=0, le=365)
    steps: tuple[DunningStep, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Dunning:
        days = [step.days for step in self.steps]
        if days != sorted(set(days)):
            raise ValueError("steps stand in the order of their days, each later than the one before")
        if len({step.id for step in self.steps}) != len(self.steps):
            raise ValueError("two steps have the same id")
        return self


class Instalments(Rule):
    """How far an instalment plan may go."""

    most: int = Field(default=12, ge=2, le=60)
    least: Amount = Decimal("50.00")
    longest_days: int = Field(default=365, ge=30, le=1825)
    grace_days: int = Field(default=5, ge=0, le=60)


class AllocationRule(Rule):
    """Which charge a payment settles first: always the oldest due, late fees before or after what they are for."""

    late_fees: Literal["first", "last"] = "last"


class Limits(Rule):
    """Above which amount a second person decides."""

    refund: Amount = Decimal("500.00")
    waiver: Amount = Decimal("100.00")


class Matching(Rule):
    """What of a bank's row is believed without a look: `exact` says by which words alone."""

    exact: tuple[Literal["agreement", "bill", "old-number"], ...] = ("agreement", "bill", "old-number")


def _name(zh: str, en: str) -> Name:
    return Name(zh=zh, en=en)


ACCOUNTS = {
    "receivable": AccountRule(kind="asset", name=_name("应收电费", "Receivables")),
    "bank": AccountRule(kind="asset", name=_name("银行存款", "Bank")),
    "cash": AccountRule(kind="asset", name=_name("库存现金", "Cash")),
    "card": AccountRule(kind="asset", name=_name("刷卡待清算", "Cards to be cleared")),
    "advance": AccountRule(kind="liability", name=_name("预收电费", "Advances")),
    "suspense": AccountRule(kind="liability", name=_name("待认领款项", "Payments not yet matched")),
    "refunds-due": AccountRule(kind="liability", name=_name("应退电费", "Refunds due")),
    "opening": AccountRule(kind="liability", name=_name("期初结转", "Opening balances")),
    "funds": AccountRule(kind="liability", name=_name("政府性基金及附加", "Government funds")),
    "tax": AccountRule(kind="liability", name=_name("应交税费", "Tax")),
    "revenue.energy": AccountRule(kind="income", name=_name("电度电费收入", "Energy charges")),
    "revenue.capacity": AccountRule(kind="income", name=_name("基本电费收入", "Capacity and demand charges")),
    "revenue.power-factor": AccountRule(kind="income", name=_name("力调电费收入", "Power-factor adjustments")),
    "revenue.other": AccountRule(kind="income", name=_name("其他电费收入", "Other charges")),
    "late-fee": AccountRule(kind="income", name=_name("违约金收入", "Late fees")),
    "write-off": AccountRule(kind="expense", name=_name("坏账损失", "Write-offs")),
    "desk-difference": AccountRule(kind="expense", name=_name("现金长短款", "Desk differences")),
}
METHODS = {
    "cash": MethodRule(account="cash", name=_name("现金", "Cash"), desk=True, counted=True),
    "card": MethodRule(account="card", name=_name("刷卡", "Card"), desk=True),
    "bank": MethodRule(account="bank", name=_name("银行转账", "Bank transfer")),
}
LATE_FEES = (
    LateFee(classes=("residential*",), per_mille_a_day=Decimal(1), minimum=Decimal("1.00")),
    LateFee(classes=("*",), per_mille_a_day=Decimal(2), per_mille_carried_over=Decimal(3), minimum=Decimal("1.00")),
)
STEPS = (
    DunningStep(id="reminder", name=_name("催费短信", "Reminder"), days=3, channel="sms", notice="payment-reminder"),
    DunningStep(
        id="letter", name=_name("催费通知单", "Dunning letter"), days=15, channel="letter", notice="payment-reminder"
    ),
    DunningStep(id="cut-notice", name=_name("停电通知", "Cut notice"), days=30, channel="visit", notice="cut-warning"),
    DunningStep(
        id="cut", name=_name("欠费停电", "Cut for arrears"), days=37, channel="visit", notice="cut-warning", cut=True
    ),
)


class Rules(Rule):
    """Everything the room goes by, from a day on."""

    valid_from: dt.date | None = None
    accounts: dict[Identifier, AccountRule] = Field(default_factory=dict)
    methods: dict[Identifier, MethodRule] = Field(default_factory=lambda: dict(METHODS))
    terms: tuple[Terms, ...] = (Terms(classes=("residential*",), days=15), Terms(days=10))
    late_fees: tuple[LateFee, ...] = LATE_FEES
    late_fees_every_days: int = Field(default=30, ge=1, le=366)
    dunning: Dunning = Dunning(steps=STEPS)
    instalments: Instalments = Instalments()
    allocation: AllocationRule = AllocationRule()
    second_person_above: Limits = Limits()
    matching: Matching = Matching()
    ageing_days: tuple[int, ...] = (30, 60, 90, 180, 365)

    @model_validator(mode="after")
    def _whole(self) -> Rules:
        chart = self.chart()
        for code, method in self.methods.items():
            if method.account not in chart:
                raise ValueError(f"method {code}: there is no account {method.account}")
        if list(self.ageing_days) != sorted(set(self.ageing_days)) or not self.ageing_days:
            raise ValueError("ageing_days rise")
        return self

    def chart(self) -> dict[str, AccountRule]:
        """All accounts: those the room needs, and the folder's own."""
        return ACCOUNTS | dict(self.accounts)

    def late_fee(self, customer_class: str) -> LateFee | None:
        """The first late fee that is for a class."""
        return next((fee for fee in self.late_fees if _of(fee.classes, customer_class)), None)

    def due_days(self, customer_class: str) -> int:
        """How many days after issue a bill of a class is due."""
        return next((terms.days for terms in self.terms if _of(terms.classes, customer_class)), 0)


def _of(patterns: tuple[str, ...], customer_class: str) -> bool:
    return any(fnmatchcase(customer_class, pattern) for pattern in patterns)
