"""Allowances of a tariff document's tiers: what households that were granted one get."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from wattloop.library.tariffs.document_calendar import Labelled
from wattloop.library.tariffs.values import parse_whole

_MONTHLY = re.compile(r"(.+?) *(?:per +(remaining +)?|/)month")


def parse_remaining(plain: Any) -> int:
    """Energy for each month left: 100 kWh per remaining month -> 100000 Wh."""
    if isinstance(plain, str) and (match := _MONTHLY.fullmatch(plain.strip())) and match[2]:
        return parse_whole(match[1], "Wh", "100 kWh per remaining month")
    raise ValueError(f"`{plain}` is no energy per month left: write 100 kWh per remaining month")


def parse_monthly(plain: Any) -> int:
    """Energy of each month: 15 kWh per month -> 15000 Wh."""
    if isinstance(plain, str) and (match := _MONTHLY.fullmatch(plain.strip())) and not match[2]:
        return parse_whole(match[1], "Wh", "15 kWh per month")
    raise ValueError(f"`{plain}` is no energy per month: write 15 kWh per month")


_SCHEMA = {"type": "string"}
_Remaining = Annotated[int, PlainValidator(parse_remaining), WithJsonSchema(_SCHEMA)]
_Monthly = Annotated[int, PlainValidator(parse_monthly), WithJsonSchema(_SCHEMA)]


class AllowancePart(Labelled):
    """Energy added to the first tier, or free of charge; one of them."""

    add_to_first: _Remaining | None = Field(None, alias="add-to-first")
    free: _Monthly | None = None
