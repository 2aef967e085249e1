"""Long files, a reading a row → raw day-rows, in a stream.

The engine parses; whole runs of one point's day are pivoted into rows. Four ways are
tried, each only where the file turns out to need it: strictly as it stands (sorted by
point and time, every cell of one form), as it stands, day-rows sorted afterwards (each
point's day stands together, in any order), and readings sorted first, by the engine,
which spills to disk and not into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from wattloop.library.readings.engine import connect, source_of
from wattloop.library.readings.faults import Finder
from wattloop.library.readings.long_pass import Otherwise, Pass, Way
from wattloop.library.readings.pivot import Tally
from wattloop.library.readings.probing import probe
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.report import Progress
from wattloop.library.readings.stamps import strict_format

RESTART = pa.table({})
"""Yielded where what came so far must be dropped, because the file turned out unsorted."""

_SAID = {
    Way.SORT_DAYS: "not sorted by point and day: days sorted on the way",
    Way.SORT_READINGS: "not sorted by point and time: readings sorted on the way",
}


def read_long(
    found: Recognised,
    *,
    offset: int,
    zone: str | None,
    staging: Path,
    tally: Tally,
    progress: Progress | None = None,
) -> Iterator[pa.Table]:
    """Raw day-rows of a long file, sorted by point and day, each point's day exactly once.

    Args:
        found: the file, recognised; `slots` is filled in where it was not told.
        offset: minutes of the lake's standard time east of UTC, for stamps with an offset.
        zone: the zone whose local clock the stamps are on; None where they are standard time.
        staging: a folder for what does not fit in memory.
        tally: counts what is met.
        progress: told rows done and rows expected.

    Raises:
        Refused: with the file and row of what cannot be taken.
    """
    source = source_of(found, staging)
    con = connect(staging)
    finder = Finder(con, found, source)
    try:
        probe(con, found, source, finder)
        form = strict_format(found.stamp_shapes) if found.format == "csv" and "start" in found.columns else None
        way: Way | None = Way.STRICTLY if form else Way.AS_IT_STANDS
        given = False
        while way is not None:
            try:
                for table in Pass(found, source, finder, offset, zone, tally, progress).tables(con, way, staging):
                    given = True
                    yield table
                way = None
            except (Otherwise, duckdb.Error) as hitch:
                if isinstance(hitch, duckdb.Error) and way is not Way.STRICTLY:
                    raise
                if given:
                    yield RESTART
                given, way = False, hitch.then if isinstance(hitch, Otherwise) else Way.AS_IT_STANDS
                tally.reset()
                found.notes[:] = [n for n in found.notes if n not in _SAID.values()] + [*filter(None, [_SAID.get(way)])]
    except duckdb.Error as error:
        finder.explain(error)
    finally:
        con.close()
