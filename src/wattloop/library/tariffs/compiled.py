"""A tariff as rating needs it: every name resolved, every price exact, every slot decided.

The document that people write is in `document`; `load` and `from_urdb` turn one
into a `Tariff`. Nothing here knows YAML, files or readings.

Units: energy bounds in Wh, demand bounds in W, prices in currency per kWh, kW,
day, month or year as `Decimal`; rates are fractions (0.13 is 13 %).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from wattloop.library.tariffs.compiled_basic import (
    ActualCharge,
    CapacityCharge,
    ContractCharge,
    IntensiveUse,
    Suspension,
)

MINUTES_PER_STEP = 5
STEPS_PER_DAY = 24 * 60 // MINUTES_PER_STEP


class Kind(StrEnum):
    """What a bill line charges for."""

    ENERGY = "energy"
    DEMAND_FLAT = "demand_flat"
    DEMAND_TOU = "demand_tou"
    CAPACITY = "capacity"
    FIXED = "fixed"
    POWER_FACTOR = "power_factor"
    MINIMUM = "minimum"
    SURCHARGE = "surcharge"
    TAX = "tax"
    ADJUSTMENT = "adjustment"


class Pooling(StrEnum):
    """How the energy of several time-of-use periods fills the tiers."""

    PRO_RATA = "pro-rata"
    TIME_ORDER = "in-time-order"
    PER_PERIOD = "ladder-per-period"
    AFTER_TIME_OF_USE = "after-time-of-use"


class Over(StrEnum):
    """The span over which energy climbs the tiers before they start again."""

    MONTH = "month"
    SEASON = "season"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Limit:
    """Why a calendar ends before its tariff: the "holidays" or "trigger" of this name are known until a day."""

    sort: str
    name: str
    known_until: dt.date

    def __str__(self) -> str:
        """As a sentence has it: the days of trigger hot are known until 2026-09-30."""
        what = "holidays of" if self.sort == "holidays" else "days of trigger"
        return f"the {what} {self.name} are known until {self.known_until}"


@dataclass(frozen=True, eq=False)
class Calendar:
    """Time-of-use periods and seasons, decided for every day and five-minute step.

    Args:
        zone: IANA zone of the local clock the tariff is written in; None means
            the clock of the readings themselves.
        periods: names of the time-of-use periods, in the tariff's order; a
            tariff without time of use has exactly one.
        labels: period name to {language: text}.
        patterns: int16[pattern, STEPS_PER_DAY], the index of the period in force
            at each five-minute step of a local day.
        seasons: names of the seasons; exactly one where the tariff has none.
        first_day: first local day that is decided.
        pattern_of_day: int16[days], the pattern of each day from `first_day` on.
        season_of_day: int16[days], the season of each day from `first_day` on.
        limit: why `last_day` comes before the tariff's end, None where it does not.
    """

    zone: str | None
    periods: tuple[str, ...]
    labels: dict[str, dict[str, str]]
    patterns: npt.NDArray[np.int16]
    seasons: tuple[str, ...]
    first_day: dt.date
    pattern_of_day: npt.NDArray[np.int16]
    season_of_day: npt.NDArray[np.int16]
    limit: Limit | None = None

    @property
    def last_day(self) -> dt.date:
        """The last local day that is decided."""
        return self.first_day + dt.timedelta(days=len(self.pattern_of_day) - 1)


@dataclass(frozen=True, slots=True)
class Component:
    """A named part of the energy price.

    `prices[tier][period]` is in currency per kWh; the tier axis has length one
    where the component does not depend on tiers, the period axis where it does
    not depend on time of use. `counts_as` is the kind that its lines count as where
    other charges build on them: what tiers add is part of the energy charge, though its
    lines are of another kind so that the kWh of kind energy are counted once. `source` says
    where a price of a list comes from: list, item, province, document.
    """

    name: str
    kind: Kind
    prices: tuple[tuple[Decimal, ...], ...]
    by_tier: bool
    by_period: bool
    clause: str
    labels: dict[str, str] = field(default_factory=dict)
    counts_as: Kind | None = None
    source: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What agreements that were granted it get: `add_to_first` Wh on every bound per month, or `free` Wh per month.

    Exactly one of the two is not zero. In tiers over a year the months count from that of the
    grant to the year's end.
    """

    name: str
    add_to_first: int
    free: int
    clause: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tiers:
    """Blocks of energy.

    `bounds[season][period][tier]` is the upper bound in Wh of all tiers but the
    last, None where the tier has no upper bound in that season and period. With
    `per_day` a bound is multiplied by the days of the bill. `ladders` numbers the
    ladder that each period climbs where each climbs its own: "summer peak" and
    "winter peak" are one. `spanning` is how the tiers of a bill that is cut are dealt out to
    its pieces: "in-order" (the earlier fill the lower ones) or "pooled" (in proportion).
    """

    over: Over
    pooling: Pooling
    bounds: tuple[tuple[tuple[int | None, ...], ...], ...]
    per_day: bool
    clause: str
    ladders: tuple[int, ...]
    allowances: tuple[Allowance, ...] = ()
    spanning: str = "in-order"

    @property
    def count(self) -> int:
        """Number of tiers."""
        return len(self.bounds[0][0]) + 1


