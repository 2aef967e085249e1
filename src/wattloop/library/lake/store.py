"""The lake: open one, read it as of any version, change it in one step.

A change appends to Delta tables first and then writes one manifest; a reader sees
only what its manifest names. So a writer killed anywhere leaves the lake exactly as
before, and the next writer winds the tables back before it appends.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from wattloop.library.lake import disk, lock, manifest, tables
from wattloop.library.lake.manifest import Manifest
from wattloop.library.lake.registers import REGISTERS
from wattloop.library.lake.snapshot import CORRECTIONS, INTERVALS, RAW, Snapshot
from wattloop.library.quantity import clock, zones
from wattloop.library.quantity.dayrows import SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused

_META = "_wattloop"


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
        intervals = [f"{kind}_{slots}" for kind in (INTERVALS, CORRECTIONS, RAW) for slots in SLOT_COUNTS]
        for name in (*intervals, REGISTERS):
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

    def append_registers(
        self, batches: pa.RecordBatchReader, names: set[str], spans: dict[str, tuple[str, str]]
    ) -> None:
        """Append register readings; they count once the change is committed.

        Args:
            batches: rows of `registers.SCHEMA` with their `month`.
            names: the registers among them.
            spans: each of their months to the earliest `from` and the latest `to` in it, as ISO dates.
        """
        version = tables.append(self.lake.path / REGISTERS, batches, statistics="point,to")
        held = self._tables.get(REGISTERS, {"registers": [], "spans": {}})
        known = held["spans"]
        self._tables[REGISTERS] = {
            "version": version,
            "registers": sorted({*held["registers"], *names}),
            "spans": known | {month: _joined(span, known.get(month, span)) for month, span in spans.items()},
        }

    def replace_register_month(self, month: str, batches: pa.RecordBatchReader) -> None:
        """Put register readings in the place of those that end in a month."""
        self._tables[REGISTERS]["version"] = tables.replace_month(self.lake.path / REGISTERS, month, batches)

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


def _joined(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [min(one[0], other[0]), max(one[1], other[1])]


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
