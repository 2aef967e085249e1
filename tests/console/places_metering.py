"""Addresses of the area of meters and readings."""

from __future__ import annotations

import datetime as dt

from tests.cast import Cast
from tests.console.places import Made, Place

from wattloop.apps.metering.models import Installation, Meter, ReadingFile, Source
from wattloop.library.quantity import clock

VIEW, IMPORT, CHANGE = "metering.readings.view", "metering.readings.import", "metering.source.change"
EXCHANGE = "metering.meter.exchange"


PLACES = [
    Place("metering:readings", get=VIEW),
    Place("metering:readings", get=VIEW, query="agreement=3200100001&month=2026-10"),
    Place("metering:sources", get=VIEW),
    Place("metering:source_new", get=CHANGE, post=CHANGE),
    Place("metering:source", get=CHANGE, post=CHANGE, args=lambda made: [made["source"].pk]),
    Place("metering:files", get=VIEW),
    Place("metering:give", get=IMPORT, post=IMPORT),
    Place("metering:file", get=VIEW, args=lambda made: [made["reading_file"].pk]),
    Place("metering:meter", get="metering.meter.view", unit="east", args=lambda made: [made["meter"].pk]),
    Place(
        "metering:exchange", get=EXCHANGE, post=EXCHANGE, unit="east",
        args=lambda made: [made["cast"].agreements["zhang"].points.get().pk],
    ),
]  # fmt: skip


def prepare(cast: Cast) -> Made:
    """A meter that hangs, a watched folder, a file that came from it."""
    meter = Meter.objects.create(number="DJ0001")
    Installation.objects.create(
        meter=meter, point=cast.agreements["zhang"].points.get(), valid_from=dt.date(2024, 1, 1)
    )
    source = Source.objects.create(name="采集系统", folder="/var/lib/readings")
    file = ReadingFile.objects.create(
        source=source, name="2026-10.csv", digest="0" * 64, size=10, came_at=clock.now(), state="refused",
        problem="no readings", report={"notes": ["long CSV"], "rows": 3},
    )  # fmt: skip
    return {"meter": meter, "source": source, "reading_file": file}


def grow(cast: Cast, made: Made) -> None:
    """Many sources and files."""
    for n in range(30):
        Source.objects.create(name=f"S{n}", folder=f"/srv/{n}")
        ReadingFile.objects.create(
            source=made["source"], name=f"{n}.csv", digest=f"{n:064}", size=1, came_at=clock.now()
        )
