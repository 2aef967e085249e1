"""One customer's readings: seeded, and the same whatever span is asked for.

A quarter-hour is the customer's size × (what is always on + what is switched on) × the
day's factor × noise. The random stream of a customer is one for what it is, and one for
every calendar month: a month is drawn whole, and what is switched on at its very end
goes off at its beginning, so that no month rests on another. Tomorrow's county has
today's past.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wattloop.example.classes import CustomerClass
from wattloop.example.surroundings import SLOTS, Surroundings
from wattloop.example.switching import Times, switched_on
from wattloop.library.quantity.calendars import HOLIDAY

_HABITS = 3  # hours of its own that a customer may have for a load
_EMPTY = 0.35  # of the steady part stays on where nobody is at home
_RETURN = 2  # days around the festival's public days for the journey

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Character:
    """What sets a customer apart from its class, drawn once.

    Args:
        watts: its size.
        steady: its steady part, as a multiple of the size.
        shift: slots by which it is later than its class.
        response: how much it feels the weather.
        power, often: float64[loads], factors of each load's power and frequency.
        habits: float64[loads, 3], its own hours as places in the class's distribution.
        leaves: nobody is there over the Spring Festival.
        vacant: nobody ever is.
    """

    watts: float
    steady: float
    shift: int
    response: float
    power: npt.NDArray[np.float64]
    often: npt.NDArray[np.float64]
    habits: npt.NDArray[np.float64]
    leaves: bool
    vacant: bool


def character(kind: CustomerClass, index: int, seed: int) -> Character:
    """The character of a customer by its number."""
    rng = np.random.Generator(np.random.SFC64([seed, index]))
    size, steady = rng.standard_normal(2)
    response, leaves, vacant = rng.random(3)
    shift = int(rng.integers(-3, 4))
    power, often = rng.standard_normal((2, len(kind.loads)))
    return Character(
        watts=1000 * kind.kw * np.exp(kind.spread * size),
        steady=kind.steady * (np.exp(0.35 * steady) if kind.limit < np.inf else 1),
        shift=shift,
        response=0.3 + 1.4 * response,
        power=np.exp(0.3 * power) if kind.limit < np.inf else np.ones(len(kind.loads)),
        often=np.exp(0.25 * often),
        habits=rng.random((len(kind.loads), _HABITS)),
        leaves=leaves < kind.leaves,
        vacant=vacant < kind.vacant,
    )


def customer(kind: CustomerClass, index: int, around: Surroundings, seed: int) -> npt.NDArray[np.int32]:
    """One customer's readings.

    Args:
        kind: its class.
        index: its number in the county.
        around: the months wanted.
        seed: the county's.

    Returns:
        int32[days, 96] Wh, for all days of those months.
    """
    me = character(kind, index, seed)
    days = len(around.kinds)
    kinds = _kinds(kind, around)
    factor, absent, noise = np.empty(days), np.zeros(days, bool), []
    per_day = np.array([load.per_day for load in kind.loads]) * me.often
    counts, drawn = [], []
    stream = np.random.PCG64([seed, index, 1])
    rng, start = np.random.Generator(stream), stream.state
    for at, (year, month) in enumerate(around.months):
        begin, end = around.begins[at], around.begins[at + 1]
        stream.state = start  # 2⁶⁴ numbers of the one stream for each month: quicker than a stream of its own
        stream.advance((year * 12 + month) << 64)
        noise.append(rng.bytes((end - begin) * SLOTS))
        factor[begin:end] = rng.standard_normal(end - begin)
        some_away, when, how_long = rng.random(3)
        if some_away < kind.away:
            leaving = begin + int(when * (end - begin))
            absent[leaving : min(leaving + 2 + int(how_long * 8), end)] = True
        if kind.loads:
            count = rng.poisson(per_day * (end - begin))
            counts.append(count)
            drawn.append(rng.random((5, count.sum()), np.float32))
    if me.leaves:
        absent |= around.festival <= _RETURN
    found = _steady(kind, me, around, kinds, absent)
    if kind.loads and not me.vacant:
        needed = _needed(kind, me, around, kinds, absent)
        times = Times(np.array(counts), np.concatenate(drawn, axis=1), needed, kinds > 0, me.habits, me.shift)
        found += switched_on(kind, times, around.begins, me.power)
    found *= _jitter(kind.noise)[np.frombuffer(b"".join(noise), np.uint8)].reshape(-1, SLOTS)
    found *= (me.watts / 4 * np.exp(kind.day_noise * factor)).astype(np.float32)[:, None]
    return np.rint(found, out=found).astype(np.int32)


def _kinds(kind: CustomerClass, around: Surroundings) -> npt.NDArray[np.int8]:
    """What kind of day each is to the class."""
    shut = np.zeros(len(around.kinds), bool)
    if kind.closes:
        shut |= around.festival <= kind.closes
    if kind.summer_break:
        shut |= around.summer
    return np.where(shut, np.int8(HOLIDAY), around.kinds)


def _steady(
    kind: CustomerClass, me: Character, around: Surroundings, kinds: npt.NDArray[np.int8], absent: npt.NDArray[np.bool_]
) -> Floats:
    """The steady part: float32[days, 96], as a multiple of the size."""
    if kind.lit:
        return (me.steady * (0.02 + 2 * around.dark)).astype(np.float32)
    shapes = np.stack([kind.working, kind.weekend, kind.holiday]) / kind.working.mean()
    level = me.steady * (1 + me.response * (kind.cooling * around.hot + kind.heating * around.cold))
    level[absent] *= _EMPTY
    if me.vacant:
        level *= 0.0 if me.response < 1 else 0.05  # the breaker off, or a meter's and a router's use
    found: Floats = np.roll(shapes, me.shift, axis=1).astype(np.float32)[kinds]
    found *= level.astype(np.float32)[:, None]
    return found


def _needed(
    kind: CustomerClass, me: Character, around: Surroundings, kinds: npt.NDArray[np.int8], absent: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """float64[loads, days]: how likely a load is needed when it might be."""
    found = np.empty((len(kind.loads), len(kinds)))
    for at, load in enumerate(kind.loads):
        found[at] = np.array(load.chances)[kinds]
        if load.cooling or load.heating:
            found[at] *= me.response * (load.cooling * around.hot + load.heating * around.cold)
        if load.watering:
            found[at] *= around.drought
    found[:, absent] = 0
    return found


def _jitter(sigma: float) -> Floats:
    """Factors around 1 for the 256 values of a random byte, evenly spread: nothing is quicker to draw."""
    found: Floats = (1 + sigma * np.sqrt(12) * (np.arange(256) - 127.5) / 256).astype(np.float32)
    return found
