"""A bill with its explanation, as a structure and as the file that `wattloop verify` reads.

The file is JSON and holds all that the bill follows from: the tariffs' documents, the terms,
the determinants, the lines with their formulas. Money, prices and quantities are text.
`hash` is the SHA-256 of everything else, written with sorted keys and without spaces.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from wattloop.library.rating.explanation.words import Text

SCHEMA = "wattloop-bill/1"


@dataclass(frozen=True)
class Line:
    """A line and its explanation.

    Args:
        number: counted from 1 inside the bill.
        segment: the segment that it is of.
        point: the point with a price of its own that it is of; None for the agreement.
        kind, component, tou, tier, quantity, unit, price, amount, source: as the line table has them.
        sentence: for a customer, by language.
        formula: what `formulas.evaluate` brings to the amount.
        contained: the same for the quantity, where that follows from other lines.
        rests_on: the numbers of the lines that it is a share of, or is set against.
        clause: where the price stands: tariff, path, validity, source.
        why: why that clause applied, by language.
    """

    number: int
    segment: int
    point: str | None
    kind: str
    component: str
    name: Text
    tou: str | None
    tier: int | None
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    source: str
    sentence: Text
    formula: str
    contained: str | None
    rests_on: list[int]
    clause: dict[str, Any]
    why: Text


@dataclass(frozen=True)
class Segment:
    """Days of a bill under the same rules.

    Args:
        number: counted from 1; parts of an agreement may share one.
        start, end: its days; `end` is the day after the last.
        changed: what is new from its first day on, and what it was before.
        rules: what is in force, by language.
        periods: the time-of-use periods by name, each with its `name` and `hours` by language.
    """

    number: int
    point: str | None
    start: dt.date
    end: dt.date
    tariff: str
    changed: list[dict[str, Any]]
    rules: Text
    periods: dict[str, dict[str, Text]]


@dataclass(frozen=True)
class Bill:
    """One bill, explained.

    Args:
        agreement: its number.
        customer: who owned it in the last segment; None where not told.
        start, end: of the bill; `end` is the day after the last.
        terms: the agreement's dated versions.
        transformers: those that its capacity follows from, with their states.
        measured: what each point counted, segment by segment.
        lake: the version of the lake that was read; None for a table of readings.
        names: of each tariff, by its version and language.
        documents: `tariff_documents.carried` of the versions it was priced by.
        priced: the determinants that phase two priced.
    """

    agreement: str
    customer: str | None
    currency: str
    start: dt.date
    end: dt.date
    terms: list[dict[str, Any]]
    transformers: list[dict[str, Any]]
    segments: list[Segment]
    measured: list[dict[str, Any]]
    lines: list[Line]
    total: Decimal
    lake: int | None
    names: dict[str, Text]
    documents: list[dict[str, Any]]
    priced: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """The file's content, with its hash."""
        content = {
            "schema": SCHEMA,
            "agreement": self.agreement,
            "customer": self.customer,
            "currency": self.currency,
            "start": self.start,
            "end": self.end,
            "total": self.total,
            "lake_version": self.lake,
            "terms": self.terms,
            "transformers": self.transformers,
            "segments": [vars(one) for one in self.segments],
            "lines": [vars(one) for one in self.lines],
            "measured": self.measured,
            "priced": self.priced,
            "names": self.names,
            "tariffs": self.documents,
        }
        plain: dict[str, Any] = as_text(content)
        return {**plain, "hash": content_hash(plain)}


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a bill's content, whatever the order of its keys; a hash among them is left out."""
    held = {key: value for key, value in content.items() if key != "hash"}
    text = json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def as_text(value: Any) -> Any:
    """Plain values as JSON holds them: numbers with decimals and days as text.

    Raises:
        TypeError: for a float, which is not exact, and what JSON does not know.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(as_text(key)): as_text(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(inner) for inner in value]
    if isinstance(value, int):
        return int(value)
    msg = f"a bill holds no {type(value).__name__}"
    raise TypeError(msg)


def write_json(bill: Bill, file: Path) -> None:
    """Write a bill's file, whole or not at all."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(json.dumps(bill.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
