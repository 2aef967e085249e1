"""The lake: open one, read it as of any version, change it in one step.

A change appends to Delta tables first and then writes one manifest; a reader sees
only what its manifest names. So a writer killed anywhere leaves the lake exactly as
before, and the next writer winds the tables back before it appends.
"""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from wattloop.library.lake import disk, lock, manifest, tables
from wattloop.library.lake.manifest import Manifest
from wattloop.library.lake.scanning import hand_over, scan
from wattloop.library.quantity import clock, zones
from wattloop.library.quantity.dayrows import ACTIVE_IN, SLOT_COUNTS, slot_names
from wattloop.library.quantity.refusal import Refused

INTERVALS, CORRECTIONS, RAW = "intervals", "corrections", "raw"
_META = "_wattloop"


class Snapshot:
    """The lake as of one version; what it reads never changes."""

    def __init__(self, path: Path, held: Manifest) -> None:
        self.path, self.manifest = path, held
        self.version = held.version
        self.zone, self.offset = held.zone, held.offset

    def has(self, kind: str, slots: int) -> bool:
        """Whether there is a table of that kind and slot count."""
        return f"{kind}_{slots}" in self.manifest.tables

    def slot_counts(self, channel: str = ACTIVE_IN) -> list[int]:
        """Slot counts that hold a channel."""
        held = self.manifest.tables
        return [s for s in SLOT_COUNTS if channel in held.get(f"{INTERVALS}_{s}", {}).get("channels", [])]

    def largest(self, slots: int) -> int | None:
        """No final reading at that slot count is larger, in Wh; None where that is not known."""
        known = [
            self.manifest.tables[name].get("largest")
            for name in (f"{INTERVALS}_{slots}", f"{CORRECTIONS}_{slots}")
            if name in self.manifest.tables
        ]
        return None if None in known or not known else max(int(k) for k in known if k is not None)

    def channels(self, slots: int) -> list[str]:
        """Channels held at a slot count."""
        return list(self.manifest.tables.get(f"{INTERVALS}_{slots}", {}).get("channels", []))

    def months(self, kind: str, slots: int) -> list[str]:
        """Months a table holds, 'YYYY-MM'."""
        return list(self.manifest.tables.get(f"{kind}_{slots}", {}).get("months", []))

    def every_file(self) -> set[str]:
        """All Parquet files this version names."""
        held = self.manifest.tables.items()
        return {file for name, table in held for file in tables.files(self.path / name, table["version"])}

    def files(self, kind: str, slots: int, first: dt.date | None = None, last: dt.date | None = None) -> list[str]:
        """Parquet files of a table, those of the months touched only where days are given."""
        name = f"{kind}_{slots}"
        held = self.manifest.tables.get(name)
        if held is None:
            return []
        months = {m for m in held["months"] if _touches(m, first, last)}
        return tables.files(self.path / name, held["version"], months) if months else []

    def day_rows(
        self,
        con: Any,
        slots: int,
        *,
        channel: str = ACTIVE_IN,
        first_day: dt.date | None = None,
        last_day: dt.date | None = None,
        quality: bool = False,
    ) -> ir.Table:
        """Final day-rows with the newest corrections in their place.

        Args:
            con: an Ibis backend.
            slots: slots per day.
            channel: which channel.
            first_day, last_day: both included; without them, everything.
            quality: add the bitmaps `estimated` and `edited`.

        Returns:
            `point`, `day`, one column per slot.
        """
        columns = ["point", "day", *slot_names(slots), *(["estimated", "edited"] if quality else [])]
        return self.final_rows(con, slots, columns, channel=channel, first_day=first_day, last_day=last_day).select(
            *columns
        )

    def final_rows(
        self,
        con: Any,
        slots: int,
        columns: list[str],
        *,
        channel: str,
        first_day: dt.date | None,
        last_day: dt.date | None,
    ) -> ir.Table:
        """As `day_rows`, but other columns may stand beside those named: a run that names them later need not twice."""
        base_files = self.files(INTERVALS, slots, first_day, last_day)
        if not base_files:
            return _no_rows(con, columns)
        base = self._chosen(scan(con, base_files), slots, channel, first_day, last_day)
        correction_files = self.files(CORRECTIONS, slots, first_day, last_day)
        if not correction_files:
            return base
        late = self._chosen(scan(con, correction_files), slots, channel, first_day, last_day)
        newest = late.group_by(["point", "day"]).aggregate(revision=late.revision.max())
        late = late.join(newest, ["point", "day", "revision"]).select(*columns)
        kept = base.anti_join(newest.select("point", "day"), ["point", "day"]).select(*columns)
        return ibis.union(kept, late)

    def _chosen(
        self, table: ir.Table, slots: int, channel: str, first: dt.date | None, last: dt.date | None
    ) -> ir.Table:
        conditions = []
        if self.channels(slots) != [channel]:
            conditions.append(table.channel == channel)
        # A span of whole months reads files that hold nothing else.
        if first is not None and first.day != 1:
            conditions.append(table.day >= ibis.literal(first))
        if last is not None and (last + dt.timedelta(days=1)).day != 1:
            conditions.append(table.day <= ibis.literal(last))
        return table.filter(*conditions) if conditions else table

    def to_arrow(self, slots: int, **chosen: Any) -> pa.Table:
        """Final day-rows in memory, sorted by point and day; arguments as for `day_rows`."""
        con = ibis.duckdb.connect()
        try:
            return self.day_rows(con, slots, **chosen).order_by("point", "day").to_pyarrow()
        finally:
            con.disconnect()


