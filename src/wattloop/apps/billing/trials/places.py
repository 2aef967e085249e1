"""Where sums lie: `WATTLOOP_HOME/trials/TARIFF/MONTH/SCOPE/MOMENT`, the newest of which counts."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings

from wattloop.apps.enterprise import gate
from wattloop.library.quantity import clock

Scope = list[int] | None
"""The units whose agreements are summed; None for all."""


def scope_of(user: Any) -> Scope:
    """The units for whose agreements somebody may try tariffs."""
    return gate.grants(user).units("enterprise.tariff.try")


def shelf(tariff: str, month: dt.date, scope: Scope) -> Path:
    """The folder that holds all sums of a tariff, a month and some units."""
    return Path(settings.HOME) / "trials" / tariff / f"{month:%Y-%m}" / _named(scope)


def key(tariff: str, months: list[str], scope: Scope) -> str:
    """Of the job that makes such sums: there is one at a time."""
    return f"billing.trial-sums:{tariff}:{months[0]}:{months[-1]}:{_named(scope)}"


def _named(scope: Scope) -> str:
    if scope is None:
        return "all"
    return hashlib.sha256(",".join(map(str, sorted(scope))).encode()).hexdigest()[:20]


def newest(tariff: str, month: dt.date, scope: Scope) -> Path | None:
    """The folder of the sums that were made last, None where there are none."""
    found = sorted(path for path in shelf(tariff, month, scope).glob("2*") if path.is_dir())
    return found[-1] if found else None


def fresh(tariff: str, month: dt.date, scope: Scope) -> Path:
    """A name for new sums, later than all before."""
    return shelf(tariff, month, scope) / f"{clock.now():%Y%m%dT%H%M%S%f}"


def made_at(folder: Path) -> dt.datetime:
    """When sums were made."""
    return dt.datetime.strptime(folder.name, "%Y%m%dT%H%M%S%f").replace(tzinfo=dt.UTC)


def forget_older(folder: Path) -> None:
    """Remove the sums that newer ones replaced; what another job is still writing has no moment for its name yet."""
    for path in folder.parent.glob("2*"):
        if path.name < folder.name:
            shutil.rmtree(path, ignore_errors=True)
