"""Sources of readings, and the files that came from them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from wattloop.apps.enterprise import gate
from wattloop.apps.metering.models import ReadingFile, Source
from wattloop.apps.records import files, jobs
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, changed, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

IMPORT, CHANGE = "metering.readings.import", "metering.source.change"


@service
def set_source(*, by: Actor, source: Source | None = None, **fields: Any) -> Source:
    """Add a folder that is watched, or change how it is.

    Args:
        source: one that is there.
        by: who does it.
        **fields: `name`, `folder` (absolute, on the server), `options` (of `readings.import_file`), `active`,
            `expected_every_hours`.

    Raises:
        Refused: where the folder is not there or cannot be written, or another source has it or its name.
    """
    gate.require(by, CHANGE)
    folder = Path(fields.get("folder", source.folder if source else ""))
    if not folder.is_absolute() or not folder.is_dir():
        raise Refused(f"{folder} is no folder on this server", "Make it, and write its whole path.", field="folder")
    others = Source.objects.exclude(pk=source.pk) if source else Source.objects.all()
    for name in ("name", "folder"):
        if name in fields and others.filter(**{name: fields[name]}).exists():
            raise Refused(f"another source has the {name} {fields[name]}", "Choose another.", field=name)
    if source is None:
        source = Source.objects.create(**fields)
        before, after = None, fields
    else:
        before, after = changed(source, **fields)
    if after:
        audit("metering.source.set", source, by=by, before=before, after=after)
    return source


@service
def give_file(file: Any, *, name: str, by: Actor) -> ReadingFile:
    """Keep a file of readings that somebody gave in the console; a job takes it into the lake.

    Raises:
        Refused: where the same file was given before and is taken or waits.
    """
    from wattloop.apps.metering.tasks import take_given

    gate.require(by, IMPORT)
    stored = files.store(file, name=name, kind="readings", by=by)
    known = ReadingFile.objects.filter(digest=stored.digest).exclude(state=ReadingFile.State.REFUSED).first()
    if known is not None:
        raise Refused(f"this file was given on {known.came_at:%Y-%m-%d} as {known.name}", "It is not taken twice.")
    made: ReadingFile = ReadingFile.objects.create(
        name=name, digest=stored.digest, size=stored.size, came_at=clock.now()
    )
    jobs.start(take_given, made.pk, stored.pk, key=f"metering.take:{made.pk}", about=made, by=by, priority=5)
    audit(IMPORT, made, by=by, after={"file": name, "digest": stored.digest})
    return made


@service
def note_arrival(source: Source, *, name: str, digest: str, size: int, by: Actor) -> ReadingFile:
    """Note a file that came to a source; the same content again is the same entry, unless it was refused."""
    gate.require(by, IMPORT)
    known = ReadingFile.objects.filter(digest=digest).exclude(state=ReadingFile.State.REFUSED)
    held: ReadingFile | None = known.first()
    if held is not None:
        return held
    made: ReadingFile = ReadingFile.objects.create(
        source=source, name=name, digest=digest, size=size, came_at=clock.now()
    )
    audit("metering.readings.arrive", made, by=by, after={"source": source.name, "file": name})
    return made


@service
def note_outcome(
    file: ReadingFile, *, by: Actor, report: dict[str, Any] | None = None, problem: str = ""
) -> ReadingFile:
    """Note what became of a file: the report of its import, or why it was refused."""
    gate.require(by, IMPORT)
    told: dict[str, Any] = {"state": ReadingFile.State.REFUSED, "problem": problem}
    if report is not None:
        told = {
            "state": ReadingFile.State.TAKEN,
            "taken_at": clock.now(),
            "lake_version": report.get("version"),
            "readings": report.get("rows") or 0,
            "points": report.get("points") or 0,
            "first_day": _day(report.get("first")),
            "last_day": _day(report.get("last")),
            "report": report,
            "problem": "",
        }
    changed(file, **told)
    if file.source_id and report is not None:
        Source.objects.filter(pk=file.source_id).update(taken_at=clock.now())
    after = {"state": file.state, "readings": file.readings, "lake version": file.lake_version}
    audit("metering.readings.take", file, by=by, after=after, note=problem)
    return file


def _day(told: Any) -> dt.date | None:
    return dt.date.fromisoformat(told) if isinstance(told, str) else told