class Lake:
    """A folder of readings."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def manifests(self) -> Path:
        """The folder of the lake's versions."""
        return self.path / _META / "manifest"

    def snapshot(self, version: int | None = None) -> Snapshot:
        """The lake as of a version; as it is now by default.

        Raises:
            Refused: where there is no such version.
        """
        held = manifest.read(self.manifests, version)
        if held is None:
            known = manifest.all_versions(self.manifests)
            raise Refused(
                f"the lake {self.path} has no version {version}",
                f"Versions {known[0]} to {known[-1]} are there.",
                field="version",
            )
        return Snapshot(self.path, held)

    @property
    def zone(self) -> str | None:
        """IANA zone of the lake's standard time; None where nobody said."""
        return self.snapshot().zone

    @property
    def offset(self) -> int:
        """Minutes of the lake's standard time east of UTC; 0 where it has no zone."""
        return self.snapshot().offset

    def versions(self) -> list[Manifest]:
        """Every version's manifest, in order."""
        found = (manifest.read(self.manifests, v) for v in manifest.all_versions(self.manifests))
        return [m for m in found if m is not None]

    def imports(self) -> list[Manifest]:
        """The manifests of every version that took in a file, readable still or not, in order."""
        every = [*manifest.forgotten(self.manifests), *self.versions()]
        return sorted((m for m in every if m.imported), key=lambda m: m.version)

    @contextmanager
    def change(self) -> Iterator[Change]:
        """The right to change the lake; nothing is changed unless `commit` is called.

        Waits for a writer before us, and winds back what a killed one left behind.

        Raises:
            Refused: where the disk is full or may not be written; the lake is as it was.
        """
        with disk.told("the lake is as it was"), lock.writing(self.path / _META / "write.lock"):
            before = self.snapshot()
            staging = self.path / _META / "staging"
            shutil.rmtree(staging, ignore_errors=True)
            self._wind_back(before.manifest)
            own = staging / uuid.uuid4().hex
            own.mkdir(parents=True)
            try:
                yield Change(self, before, own)
            except BaseException:
                self._wind_back(before.manifest)
                raise
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def _wind_back(self, held: Manifest) -> None:
        newest = manifest.read(self.manifests)
        if newest is not None and newest.version != held.version:
            return  # the change was committed after all
        for kind in (INTERVALS, CORRECTIONS, RAW):
            for slots in SLOT_COUNTS:
                name = f"{kind}_{slots}"
                if (self.path / name).exists():
                    tables.wind_back(self.path / name, held.tables.get(name, {}).get("version"))


