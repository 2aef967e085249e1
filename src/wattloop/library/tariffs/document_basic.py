"""The basic charge of a tariff document (基本电费): by capacity, by contract or by actual demand, as agreed.

An agreement chooses one of the ways that its tariff offers.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from wattloop.library.tariffs.document_calendar import Labelled, Part
from wattloop.library.tariffs.values import Price


class CapacityPart(Labelled):
    """A charge per kVA of the agreement's transformers and month."""

    price: Price


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


_DAYS = re.compile(r"([1-9]\d{0,2}) days?")
_SERVICE = re.compile(r"([1-9]\d?) years? of service")
_Days = Annotated[int, PlainValidator(parse_days), WithJsonSchema({"type": "string", "pattern": f"^{_DAYS.pattern}$"})]
_Years = Annotated[
    int, PlainValidator(parse_service), WithJsonSchema({"type": "string", "pattern": f"^{_SERVICE.pattern}$"})
]


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
    proration: Literal["calendar-days", "thirtieths"] = "calendar-days"
    suspension: _Suspensions = Field(default_factory=list)
