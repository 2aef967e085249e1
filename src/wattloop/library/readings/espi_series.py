"""Which readings of a Green Button feed belong to which point and channel: its links followed, its types understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.readings.espi_feed import NOT_SAID, Block, Feed, Resource, quality_of
from wattloop.library.readings.espi_words import Meaning, meaning
from wattloop.library.readings.faults import CONTROL

DAY = 24 * 3600


@dataclass(eq=False)
class Series:
    """The readings of one MeterReading.

    Args:
        meter: its entry.
        point: the point's name.
        means: what its readings are.
        at: int64[readings], which of the feed's.
        start: int64[readings] seconds since 1970, UTC.
        seconds: the length of its intervals.
        quality: what is said of readings that say nothing themselves.
    """

    meter: Resource
    point: str
    means: Meaning
    at: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    seconds: int
    quality: int

    @property
    def slots(self) -> int:
        """Slots per day, where its intervals are those of day-rows; else 0."""
        slots = DAY // self.seconds if self.seconds > 0 and DAY % self.seconds == 0 else 0
        return slots if slots in SLOT_COUNTS else 0

    @property
    def said(self) -> str:
        """Its name for messages."""
        title = f" ({self.meter.title})" if self.meter.title else ""
        return f"{self.point}{title}"


def series_of(feed: Feed, named_by: str, slots: int) -> tuple[list[Series], list[str]]:
    """The series of a feed that a lake has a channel for, and notes on what was left out and assumed.

    Args:
        feed: the feed.
        named_by: what names a point: "id" or "title".
        slots: take only series of so many readings a day; 0 for all.

    Raises:
        Refused: where a link leads nowhere, a code is none, or intervals of one series are not of one length.
    """
    links = _Links(feed)
    names = _names(feed, named_by)
    found, notes = [], []
    for meter, at in links.readings():
        kind = links.type_of(meter)
        point = links.point_of(meter)
        codes, service = _numbers(feed, kind), _numbers(feed, point).get("kind")
        means = meaning(codes, service)
        if means.why_not:
            notes.append(_left_out(names[point.nth], meter, means.why_not, len(at)))
            continue
        start, seconds = _times(feed, links, meter, at, codes.get("intervalLength", NOT_SAID))
        quality = quality_of({kind.codes["defaultQuality"]}) if "defaultQuality" in kind.codes else 0
        one = Series(meter, names[point.nth], means, at, start, seconds, quality)
        if not one.slots or (slots and one.slots != slots):
            notes.append(_left_out(one.point, meter, f"every {seconds:,} seconds", len(at)))
            continue
        if means.assumed and means.assumed not in notes:
            notes.append(means.assumed)
        found.append(one)
    return _energy_before_power(found, notes), notes


def _left_out(point: str, meter: Resource, why: str, count: int) -> str:
    title = f" ({meter.title})" if meter.title else ""
    return f"left out: {counted(count, 'reading')} of {point}{title}: {why}"


def _energy_before_power(found: list[Series], notes: list[str]) -> list[Series]:
    """Without power of a point whose energy stands there as well: both say the same, energy exactly."""
    energy = {(s.point, s.means.channel) for s in found if not s.means.is_power}
    kept = []
    for one in found:
        if one.means.is_power and (one.point, one.means.channel) in energy:
            notes.append(_left_out(one.point, one.meter, "power, of which the file has the energy too", len(one.at)))
        else:
            kept.append(one)
    return kept


def _names(feed: Feed, named_by: str) -> dict[int, str]:
    """Names of the usage points by entry; the name that we gave one when we wrote it comes first."""
    names: dict[int, str] = {}
    taken: dict[str, Resource] = {}
    for point in feed.resources["UsagePoint"]:
        plain = re.sub(r"(?i)^urn:uuid:", "", point.id)
        by_id = plain.lower() if plain != point.id else point.id or point.own
        name = point.codes.get("point") or (point.title if named_by == "title" else by_id)
        if not name:
            feed.refuse_entry(f"a UsagePoint has no {named_by}", "Give it one.", point)
        if re.search(CONTROL, name):
            feed.refuse_entry(f"the name {name[:40]!r} holds a control character", "Give the point another.", point)
        other = taken.setdefault(name, point)
        if other.own != point.own or other.id != point.id:
            feed.refuse_entry(f"two UsagePoints are both called {name!r}", "Name points by their id.", point)
        names[point.nth] = name
    return names


def _numbers(feed: Feed, resource: Resource) -> dict[str, int]:
    """The codes of a resource that are whole numbers."""
    wanted = {
        "accumulationBehaviour", "commodity", "consumptionTier", "cpp", "dataQualifier", "flowDirection",
        "intervalLength", "kind", "powerOfTenMultiplier", "tou", "uom",
    }  # fmt: skip
    numbers = {}
    for name, text in resource.codes.items():
        if name not in wanted:
            continue
        if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
            feed.refuse_entry(f"{name} is {text!r}, and no whole number", "Give its code.", resource)
        numbers[name] = int(text)
    if not -12 <= numbers.get("powerOfTenMultiplier", 0) <= 12:
        feed.refuse_entry("powerOfTenMultiplier lies beyond -12 to 12", "Give the right one.", resource)
    return numbers


def _times(
    feed: Feed, links: _Links, meter: Resource, at: npt.NDArray[np.int64], length: int
) -> tuple[npt.NDArray[np.int64], int]:
    """Starts of a series' readings, and the one length of their intervals, in seconds.

    Readings without a time follow each other from their block's start, as the standard has it.
    """
    start, duration = feed.start[at], feed.duration[at]
    seconds = np.where(duration == NOT_SAID, length, duration)
    usual = int(np.unique(seconds, return_counts=True)[0][np.unique(seconds, return_counts=True)[1].argmax()])
    off = np.flatnonzero(seconds != usual)
    if len(off):
        feed.refuse_reading(
            f"a reading over {_said(int(seconds[off[0]]))} among readings over {_said(usual)}",
            "Give each interval a MeterReading of its own.", int(at[off[0]]), "duration",
        )  # fmt: skip
    if usual == NOT_SAID:
        feed.refuse_reading(
            "neither the reading nor its ReadingType says how long its interval is",
            "Give timePeriod/duration or intervalLength.", int(at[0]), "duration",
        )  # fmt: skip
    if (start != NOT_SAID).all():
        return start, usual
    start = start.copy()
    for block in links.blocks_of(meter):
        here = slice(*np.searchsorted(at, (block.first, block.last)))
        gone = start[here] == NOT_SAID
        if not gone.any():
            continue
        if not gone.all() or block.start == NOT_SAID:
            nth = int(at[here][gone.argmax()])
            feed.refuse_reading(
                "a reading without its time", "Give timePeriod/start, or none in the block and interval/start for it.",
                nth, "timePeriod",
            )  # fmt: skip
        start[here] = block.start + usual * np.arange(len(gone))
    return start, usual


def _said(seconds: int) -> str:
    return "no said time" if seconds == NOT_SAID else f"{seconds:,} seconds"


class _Links:
    """A feed's entries by what they refer to each other with."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.points = _by_address(feed.resources["UsagePoint"])
        self.meters = _by_address(feed.resources["MeterReading"])
        self.types = _by_address(feed.resources["ReadingType"])
        self.points_of, self.meters_of = _referring(self.points.values()), _referring(self.meters.values())
        self._blocks: dict[int, list[int]] = {}
        for nth, block in enumerate(feed.blocks):
            if block.first < block.last:
                meter = self._parent(block.of, "MeterReading", self.meters, self.meters_of)
                self._blocks.setdefault(meter.nth, []).append(nth)

    def readings(self) -> Iterable[tuple[Resource, npt.NDArray[np.int64]]]:
        """Every MeterReading that has readings, with which of the feed's they are."""
        by_entry = {meter.nth: meter for meter in self.feed.resources["MeterReading"]}
        for nth, blocks in self._blocks.items():
            spans = [np.arange(self.feed.blocks[b].first, self.feed.blocks[b].last) for b in blocks]
            yield by_entry[nth], np.concatenate(spans)

    def blocks_of(self, meter: Resource) -> Iterable[Block]:
        """Its blocks that hold readings."""
        return (self.feed.blocks[nth] for nth in self._blocks[meter.nth])

    def type_of(self, meter: Resource) -> Resource:
        """Its ReadingType."""
        found = next((self.types[href] for href in meter.related if href in self.types), None)
        return found or self._only(meter, "ReadingType", [h for h in meter.related if "/ReadingType" in h])

    def point_of(self, meter: Resource) -> Resource:
        """Its UsagePoint."""
        return self._parent(meter, "UsagePoint", self.points, self.points_of)

    def _parent(
        self, of: Resource, kind: str, known: Mapping[str, Resource], referring: Mapping[str, Resource]
    ) -> Resource:
        """What an entry stands under, told by the address it stands at, or by what refers to that."""
        for href in filter(None, (of.up, of.own)):
            above = href.rpartition(f"/{of.kind}")[0] or href
            for found in (known.get(above), known.get(href), referring.get(href)):
                if found is not None:
                    return found
        return self._only(of, kind, [href for href in (of.up, of.own) if href])

    def _only(self, of: Resource, kind: str, named: list[str]) -> Resource:
        """The feed's one resource of a kind, where the entry names none."""
        every = self.feed.resources[kind]
        if named or len({resource.own for resource in every}) != 1:
            what = f"refers to {named[0]}, where there is no {kind}" if named else f"does not say its {kind}"
            self.feed.refuse_entry(
                f"the {of.kind} {what}", f"Give the {kind} in the same file, and the links between them.", of
            )
        return every[0]


def _by_address(resources: list[Resource]) -> dict[str, Resource]:
    # One that stands there again, as some exporters repeat a ReadingType, is the first.
    found: dict[str, Resource] = {}
    for resource in resources:
        found.setdefault(resource.own, resource)
    return found


def _referring(resources: Iterable[Resource]) -> dict[str, Resource]:
    return {href: resource for resource in resources for href in resource.related}
