"""The basic charge of a tariff document (基本电费): by capacity, by contract or by actual demand, as agreed.

An agreement chooses one of the ways that its tariff offers.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from wattloop.library.tariffs.document_calendar import Labelled, Part
from wattloop.library.tariffs.values import Minutes, Number, Price, Rate, Words, parse_whole


class CapacityPart(Labelled):
    """A charge per kVA of the agreement's transformers and month."""

    price: Price


def parse_floor(plain: Any) -> Decimal:
    """A share of the capacity: 40 % of capacity -> 0.4."""
    if isinstance(plain, str) and (match := _FLOOR.fullmatch(plain.strip())):
        return Decimal(match[1]) / 100
    raise ValueError(f"`{plain}` is not a share of the capacity: write 40 % of capacity")


def parse_intensity(plain: Any) -> int:
    """Energy per capacity, in Wh per kVA: energy >= 260 kWh per kVA -> 260000."""
    if isinstance(plain, str) and (match := _INTENSITY.fullmatch(plain.strip())):
        return parse_whole(match[1], "Wh", "260 kWh")
    raise ValueError(f"`{plain}` is no bound of energy per capacity: write energy >= 260 kWh per kVA")


def parse_days(plain: Any) -> int:
    """A number of days: 15 days -> 15."""
    if isinstance(plain, str) and (match := _DAYS.fullmatch(plain.strip())):
        return int(match[1])
    raise ValueError(f"`{plain}` is not a number of days: write 15 days")


def parse_service(plain: Any) -> int:
    """How long a transformer has been in service: 2 years of service -> 2."""
    if isinstance(plain, str) and (match := _SERVICE.fullmatch(plain.strip())):
        return int(match[1])
    raise ValueError(f"`{plain}` is not a time of service: write 2 years of service")


_FLOOR = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) *% +of +capacity")
_INTENSITY = re.compile(r"energy *>= *(\d+(?:\.\d+)? *[A-Za-z]+) per kVA")
_Floor = Annotated[
    Decimal, PlainValidator(parse_floor), WithJsonSchema({"type": "string", "pattern": f"^{_FLOOR.pattern}$"})
]
_Intensity = Annotated[
    int, PlainValidator(parse_intensity), WithJsonSchema({"type": "string", "pattern": f"^{_INTENSITY.pattern}$"})
]
_DAYS = re.compile(r"([1-9]\d{0,2}) days?")
_SERVICE = re.compile(r"([1-9]\d?) years? of service")
_Days = Annotated[int, PlainValidator(parse_days), WithJsonSchema({"type": "string", "pattern": f"^{_DAYS.pattern}$"})]
_Years = Annotated[
    int, PlainValidator(parse_service), WithJsonSchema({"type": "string", "pattern": f"^{_SERVICE.pattern}$"})
]


class ContractPart(Labelled):
    """A charge per kW agreed on and month; `over-rule` says what costs double beyond the limit `over`."""

    price: Price
    floor: _Floor | None = None
    over: Rate = Decimal("1.05")
    over_rule: Literal["contract-plus-double-excess", "over-limit-plus-double-excess", "double-above-contract"] = Field(
        "contract-plus-double-excess", alias="over-rule"
    )
    block: Minutes | None = None


class ActualPart(Labelled):
    """A charge per kW of the month's highest power and month."""

    price: Price
    floor: _Floor | None = None
    block: Minutes | None = None


class IntensivePart(Part):
    """From how much energy per kVA on the prices of some ways are multiplied by a factor."""

    when: _Intensity
    price_factor: Number = Field(alias="price-factor")
    applies_to: Words = Field(alias="applies-to")


class SuspensionPart(Part):
    """When the days of a sealed transformer are charged, and how much of them."""

    shorter_than: _Days | None = Field(None, alias="shorter-than")
    within: _Years | None = None
    charged: Literal["full", "half"]


def _one_or_more(plain: Any) -> Any:
    return [plain] if isinstance(plain, dict) else plain


_Suspensions = Annotated[
    list[SuspensionPart],
    BeforeValidator(_one_or_more, json_schema_input_type=SuspensionPart | list[SuspensionPart]),
]


class BasicPart(Part):
    """What an agreement can choose between, and how parts of a month are charged."""

    by_capacity: CapacityPart | None = Field(None, alias="by-capacity")
    by_contract: ContractPart | None = Field(None, alias="by-contract")
    by_actual: ActualPart | None = Field(None, alias="by-actual")
    intensive_use: IntensivePart | None = Field(None, alias="intensive-use")
    proration: Literal["calendar-days", "thirtieths"] = "calendar-days"
    suspension: _Suspensions = Field(default_factory=list)
