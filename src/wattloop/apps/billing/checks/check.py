"""What every check has: names, severity, for whom it is; and the few values that checks are told.

A check is a query over the views of `facts`: it selects `bill, weight, found`, the money at stake in the
smallest unit and a struct that says in numbers what was found. All its parameters are numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PlainValidator

from wattloop.library.quantity import units
from wattloop.library.tariffs.amounts import parse_number
from wattloop.library.tariffs.document_calendar import Labelled
from wattloop.library.tariffs.values import parse_energy, parse_words


def _count(plain: Any) -> int:
    number = parse_number(plain)
    if number != int(number) or not 0 < number < 10**9:
        raise ValueError(f"`{plain}` is not a whole number above zero")
    return int(number)


def _number(plain: Any) -> Decimal:
    number = parse_number(plain)
    if number < 0:
        raise ValueError(f"`{plain}` is below zero")
    return number


def _percent(plain: Any) -> Decimal:
    if not isinstance(plain, str) or "%" not in plain:
        raise ValueError(f"`{plain}` is not a share: write it in percent, 80 %")
    return units.parse(plain).to("%")


Count = Annotated[int, PlainValidator(_count)]
Number = Annotated[Decimal, PlainValidator(_number)]
Percent = Annotated[Decimal, PlainValidator(_percent)]
"""In percent: 80 % is 80."""
Energy = Annotated[int, PlainValidator(parse_energy)]
"""In Wh."""


class Check(Labelled, ABC):
    """A check: `block` keeps a bill back until somebody decides, `warn` does not."""

    severity: Literal["block", "warn"] = "warn"
    classes: Annotated[tuple[str, ...], PlainValidator(parse_words)] = Field(default=(), alias="for")

    of_corrections: ClassVar[bool] = False  # whether it looks at differences, which others would take for bills

    @abstractmethod
    def sql(self, minor: int) -> str:
        """SELECT bill, weight, found over the views of `facts`; `minor` smallest units are one of the currency."""
