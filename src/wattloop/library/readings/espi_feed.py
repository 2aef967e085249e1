"""A Green Button feed, read as a stream: its resources as they stand, and its readings as columns.

Elements are taken apart as they end and let go at once, so what is held is 40 bytes a reading, whatever the file
says around it. XML can only be walked element by element: the one loop over readings in this room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, iterparse

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.espi_prolog import line_of, refuse_broken
from wattloop.library.readings.espi_words import ATOM, EDITED_BY_HAND, ESPI, ESTIMATES, OURS, QUESTIONABLE
from wattloop.library.readings.report import Progress

_CHUNK = 100_000
NOT_SAID = -(2**62)
"""A start or a duration that a reading does not give."""
SAID_GOOD, SAID_ESTIMATED, SAID_QUESTIONABLE, SAID_EDITED = 1, 2, 3, 4  # 0: nothing is said

_ENTRY, _LINK, _CONTENT = (f"{{{ATOM}}}{name}" for name in ("entry", "link", "content"))
_READING, _BLOCK, _PERIOD, _START, _DURATION, _VALUE, _QUALITY, _INTERVAL = (
    f"{{{ESPI}}}{name}"
    for name in (
        "IntervalReading", "IntervalBlock", "timePeriod", "start", "duration", "value", "ReadingQuality", "interval",
    )
)  # fmt: skip
_KINDS = ("UsagePoint", "MeterReading", "ReadingType", "LocalTimeParameters", "IntervalBlock")


@dataclass
class Resource:
    """One entry of a feed, without its readings.

    Args:
        nth: its place among the entries, from 0.
        kind: the ESPI resource's name.
        own, up: addresses of itself and of the collection it stands in, as `address` has them; empty where not given.
        related: addresses of what it refers to.
        id, title: as they stand.
        codes: the text of the resource's plain elements, and of those one level down, by name.
    """

    nth: int
    kind: str
    own: str = ""
    up: str = ""
    related: list[str] = field(default_factory=list)
    id: str = ""
    title: str = ""
    codes: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Block:
    """The readings `first` to before `last`, as they were met; `start` in seconds where the block says it."""

    of: Resource
    first: int
    last: int
    start: int


@dataclass(eq=False)
class Feed:
    """A feed.

    Args:
        resources: by kind, but for interval blocks.
        blocks: the interval blocks, in order; they hold the readings without a gap.
        start, duration: int64[readings] seconds, NOT_SAID where they are not given.
        value: float64[readings], NaN where there is none.
        quality: uint8[readings], 0 or one of the SAID_.
    """

    path: Path
    resources: dict[str, list[Resource]]
    blocks: list[Block]
    start: npt.NDArray[np.int64]
    duration: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    quality: npt.NDArray[np.uint8]

    def refuse_reading(self, what: str, mend: str, nth: int, element: str) -> NoReturn:
        """Refuse the nth reading's element.

        Raises:
            Refused: always, with the line.
        """
        raise Refused(
            what, mend, file=str(self.path), row=line_of(self.path, "IntervalReading", nth, element), field=element
        )

    def refuse_entry(self, what: str, mend: str, entry: Resource) -> NoReturn:
        """Refuse an entry.

        Raises:
            Refused: always, with the line.
        """
        raise Refused(
            what, mend, file=str(self.path), row=line_of(self.path, "entry", entry.nth, entry.kind), field=entry.kind
        )


def read_feed(path: Path, progress: Progress | None = None) -> Feed:
    """Read a whole feed.

    Args:
        path: XML whose prolog was looked at before.
        progress: told readings met.

    Raises:
        Refused: with the line, for XML that is broken or cut short, and for a number that is none.
    """
    reader = _Reader(path, progress)
    try:
        with path.open("rb") as file:
            for _, element in iterparse(file, ("end",)):  # noqa: S314, there is no document type in it
                take = reader.takes.get(element.tag)
                if take is not None:
                    take(element)
    except ParseError as error:
        refuse_broken(path, error.code, error.position[0])
    return reader.feed()


def address(href: str) -> str:
    """A link's target without host, query and closing slash: exporters do not write them alike in one file."""
    path = href.strip().partition("?")[0].partition("#")[0]
    if "://" in path:
        path = path.partition("://")[2]
        path = path[path.find("/") :] if "/" in path else ""
    return path.rstrip("/")


