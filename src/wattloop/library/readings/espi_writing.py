"""Readings of a lake as a Green Button (ESPI) feed: points and series first, then a block a day, as a stream."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.quantity import clock
from wattloop.library.quantity.dayrows import matrix
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.espi_clock import local_time
from wattloop.library.readings.espi_words import ATOM, EDITED_BY_HAND, ESPI, ESTIMATED_BY_LIKE_DAY, OURS, WRITTEN
from wattloop.library.readings.estimation import marked

_DAY = 24 * 3600
BATCH = 2_048
"""Day-rows that are made text at once."""
_ROOT = "/espi/1_1/resource"
# A tab or a line's end could stand there, but would come back as a space.
_NOT_XML = re.compile("[^\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, OURS)
_ORDER = (
    "accumulationBehaviour", "commodity", "dataQualifier", "flowDirection", "intervalLength", "kind",
    "powerOfTenMultiplier", "uom",
)  # fmt: skip
"""Codes of a ReadingType that we write, in the schema's order."""


@dataclass(frozen=True, eq=False)
class Written:
    """One interval and channel to write.

    Args:
        points: the points that have readings of it.
        batches: their final day-rows with `estimated` and `edited`, sorted by point and day.
    """

    slots: int
    channel: str
    points: list[str]
    batches: Iterator[pa.RecordBatch]

    @property
    def type_href(self) -> str:
        """Where its ReadingType stands."""
        return f"{_ROOT}/ReadingType/{self.channel}_{self.slots}"

    def meter_href(self, point: str) -> str:
        """Where a point's MeterReading of it stands."""
        return f"{_point_href(point)}/MeterReading/{self.channel}_{self.slots}"


def write_feed(path: Path, snapshot: Snapshot, parts: list[Written], last: dt.date) -> int:
    """Write a feed.

    Args:
        path: the file to write.
        snapshot: of the lake, for its clock.
        parts: what to write, each with rows.
        last: the last day written, for the rules of the clock.

    Returns:
        Readings written.

    Raises:
        Refused: where the lake's clock is of no named zone, or a point's name cannot stand in XML.
    """
    if snapshot.zone is None:
        raise Refused(
            "the lake's standard time is of no named zone, and Green Button gives moments of UTC",
            "Export as CSV or Parquet, and import that into a lake with a zone.",
        )
    points = sorted({point for part in parts for point in part.points})
    bad = next((point for point in points if _NOT_XML.search(point) or point != point.strip()), None)
    if bad is not None:
        raise Refused(f"the point's name {bad!r} cannot stand in XML as it is", "Export as CSV or Parquet.")
    now = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="{ATOM}">\n')
        file.write(f"<id>urn:uuid:{_id('feed', *points)}</id>\n<title>Green Button</title>\n<updated>{now}</updated>\n")
        file.write(f'<link rel="self" href="{_ROOT}/Batch"/>\n')
        file.writelines(_heads(points, parts, snapshot.zone, last.year, now))
        for part in parts:
            for rows in part.batches:
                file.writelines(_blocks(part, rows, snapshot.offset * 60, now))
                count += rows.num_rows * part.slots
        file.write("</feed>\n")
    return count


def _heads(points: list[str], parts: list[Written], zone: str, year: int, now: str) -> Iterator[str]:
    """Everything but readings."""
    clock_href = f"{_ROOT}/LocalTimeParameters/1"
    elements = "".join(f"<{name}>{value}</{name}>" for name, value in local_time(zone, year).items())
    for point in points:
        own = f'<extension><point xmlns="{OURS}">{escape(point)}</point></extension>'
        service = "<ServiceCategory><kind>0</kind></ServiceCategory>"
        related = [f"{_point_href(point)}/MeterReading", clock_href]
        content = f'<UsagePoint xmlns="{ESPI}">{own}{service}</UsagePoint>'
        yield _entry(_point_href(point), escape(point), related, content, now, _point_id(point))
    yield _entry(clock_href, zone, [], f'<LocalTimeParameters xmlns="{ESPI}">{elements}</LocalTimeParameters>', now)
    for part in parts:
        codes = {**WRITTEN[part.channel], "intervalLength": _DAY // part.slots}
        said = "".join(f"<{name}>{codes[name]}</{name}>" for name in _ORDER)
        title = f"{part.channel} every {1440 // part.slots} minutes"
        yield _entry(part.type_href, title, [], f'<ReadingType xmlns="{ESPI}">{said}</ReadingType>', now)
        for point in part.points:
            href = part.meter_href(point)
            related = [f"{href}/IntervalBlock", part.type_href]
            yield _entry(href, title, related, f'<MeterReading xmlns="{ESPI}"/>', now)


def _blocks(part: Written, rows: pa.RecordBatch, east: int, now: str) -> Iterator[str]:
    """An entry a day-row: its readings are put together as columns of text, not one by one."""
    seconds = _DAY // part.slots
    begins = np.asarray(rows["day"]).astype("datetime64[D]").astype(np.int64) * _DAY - east
    values, _ = matrix(rows, part.slots)
    starts = begins[:, None] + seconds * np.arange(part.slots)
    guessed, edited = (marked(rows[name], part.slots) for name in ("estimated", "edited"))
    said = [f"<ReadingQuality><quality>{q}</quality></ReadingQuality>" for q in (ESTIMATED_BY_LIKE_DAY, EDITED_BY_HAND)]
    quality = np.where(guessed, said[0], np.where(edited, said[1], ""))
    readings = pc.binary_join_element_wise(
        "<IntervalReading>", pa.array(quality.ravel()), f"<timePeriod><duration>{seconds}</duration><start>",
        pa.array(starts.ravel()).cast(pa.string()), "</start></timePeriod><value>",
        pa.array(values.ravel()).cast(pa.string()), "</value></IntervalReading>\n", "",
    )  # fmt: skip
    offsets = pa.array(np.arange(0, len(readings) + 1, part.slots, dtype=np.int32))
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, readings), "")
    for point, begin, text in zip(rows["point"].to_pylist(), begins.tolist(), joined.to_pylist(), strict=True):
        interval = f"<interval><duration>{_DAY}</duration><start>{begin}</start></interval>"
        block = f'<IntervalBlock xmlns="{ESPI}">{interval}\n{text}</IntervalBlock>'
        yield _entry(f"{part.meter_href(point)}/IntervalBlock/{begin}", "", [], block, now)


def _entry(href: str, title: str, related: list[str], content: str, now: str, own_id: str = "") -> str:
    up = href.rpartition("/")[0]
    links = "".join(f'<link rel="related" href="{other}"/>' for other in related)
    itself = f'<id>urn:uuid:{own_id or _id(href)}</id><link rel="self" href="{href}"/><link rel="up" href="{up}"/>'
    return (
        f"<entry>{itself}{links}<title>{title}</title>\n<content>{content}</content>\n"
        f"<published>{now}</published><updated>{now}</updated></entry>\n"
    )


def _point_href(point: str) -> str:
    return f"{_ROOT}/UsagePoint/{_point_id(point)}"


def _point_id(point: str) -> str:
    """The id that a point is known by elsewhere, where its name is one."""
    return point if _UUID.fullmatch(point) else str(_id("point", point))


def _id(*named: str) -> uuid.UUID:
    """The same for the same thing, whoever writes it, and whenever."""
    return uuid.uuid5(_NAMESPACE, "\n".join(named))
