"""The basic charge as rating needs it: by capacity, by contract or by actual demand, and what goes with them.

Units: capacity in VA, power in W, prices in currency per kVA or kW and month, shares as
fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CapacityCharge:
    """A charge on the capacity of an agreement's transformers, per kVA and month.

    It applies to agreements whose `demand-method` is `method`; None applies to all.

    `proration` is how part of a month is charged: "calendar-days" (days of the month's own)
    or "thirtieths" (each day 1/30, a whole month one).
    """

    name: str
    price: Decimal
    proration: str
    clause: str
    method: str | None = None
    labels: dict[str, str] = field(default_factory=dict)


class OverRule(StrEnum):
    """What is charged double where demand exceeds the contract by more than the limit: see `charges.contract`."""

    CONTRACT_PLUS = "contract-plus-double-excess"
    LIMIT_PLUS = "over-limit-plus-double-excess"
    ABOVE_CONTRACT = "double-above-contract"


@dataclass(frozen=True, slots=True)
class ContractCharge:
    """A charge on the demand that an agreement contracts for, per kW and month.

    `floor` is a share of the capacity, under which no contract is billed; None for none. `limit`
    is the share of the contract up to which demand costs no more. `block_minutes`, `over` and
    `method` as for the other charges.
    """

    name: str
    price: Decimal
    floor: Decimal | None
    limit: Decimal
    rule: OverRule
    block_minutes: int | None
    proration: str
    clause: str
    over: str
    method: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActualCharge:
    """A charge on the month's highest power, per kW and month; fields as for a ContractCharge."""

    name: str
    price: Decimal
    floor: Decimal | None
    block_minutes: int | None
    proration: str
    clause: str
    over: str
    method: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntensiveUse:
    """From so many Wh per kVA and month on, the prices of the charges named count times `factor`."""

    energy_per_kva: int
    factor: Decimal
    applies_to: frozenset[str]


@dataclass(frozen=True, slots=True)
class Suspension:
    """What the days of a sealed transformer are charged as: "full" or "half" of it.

    It holds for suspensions shorter than `shorter_than` days, and within `years` of the
    transformer's first day; None of either does not ask. Where no rule holds, nothing is charged.
    """

    charged: str
    shorter_than: int | None = None
    years: int | None = None
