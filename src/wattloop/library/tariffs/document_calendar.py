"""The calendar part of a tariff document: clock, seasons, periods and the rules of the days."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from wattloop.library.tariffs.values import TEXT_SCHEMA, Condition, Hours, Label, Name, Text
from wattloop.library.tariffs.when import When, parse_when


class Part(BaseModel):
    """A part of a document: unknown keys are refused, so that a slip is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)


class Labelled(Part):
    """A part that may carry its name in Chinese and English."""

    zh: Text | None = None
    en: Text | None = None

    @property
    def labels(self) -> dict[str, str]:
        """{language: text} of the names given."""
        return {language: text for language, text in (("zh", self.zh), ("en", self.en)) if text is not None}


class Season(Labelled):
    """A season: the days it covers, None for all that no other season covers."""

    when: When | None = None


def parse_season(plain: Any) -> Season:
    """`rest`, a condition (Jun-Sep, 06-15..09-30), or a mapping with names and `when`."""
    if isinstance(plain, Season):
        return plain
    labels: dict[str, Any] = {}
    if isinstance(plain, dict) and not set(plain) - {"zh", "en", "when"}:
        labels = {key: plain[key] for key in ("zh", "en") if key in plain}
        if "when" not in plain:
            raise ValueError("the season lacks `when`: write its months, Jun-Sep, or rest")
        plain = plain["when"]
    if plain == "rest":
        return Season(**labels, when=None)
    when = parse_when(plain)
    for term in when.terms():
        if term.sort not in {"months", "yearly"}:
            raise ValueError(
                f"`{term.text}` is no season: write months (Jun-Sep), days of the year (06-15..09-30) or rest"
            )
    return Season(**labels, when=when)


_SEASON_SCHEMA = {
    "anyOf": [
        TEXT_SCHEMA,
        {"type": "array", "items": TEXT_SCHEMA},
        {
            "type": "object",
            "properties": {"zh": TEXT_SCHEMA, "en": TEXT_SCHEMA, "when": {}},
            "required": ["when"],
            "additionalProperties": False,
        },
    ],
}


class DayRule(Part):
    """A rule of the days: `when` it applies, the hours of each period, `rest` for the other hours."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)
    __pydantic_extra__: dict[str, Hours] = Field(init=False)

    when: Condition
    rest: Text | None = None

    @property
    def hours(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """Period to its ranges of five-minute steps."""
        return dict(self.__pydantic_extra__ or {})


class TriggerPart(Labelled):
    """Something that makes days special: what it is, and the file of days announced, or of values to compare."""

    when: Text | None = None
    days: Text


class CalendarPart(Part):
    """Which local clock, which seasons, which time-of-use periods, and when each is in force."""

    zone: Text | None = None
    holidays: Text | None = None
    seasons: dict[Name, Annotated[Season, PlainValidator(parse_season), WithJsonSchema(_SEASON_SCHEMA)]] | None = None
    triggers: dict[Name, TriggerPart] | None = None
    periods: dict[Name, Label] | None = None
    days: list[DayRule] | None = None
