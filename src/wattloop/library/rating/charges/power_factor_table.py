"""What a power factor costs or saves: the table of (83)水电财字215号 for its three standards.

Source: the printed table as posted in wgbc.cn/zxjs/205.html (0.90, 0.85 and 0.80) and
aiicanw.cn/xx/dqdz/50308.html (0.90).
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from wattloop.library.quantity.money import Whole

Band = tuple[int, int, int]
"""A power factor in hundredths, what it costs in hundredths of a percent, and what each hundredth below adds to
that, down to the next band."""

BANDS: dict[Decimal, tuple[Band, ...]] = {
    Decimal("0.90"): ((100, -75, 0), (95, -75, 15), (90, 0, 50), (70, 1000, 100), (65, 1500, 200)),
    Decimal("0.85"): (
        (100, -110, 0), (94, -110, 15), (90, -50, 10), (85, 0, 50), (65, 1000, 100), (60, 1500, 200),
    ),
    Decimal("0.80"): (
        (100, -130, 0), (92, -130, 15), (90, -100, 10), (80, 0, 50), (60, 1000, 100), (55, 1500, 200),
    ),
}  # fmt: skip


def table(standard: Decimal) -> Whole:
    """int64[101]: hundredths of a percent by the power factor in hundredths, 0 to 100."""
    found = np.zeros(101, np.int64)
    for first, cost, more in BANDS[standard]:
        found[: first + 1] = cost + more * np.arange(first, -1, -1)
    return found
