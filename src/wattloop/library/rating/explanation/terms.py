"""An agreement's dated terms as plain values, and back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from wattloop.library.rating.agreements.model import ABSENT, ALWAYS, FOR_EVER, Kind, Transformer, Versions
from wattloop.library.rating.agreements.variants import EPOCH

WORDS = ("class", "voltage", "market", "demand-method")


def to_plain(versions: Versions) -> list[dict[str, Any]]:
    """Terms, version by version; what is not agreed on is null."""
    found = []
    for at in range(len(versions.start)):
        kind = versions.kinds[int(versions.kind[at])]
        found.append(
            {
                "start": _date(int(versions.start[at])),
                "end": _date(int(versions.end[at])),
                "tariff": versions.tariff[at].as_py(),
                "customer": versions.customer[at].as_py(),
                **{word: kind.get(word) for word in WORDS},
                "options": sorted(kind.get("option", ())),
                "capacity-kva": _thousandth(int(versions.capacity[at])),
                "contract-kw": _thousandth(int(versions.contract[at])),
                "allowances": {
                    name: _date(int(days[at])) for name, days in versions.allowances.items() if days[at] != FOR_EVER
                },
            }
        )
    return found


def from_plain(told: list[dict[str, Any]]) -> Versions:
    """What `to_plain` wrote.

    Raises:
        KeyError, TypeError, ValueError: for what it did not write.
    """
    count = len(told)
    allowances = {name for one in told for name in one["allowances"]}
    return Versions(
        agreement=np.zeros(count, np.int64),
        start=np.array([_day(one["start"], ALWAYS) for one in told], np.int64),
        end=np.array([_day(one["end"], FOR_EVER) for one in told], np.int64),
        tariff=pa.array([one["tariff"] for one in told], pa.string()),
        kind=np.arange(count, dtype=np.int32),
        kinds=[_kind(one) for one in told],
        capacity=np.array([_whole(one["capacity-kva"]) for one in told], np.int64),
        contract=np.array([_whole(one["contract-kw"]) for one in told], np.int64),
        customer=pa.array([one["customer"] for one in told], pa.string()),
        allowances={
            name: np.array([_granted(one["allowances"], name) for one in told], np.int64) for name in allowances
        },
    )


def transformers_to_plain(owned: tuple[Transformer, ...]) -> list[dict[str, Any]]:
    """Transformers with their states; a state without a first day holds from ever."""
    return [
        {
            "id": one.name,
            "capacity-kva": _thousandth(one.capacity),
            "interlock": one.interlock,
            "states": [{"from": _date(since), "is": state} for since, state in one.states],
        }
        for one in owned
    ]


def transformers_from_plain(told: list[dict[str, Any]]) -> tuple[Transformer, ...]:
    """What `transformers_to_plain` wrote.

    Raises:
        KeyError, TypeError, ValueError: for what it did not write.
    """
    return tuple(
        Transformer(
            one["id"],
            int(Decimal(one["capacity-kva"]).scaleb(3)),
            tuple((_day(state["from"], ALWAYS), state["is"]) for state in one["states"]),
            one["interlock"],
        )
        for one in told
    )


def _kind(told: dict[str, Any]) -> Kind:
    kind = {word: told[word] for word in WORDS if told[word] is not None}
    return {**kind, "option": frozenset(told["options"])} if told["options"] else kind


def _granted(allowances: dict[str, str | None], name: str) -> int:
    return _day(allowances[name], ALWAYS) if name in allowances else FOR_EVER


def _date(day: int) -> str | None:
    return None if day in (ALWAYS, FOR_EVER) else (EPOCH + dt.timedelta(days=day)).isoformat()


def _day(text: str | None, missing: int) -> int:
    return missing if text is None else (dt.date.fromisoformat(text) - EPOCH).days


def _thousandth(value: int) -> str | None:
    return None if value == ABSENT else f"{Decimal(value).scaleb(-3):f}"


def _whole(text: str | None) -> int:
    return ABSENT if text is None else int(Decimal(text).scaleb(3))
