"""Addresses of tariffs: what they cost, what another would, proposals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.console.places import Place


def _tariff(_made: Any) -> list[Any]:
    return ["residential-yearly"]


def _job(made: Any) -> list[Any]:
    return [*_tariff(made), UUID(int=0)]


PLACES = [
    Place("tariffs:list", get="enterprise.tariff.view"),
    Place("tariffs:proposal", get="enterprise.tariff.view", args=lambda _made: [1], shown=False),
    Place("tariffs:decide", post="enterprise.tariff.decide", args=lambda _made: [1], shown=False),
    Place("tariffs:detail", get="enterprise.tariff.view", args=_tariff, shown=False),
    Place("tariffs:file", get="enterprise.tariff.view", args=_tariff, page=False, shown=False),
    Place("tariffs:try", get="enterprise.tariff.try", args=_tariff, shown=False),
    Place("tariffs:answer", post="enterprise.tariff.try", args=_tariff, shown=False),
    Place("tariffs:sums", post="enterprise.tariff.try", args=_tariff, shown=False),
    Place("tariffs:exact", post="enterprise.tariff.try", args=_tariff, shown=False),
    Place(
        "tariffs:exact_found",
        get="enterprise.tariff.try",
        args=_job,
        shown=False,
    ),
    Place("tariffs:draft", post="enterprise.tariff.try", args=_tariff, shown=False),
]
