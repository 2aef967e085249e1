"""The tariff document as pydantic models: what a designer may write, key by key.

A document holds what was written, parsed into exact values; what it means together
(every period priced, every day decided) is found out when it is compiled.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, PlainValidator, PrivateAttr, Tag, WithJsonSchema

from wattloop.library.tariffs.document_allowances import AllowancePart
from wattloop.library.tariffs.document_basic import BasicPart
from wattloop.library.tariffs.document_calendar import CalendarPart, Labelled, Part
from wattloop.library.tariffs.document_examples import Example
from wattloop.library.tariffs.document_options import OptionPart
from wattloop.library.tariffs.document_power import PowerFactorPart
from wattloop.library.tariffs.values import (
    DATE_SCHEMA,
    Condition,
    Day,
    Energy,
    EnergyBounds,
    Label,
    Minutes,
    Month,
    Name,
    Number,
    PowerBound,
    Price,
    PriceTree,
    Rate,
    Text,
    Words,
    parse_date,
)

ALWAYS_VALID = "always"


def parse_start(plain: Any) -> dt.date | None:
    """The first day in force, None for `always`."""
    return None if plain == ALWAYS_VALID else parse_date(plain)


Start = Annotated[
    dt.date | None,
    PlainValidator(parse_start),
    WithJsonSchema({"anyOf": [DATE_SCHEMA, {"const": ALWAYS_VALID}]}),
]


class ComponentPart(Labelled):
    """A named part of the energy price: one price, prices by period, or a price that floats with the ratios."""

    price: PriceTree | None = None
    prices: PriceTree | None = None
    floats: bool | None = None
    kind: Literal["energy", "surcharge", "adjustment"] = "energy"


class EnergyPart(Part):
    """The price of energy, per kWh: a single price, or components."""

    price: PriceTree | None = None
    prices: PriceTree | None = None
    components: dict[Name, ComponentPart] | None = None
    ratios: PriceTree | None = None


class TierStep(Part):
    """One tier: where it ends, and what it adds to the price or puts in its place."""

    up_to: EnergyBounds | None = Field(None, alias="up-to")
    add: PriceTree | None = None
    price: PriceTree | None = None
    prices: PriceTree | None = None
    components: dict[str, PriceTree] | None = None


class TiersPart(Part):
    """Tiers of energy: the span they fill over, how periods fill them together, and the steps."""

    over: Literal["month", "season", "year"]
    pooling: Literal["pro-rata", "in-time-order", "ladder-per-period", "after-time-of-use"]
    steps: list[TierStep] = Field(min_length=1)
    allowances: dict[Name, AllowancePart] = Field(default_factory=dict)


class DemandStepPart(Part):
    """One step of a demand ladder; the last has no `up-to`."""

    up_to: PowerBound | None = Field(None, alias="up-to")
    price: Price


Ladder = Annotated[list[DemandStepPart], Field(min_length=1)]


def _ladder_form(plain: Any) -> str:
    # Telling the two forms apart first keeps each error at its own line.
    return "by-period" if isinstance(plain, dict) else "ladder"


class DemandPart(Labelled):
    """A charge on the highest average power: one maximum, or one maximum per period."""

    id: Name
    price: PriceTree | None = None
    prices: PriceTree | None = None
    steps: (
        Annotated[
            Annotated[Ladder, Tag("ladder")] | Annotated[dict[str, Ladder], Tag("by-period")],
            Discriminator(_ladder_form),
        ]
        | None
    ) = None
    block: Minutes | None = None
    when: Condition | None = None
    calendar: CalendarPart | None = None


def _demand_form(plain: Any) -> str:
    return "basic" if isinstance(plain, dict | BasicPart) else "charges"


Demand = Annotated[
    Annotated[list[DemandPart], Tag("charges")] | Annotated[BasicPart, Tag("basic")], Discriminator(_demand_form)
]


class FixedPart(Labelled):
    """A charge per day, month or year."""

    id: Name
    price: Price
    in_month: Month | None = Field(None, alias="in")
    when: Condition | None = None


class MinimumPart(Labelled):
    """The least a month or year costs, and which kinds of charge count towards it."""

    id: Name = "minimum"
    price: Price
    counts: Words | None = None


class ExtraPart(Labelled):
    """An adjustment or surcharge: a price per kWh, or a share of other charges."""

    id: Name
    price: PriceTree | None = None
    prices: PriceTree | None = None
    rate: Rate | None = None
    of: Words | None = None


class TaxPart(Labelled):
    """A tax on top of the charges, or included in them. `vat: 13 %` is short for name and rate."""

    name: Name | None = None
    rate: Rate | None = None
    vat: Rate | None = None
    included: bool
    of: Words | None = None


class SegmentsPart(Part):
    """What spans the pieces of a bill that is cut where something changes inside it."""

    tiers: Literal["in-order", "pooled"] = "in-order"
    demand: Literal["bill", "segment"] = "bill"
    power_factor: Literal["bill", "segment"] = Field(default="bill", alias="power-factor")
    registers: Literal["read", "by-days"] = "read"


class RoundingPart(Part):
    """To what energy and money are rounded, and where a half goes: up (away from zero) or even."""

    energy: Energy = 1
    money: Number | None = None
    half: Literal["up", "even"] = "up"


def _one_or_more(plain: Any) -> Any:
    return [plain] if isinstance(plain, dict) else plain


Taxes = Annotated[
    list[TaxPart],
    BeforeValidator(_one_or_more, json_schema_input_type=TaxPart | list[TaxPart]),
]


class Document(Part):
    """One version of one tariff, as written."""

    id: Name
    name: Label
    valid_from: Start
    valid_to: Day | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    scope: dict[str, Text] = Field(default_factory=dict, alias="for")
    source: dict[str, Text] = Field(default_factory=dict)
    calendar: CalendarPart | None = None
    energy: EnergyPart
    tiers: TiersPart | None = None
    demand: Demand = Field(default_factory=list)
    fixed: list[FixedPart] = Field(default_factory=list)
    power_factor: PowerFactorPart | None = Field(None, alias="power-factor")
    minimum: list[MinimumPart] = Field(default_factory=list)
    adjustments: list[ExtraPart] = Field(default_factory=list)
    surcharges: list[ExtraPart] = Field(default_factory=list)
    tax: Taxes = Field(default_factory=list)
    segments: SegmentsPart = SegmentsPart()
    rounding: RoundingPart = RoundingPart()
    options: list[OptionPart] = Field(default_factory=list)
    examples: list[Example] = Field(default_factory=list)

    _plain: dict[str, Any] = PrivateAttr(default_factory=dict)
    _file: str | None = PrivateAttr(None)

    @property
    def maxima(self) -> list[DemandPart]:
        """The charges on maxima that apply to every agreement."""
        return self.demand if isinstance(self.demand, list) else []

    @property
    def basic(self) -> BasicPart | None:
        """The basic charge that agreements choose a form of."""
        return self.demand if isinstance(self.demand, BasicPart) else None

    @property
    def plain(self) -> dict[str, Any]:
        """The document as plain values, as it was written."""
        return self._plain

    @property
    def file(self) -> str | None:
        """The file it was read from, None where it came from none."""
        return self._file
