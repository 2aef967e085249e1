"""Who a command acts for, and what an import came to, in lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wattloop.library.quantity.counts import counted
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from wattloop.apps.customers.importing.taking import Report
    from wattloop.apps.records.actors import Actor

_SHOWN = 10


def actor(name: str | None) -> Actor:
    """A user by name, or the command line itself.

    Raises:
        Refused: where there is no such user.
    """
    from wattloop.apps.enterprise.models import User
    from wattloop.apps.records.actors import System

    if name is None:
        return System("command")
    found: Actor | None = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise Refused(f"there is no user {name!r}", "Name one who may sign in.", field="--by")
    return found


def told(report: Report, aside: Path) -> str:
    """A report in lines."""
    would = "would be " if report.dry_run else ""
    lines = [
        f"{report.file}: {counted(report.rows, 'row')} of {report.table}: {report.new:,} {would}new, "
        f"{report.changed:,} {would}changed, {report.same:,} as they were, {counted(report.refused, 'row')} refused"
    ]
    if report.ignored:
        lines.append(f"  columns let be: {', '.join(report.ignored)}")
    for one in report.differences[:_SHOWN] if report.dry_run else []:
        changes = "; ".join(f"{name} {was or '—'} → {now or '—'}" for name, (was, now) in one["fields"].items())
        lines.append(f"  row {one['row']}, {one['key']}{' (new)' if one['new'] else ''}: {changes}")
    for problem in report.problems[:_SHOWN]:
        field = f", {problem['field']}" if problem["field"] else ""
        lines.append(f"  row {problem['row']}{field}: {problem['said']}")
    if report.refused:
        lines.append(f"  refused rows, to mend and send again: {aside}")
    return "\n".join(lines)
