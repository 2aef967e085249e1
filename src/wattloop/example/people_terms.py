"""The county's terms as rows of the platform's own table of agreements."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from wattloop.library.rating.agreements.documents import AgreementPart, read_documents


@dataclass
class Terms:
    """What is agreed with one customer.

    Args:
        name: the customer's, where it is known.
        versions, points: cells by column.
        transformers: rows of `transformers.csv`.
        new_owner: the name of whoever takes it over, where somebody does.
    """

    name: str = ""
    versions: list[dict[str, object]] = field(default_factory=list)
    points: list[dict[str, object]] = field(default_factory=list)
    transformers: list[list[object]] = field(default_factory=list)
    new_owner: str = ""

    @property
    def begins(self) -> list[dt.date]:
        """The days from which versions hold, where they are told."""
        return [day for v in self.versions if isinstance(day := v.get("valid-from"), dt.date)]

    @property
    def measured(self) -> list[str]:
        """Points with a meter."""
        return [str(p["point"]) for p in self.points if not p.get("fixed-kwh-month")]

    def rows(self, opened: dt.date) -> Iterator[dict[str, object]]:
        """A row for each version and point; the first version holds since the opening, if no day is told."""
        for n in range(max(len(self.versions), len(self.points))):
            version = self.versions[n] if n < len(self.versions) else {}
            point = self.points[n] if n < len(self.points) else {}
            begin = {"valid-from": version.get("valid-from") or opened} if version else {}
            yield {**version, **begin, **point}


def read_terms(county: Path) -> dict[str, Terms]:
    """What is agreed with everybody, by the agreement's number."""
    found: dict[str, Terms] = {}
    for row in csv.DictReader((county / "agreements" / "county.csv").open(encoding="utf-8")):
        told = {k: v for k, v in row.items() if v}
        point = {"point": told.pop("point"), "source": told.pop("source", "")}
        found[told.pop("agreement")] = Terms(versions=[dict(told)], points=[dict(point)])
    documents = county / "agreements" / "factories.yaml"
    for one in read_documents([documents]) if documents.is_file() else []:
        found[one.agreement] = _of_document(one)
    return found


def _of_document(one: AgreementPart) -> Terms:
    terms = Terms(one.customer or "")
    for version in one.versions:
        if version.customer and version.customer != one.customer:
            terms.new_owner = version.customer
        terms.versions.append({
            "valid-from": version.valid_from,
            "tariff": version.tariff,
            "class": version.class_ or "",
            "voltage": version.voltage or "",
            "market": version.market or "",
            "options": " ".join(sorted(version.options)),
            "contract-kw": "" if version.contract is None else version.contract / 1000,
            "demand-method": version.demand_method or "",
            "owner": bool(version.customer and version.customer != one.customer),
        })  # fmt: skip
    for point in one.points:
        terms.points.append({
            "point": point.point,
            "source": point.source or "",
            "point-tariff": point.tariff or "",
            "behind": point.behind or "",
            "fixed-kwh-month": "" if point.fixed is None else point.fixed / 1000,
            "out-of": point.out_of or "",
        })  # fmt: skip
    for part in one.transformers:
        head: list[object] = [one.agreement, part.id, part.capacity / 1000, part.interlock or ""]
        states: list[list[object]] = [[state.start, state.state] for state in part.states]
        terms.transformers += [[*head, *state] for state in states or [["", ""]]]
    return terms
