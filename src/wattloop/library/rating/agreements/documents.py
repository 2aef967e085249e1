"""Agreements as plain documents: what is agreed on with a customer, point by point and version by version.

A file holds one agreement or a list of them; a folder, all its files. Every problem is
told with its file and line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from wattloop.library.quantity import units
from wattloop.library.tariffs.positions import read_plain, read_text
from wattloop.library.tariffs.problems import Findings, nearest

FIXED = "a fixed amount is written 2000 kWh/month"


def _text(plain: Any) -> str:
    if isinstance(plain, str | int | Decimal) and not isinstance(plain, bool) and str(plain).strip():
        return str(plain)
    raise ValueError("a text is needed here")


def _day(plain: Any) -> dt.date:
    try:
        return plain if isinstance(plain, dt.date) else dt.date.fromisoformat(str(plain))
    except ValueError:
        raise ValueError(f"`{plain}` is no date: write year-month-day, 2026-01-01") from None


def _whole(unit: str, example: str) -> Callable[[Any], int]:
    def parse(plain: Any) -> int:
        if not isinstance(plain, str):
            raise ValueError(f"`{plain}` has no unit: write for instance {example}")  # noqa: TRY004
        value = units.parse(plain).to(unit)
        if value != int(value) or not 0 < value < 10**15:
            raise ValueError(f"`{plain}` is not a whole number of {unit} above zero: write for instance {example}")
        return int(value)

    return parse


def _fixed(plain: Any) -> int:
    if not isinstance(plain, str) or not plain.strip().endswith("/month"):
        raise ValueError(FIXED)
    return _whole("Wh", "2000 kWh/month")(plain.strip().removesuffix("/month"))


def _millionths(plain: Any) -> int:
    if not isinstance(plain, str) or not plain.strip().endswith("%"):
        raise ValueError(f"`{plain}` is not a share: write 5 %")
    value = units.parse(plain).to("%") * 10_000
    if value != int(value) or not 0 < value <= 1_000_000:
        raise ValueError(f"`{plain}` is not a share above 0 and up to 100 %, with up to four decimals: write 5 %")
    return int(value)


def _words(plain: Any) -> frozenset[str]:
    return frozenset(_text(word) for word in (plain if isinstance(plain, list) else [plain]))


Text = Annotated[str, PlainValidator(_text)]
Day = Annotated[dt.date, PlainValidator(_day)]


class Part(BaseModel):
    """A part of a document: unknown keys are refused, so that a slip is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _va(plain: Any) -> int:
    if not isinstance(plain, str):
        raise ValueError(f"`{plain}` has no unit: write for instance 630 kVA")  # noqa: TRY004
    value = units.parse(plain).to("kVA") * 1000
    if value != int(value) or not 0 < value < 10**15:
        raise ValueError(f"`{plain}` is not a capacity above zero in whole VA: write for instance 630 kVA")
    return int(value)


VA = Annotated[int, PlainValidator(_va)]
Watts = Annotated[int, PlainValidator(_whole("W", "500 kW"))]


class StatePart(Part):
    """From a day on, a transformer is in a state."""

    start: Day = Field(alias="from")
    state: Literal["running", "hot-standby", "cold-standby", "sealed"] = Field(alias="is")


class TransformerPart(Part):
    """A transformer: its capacity, and its states by date; running for ever where none is told."""

    id: Text
    capacity: VA
    states: list[StatePart] = Field(default_factory=list)
    interlock: Text | None = None


class PointPart(Part):
    """Where energy is measured, or agreed on.

    `behind` names the point whose meter the energy has passed already; with a tariff of its own it
    is taken out there. `fixed` and `share` are energy that no meter counts.
    """

    point: Text
    source: Literal["intervals", "registers"] | None = None
    behind: Text | None = None
    tariff: Text | None = None
    fixed: Annotated[int, PlainValidator(_fixed)] | None = None
    share: Annotated[int, PlainValidator(_millionths)] | None = None
    out_of: Text | None = Field(None, alias="out-of")
    valid_from: Day | None = None
    valid_to: Day | None = None


class VersionPart(Part):
    """The terms that hold from a day on."""

    valid_from: Day | None = None
    valid_to: Day | None = None
    tariff: Text
    customer: Text | None = None
    class_: Text | None = Field(None, alias="class")
    voltage: Text | None = None
    market: Text | None = None
    options: Annotated[frozenset[str], PlainValidator(_words)] = frozenset()
    capacity: VA | None = None
    contract: Watts | None = None
    demand_method: Literal["by-capacity", "by-contract", "by-actual"] | None = Field(None, alias="demand-method")
    allowances: dict[Text, Day] = Field(default_factory=dict)


class AgreementPart(Part):
    """One agreement: its number (户号), its points, its versions."""

    agreement: Text
    customer: Text | None = None
    points: list[PointPart] = Field(min_length=1)
    transformers: list[TransformerPart] = Field(default_factory=list)
    versions: list[VersionPart] = Field(min_length=1)


