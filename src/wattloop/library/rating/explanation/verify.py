"""Whether a bill follows from what it carries: priced anew, offline, and every formula evaluated.

The tariffs are compiled from their documents, the determinants priced by them, the lines
explained again; each thing that comes out otherwise than it is written is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import ABSENT, Versions
from wattloop.library.rating.explanation import formulas, grounds, terms
from wattloop.library.rating.explanation.bill_document import SCHEMA, content_hash
from wattloop.library.rating.explanation.explained import bill_of
from wattloop.library.rating.explanation.grounds import Grounds, Priced
from wattloop.library.rating.explanation.tariff_documents import compiled, variant_of
from wattloop.library.rating.explanation.verify_grounds import (
    capacity_that_differs,
    legs_that_differ,
    power_that_differs,
)
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.problems import TariffRefused

MEND = "Write it anew with `wattloop explain`."


@dataclass(frozen=True)
class Verified:
    """What came of verifying.

    Args:
        agreement, start, end, currency: of the bill.
        lines: how many it has.
        total: as it is written.
        differences: what does not follow, in words; empty where all does.
    """

    agreement: str
    start: str
    end: str
    currency: str
    lines: int
    total: str
    differences: list[str]


def verify(bill: Mapping[str, Any] | Path | str) -> Verified:
    """Compute a bill again from what it carries, and compare.

    Args:
        bill: what `Bill.to_json` gave, or the file that holds it.

    Raises:
        Refused: where it is no such bill, or its tariffs cannot be compiled.
    """
    file = None if isinstance(bill, Mapping) else str(bill)
    content = bill if isinstance(bill, Mapping) else _read(Path(bill))
    if content.get("schema") != SCHEMA:
        raise Refused(f"the schema is {content.get('schema')}, not {SCHEMA}", MEND, file=file)
    try:
        return _verified(content)
    except TariffRefused as refused:
        raise Refused(f"a tariff that the bill carries cannot be compiled: {refused}", MEND, file=file) from None
    except Refused as refused:
        raise Refused(refused.what, refused.mend or MEND, file=file) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, StopIteration, InvalidOperation) as error:
        said = f"it is no bill as `wattloop explain` writes it: {type(error).__name__}, {error}"
        raise Refused(said, MEND, file=file) from None


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"the bill cannot be read: {error.strerror or error}", file=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"the bill is not JSON: {error}", MEND, file=str(path)) from None
    if not isinstance(found, Mapping):
        raise Refused("the bill is not a JSON object", MEND, file=str(path))
    return found


def _verified(content: Mapping[str, Any]) -> Verified:
    ground = _grounds(content)
    again = bill_of(ground).to_json()
    found = _lines_that_differ(content["lines"], again["lines"])
    found += [f"{key} is otherwise than what follows" for key in again if key in _WHOLE and content[key] != again[key]]
    found += [f"there is no place for {key} in a bill" for key in content if key not in again]
    if content["total"] != again["total"]:
        found.append(f"the total is {content['total']}, and {again['total']} follows")
    found += _formulas_that_fail(content["lines"])
    found += legs_that_differ(content["measured"], content["priced"])
    found += power_that_differs(ground) + capacity_that_differs(ground)
    if content["hash"] != content_hash(content):
        found.append("the content is not that which the hash was made of")
    return Verified(
        agreement=content["agreement"],
        start=content["start"],
        end=content["end"],
        currency=content["currency"],
        lines=len(content["lines"]),
        total=content["total"],
        differences=found,
    )


_WHOLE = ("agreement", "customer", "currency", "start", "end", "terms", "transformers", "segments", "priced",
          "names")  # fmt: skip


def _grounds(content: Mapping[str, Any]) -> Grounds:
    versions = terms.from_plain(content["terms"])
    tariffs = compiled(content["tariffs"])
    bill = max(row["bill"] for one in content["priced"] for row in one["rows"])
    return Grounds(
        agreement=content["agreement"],
        bill=bill,
        points={row["part"]: row["point"] for one in content["priced"] for row in one["rows"]},
        versions=versions,
        priced=[_priced(one, tariffs, versions, bill) for one in content["priced"]],
        transformers=terms.transformers_from_plain(content["transformers"]),
        measured=content["measured"],
        lake=content["lake_version"],
        documents=content["tariffs"],
    )


def _priced(told: Mapping[str, Any], tariffs: list[Tariff], versions: Versions, bill: int) -> Priced:
    """Rows as the variant prices them that the terms in force make of the tariff."""
    rows = told["rows"]
    version = next(row["version"] for row in rows if row["priced"] and row["bill"] == bill)
    kind = versions.kinds[int(versions.kind[version])] if version != ABSENT else {}
    return grounds.from_plain(rows, variant_of(tariffs, told["tariff"], kind), versions)


def _lines_that_differ(written: list[Mapping[str, Any]], again: list[Mapping[str, Any]]) -> list[str]:
    found = []
    if len(written) != len(again):
        found.append(f"the number of lines is {len(written)}, and {len(again)} follow")
    return found + [
        f"line {other['number']}: {key} is {_short(one.get(key))}, and {_short(other[key])} follows"
        for one, other in zip(written, again, strict=False)
        for key in other
        if one.get(key) != other[key]
    ]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _formulas_that_fail(lines: list[Mapping[str, Any]]) -> list[str]:
    found = []
    for line in lines:
        for formula, key in ((line["formula"], "amount"), (line["contained"], "quantity")):
            if formula is None:
                continue
            comes_to = formulas.evaluate(formula)
            if comes_to != Fraction(Decimal(line[key])):
                found.append(f"line {line['number']}: `{_short(formula)}` is not its {key}, {line[key]}")
    return found
