"""The small values of a tariff document: prices, amounts, rates, hours, names.

Each is parsed from what a designer writes into an exact value, and each parser says
in its `ValueError` what could have been written instead. Pydantic calls them while
it reads the document; the JSON Schema beside each tells an editor the same.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from wattloop.library.quantity import units
from wattloop.library.tariffs.amounts import parse_number, parse_price, parse_tree, parse_tree_of
from wattloop.library.tariffs.compiled import MINUTES_PER_STEP, STEPS_PER_DAY
from wattloop.library.tariffs.dated import UNTIL, Dated, is_dated, parse_dated
from wattloop.library.tariffs.placed import each
from wattloop.library.tariffs.when import MONTHS, NAME, When, parse_when

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_RATE = re.compile(r"([-+]?\d{1,6}(?:\.\d{1,12})?) *%")
NUMBER_SCHEMA = {"type": "number"}
TEXT_SCHEMA = {"type": "string"}
DATE_SCHEMA = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}


@dataclass(frozen=True, slots=True)
class Bound:
    """The upper end of a step: Wh or W; `per_day` where it grows with the days of the bill."""

    value: int
    per_day: bool = False


BoundTree = Bound | dict[str, "BoundTree"]


def parse_whole(plain: Any, to: str, example: str) -> int:
    """A quantity above zero in a whole number of a unit."""
    if not isinstance(plain, str):
        raise ValueError(f"`{plain}` has no unit: write for instance {example}")  # noqa: TRY004
    value = units.parse(plain).to(to)
    if value != int(value):
        raise ValueError(f"`{plain}` is not a whole number of {to}")
    if value <= 0:
        raise ValueError(f"`{plain}` is not above zero: write for instance {example}")
    if value >= 10**15:
        raise ValueError(f"`{plain}` is beyond any meter: a step without end has no bound")
    return int(value)


def _parse_bound(plain: Any) -> Bound:
    if isinstance(plain, Bound):
        return plain
    text = plain.strip() if isinstance(plain, str) else plain
    per_day = isinstance(text, str) and text.endswith(("per day", "/day"))
    if per_day:
        text = re.sub(r" *(per |/)day$", "", text)
    return Bound(parse_whole(text, "Wh", "3120 kWh"), per_day)


def parse_energy_bounds(plain: Any) -> BoundTree:
    """Where an energy step ends: 3120 kWh, 20 kWh per day, or by season or period."""
    bounds: BoundTree = parse_tree_of(plain, _parse_bound, "bound")
    return bounds


def parse_power_bound(plain: Any) -> int:
    """Where a demand step ends: 50 kW -> 50000 W."""
    return parse_whole(plain, "W", "50 kW")


def parse_rate(plain: Any) -> Decimal | Dated:
    """A share in percent, "13 %" -> 0.13, or one by date."""
    return parse_dated(plain, _parse_share) if is_dated(plain) else _parse_share(plain)


def _parse_share(plain: Any) -> Decimal:
    if isinstance(plain, str) and (match := _RATE.fullmatch(plain.strip())):
        return Decimal(match[1]) / 100
    raise ValueError(f"`{plain}` is not a share: write it in percent, 13 %")


def parse_energy(plain: Any) -> int:
    """An amount of energy in whole Wh: 1 kWh -> 1000."""
    return parse_whole(plain, "Wh", "1 kWh")


def parse_minutes(plain: Any) -> int:
    """A length of time in whole minutes: 15 min -> 15."""
    return parse_whole(plain, "min", "15 min")


def parse_hours(plain: Any) -> tuple[tuple[int, int], ...]:
    """Hours of the day: 10:00-12:00, or a list. Gives (first step, last step + 1) pairs of five minutes.

    A range over midnight gives its two ends of the same local day.
    """
    texts = plain if isinstance(plain, list | tuple) else [plain]
    if not texts:
        raise ValueError("no hours are given: write 10:00-12:00, or leave the period out")
    return tuple(piece for text in texts for piece in _hour_range(text))


def _hour_range(text: Any) -> list[tuple[int, int]]:
    parts = [part.strip() for part in text.split("-")] if isinstance(text, str) else []
    if len(parts) != 2:
        raise ValueError(f"`{text}` is not a range of hours: write both ends, 10:00-12:00")
    steps = []
    for part in parts:
        match = _CLOCK.fullmatch(part)
        if match is None or (match[1] == "24" and match[2] != "00"):
            raise ValueError(f"`{part}` is not a time of day: write two digits each, 07:30, up to 24:00")
        minutes = int(match[1]) * 60 + int(match[2])
        if minutes % MINUTES_PER_STEP:
            raise ValueError(f"`{part}` falls between the five-minute steps of a calendar: write 07:30 or 07:35")
        steps.append(minutes // MINUTES_PER_STEP)
    start, end = steps
    if start == STEPS_PER_DAY:
        raise ValueError(f"`{text}` begins at 24:00: the day begins at 00:00")
    if start == end:
        raise ValueError(f"`{text}` is empty: the whole day is 00:00-24:00")
    if start < end:
        return [(start, end)]
    return [(start, STEPS_PER_DAY), (0, end)] if end else [(start, STEPS_PER_DAY)]


def parse_month(plain: Any) -> int:
    """A month's name: Jan -> 1."""
    if plain in MONTHS:
        return MONTHS.index(plain) + 1
    raise ValueError(f"`{plain}` is not a month: write {', '.join(MONTHS)}")


