"""Files of a table that somebody gave in the console: tried, shown, taken; each step a job."""

from __future__ import annotations

from typing import Any

from wattloop.apps.customers.importing.tables import table_named
from wattloop.apps.customers.models import Import
from wattloop.apps.enterprise import gate
from wattloop.apps.records import files, jobs
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused


@service
def begin_import(file: Any, *, table: str, name: str, by: Actor) -> Import:
    """Keep a file and try it: what it would change is shown before anything is.

    Args:
        file: an open file or a path.
        table: what it holds.
        name: what it is called.
        by: who gives it.
    """
    from wattloop.apps.customers.tasks import try_file

    gate.require(by, table_named(table).action)
    stored = files.store(file, name=name, kind="customers.import", by=by)
    made: Import = Import.objects.create(table=table, file=stored, by=by.actor, at=clock.now())
    jobs.start(try_file, made.pk, key=f"customers.try:{made.pk}", about=made, by=by, priority=10)
    audit(table_named(table).action, made, by=by, after={"file": name, "table": table})
    return made


@service
def take_import(given: Import, *, by: Actor) -> Import:
    """Take a file in that was tried; whoever presses twice starts it once.

    Raises:
        Refused: where it was not tried, or is being taken.
    """
    from wattloop.apps.customers.tasks import take_file

    gate.require(by, table_named(given.table).action)
    started = Import.objects.filter(pk=given.pk, state=Import.State.TRIED).update(state=Import.State.TAKING)
    if not started:
        raise Refused("this file is taken already, or was not tried yet", "Look at its page again.")
    given.refresh_from_db()
    jobs.start(take_file, given.pk, key=f"customers.take:{given.pk}", about=given, by=by)
    audit(table_named(given.table).action, given, by=by, after={"state": Import.State.TAKING})
    return given
