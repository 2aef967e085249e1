"""Green Button feeds for tests: as exporters write them, and as they should not."""

from __future__ import annotations

from dataclasses import dataclass, field

from wattloop.library import readings
from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.readings.estimation import marked

BASE = "https://meter.example/espi/1_1/resource"
MARCH_2 = 1_772_409_600  # 2026-03-02T00:00Z
ACTIVE = {
    "accumulationBehaviour": 4, "commodity": 1, "flowDirection": 1, "intervalLength": 3600, "kind": 12,
    "powerOfTenMultiplier": 0, "uom": 72,
}  # fmt: skip


def entry(href, content, related=(), title="", id_="", up=None):
    links = "".join(f'<link rel="related" href="{BASE}/{other}"/>\n' for other in related)
    up = href.rpartition("/")[0] if up is None else up
    return (
        f'<entry>\n<id>{id_ or "urn:uuid:" + href}</id>\n<link rel="self" href="{BASE}/{href}"/>\n'
        f'<link rel="up" href="{BASE}/{up}"/>\n{links}<title>{title}</title>\n'
        f"<content>\n{content}\n</content>\n</entry>\n"
    )


def reading(start, value, seconds=3600, quality=None):
    said = "".join(f"<ReadingQuality><quality>{q}</quality></ReadingQuality>" for q in ([quality] if quality else []))
    time = f"<timePeriod><duration>{seconds}</duration><start>{start}</start></timePeriod>"
    return f"<IntervalReading>{said}{time}<value>{value}</value></IntervalReading>"


def hours(values, start=MARCH_2, seconds=3600, qualities=None):
    """Readings one after the other; None is none."""
    qualities = qualities or [None] * len(values)
    return [
        reading(start + i * seconds, v, seconds, q)
        for i, (v, q) in enumerate(zip(values, qualities, strict=True))
        if v is not None
    ]


@dataclass
class Feed:
    """A feed put together piece by piece."""

    entries: list[str] = field(default_factory=list)

    def point(self, name="1", title="A house", kind=0, id_=""):
        content = f'<UsagePoint xmlns="http://naesb.org/espi"><ServiceCategory><kind>{kind}</kind></ServiceCategory></UsagePoint>'
        self.entries.append(entry(f"UsagePoint/{name}", content, [f"UsagePoint/{name}/MeterReading"], title, id_))
        return self

    def series(self, readings, point="1", meter="1", title="", blocks=1, **codes):
        of_type = f"ReadingType/{point}-{meter}"
        said = "".join(f"<{k}>{v}</{k}>" for k, v in {**ACTIVE, **codes}.items() if v is not None)
        href = f"UsagePoint/{point}/MeterReading/{meter}"
        self.entries.append(
            entry(href, '<MeterReading xmlns="http://naesb.org/espi"/>', [f"{href}/IntervalBlock", of_type], title)
        )
        self.entries.append(entry(of_type, f'<ReadingType xmlns="http://naesb.org/espi">{said}</ReadingType>'))
        size = -(-len(readings) // blocks)
        for n in range(blocks):
            part = "\n".join(readings[n * size : (n + 1) * size])
            block = f'<IntervalBlock xmlns="http://naesb.org/espi">\n{part}\n</IntervalBlock>'
            self.entries.append(entry(f"{href}/IntervalBlock/{n}", block))
        return self

    def text(self):
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n<id>urn:uuid:f</id>\n'
            + "".join(self.entries)
            + "</feed>\n"
        )

    def write(self, path):
        path.write_text(self.text(), encoding="utf-8")
        return path


def house(values, **codes):
    """A feed of one point and one series by the hour, from 2026-03-02T00:00Z on."""
    return Feed().point().series(hours(values), **codes)


def take(lake, feed, name="f.xml", **told):
    """Import a feed, written beside the lake."""
    return readings.import_file(lake, feed.write(lake.path.parent / name), **told)


def days(lake, slots=24, channel="active_in", version=None):
    """A lake's final readings by point and day."""
    table = lake.snapshot(version).to_arrow(slots, channel=channel)
    return {(r["point"], r["day"]): [r[n] for n in slot_names(slots)] for r in table.to_pylist()}


def estimated(lake, slots=24, channel="active_in"):
    """bool[rows, slots], which of a lake's final readings are estimates."""
    table = lake.snapshot().to_arrow(slots, channel=channel, quality=True)
    return marked(table["estimated"], slots)
