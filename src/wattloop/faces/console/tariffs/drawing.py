"""The geometry of a tariff's pictures: a year of days as strips of hours, prices as steps, tiers as stairs.

Whole pixels in a drawing that scales; colours and type are the style sheet's. Every picture has the same
facts beside it as a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wattloop.faces.console.tariffs import telling
from wattloop.faces.console.tariffs.colours import colours, signs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wattloop.library.tariffs import Tariff
    from wattloop.library.tariffs.year_picture import Days, Stretch, YearPicture

DAY = 1440  # minutes
WIDE = 960  # of a day's strip: 40 an hour
HIGH = 180  # of a price picture
NARROW = 30  # below that a strip's part has no room for a sign
HOURS = [(hour, hour * WIDE // 24) for hour in range(0, 25, 3)]


def clock(minutes: int) -> str:
    """07:00."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Block:
    """Part of a strip: where, how wide, its colour, its sign (where there is room) and what it says."""

    x: int
    width: int
    colour: int
    sign: str
    title: str

    @property
    def middle(self) -> int:
        """Where the sign stands."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Strip:
    """One sort of days: which, how many, its blocks, and the same in words."""

    words: str
    count: int
    blocks: list[Block]
    hours: list[tuple[str, str]]  # period, hours


@dataclass(frozen=True, slots=True)
class Month:
    """A month's sorts of days."""

    number: int
    strips: list[Strip]


class Painter:
    """Draws what is said of one tariff.

    Args:
        tariff: whose names and prices are meant.
        periods: those drawn; by default all that have prices of their own, which a tariff with prices by season
            tells apart by season, as "summer peak". The rules of its days speak of "peak".
    """

    def __init__(self, tariff: Tariff, periods: Sequence[str] | None = None) -> None:
        self.tariff, self.names = tariff, telling.Names(tariff)
        self.periods = tariff.calendar.periods if periods is None else tuple(periods)
        self.colours = colours(tariff, self.periods)
        self.signs = signs(self.periods, {period: self.names[period] for period in self.periods})

    def legend(self) -> list[tuple[str, int, str, str]]:
        """Of each period its id, colour, sign and name."""
        return [(one, self.colours[one], self.signs[one], self.names[one]) for one in self.periods]

    def strip(self, days: Days) -> Strip:
        """A strip of one sort of days."""
        return Strip(telling.days(days.words), days.count, self.blocks(days.hours), self.in_words(days.hours))

    def blocks(self, hours: Iterable[Stretch]) -> list[Block]:
        """The blocks of a day."""
        found = []
        for one in hours:
            x, end = one.start * WIDE // DAY, one.end * WIDE // DAY
            sign = self.signs.get(one.period, "?") if end - x >= NARROW else ""
            title = f"{clock(one.start)}-{clock(one.end)} {self.names[one.period]}"
            found.append(Block(x, end - x, self.colours.get(one.period, 3), sign, title))
        return found

    def in_words(self, hours: Iterable[Stretch]) -> list[tuple[str, str]]:
        """Period by period its hours, in the tariff's order."""
        told: dict[str, list[str]] = {}
        for one in hours:
            told.setdefault(one.period, []).append(f"{clock(one.start)}-{clock(one.end)}")
        order = [*self.periods, *(period for period in told if period not in self.periods)]
        return [(self.names[period], ", ".join(told[period])) for period in order if period in told]

    def months(self, picture: YearPicture) -> list[Month]:
        """The year, month by month."""
        return [Month(number, [self.strip(days) for days in sorts]) for number, sorts in picture.months.items()]


@dataclass(frozen=True, slots=True)
class Layer:
    """A component's part of the price, as rectangles in the picture."""

    number: int
    name: str
    boxes: list[tuple[int, int, int, int]]  # x, y, width, height


@dataclass(frozen=True, slots=True)
class PricePicture:
    """Price by hour: stacked components, the sum as a line, and marks of the axis."""

    words: str
    count: int
    layers: list[Layer]
    line: str  # points of a polyline
    labels: list[tuple[int, int, str]]  # x, y, text
    marks: list[tuple[int, str]]  # y, text
    rows: list[tuple[str, str, str]] = field(default_factory=list)  # hours, period, price


def price_pictures(painter: Painter, picture: YearPicture) -> list[PricePicture]:
    """One for every sort of days of a year, all on one scale."""
    prices = _prices(painter.tariff)
    highest = max((sum(parts.values()) for parts in prices.values()), default=Decimal(0)) or Decimal(1)
    return [_price_picture(painter, days, prices, _ceiling(highest)) for days in picture.sorts]


