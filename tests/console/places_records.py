"""Addresses of jobs, audit and stored files."""

from __future__ import annotations

import io
from typing import Any

from tests.cast import Cast
from tests.console.places import Made, Place

from wattloop.apps.records import files
from wattloop.apps.records.actors import System
from wattloop.apps.records.models import Job
from wattloop.apps.records.services import audit
from wattloop.library.quantity import clock


def prepare(cast: Cast) -> dict[str, Any]:
    """A job that failed, one that runs, an entry, a stored file."""
    entry = audit("enterprise.unit.change", cast.east, by=System("tests"), after={"name_en": "East"})
    stored = files.store(io.BytesIO("户号,电量\n".encode()), name="五月.csv", kind="tests.thing", by=System("tests"))
    failed, running = _job("failed", error="Traceback: …"), _job("running", done=3, total=10)
    return {"job": failed, "running": running, "entry": entry, "stored": stored}


def grow(cast: Cast, _made: Made) -> None:
    """Thirty more of each."""
    for _ in range(30):
        _job("done")
        audit("enterprise.unit.change", cast.east, by=System("tests"))


def _job(state: str, **more: Any) -> Job:
    now = clock.now()
    return Job.objects.create(task="tests.nothing", state=state, by="chief", made_at=now, run_after=now, **more)


def _of(key: str) -> Any:
    return lambda made: [made[key].pk]


PLACES = [
    Place("records:jobs", get="records.job.view"),
    Place("records:jobs", get="records.job.view", query="state=failed"),
    Place("records:now", get="records.job.view", page=False),
    Place("records:job", get="records.job.view", args=_of("job")),
    Place("records:state", get="records.job.view", args=_of("running"), page=False),
    Place("records:cancel", post="records.job.cancel", args=_of("running")),
    Place("records:retry", post="records.job.retry", args=_of("job")),
    Place("records:audit", get="records.audit.view"),
    Place("records:verify", post="records.audit.verify"),
    Place("records:entry", get="records.audit.view", args=_of("entry")),
    Place(
        "records:history",
        get="records.audit.view",
        args=lambda made: ["enterprise.Unit", made["cast"].east.pk],
        page=False,
    ),
    Place("records:file", get="records.file.view", args=_of("stored"), page=False),
]  # fmt: skip
