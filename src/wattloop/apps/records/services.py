"""What a service is, and the entry that each leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import models, transaction

from wattloop.apps.records.actors import Actor
from wattloop.apps.records.models import AuditEntry
from wattloop.library.quantity import clock

P = ParamSpec("P")
T = TypeVar("T")


def service(function: Callable[P, T]) -> Callable[P, T]:
    """Mark a function that changes state: all it does is one transaction."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic():
            return function(*args, **kwargs)

    run.is_service = True  # type: ignore[attr-defined]
    return run


def audit(
    action: str,
    about: models.Model | None = None,
    *,
    by: Actor,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    unit_path: str = "",
    note: str = "",
) -> AuditEntry:
    """Write what was done, in the transaction of the service that did it.

    Args:
        action: `room.thing.verb`, as in `billing.run.approve`.
        about: the object changed.
        by: who did it.
        before, after: the fields that changed, as they were and are; plain values.
        unit_path: of the unit whose business it is, so that its staff may read the entry.
        note: why, in the words of whoever did it.
    """
    told = {"object_type": "", "object_id": "", "object_name": ""}
    if about is not None:
        told = {"object_type": about._meta.label, "object_id": str(about.pk), "object_name": str(about)[:200]}
        unit = getattr(about, "unit", None)
        unit_path = unit_path or (unit.path if unit is not None else "")
    entry: AuditEntry = AuditEntry.objects.create(
        at=clock.now(), actor=by.actor, action=action, **told,
        unit_path=unit_path, before=_plain(before), after=_plain(after), note=note[:500],
    )  # fmt: skip
    return entry


def changed(thing: models.Model, **new: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set fields of an object, save those that differ, and return them as they were and as they are."""
    differing = {name: value for name, value in new.items() if getattr(thing, name) != value}
    before = {name: getattr(thing, name) for name in differing}
    for name, value in differing.items():
        setattr(thing, name, value)
    if differing:
        thing.save(update_fields=list(differing))
    return before, differing


def _plain(values: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str, list, dict)):
        return value
    return value.pk if isinstance(value, models.Model) else str(value)
