"""The power-factor adjustment of a tariff document (力调): its standard, and the charges it is taken of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from wattloop.library.tariffs.amounts import parse_number
from wattloop.library.tariffs.document_calendar import Labelled
from wattloop.library.tariffs.values import NUMBER_SCHEMA, Words

STANDARDS = (Decimal("0.90"), Decimal("0.85"), Decimal("0.80"))


def parse_standard(plain: Any) -> Decimal:
    """One of the standards that the table knows."""
    number = parse_number(plain)
    if number not in STANDARDS:
        raise ValueError(f"there is no table for the standard {plain}: write 0.90, 0.85 or 0.80")
    return number


_Standard = Annotated[Decimal, PlainValidator(parse_standard), WithJsonSchema(NUMBER_SCHEMA)]


class PowerFactorPart(Labelled):
    """The adjustment: what it is taken of, what of that is left out, and whether rewards count."""

    standard: _Standard
    base: Words
    without: Words = ()
    penalty_only: bool = Field(False, alias="penalty-only")