class Change:
    """A change of the lake in the making."""

    def __init__(self, lake: Lake, before: Snapshot, staging: Path) -> None:
        self.lake, self.before, self.staging = lake, before, staging
        self._tables = {name: dict(held) for name, held in before.manifest.tables.items()}

    def append(
        self,
        kind: str,
        slots: int,
        batches: pa.RecordBatchReader,
        channels: set[str],
        months: set[str],
        largest: Callable[[], int] | None = None,
    ) -> None:
        """Append rows to a table; they count once the change is committed.

        Args:
            kind, slots: which table.
            batches: the rows; `channels` and `months` are looked at once they have passed.
            channels, months: what is among them.
            largest: asked once the rows have passed for the largest reading among them, in Wh.
        """
        name = f"{kind}_{slots}"
        known = self._tables.get(name)
        version = tables.append(self.lake.path / name, batches, seldom_read=kind == RAW)
        self._note(name, version, channels, months)
        if largest is not None and (known is None or "largest" in known):
            self._tables[name]["largest"] = max(largest(), (known or {}).get("largest", 0))
        else:
            self._tables[name].pop("largest", None)

    def replace_month(self, kind: str, slots: int, month: str, batches: pa.RecordBatchReader) -> None:
        """Put rows in the place of a table's month."""
        name = f"{kind}_{slots}"
        self._tables[name]["version"] = tables.replace_month(self.lake.path / name, month, batches)

    def drop_month(self, kind: str, slots: int, month: str) -> None:
        """Take a month out of a table; its files stay for older versions."""
        name = f"{kind}_{slots}"
        self._tables[name]["version"] = tables.drop_month(self.lake.path / name, month)
        self._tables[name]["months"] = [m for m in self._tables[name]["months"] if m != month]

    def _note(self, name: str, version: int, channels: set[str], months: set[str]) -> None:
        held = self._tables.get(name, {"channels": [], "months": []})
        self._tables[name] = {
            **held,
            "version": version,
            "channels": sorted({*held["channels"], *channels}),
            "months": sorted({*held["months"], *months}),
        }

    def commit(self, imported: dict[str, Any] | None = None, zone: str | None = None) -> int:
        """Make the change true; the lake's new version, which takes `zone` as its own where it has none."""
        named = self.before.zone is not None or zone is None
        after = replace(
            self.before.manifest,
            version=self.before.version + 1,
            zone=self.before.zone if named else zone,
            offset=self.before.offset if zone is None or named else zones.standard_offset(zone),
            tables=self._tables,
            imported=imported,
            at=clock.now().isoformat(timespec="seconds"),
        )
        manifest.write(self.lake.manifests, after)
        return after.version


def open_lake(path: Path | str, zone: str | None = None) -> Lake:
    """Open a lake; one is made where there is nothing.

    Args:
        path: its folder.
        zone: IANA zone whose standard time the day-rows are in; an existing lake keeps its own.

    Raises:
        Refused: where the folder holds something else, or the lake has another zone.
    """
    path = Path(path)
    lake = Lake(path)
    folder = path / _META / "manifest"
    held = manifest.read(folder)
    if held is None:
        if path.exists() and (not path.is_dir() or any(p.name != _META for p in path.iterdir())):
            raise Refused(f"{path} is not a lake and not empty", "Name an empty or a new folder.")
        offset = zones.standard_offset(zone) if zone else 0
        with disk.told("there is no lake yet"):
            (path / _META).mkdir(parents=True, exist_ok=True)
            with lock.writing(path / _META / "write.lock"):
                if manifest.read(folder) is None:
                    at = clock.now().isoformat(timespec="seconds")
                    manifest.write(folder, Manifest(0, zone, offset, at=at))
        return open_lake(path, zone)
    if zone is not None and held.zone is None and held.version == 0:
        # Nothing was ever taken in: the lake was made by an import that was refused, and may still be given its zone.
        with lock.writing(path / _META / "write.lock"):
            if lake.snapshot().version == 0:
                manifest.rewrite(folder, replace(held, zone=zone, offset=zones.standard_offset(zone)))
        return open_lake(path, zone)
    if zone is not None and zone != held.zone:
        raise Refused(
            f"the lake {path} keeps the standard time of {held.zone or 'no named zone'}, not of {zone}",
            "Leave the zone out, or open another lake.",
        )
    return lake


def open_existing(path: Path | str) -> Lake:
    """Open a lake that is there.

    Raises:
        Refused: where there is none.
    """
    if manifest.read(Path(path) / _META / "manifest") is None:
        raise Refused(f"there is no lake at {path}", "Import readings into one: wattloop readings import FILE.")
    return Lake(Path(path))


def _touches(month: str, first: dt.date | None, last: dt.date | None) -> bool:
    return (first is None or month >= f"{first:%Y-%m}") and (last is None or month <= f"{last:%Y-%m}")


def _no_rows(con: Any, columns: list[str]) -> ir.Table:
    types = {"point": pa.string(), "day": pa.date32(), "estimated": pa.binary(), "edited": pa.binary()}
    return hand_over(con, pa.schema([(c, types.get(c, pa.int32())) for c in columns]).empty_table())