class _Reader:
    def __init__(self, path: Path, progress: Progress | None) -> None:
        self.path, self.progress = path, progress
        self.takes: dict[str, Callable[[Element], None]] = {
            _READING: self._take_reading, _BLOCK: self._take_block, _ENTRY: self._take_entry,
        }  # fmt: skip
        self.resources: dict[str, list[Resource]] = {kind: [] for kind in _KINDS}
        self.blocks: list[Block] = []
        self.spans: list[tuple[int, int, str | None]] = []  # of the entry that is being read
        self.entries = self.done = self.opened = 0
        self.columns: list[tuple[Any, ...]] = []
        self._fresh()

    def _fresh(self) -> None:
        self.starts: list[str | None] = []
        self.durations: list[str | None] = []
        self.values: list[str | None] = []
        self.qualities = bytearray()

    def _take_reading(self, element: Element) -> None:
        period = element.find(_PERIOD)
        self.starts.append(None if period is None else period.findtext(_START) or None)
        self.durations.append(None if period is None else period.findtext(_DURATION) or None)
        self.values.append(element.findtext(_VALUE) or None)
        self.qualities.append(0 if element.find(_QUALITY) is None else _quality(element))
        element.clear()
        if len(self.values) >= _CHUNK:
            self._set_down()

    def _take_block(self, element: Element) -> None:
        interval, end = element.find(_INTERVAL), self.done + len(self.values)
        self.spans.append((self.opened, end, None if interval is None else interval.findtext(_START)))
        self.opened = end
        element.clear()

    def _take_entry(self, element: Element) -> None:
        links = [(link.get("rel", ""), address(link.get("href", ""))) for link in element.findall(_LINK)]
        for content in element.findall(f"{_CONTENT}/*"):
            kind = content.tag.rpartition("}")[2] if content.tag.startswith(f"{{{ESPI}}}") else ""
            if kind not in _KINDS:
                continue
            resource = Resource(
                self.entries, kind,
                own=next((href for rel, href in links if rel == "self"), ""),
                up=next((href for rel, href in links if rel == "up"), ""),
                related=[href for rel, href in links if rel == "related"],
                id=" ".join((element.findtext(f"{{{ATOM}}}id") or "").split()),
                title=" ".join((element.findtext(f"{{{ATOM}}}title") or "").split()),
                codes=_codes(content),
            )  # fmt: skip
            if kind == "IntervalBlock":
                if not self.spans:
                    self._refuse_astray("an IntervalBlock")
                first, last, start = self.spans.pop(0)
                begins = [start.strip() if start else None]
                self.blocks.append(Block(resource, first, last, int(self._whole(begins, first, "start")[0])))
            else:
                self.resources[kind].append(resource)
        if self.spans or self.opened != self.done + len(self.values):
            self._refuse_astray("an IntervalReading or IntervalBlock")
        self.entries += 1
        element.clear()

    def _set_down(self) -> None:
        first = self.done
        self.columns.append(
            (
                self._whole(self.starts, first, "start"),
                self._whole(self.durations, first, "duration"),
                self._numbers(self.values, first),
                np.frombuffer(bytes(self.qualities), np.uint8),
            )
        )
        self.done += len(self.values)
        self._fresh()
        if self.progress:
            self.progress(self.done, 0)

    def _whole(self, texts: list[str | None], first: int, element: str) -> npt.NDArray[np.int64]:
        cells = self._figures(texts, first, element, r"^-?\d{1,18}$", "whole number of seconds")
        found: npt.NDArray[np.int64] = cells.cast(pa.int64()).fill_null(NOT_SAID).to_numpy()
        return found

    def _numbers(self, texts: list[str | None], first: int) -> npt.NDArray[np.float64]:
        cells = self._figures(texts, first, "value", r"^-?\d{1,18}(\.\d*)?$", "number")
        found: npt.NDArray[np.float64] = cells.cast(pa.float64()).fill_null(np.nan).to_numpy()
        return found

    def _figures(self, texts: list[str | None], first: int, element: str, form: str, what: str) -> pa.Array:
        """Texts without space around them, each as `form` wants it; the first of them is the reading `first`."""
        cells = pc.utf8_trim_whitespace(pa.array(texts, pa.string()))
        at = pc.index(pc.match_substring_regex(cells, form), False).as_py()
        if at >= 0:
            raise Refused(
                f"{texts[at]!r} is no {what}", "Write it in figures.", file=str(self.path), field=element,
                row=line_of(self.path, "IntervalReading", first + at, element),
            )  # fmt: skip
        return cells

    def _refuse_astray(self, what: str) -> NoReturn:
        raise Refused(
            f"{what} stands outside of its place",
            "An entry holds an IntervalBlock, and that its IntervalReadings.",
            file=str(self.path), row=line_of(self.path, "entry", self.entries), field="IntervalBlock",
        )  # fmt: skip

    def feed(self) -> Feed:
        if self.spans or self.opened != self.done + len(self.values):
            self._refuse_astray("an IntervalReading or IntervalBlock")
        self._set_down()
        start, duration, value, quality = (np.concatenate(column) for column in zip(*self.columns, strict=True))
        return Feed(self.path, self.resources, self.blocks, start, duration, value, quality)


def _quality(reading: Element) -> int:
    said = {(q.findtext(f"{{{ESPI}}}quality") or "").strip() for q in reading.findall(_QUALITY)}
    return quality_of(said)


def quality_of(said: set[str]) -> int:
    """What codes of quality come to."""
    if said & ESTIMATES:
        return SAID_ESTIMATED
    if str(EDITED_BY_HAND) in said:
        return SAID_EDITED
    return SAID_QUESTIONABLE if QUESTIONABLE in said else SAID_GOOD


def _codes(resource: Element) -> dict[str, str]:
    codes = {}
    for element in [e for child in resource for e in (child, *child)]:
        name = element.tag.rpartition("}")[2]
        if element.tag.startswith((f"{{{ESPI}}}", f"{{{OURS}}}")) and element.text and name not in codes:
            codes[name] = element.text.strip()
    return codes
