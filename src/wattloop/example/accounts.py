"""Who lives and works in the example county."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from wattloop.example.classes import CLASSES

AREAS = 40  # transformer areas


def point_name(index: int) -> str:
    """A ten-digit number, as supply enterprises give them."""
    return f"{3_200_100_001 + index:010d}"


def class_of(accounts: int, seed: int) -> npt.NDArray[np.int64]:
    """The class of every customer; each class has at least one where there are customers enough."""
    shares = np.array([c.share for c in CLASSES])
    counts = np.floor(accounts * shares / shares.sum()).astype(int)
    counts = np.maximum(counts, 1) if accounts >= 2 * len(CLASSES) else counts
    counts[0] += accounts - counts.sum()
    found = np.repeat(np.arange(len(CLASSES)), counts)
    return np.random.default_rng([seed, 2]).permutation(found)


def accounts_table(accounts: int, seed: int) -> pa.Table:
    """`agreement, point, class, area, class_zh, class_en`, a row a customer."""
    of = class_of(accounts, seed)
    names = [point_name(i) for i in range(accounts)]
    area = np.random.default_rng([seed, 3]).integers(1, AREAS + 1, accounts)
    return pa.table(
        {
            "agreement": names,
            "point": names,
            "class": [CLASSES[c].id for c in of],
            "area": [f"T{a:03d}" for a in area],
            "class_zh": [CLASSES[c].zh for c in of],
            "class_en": [CLASSES[c].en for c in of],
        }
    )
