"""What came of a tariff's worked examples, as facts and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from wattloop.library.rating.examples import Outcome, outcomes
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.document_examples import Given
from wattloop.library.tariffs.problems import Findings
from wattloop.library.tariffs.show_facts import charge_labels
from wattloop.library.tariffs.show_words import label, text, word


@dataclass
class Proof:
    """The outcomes of one file's examples, each with its tariff and line; `take` is what `tariffs.load` calls."""

    file: str
    found: list[tuple[Tariff, int | None, Outcome]] = field(default_factory=list)

    def take(self, tariff: Tariff, findings: Findings) -> None:
        """Rate the examples of one version and keep what comes of it."""
        for outcome in outcomes(tariff):
            self.found.append((tariff, findings.line_of(findings.written(outcome.path)), outcome))

    @property
    def ok(self) -> bool:
        """Whether nothing that could be rated differs from what is expected."""
        return all(outcome.ok or outcome.found is None for _, _, outcome in self.found)


def facts(proof: Proof) -> dict[str, Any]:
    """A file's outcomes as plain values; amounts are exact text, `found` null where readings are needed."""
    return {
        "file": proof.file,
        "ok": proof.ok,
        "expectations": [
            {
                "line": line,
                "version": tariff.valid_from.isoformat() if tariff.valid_from else None,
                "given": _given(_of(tariff, outcome)),
                "expect": f"{outcome.name}.{outcome.part}" if outcome.part else outcome.name,
                "expected": str(outcome.expected),
                "found": None if outcome.found is None else str(outcome.found),
                "ok": outcome.ok,
            }
            for tariff, line, outcome in proof.found
        ],
    }


def tell(proof: Proof, language: str) -> Iterator[str]:
    """What is given in each example, and under it a line for each expectation: expected, found, whether they agree."""
    if not proof.found:
        yield f"{proof.file}: {word('no examples', language)}"
    before = None
    for tariff, line, outcome in proof.found:
        labels = charge_labels(tariff) | dict(tariff.calendar.labels)
        if outcome.example is not before:
            said = _given(_of(tariff, outcome))
            given = [f"{_name(key, labels, language)} {value}" for key, value in said.items() if key != "month"]
            yield f"{proof.file}: {', '.join([said['month'], *given])}"
        before = outcome.example
        what = " ".join(_name(one, labels, language) for one in (outcome.name, outcome.part) if one)
        yield f"  {word('line', language)} {line}, {what}: {_verdict(outcome, language)}"


def _name(one: str, labels: dict[str, dict[str, str]], language: str) -> str:
    return label(one, labels, language) if one in labels else word(one, language)


def _verdict(outcome: Outcome, language: str) -> str:
    expected = f"{word('expected', language)} {outcome.expected}"
    if outcome.found is None:
        return f"{expected}, {word('not checked: tiers in time order need readings', language)}"
    said = word("ok" if outcome.ok else "WRONG", language)
    return f"{expected}, {word('found', language)} {outcome.found}: {said}"


def _of(tariff: Tariff, outcome: Outcome) -> Given:
    given: Given = tariff.document.examples[outcome.example.path[1]].given
    return given


def _given(given: Given) -> dict[str, str]:
    """What an example gives, in the order of reading: month, terms, energy, demand."""
    said = {"month": f"{given.month[0]:04d}-{given.month[1]:02d}"}
    said |= {key: "/".join(sorted(words)) for key, words in given.terms.items()}
    said |= {period: f"{text(Decimal(wh) / 1000)} kWh" for period, wh in given.energy.items()}
    for period, watts in (given.demand or {}).items():
        said[f"demand {period}".strip()] = f"{text(Decimal(watts) / 1000)} kW"
    return said
