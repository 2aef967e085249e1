"""Taking a file of readings into a lake: all of it or nothing, and nothing twice."""

from __future__ import annotations

import json
from pathlib import Path

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.lake.store import Change, Lake
from wattloop.library.quantity import zones
from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.dayrows import ACTIVE_IN
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.channels import channel_of
from wattloop.library.readings.espi_words import FORMAT
from wattloop.library.readings.recognise import recognise
from wattloop.library.readings.recognised import Recognised
from wattloop.library.readings.register_file import RegisterFile
from wattloop.library.readings.register_taking import take_registers
from wattloop.library.readings.report import ImportReport, Progress, RegisterReport
from wattloop.library.readings.staging import Staged, check_unchanged, fingerprinting, stage, state_of
from wattloop.library.readings.taking import Taking
from wattloop.library.readings.validation import Limits


def import_file(
    lake: Lake,
    path: Path | str,
    *,
    columns: dict[str, str] | None = None,
    unit: str | None = None,
    stamp: str | None = None,
    zone: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    slots: int | None = None,
    channel: str | None = None,
    limits: Limits = Limits(),  # noqa: B008
    dry_run: bool = False,
    again: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a file of interval readings or of register readings.

    Args:
        lake: an open lake.
        path: long or wide, CSV or Parquet, or Green Button (ESPI) XML; of register readings, XLSX too.
        columns, unit, stamp, encoding, delimiter, decimal, slots: as for `recognise`, where the file does not tell.
        zone: IANA zone whose local clock the stamps are on; without it, stamps without
            an offset are the lake's standard time. A new lake without a zone takes this one, and UTC
            with stamps that carry an offset. Registers are read on local days.
        channel: the channel of all readings; without it, active_in, or voltage where they are in V or kV. Registers
            and Green Button say it themselves.
        limits: when a reading is absurd.
        dry_run: say what would happen and change nothing.
        again: take a file in anew that was imported before, over what came after it.
        progress: told rows done and rows expected (0: unknown).

    Raises:
        Refused: with file and row; the lake is as it was.
    """
    path = Path(path)
    if zone is not None:
        zones.zone_info(zone)
    state = state_of(path)
    try:
        with fingerprinting(path) as sha256:  # either reads the whole file
            found = recognise(
                path, columns=columns, unit=unit, stamp=stamp, encoding=encoding, delimiter=delimiter,
                decimal=decimal, slots=slots, channel=channel,
            )  # fmt: skip
            report, channel = _begun(found, channel, dry_run=dry_run)
            told = {
                "columns": columns, "unit": unit, "stamp": stamp, "zone": zone, "slots": slots, "channel": channel,
            }  # fmt: skip
            mark = {"file": path.name, "sha256": sha256(), "told": json.dumps(told, sort_keys=True)}
        with lake.change() as change:
            report.version = change.before.version
            known = None if again else _imported_as(lake, mark)
            if known is not None:
                report.notes.append(f"this file was imported before, as version {known}")
                return report
            if isinstance(found, RegisterFile) and isinstance(report, RegisterReport):
                adopted = _adopted(change.before, zone, zoned=False)
                changed = take_registers(change, found, report)
                check_unchanged(path, state)
            else:
                adopted, parts = _stage(change, found, report, zone, channel, progress)
                check_unchanged(path, state)
                changed = _take(change, parts, report, limits)
                report.points = found.points or report.points
            if adopted:
                report.notes.append("the lake had no zone and takes this one")
            if changed:
                counted = {k: v for k, v in report.as_dict().items() if k not in ("file", "version")}
                report.version = change.commit({**mark, **counted}, adopted)
    except Refused as refused:
        check_unchanged(path, state)
        refused.file = refused.file or str(path)
        raise
    return report


def _begun(found: Recognised, told: str | None, *, dry_run: bool) -> tuple[ImportReport, str]:
    """The report of an import that begins, and the channel of its readings; where the file names it, none."""
    if isinstance(found, RegisterFile):
        if told is not None:
            raise Refused("registers name what they count themselves", "Leave `channel` out.", field="channel")
        return RegisterReport(str(found.path), notes=found.notes, dry_run=dry_run), ""
    channel = ""
    if found.format != FORMAT:
        channel, note = channel_of(found.unit, told)
        found.notes += [note] if note else []
    return ImportReport(str(found.path), notes=found.notes, dry_run=dry_run), channel


def _stage(
    change: Change, found: Recognised, report: ImportReport, zone: str | None, channel: str, progress: Progress | None
) -> tuple[str | None, list[Staged]]:
    """Interval readings set down, and the zone that the lake adopts with them."""
    offset = change.before.offset
    if zone is not None and change.before.zone is None:
        offset = zones.standard_offset(zone)
    parts = stage(found, offset=offset, zone=zone, folder=change.staging, channel=channel, progress=progress)
    adopted = _adopted(change.before, zone, zoned=found.zoned)
    report.notes.append(_clock_note(change.before.zone or adopted, zone, zoned=found.zoned))
    return adopted, parts


def _take(change: Change, parts: list[Staged], report: ImportReport, limits: Limits) -> bool:
    """Take every channel and interval of a file in; whether there is anything to commit."""
    channels = [staged.channel for staged in parts]
    report.channel = ACTIVE_IN if ACTIVE_IN in channels else channels[0]
    something = False
    for staged in parts:
        part = ImportReport(report.file, version=report.version, dry_run=report.dry_run, channel=staged.channel)
        something |= Taking(change, staged, part, limits).write()
        report.add(part)
        if len(parts) > 1:
            minutes = 1440 // part.slots
            report.notes.append(f"{counted(part.rows, 'reading')} of {staged.channel} every {minutes} minutes")
    return something


def _imported_as(lake: Lake, mark: dict[str, str]) -> int | None:
    for version in lake.imports():
        taken = version.imported
        if taken and taken["sha256"] == mark["sha256"] and taken["told"] == mark["told"]:
            return version.version
    return None


def _adopted(before: Snapshot, zone: str | None, *, zoned: bool) -> str | None:
    """The zone that a lake without one takes from its first file, if that tells one.

    Raises:
        Refused: where readings of an unnamed standard time are there, and stamps with an offset have no place in it.
    """
    if before.zone is not None or not (zone or zoned):
        return None
    if before.version == 0:
        return zone or "UTC"
    if zone is None:
        raise Refused(
            "stamps carry an offset, and the lake's standard time is of no named zone",
            "Tell the zone of the readings that are there: zone; or import into a lake with a zone.",
        )
    return None


def _clock_note(kept: str | None, zone: str | None, *, zoned: bool) -> str:
    standard = f"standard time of {kept}" if kept else "standard time, of no named zone"
    if zoned:
        return f"stamps with an offset, kept in the lake's {standard}"
    if zone:
        return f"stamps on the local clock of {zone}, kept in the lake's {standard}"
    return f"stamps without a zone, taken as the lake's {standard}"
