"""Jobs of the room: files tried and taken in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from wattloop.apps.customers.importing.tables import table_named
from wattloop.apps.customers.models import Import
from wattloop.apps.records import files, jobs
from wattloop.apps.records.actors import Actor, System
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused


@jobs.task("customers.try-file")
def try_file(context: jobs.Context, import_id: int) -> None:
    """Compare a file with what is there, and change nothing."""
    given = Import.objects.select_related("file").get(pk=import_id)
    if given.state == Import.State.TRYING:
        _run(context, given, dry_run=True)


@jobs.task("customers.take-file")
def take_file(context: jobs.Context, import_id: int) -> None:
    """Take a file in; what a job before this one took already is as it was."""
    given = Import.objects.select_related("file").get(pk=import_id)
    if given.state == Import.State.TAKING:
        _run(context, given, dry_run=False)


def _run(context: jobs.Context, given: Import, *, dry_run: bool) -> None:
    from wattloop.apps.customers.importing.taking import take

    def progress(done: int, total: int) -> None:
        context.check()
        context.progress(done, total, given.file.name)

    by, ended = _actor(given.by), Import.State.TRIED if dry_run else Import.State.TAKEN
    with tempfile.TemporaryDirectory() as folder:
        aside = Path(folder) / "refused.csv"
        told: dict[str, Any] = {"state": ended}
        try:
            report = take(
                files.path(given.file), table_named(given.table), by=by, dry_run=dry_run, refused_to=aside,
                name=given.file.name, progress=progress,
            )  # fmt: skip
            told["report"] = report.as_dict()
            if aside.exists():
                name = f"{Path(given.file.name).stem}.refused.csv"
                told["refused"] = files.store(aside, name=name, kind="customers.refused", by=by)
        except Refused as refused:
            told = {"state": Import.State.FAILED, "problem": str(refused)}
        Import.objects.filter(pk=given.pk).update(ended_at=clock.now(), **told)


def _actor(name: str) -> Actor:
    from wattloop.apps.enterprise.models import User

    return User.objects.filter(username=name).first() or System(name.removeprefix("system:"))
