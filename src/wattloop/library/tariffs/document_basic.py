"""The basic charge of a tariff document (基本电费): by capacity, by contract or by actual demand, as agreed.

An agreement chooses one of the ways that its tariff offers.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from wattloop.library.tariffs.document_calendar import Labelled, Part
from wattloop.library.tariffs.values import Price


class CapacityPart(Labelled):
    """A charge per kVA of the agreement's transformers and month."""

    price: Price


class BasicPart(Part):
    """What an agreement can choose between, and how parts of a month are charged."""

    by_capacity: CapacityPart | None = Field(None, alias="by-capacity")
    proration: Literal["calendar-days", "thirtieths"] = "calendar-days"
