"""Sums per part of an agreement, day type and slot: what any re-assignment of hours to periods is answered from.

A month's readings are summed once. What is kept are running sums over the day, so that the energy of
any stretch of hours is the difference of two columns, whoever draws the periods and however often.
They lie in a file that is read where it is needed, not held: a million agreements cost no more memory.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from wattloop.library.quantity.money import Whole
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import Kind
from wattloop.library.tariffs.day_rules import DayType

SUMS, WHO, ABOUT = "sums.npy", "agreements.parquet", "about.json"


@dataclass(eq=False)
class DaySums:
    """What the parts of agreements used in a month, by day type and slot of the local day.

    Args:
        tariff: the id of the tariff that they have.
        start, end: the month's first day, and the day after its last.
        types: the day types of the month, t of them.
        running: int64[t, slots + 1, n], Wh from midnight up to each slot on all days of a type.
        names: string[n], the agreement of each part, parts of one agreement side by side.
        classes: string[n], the class of customer, "" where there is none.
        kind: int32[n], index into `kinds`, the terms in force.
        kinds: the distinct combinations of terms.
        left_out: {reason: agreements} that have the tariff and are not in it.
        version: of the lake.
    """

    tariff: str
    start: dt.date
    end: dt.date
    types: list[DayType]
    running: Whole
    names: pa.Array
    classes: pa.Array
    kind: npt.NDArray[np.int32]
    kinds: list[Kind]
    left_out: dict[str, int] = field(default_factory=dict)
    version: int | None = None

    @property
    def slots(self) -> int:
        """Slots of a day."""
        return int(self.running.shape[1]) - 1

    def save(self, folder: Path) -> None:
        """Write everything but `running` into a folder that holds that already."""
        table = {"agreement": self.names, "class": self.classes, "kind": pa.array(self.kind)}
        pq.write_table(pa.table(table), folder / WHO)
        about = {
            "tariff": self.tariff,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "types": [
                {"rule": one.rule, "days": [day.isoformat() for day in one.days], "words": one.words}
                for one in self.types
            ],
            "kinds": [_plain(kind) for kind in self.kinds],
            "left_out": self.left_out,
            "version": self.version,
        }
        (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


class Writing:
    """A folder that comes into being whole or not at all.

    Used as a context: what is written into `folder` stands at `path` when it ends well.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=".writing-", dir=self.path.parent))
        return self.folder

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is None:
            # Two that wrote the same at once wrote the same thing: the first stays.
            try:
                os.replace(self.folder, self.path)
            except OSError:
                if not (self.path / ABOUT).is_file():
                    raise
        shutil.rmtree(self.folder, ignore_errors=True)


def open_sums(folder: Path) -> DaySums:
    """The sums that stand in a folder.

    Raises:
        Refused: where there are none.
    """
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        who = pq.read_table(folder / WHO)
        running = np.load(folder / SUMS, mmap_mode="r")
    except (OSError, ValueError):
        raise Refused("there are no sums of that month yet", "Have them computed.", file=str(folder)) from None
    types = [
        DayType(one["rule"], tuple(dt.date.fromisoformat(day) for day in one["days"]), one["words"])
        for one in about["types"]
    ]
    return DaySums(
        tariff=about["tariff"],
        start=dt.date.fromisoformat(about["start"]),
        end=dt.date.fromisoformat(about["end"]),
        types=types,
        running=running,
        names=who["agreement"].combine_chunks(),
        classes=who["class"].combine_chunks(),
        kind=who["kind"].to_numpy(),
        kinds=[_kind(kind) for kind in about["kinds"]],
        left_out=about["left_out"],
        version=about["version"],
    )


def _plain(kind: Kind) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in kind.items()}


def _kind(plain: dict[str, Any]) -> Kind:
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in plain.items()}