@dataclass(frozen=True, slots=True)
class DemandStep:
    """One rung of a demand ladder: up to `upper` W (None: no bound) at `price` per kW."""

    upper: int | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class DemandCharge:
    """A charge on the highest average power of the bill's period.

    `ladders` has one entry for DEMAND_FLAT; for DEMAND_TOU one per period of the
    calendar, None where that period's maximum is not charged. `months` are the
    calendar months (1-12) in which it applies. `block_minutes` is the averaging
    block; None means the readings' own interval. `calendar` is the charge's own
    calendar, whose periods the ladders then follow; None means the tariff's. `over` is
    what its maximum is taken over where a bill is cut: the "bill" or each "segment".
    """

    name: str
    kind: Kind
    ladders: tuple[tuple[DemandStep, ...] | None, ...]
    months: frozenset[int]
    block_minutes: int | None
    clause: str
    calendar: Calendar | None = None
    over: str = "bill"


@dataclass(frozen=True, slots=True)
class PowerFactor:
    """The power-factor adjustment.

    `base` and `without` hold kinds and component names: it is taken of the lines of the first
    that are not of the second. `over` is what active and reactive energy are added up over: the
    "bill", or each "segment" of it under one version of the tariff.
    """

    name: str
    standard: Decimal
    base: frozenset[str]
    without: frozenset[str]
    penalty_only: bool
    over: str
    clause: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FixedCharge:
    """A charge per day, month or year.

    A yearly charge is spread over the twelve months so that they add up to it
    exactly, or falls whole into `in_month`.
    """

    name: str
    price: Decimal
    per: str
    in_month: int | None
    months: frozenset[int]
    clause: str


@dataclass(frozen=True, slots=True)
class Minimum:
    """The least a month or a year costs; `counts` holds the kinds set against it."""

    name: str
    price: Decimal
    per: str
    counts: frozenset[Kind]
    clause: str


@dataclass(frozen=True, slots=True)
class Percentage:
    """A share of other lines: an adjustment or surcharge in percent.

    `of` holds kinds and component names whose lines form the base; of the percentages,
    those before this one.
    """

    name: str
    kind: Kind
    rate: Decimal
    of: frozenset[str]
    clause: str


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on top of the lines, or contained in them (`included`)."""

    name: str
    rate: Decimal
    included: bool
    of: frozenset[str] | None
    clause: str


@dataclass(frozen=True, slots=True)
class Rounding:
    """`energy` in Wh, `money` in currency; `half` is "up" (away from zero) or "even"."""

    energy: int = 1
    money: Decimal = Decimal("0.01")
    half: str = "up"


@dataclass(frozen=True, slots=True)
class Option:
    """What an agreement's terms change.

    It holds where every key of `when` ("class", "voltage", "market", "option") has one of
    its words. `priced_as` is the period, as written, that all energy is priced as, None where
    time of use stays; without `tiers` all energy costs what the first tier does. `prices` are
    a component's own, one per period of the tariff's calendar; `factors` multiply prices;
    `without` names the components and charges that are left out.
    """

    when: dict[str, frozenset[str]]
    priced_as: str | None
    tiers: bool
    prices: dict[str, tuple[Decimal, ...]]
    factors: dict[str, Decimal]
    without: frozenset[str]
    clause: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Segments:
    """What becomes of that which spans the pieces of a bill that is cut.

    `registers`: a reading that spans a cut is not usable ("read": the bill waits for one) or is
    shared "by-days".
    """

    registers: str = "read"


@dataclass(frozen=True)
class Tariff:
    """One version of one tariff, ready to rate with.

    `applied` are the numbers of the `options` that made it the variant it is; `variants` are
    those made of it so far.
    `lacks` says what an agreement must choose before anything can be billed; None where nothing.
    """

    id: str
    name: dict[str, str]
    currency: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    calendar: Calendar
    components: tuple[Component, ...]
    tiers: Tiers | None = None
    demand: tuple[DemandCharge, ...] = ()
    capacity: tuple[CapacityCharge, ...] = ()
    contract: tuple[ContractCharge, ...] = ()
    actual: tuple[ActualCharge, ...] = ()
    intensive: IntensiveUse | None = None
    suspension: tuple[Suspension, ...] = ()
    fixed: tuple[FixedCharge, ...] = ()
    power_factor: PowerFactor | None = None
    minimums: tuple[Minimum, ...] = ()
    percentages: tuple[Percentage, ...] = ()
    taxes: tuple[Tax, ...] = ()
    rounding: Rounding = Rounding()
    segments: Segments = Segments()
    scope: dict[str, str] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    document: Any = None
    options: tuple[Option, ...] = ()
    applied: tuple[int, ...] = ()
    lacks: str | None = None
    variants: dict[tuple[int, ...], Tariff] = field(init=False, default_factory=dict, compare=False, repr=False)

    @property
    def maxima(self) -> tuple[DemandCharge | ContractCharge | ActualCharge, ...]:
        """Every charge that needs the highest power of a block of time."""
        return (*self.demand, *self.contract, *self.actual)

    @property
    def asks_whole(self) -> bool:
        """Whether a charge needs the energy of all points of a bill together."""
        return self.intensive is not None
