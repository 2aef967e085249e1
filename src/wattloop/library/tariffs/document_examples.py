"""Worked examples that a tariff carries as its own proof: given these quantities, expect these amounts.

They are written by hand by whoever drew the tariff up, and checked by rating them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from wattloop.library.quantity import units
from wattloop.library.tariffs.amounts import parse_number
from wattloop.library.tariffs.document_calendar import Part
from wattloop.library.tariffs.placed import each
from wattloop.library.tariffs.values import Day, Name, Number, Rate, Words

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def parse_year_month(plain: Any) -> tuple[int, int]:
    """2026-10 -> (2026, 10)."""
    if isinstance(plain, str) and _MONTH.fullmatch(plain):
        return int(plain[:4]), int(plain[5:])
    raise ValueError(f"`{plain}` is not a month: write year-month, 2026-10")


def _whole(plain: Any, unit: str, example: str) -> int:
    if not isinstance(plain, str):
        raise ValueError(f"`{plain}` has no unit: write for instance {example}")  # noqa: TRY004
    value = units.parse(plain).to(unit)
    if value != int(value) or value < 0:
        raise ValueError(f"`{plain}` is not a whole number of {unit} from zero up")
    return int(value)


def parse_given_energy(plain: Any) -> int:
    """40000 kWh -> 40000000 Wh."""
    return _whole(plain, "Wh", "40000 kWh")


def parse_given_capacity(plain: Any) -> int:
    """630 kVA -> 630000 VA."""
    return _whole(plain, "VA", "630 kVA")


def parse_given_power(plain: Any) -> int:
    """500 kW -> 500000 W."""
    return _whole(plain, "W", "500 kW")


def parse_given_reactive(plain: Any) -> int:
    """60000 kvarh -> 60000000 varh, in and out together."""
    return _whole(plain, "varh", "60000 kvarh")


def parse_given_demand(plain: Any) -> dict[str, int]:
    """300 kW -> {"": 300000}; {peak: 300 kW} -> {"peak": 300000} W."""
    if isinstance(plain, Mapping):
        return each(plain, lambda value: _whole(value, "W", "300 kW"))
    return {"": _whole(plain, "W", "300 kW")}


def parse_expected(plain: Any) -> Decimal | dict[str, Decimal]:
    """An amount of money, or amounts by component or period."""
    return each(plain, parse_number) if isinstance(plain, Mapping) else parse_number(plain)


_QUANTITY = {"type": "string"}
_YearMonth = Annotated[
    tuple[int, int],
    PlainValidator(parse_year_month),
    WithJsonSchema({"type": "string", "pattern": f"^{_MONTH.pattern}$"}),
]
_GivenEnergy = Annotated[int, PlainValidator(parse_given_energy), WithJsonSchema(_QUANTITY)]
_GivenCapacity = Annotated[int, PlainValidator(parse_given_capacity), WithJsonSchema(_QUANTITY)]
_GivenPower = Annotated[int, PlainValidator(parse_given_power), WithJsonSchema(_QUANTITY)]
_GivenReactive = Annotated[int, PlainValidator(parse_given_reactive), WithJsonSchema(_QUANTITY)]
_GivenDemand = Annotated[
    dict[str, int],
    PlainValidator(parse_given_demand),
    WithJsonSchema({"anyOf": [_QUANTITY, {"type": "object", "additionalProperties": _QUANTITY}]}),
]
_Expected = Annotated[
    Decimal | dict[str, Decimal],
    PlainValidator(parse_expected),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}]}),
]


class Given(Part):
    """What was used: a month, the energy of each period (`energy` where there is one), the maxima.

    And what the agreement says: its capacity, its contract, its choice of demand charge.
    """

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)
    __pydantic_extra__: dict[str, _GivenEnergy] = Field(init=False)

    month: _YearMonth
    demand: _GivenDemand | None = None
    of_class: Words | None = Field(None, alias="class")
    voltage: Words | None = None
    market: Words | None = None
    option: Words | None = None
    capacity: _GivenCapacity | None = None
    contract: _GivenPower | None = None
    reactive: _GivenReactive | None = None
    allowances: dict[Name, Day] = Field(default_factory=dict)
    demand_method: Literal["by-capacity", "by-contract", "by-actual"] | None = Field(None, alias="demand-method")

    @property
    def terms(self) -> dict[str, frozenset[str]]:
        """The terms of the agreement, by which the tariff's options hold."""
        written = {"class": self.of_class, "voltage": self.voltage, "market": self.market, "option": self.option}
        return {key: frozenset(words) for key, words in written.items() if words is not None}

    @property
    def energy(self) -> dict[str, int]:
        """Period to Wh."""
        return dict(self.__pydantic_extra__ or {})


class ExpectedFactor(Part):
    """A power factor, what it comes to in percent, and in money."""

    value: Number | None = None
    rate: Rate | None = None
    amount: Number | None = None


def _factor_or_amount(plain: Any) -> Any:
    return plain if isinstance(plain, Mapping | ExpectedFactor) else {"amount": plain}


_ExpectedFactor = Annotated[
    ExpectedFactor, BeforeValidator(_factor_or_amount, json_schema_input_type=ExpectedFactor | float)
]


class Expect(Part):
    """What it costs: `total`, and any kind, component or period of them."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, _Expected] = Field(init=False)

    power_factor: _ExpectedFactor | None = Field(None, alias="power-factor")

    @property
    def amounts(self) -> dict[str, Decimal | dict[str, Decimal]]:
        """Name to money, or to money by component or period."""
        return dict(self.__pydantic_extra__ or {})


class Example(Part):
    """One worked example."""

    given: Given
    expect: Expect
