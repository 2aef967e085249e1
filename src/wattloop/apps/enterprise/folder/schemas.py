"""What may be written in the files of an enterprise folder, as pydantic models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from wattloop.library.quantity.refusal import Refused
from wattloop.library.quantity.zones import zone_info
from wattloop.library.tariffs.document_calendar import Labelled, Part
from wattloop.library.tariffs.values import Day, Label, Name, Text, Words, parse_name, parse_words

LANGUAGES = ("zh-hans", "en")
KINDS = ("company", "station", "team")
LONGEST_CODE = 40
_USER = re.compile(r"[\w.@+-]{1,150}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def _code(plain: Any) -> str:
    text = parse_name(plain)
    if len(text) > LONGEST_CODE:
        raise ValueError(f"`{text}` is longer than {LONGEST_CODE} signs: shorten it")
    return text


def _currency(plain: Any) -> str:
    if not isinstance(plain, str) or not _CURRENCY.fullmatch(plain):
        raise ValueError(f"`{plain}` is not a currency: write its three capital letters, CNY")
    return plain


def _zone(plain: Any) -> str:
    try:
        zone_info(str(plain))
    except Refused as refused:
        raise ValueError(f"{refused.what}: write for instance Asia/Shanghai") from None
    return str(plain)


def _languages(plain: Any) -> tuple[str, ...]:
    words = parse_words(plain)
    for word in words:
        if word not in LANGUAGES:
            raise ValueError(f"`{word}` is not a language that the pages speak: write {' or '.join(LANGUAGES)}")
    if len(set(words)) != len(words) or not words:
        raise ValueError("each language stands once: write [zh-hans, en]")
    return words


def _user(plain: Any) -> str:
    if not isinstance(plain, str) or not _USER.fullmatch(plain):
        raise ValueError(f"`{plain}` is no user name: use letters, digits and . _ - without spaces")
    return plain


def _roles(plain: Any) -> dict[str, tuple[str, ...]]:
    """`[clerk]` for one's own unit, `{clerk: riverside}` or `{clerk: [riverside, hillside]}` for others."""
    if isinstance(plain, Mapping):
        return {parse_name(role): tuple(map(parse_name, parse_words(units))) for role, units in plain.items()}
    return {parse_name(role): () for role in parse_words(plain)}


def _count(plain: Any) -> int:
    if not isinstance(plain, (int, Decimal)) or isinstance(plain, bool) or plain != int(plain) or plain < 1:
        raise ValueError(f"`{plain}` is not a number of digits or units: write a whole number above zero")
    return int(plain)


Code = Annotated[str, PlainValidator(_code)]
Count = Annotated[int, PlainValidator(_count)]


class Enterprise(Part):
    """Who the enterprise is: name, money, clock, languages, working days."""

    name: Label
    valid_from: Day
    currency: Annotated[str, PlainValidator(_currency)]
    zone: Annotated[str, PlainValidator(_zone)]
    languages: Annotated[tuple[str, ...], PlainValidator(_languages)]
    calendar: Text


class UnitPart(Labelled):
    """A unit and the one above it."""

    kind: Literal["company", "station", "team"]
    parent: Name | None = None


class Units(Part):
    """The company, its stations, their teams."""

    units: dict[Code, UnitPart] = Field(min_length=1)


class Posts(Part):
    """What somebody is employed as."""

    posts: dict[Code, Labelled] = Field(min_length=1)


class RolePart(Labelled):
    """What somebody with a role may do, and the area they begin in."""

    home: Name | None = None
    may: Annotated[tuple[str, ...], PlainValidator(parse_words)]


class Roles(Part):
    """The roles."""

    roles: dict[Code, RolePart] = Field(min_length=1)


class EmployeePart(Part):
    """Somebody who works here; `roles` is {role: units}, without units for their own."""

    name: Text
    unit: Name
    post: Name
    user: Annotated[str, PlainValidator(_user)] | None = None
    roles: Annotated[dict[str, tuple[str, ...]], PlainValidator(_roles)] = Field(default_factory=dict)


class Employees(Part):
    """Who works here, by number."""

    employees: dict[Text, EmployeePart] = Field(min_length=1)


class OfferPart(Part):
    """For which agreements a tariff is on offer, and when."""

    customer_class: Words = Field(alias="class")
    voltage: Words
    market: Words = ()
    first: Day = Field(alias="from")
    last: Day | None = Field(None, alias="until")


class Offers(Part):
    """The tariffs on offer, by id."""

    offers: dict[Name, OfferPart] = Field(default_factory=dict)


class NumberPart(Part):
    """How one series of numbers is made."""

    prefix: Annotated[str, BeforeValidator(lambda plain: str(plain) if isinstance(plain, Decimal) else plain)] = ""
    date: Literal["none", "yy", "yymm", "yymmdd", "yyyy", "yyyymm", "yyyymmdd"] = "none"
    digits: Count
    check: Literal["none", "luhn"] = "none"
    first: Count = 1


class Numbering(Part):
    """The series of numbers, by what they number."""

    numbers: dict[Name, NumberPart] = Field(min_length=1)


class Notice(Part):
    """The text of a notice in each language, with the names of what is filled in."""

    id: Code
    name: Label
    by: Words
    subject: Label | None = None
    text: Label