def parse_date(plain: Any) -> dt.date:
    """A date written year-month-day."""
    if isinstance(plain, dt.date) and not isinstance(plain, dt.datetime):
        return plain
    try:
        return dt.date.fromisoformat(str(plain))
    except ValueError:
        raise ValueError(f"`{plain}` is no date: write year-month-day, 2026-01-01") from None


def parse_label(plain: Any) -> dict[str, str]:
    """A name as {language: text}; a bare text is Chinese where it holds Chinese characters, else English."""
    if isinstance(plain, Mapping):
        if not plain:
            raise ValueError("the name is empty: write a text, or one per language, {zh: 峰, en: peak}")
        return each(plain, _label_text)
    text = _label_text(plain)
    return {"zh" if any("\u4e00" <= sign <= "\u9fff" for sign in text) else "en": text}


def _label_text(plain: Any) -> str:
    if isinstance(plain, str) and plain.strip():
        return plain
    if isinstance(plain, Decimal):
        return str(plain)
    raise ValueError("a name is needed here: a text, or one per language, {zh: 峰, en: peak}")


def parse_text(plain: Any) -> str:
    """A free label; numbers and true/false are taken as they were written."""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, str | int | Decimal) and str(plain).strip():
        return str(plain)
    raise ValueError("a text is needed here")


def parse_name(plain: Any) -> str:
    """An id: small letters, digits and hyphens."""
    text = parse_text(plain)
    if not NAME.fullmatch(text):
        raise ValueError(f"`{text}` is not an id: use small letters, digits and hyphens, industrial-10kv")
    return text


def parse_words(plain: Any) -> tuple[str, ...]:
    """One word or a list of words."""
    words = plain if isinstance(plain, list | tuple) else [plain]
    return tuple(parse_text(word) for word in words)


def _mapping_of(leaf: dict[str, Any], depth: int = 2) -> dict[str, Any]:
    inner = leaf if depth == 1 else _mapping_of(leaf, depth - 1)
    return {"anyOf": [leaf, {"type": "object", "minProperties": 1, "additionalProperties": inner}]}


def _by_date(leaf: dict[str, Any]) -> dict[str, Any]:
    dates = {
        "type": "object",
        "properties": {UNTIL: TEXT_SCHEMA},
        "patternProperties": {r"^\d{4}-\d\d(-\d\d)?$": leaf},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"anyOf": [leaf, dates]}


_LISTED = {
    "type": "object",
    "properties": dict.fromkeys(("list", "item", "province"), TEXT_SCHEMA),
    "required": ["list", "item"],
    "additionalProperties": False,
}


def _one_or_list(leaf: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [leaf, {"type": "array", "minItems": 1, "items": leaf}]}


_AMOUNT = {"type": ["number", "string"], "description": "a number, or with its unit: 0.617 CNY/kWh"}
_QUANTITY = {"type": "string", "pattern": r"^[0-9.]+ *[A-Za-z]+( per day|/day)?$"}
_SHARE = {"type": "string", "pattern": r"^[-+]?[0-9.]+ *%$"}
_HOURS = {"type": "string", "pattern": r"^[0-2][0-9]:[0-5][0-9] *- *[0-2][0-9]:[0-5][0-9]$"}
_LABEL = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}
_TERMS = _one_or_list({"type": "string"})
_WHEN = {
    "anyOf": [
        *_TERMS["anyOf"],
        {
            "type": "object",
            "properties": dict.fromkeys(("months", "days", "dates", "season", "trigger"), _TERMS),
            "additionalProperties": False,
            "minProperties": 1,
        },
    ]
}

DATE_SCHEMA = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
Number = Annotated[Decimal, BeforeValidator(parse_number), WithJsonSchema(NUMBER_SCHEMA)]
Price = Annotated[Any, PlainValidator(parse_price), WithJsonSchema({"anyOf": [_by_date(_AMOUNT), _LISTED]})]
PriceTree = Annotated[Any, PlainValidator(parse_tree), WithJsonSchema(_mapping_of(_AMOUNT, 3))]
EnergyBounds = Annotated[Any, PlainValidator(parse_energy_bounds), WithJsonSchema(_mapping_of(_QUANTITY))]
PowerBound = Annotated[int, PlainValidator(parse_power_bound), WithJsonSchema(_QUANTITY)]
Energy = Annotated[int, PlainValidator(parse_energy), WithJsonSchema(_QUANTITY)]
Minutes = Annotated[int, PlainValidator(parse_minutes), WithJsonSchema(_QUANTITY)]
Rate = Annotated[Any, PlainValidator(parse_rate), WithJsonSchema(_by_date(_SHARE))]
Hours = Annotated[tuple[tuple[int, int], ...], PlainValidator(parse_hours), WithJsonSchema(_one_or_list(_HOURS))]
Month = Annotated[int, PlainValidator(parse_month), WithJsonSchema({"enum": list(MONTHS)})]
Day = Annotated[dt.date, PlainValidator(parse_date), WithJsonSchema(DATE_SCHEMA)]
Label = Annotated[dict[str, str], PlainValidator(parse_label), WithJsonSchema(_LABEL)]
Text = Annotated[str, PlainValidator(parse_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Name = Annotated[str, PlainValidator(parse_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME.pattern}$"})]
Words = Annotated[tuple[str, ...], PlainValidator(parse_words), WithJsonSchema(_TERMS)]
Condition = Annotated[When, PlainValidator(parse_when), WithJsonSchema(_WHEN)]