def read_documents(paths: Iterable[Path]) -> list[AgreementPart]:
    """The agreements of YAML files.

    Raises:
        TariffRefused: with every problem of the first file that has any.
    """
    found: list[AgreementPart] = []
    seen: dict[str, str] = {}
    for path in paths:
        findings = Findings(file=str(path))
        text = read_text(path, findings)
        plain = None if text is None else read_plain(text, findings, "An agreement", "agreement, points and versions")
        findings.refuse_if_any()
        listed = plain if isinstance(plain, list) else [plain]
        for index, one in enumerate(listed):
            where: tuple[str | int, ...] = (index,) if listed is plain else ()
            made = _read(one, where, findings)
            if made is not None:
                if made.agreement in seen:
                    said = f"Agreement {made.agreement} stands in {seen[made.agreement]} already."
                    findings.error((*where, "agreement"), said, "Write all its versions in one place.")
                seen[made.agreement] = str(path)
                _check(made, where, findings)
                found.append(made)
        findings.refuse_if_any()
    return found


def _read(plain: Any, where: tuple[str | int, ...], findings: Findings) -> AgreementPart | None:
    if not isinstance(plain, dict) or not {"agreement", "points", "versions"} & set(plain):
        findings.error(where, "This is no agreement.", "Write agreement, points and versions.")
        return None
    try:
        return AgreementPart.model_validate(plain)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path = (*where, *detail["loc"])
            said = detail["msg"].removeprefix("Value error, ")
            if detail["type"] == "extra_forbidden":
                findings.error(path, f"`{path[-1]}` is not a key that belongs here.", nearest(str(path[-1]), _KEYS))
            elif detail["type"] == "missing":
                findings.error(path, f"`{path[-1]}` is missing.", "Add it.")
            elif detail["type"] == "literal_error":
                choices = detail.get("ctx", {}).get("expected", "").replace("'", "")
                findings.error(path, f"`{detail['input']}` is not one of the choices.", f"Write {choices}.")
            elif detail["type"] == "too_short":
                name = str(path[-1])
                findings.error(path, f"Agreement {plain.get('agreement')} has no {name}.", _LEAST[name])
            else:
                what, _, mend = said.partition(": ")
                findings.error(path, _sentence(what), _sentence(mend))
        return None


_LEAST = {
    "points": "Give it the point where its energy is measured.",
    "versions": "Give it a version that names its tariff.",
}


def _sentence(text: str) -> str:
    # Units keep their small letter: kWh.
    return f"{text[:1].upper() if text[1:2].islower() else text[:1]}{text[1:]}." if text else ""


_KEYS = sorted(
    {
        field.alias or name
        for model in (AgreementPart, PointPart, VersionPart, TransformerPart, StatePart)
        for name, field in model.model_fields.items()
    }
)


def _check(made: AgreementPart, where: tuple[str | int, ...], findings: Findings) -> None:
    names = [part.point for part in made.points]
    for index, part in enumerate(made.points):
        path = (*where, "points", index)
        if names.index(part.point) != index:
            findings.error((*path, "point"), f"The point {part.point} stands here twice.", "Keep one of them.")
        if part.behind is not None and (part.behind == part.point or part.behind not in names):
            others = [name for name in names if name != part.point]
            findings.error((*path, "behind"), f"{part.behind} is no other point of this.", nearest(part.behind, others))
        if part.fixed is not None and part.share is not None:
            findings.error(path, "fixed and share stand here together.", "Keep one of them.")
        agreed = part.fixed is not None or part.share is not None
        if agreed and part.source is not None:
            findings.error((*path, "source"), "What is agreed on is not measured.", "Remove it.")
        if agreed and (part.tariff is None or (part.share is not None and part.behind is None)):
            findings.error(path, "Energy that is agreed on needs a tariff, a share also `behind`.", "Add them.")
        if part.out_of is not None and (not agreed or part.behind is None):
            findings.error((*path, "out-of"), "`out-of` goes with a fixed amount behind a meter.", "Remove it.")
        if part.valid_from and part.valid_to and part.valid_to < part.valid_from:
            findings.error((*path, "valid_to"), "The point ends before it begins.", "Exchange the dates.")
    if _in_a_ring(made):
        findings.error((*where, "points"), "Points stand behind each other in a ring.", "One has to be the first.")
    if all(part.behind is not None for part in made.points):
        findings.error((*where, "points"), "No point is a main one.", "One stands behind no other.")
    _check_dates(made, where, findings)


def _in_a_ring(made: AgreementPart) -> bool:
    behind = {part.point: part.behind for part in made.points}
    for first in behind.values():
        at, steps = first, 0
        while at is not None and steps <= len(behind):
            at, steps = behind.get(at), steps + 1
        if at is not None:
            return True
    return False


def _check_dates(made: AgreementPart, where: tuple[str | int, ...], findings: Findings) -> None:
    versions = made.versions
    for index, version in enumerate(versions):
        path = (*where, "versions", index)
        if version.valid_from and version.valid_to and version.valid_to < version.valid_from:
            findings.error((*path, "valid_to"), "The version ends before it begins.", "Exchange the dates.")
        if index == 0:
            continue
        before = versions[index - 1]
        if version.valid_from is None or (before.valid_from and version.valid_from <= before.valid_from):
            findings.error(path, "Versions stand in the order of their dates.", "Give a later valid_from.")
        elif before.valid_to is not None and before.valid_to >= version.valid_from:
            said = f"It overlaps the version before it, which ends on {before.valid_to}."
            findings.error((*path, "valid_from"), said, "Let one end before the other begins.")
    for index, transformer in enumerate(made.transformers):
        days = [state.start for state in transformer.states]
        if days != sorted(set(days)):
            path = (*where, "transformers", index, "states")
            findings.error(path, "States stand in the order of their dates.", "Order them, one a day.")