def _price_picture(painter: Painter, days: Days, prices: dict[str, dict[str, Decimal]], top: Decimal) -> PricePicture:
    def y(price: Decimal) -> int:
        return HIGH - int(price * HIGH / top)

    names = [component.name for component in painter.tariff.components]
    boxes: dict[str, list[tuple[int, int, int, int]]] = {name: [] for name in names}
    line, labels, rows = [], [], []
    for one in days.hours:
        x, end = one.start * WIDE // DAY, one.end * WIDE // DAY
        height = Decimal(0)
        for name, price in prices.get(one.period, {}).items():
            if price > 0:
                low, height = height, height + price
                boxes[name].append((x, y(height), end - x, y(low) - y(height)))
        total = sum(prices.get(one.period, {}).values(), Decimal(0))
        line += [f"{x},{y(total)}", f"{end},{y(total)}"]
        if end - x >= 2 * NARROW:
            labels.append(((x + end) // 2, max(-4, y(total) - 6), plain(total)))
        rows.append((f"{clock(one.start)}-{clock(one.end)}", painter.names[one.period], plain(total)))
    layers = [Layer(at, painter.names[name], boxes[name]) for at, name in enumerate(names)]
    marks = [(y(top * part / 4), plain(top * part / 4)) for part in range(5)]
    return PricePicture(telling.days(days.words), days.count, layers, " ".join(line), labels, marks, rows)


def _prices(tariff: Tariff) -> dict[str, dict[str, Decimal]]:
    """{period: {component: price}} in the first tier."""
    return {
        period: {one.name: one.prices[0][number if one.by_period else 0] for one in tariff.components}
        for number, period in enumerate(tariff.calendar.periods)
    }


def plain(value: Decimal) -> str:
    """A number without idle zeros."""
    said = f"{value:.4f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def _ceiling(highest: Decimal) -> Decimal:
    """A round number at or above, that quarters well: 1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8 × 10ⁿ."""
    scale = Decimal(1).scaleb(highest.adjusted())
    steps = ("1", "1.2", "1.6", "2", "2.4", "3.2", "4", "6", "8", "10")
    return next(Decimal(step) * scale for step in steps if Decimal(step) * scale >= highest)


@dataclass(frozen=True, slots=True)
class Stairs:
    """Tiers: of each period the price over the energy used."""

    lines: list[tuple[int, str, str]]  # colour, points, name
    bounds: list[tuple[int, str]]  # x, kWh
    marks: list[tuple[int, str]]  # y, price
    rows: list[tuple[str, list[str]]]  # tier, price by period


def stairs(painter: Painter) -> Stairs | None:
    """The tiers of a tariff drawn as stairs; None where it has none, or bounds that differ by season or period."""
    from wattloop.library.tariffs.show_facts import energy_prices, tier_bounds

    facts = tier_bounds(painter.tariff)
    if facts is None or len(facts["bounds"]) != 1:
        return None
    bounds = [Decimal(bound) for bound in facts["bounds"][0]["kwh"] if bound is not None]
    if not bounds:
        return None
    prices: dict[str, list[Decimal]] = {}
    for one in energy_prices(painter.tariff):
        prices.setdefault(one["period"], []).append(Decimal(one["total"]))
    top = _ceiling(max(max(row) for row in prices.values()) or Decimal(1))
    reach = bounds[-1] * Decimal("1.3")
    edges = [0, *(int(bound * WIDE / reach) for bound in bounds), WIDE]
    lines = []
    for period, row in prices.items():
        points: list[str] = []
        for at, price in enumerate(row):
            level = HIGH - int(price * HIGH / top)
            points += [f"{edges[at]},{level}", f"{edges[at + 1]},{level}"]
        lines.append((painter.colours[period], " ".join(points), painter.names[period]))
    table = [(str(at + 1), [plain(row[at]) for row in prices.values()]) for at in range(len(bounds) + 1)]
    marks = [(HIGH - int(HIGH * part / 4), plain(top * part / 4)) for part in range(5)]
    return Stairs(lines, [(edge, plain(b)) for edge, b in zip(edges[1:], bounds, strict=False)], marks, table)


def bars(spread: list[tuple[int | None, int | None, int]]) -> list[dict[str, Any]]:
    """The histogram of changes: label, count, and its bar's place in a picture 960 wide and 140 high."""
    most = max((count for *_, count in spread), default=0) or 1
    step = WIDE // len(spread)
    found = []
    for at, (low, high, count) in enumerate(spread):
        height = count * 106 // most
        side = "same" if low == high == 0 else "falls" if high is not None and high <= 0 else "rises"
        found.append({
            "low": low, "high": high, "count": count, "side": side, "label": _range(low, high),
            "x": at * step + 4, "width": step - 8, "height": height, "y": 130 - height, "middle": at * step + step // 2,
        })  # fmt: skip
    return found


def _range(low: int | None, high: int | None) -> str:
    """In per cent: −5…−2, 0, more than 20."""

    def percent(thousandths: int) -> str:
        said = plain(Decimal(thousandths) / 10)
        return said.replace("-", "−") if thousandths <= 0 else f"+{said}"

    if low is None:
        return f"≤ {percent(high or 0)}"
    if high is None:
        return f"> {percent(low)}"
    return "0" if low == high else f"{percent(low)}…{percent(high)}"
