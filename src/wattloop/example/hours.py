"""How use is spread over a day, class by class: float64[96] each, of any scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Hours = npt.NDArray[np.float64]

OF_DAY: Hours = np.arange(96) / 4.0


def bump(at: float, width: float) -> Hours:
    """A rise and fall around an hour, over midnight too."""
    away = np.abs((OF_DAY - at + 12) % 24 - 12)
    found: Hours = np.exp(-0.5 * (away / width) ** 2)
    return found


def opening(first: float, last: float, ramp: float = 0.5) -> Hours:
    """Nearly nothing outside opening hours, all inside."""
    rise = 1 / (1 + np.exp(-(OF_DAY - first) / ramp * 4))
    fall = 1 / (1 + np.exp((OF_DAY - last) / ramp * 4))
    found: Hours = rise * fall
    return found


EVEN: Hours = np.ones(96)

# Homes: what is always on (lights and screens among it), then what is switched on.
HOME = 0.46 + 0.2 * bump(7.25, 1.2) + 0.2 * bump(12, 1.2) + 0.75 * bump(20, 2.5)
HOME_FREE = 0.48 + 0.2 * bump(8.75, 1.4) + 0.3 * bump(12.25, 1.5) + 0.7 * bump(19.75, 2.5)
BATH = 0.12 + 0.8 * bump(7, 1) + 2 * bump(21, 2.1)
KITCHEN = 0.01 + 0.6 * bump(7, 0.8) + 0.9 * bump(11.6, 0.8) + 2 * bump(18.4, 1)
KITCHEN_FREE = 0.01 + 0.5 * bump(8.25, 1) + 1.3 * bump(11.75, 0.9) + 2 * bump(18.2, 1.1)
EVENING = 0.15 + 0.4 * bump(12.5, 1.5) + 2 * bump(19.75, 2.4)
EVENING_FREE = 0.15 + 0.6 * bump(10, 2) + 0.6 * bump(14.5, 2) + 1.7 * bump(19.75, 2.4)
ROOM_AIR = 0.12 + 0.5 * bump(13.5, 2.2) + 1.6 * bump(20.75, 2.8) + 0.4 * bump(0.5, 1.5)

SHOP = 0.12 + opening(8.5, 21.5) * (0.8 + 0.3 * bump(19, 2))
OFFICE = 0.15 + opening(8, 18) * (0.9 - 0.25 * bump(12.75, 0.7))
OFFICE_SHUT = 0.18 + 0.08 * opening(9, 17)
RESTAURANT = 0.12 + 0.9 * bump(11.75, 1.2) + 1.1 * bump(18.75, 1.5)
SCHOOL = 0.12 + opening(7, 17.5) * (0.9 - 0.3 * bump(12.5, 0.9)) + 0.2 * bump(20, 1.3)
PUMPING = bump(5.5, 1.3) + 0.8 * bump(16.5, 1.5)

ONE_SHIFT = 0.15 + opening(7.5, 17.5) * (1 - 0.3 * bump(12.25, 0.6))
TWO_SHIFTS = 0.18 + opening(6.5, 22.5) * (1 - 0.15 * bump(14.25, 0.5))
CONTINUOUS = EVEN + 0.06 * bump(10, 3)

STATION = 0.10 + 0.9 * bump(1, 2.2) + 0.8 * bump(12.5, 1.4) + 0.5 * bump(18, 1.8)
HOME_CHARGER = 1.4 * bump(22.75, 0.9) + 0.35 * bump(20, 1.3)
