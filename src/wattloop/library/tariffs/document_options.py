"""The options of a tariff document: what an agreement's own terms change of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from wattloop.library.tariffs.document_calendar import Labelled, Part
from wattloop.library.tariffs.values import Number, PriceTree, Text, Words, parse_text


def parse_off(plain: Any) -> Literal[False]:
    """`false`: what an option takes away. What it leaves is not written."""
    if plain is False or plain == "false":
        return False
    raise ValueError(f"`{parse_text(plain)}` changes nothing: write false, or leave the key out")


_Off = Annotated[Literal[False], PlainValidator(parse_off), WithJsonSchema({"const": False})]


class TermsPart(Part):
    """The agreements that an option is for: all keys hold, each with any of its words."""

    of_class: Words | None = Field(None, alias="class")
    voltage: Words | None = None
    market: Words | None = None
    option: Words | None = None


class OptionPart(Labelled):
    """An option: when it holds, and what it changes."""

    when: TermsPart
    time_of_use: _Off | None = Field(None, alias="time-of-use")
    priced_as: Text | None = Field(None, alias="priced-as")
    tiers: _Off | None = None
    prices: dict[str, PriceTree] | None = None
    factors: dict[str, Number] | None = None
    without: Words | None = None
