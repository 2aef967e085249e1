"""Jobs of the room: watched folders looked into, files that were given taken into the lake."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from wattloop.apps.metering.models import ReadingFile, Source
from wattloop.apps.records import files, jobs
from wattloop.apps.records.models import StoredFile


@jobs.schedule("metering.watch", every=dt.timedelta(minutes=1))
@jobs.task("metering.watch")
def watch(context: jobs.Context) -> int:
    """Look into every watched folder."""
    from wattloop.apps.metering.watching import look

    return sum(look(source, context.check) for source in Source.objects.filter(active=True))


@jobs.task("metering.take-given")
def take_given(context: jobs.Context, file_id: int, stored_id: int) -> None:
    """Take a file that was given in the console into the lake."""
    from wattloop.apps.metering.watching import take_into_lake

    noted = ReadingFile.objects.get(pk=file_id)
    if noted.state == ReadingFile.State.WAITING:
        stored = StoredFile.objects.get(pk=stored_id)
        context.progress(0, 1, noted.name)
        with tempfile.TemporaryDirectory() as folder:
            named = Path(folder) / Path(noted.name).name  # its ending helps to recognise it
            named.symlink_to(files.path(stored))
            take_into_lake(noted, named, {})
