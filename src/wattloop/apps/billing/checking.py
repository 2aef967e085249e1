"""Every check of the rules over a run's bills at once, and what they find as exceptions in the database.

A decision holds for as long as the check finds the same; what is no longer found is mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattloop.apps.billing import facts
from wattloop.apps.billing.loading import CHUNK, rest
from wattloop.apps.billing.models import BillException, BillRun
from wattloop.apps.enterprise import queries as enterprise
from wattloop.apps.records.jobs import Context

if TYPE_CHECKING:
    import duckdb

    from wattloop.apps.billing.checks.check import Check

State = BillException.State
HELD = "held"
"""The check that is always there: what rating held back."""

Found = tuple[int, int, int, str, str, int, dict[str, Any]]
"""Bill, agreement, unit, rule, severity, weight, what was found."""


def find(context: Context, run: BillRun) -> None:
    """Check a rated run's bills; done again, it comes to the same."""
    import duckdb

    from wattloop.apps.metering.lake import open_lake

    con = duckdb.connect()
    try:
        facts.lay_out(con, run, open_lake().snapshot(run.lake_version))
        checks = in_force(run)
        found: list[Found] = []
        for at, (name, check) in enumerate(checks.items()):
            rest(context, at, len(checks), "checks")
            found += look(con, name, check, 10 ** enterprise.settings().minor_digits)
    finally:
        con.close()
    _write(context, run, found)


def in_force(run: BillRun) -> dict[str, Check]:
    """The checks by name: those of bills or of corrections in the rules of the period's last day, and what was held."""
    from wattloop.apps.billing.checks.held import Held

    corrects = run.kind == BillRun.Kind.CORRECTION
    told: dict[str, Check] = enterprise.rule("billing.checks", run.period_end).checks
    meant = {name: check for name, check in told.items() if check.of_corrections == corrects}
    return meant if corrects else {HELD: Held(zh="缺量未算", en="Held back when rated")} | meant


def look(con: duckdb.DuckDBPyConnection, name: str, check: Check, minor: int) -> list[Found]:
    """What one check finds on a connection with the views of `facts`; `minor` smallest units make one of money."""
    kind: str = check.check  # type: ignore[attr-defined]
    classes = ", ".join("'" + one.replace("'", "''") + "'" for one in check.classes)
    where = f"WHERE b.class IN ({classes})" if classes else ""
    rows = con.execute(
        f"SELECT b.bill, b.agreement, b.unit, CAST(round(least(coalesce(f.weight, 0), 9e17)) AS BIGINT), f.found"
        f" FROM ({check.sql(minor)}) f JOIN bills b USING (bill) {where} ORDER BY b.bill"
    ).fetchall()
    return [
        (bill, agreement, unit, name, check.severity, weight, found | {"check": kind})
        for bill, agreement, unit, weight, found in rows
    ]


def _write(context: Context, run: BillRun, found: list[Found]) -> None:
    known = {(one.bill_id, one.rule): one for one in BillException.objects.filter(run=run)}
    new, changed = [], []
    for bill, agreement, unit, rule, severity, weight, told in found:
        held = known.pop((bill, rule), None)
        if held is None:
            new.append(
                BillException(
                    run=run, bill_id=bill, agreement_id=agreement, unit_id=unit, rule=rule, severity=severity,
                    weight=weight, found=told,
                )
            )  # fmt: skip
        elif (held.found, held.severity, held.weight) != (told, severity, weight) or held.state == State.MENDED:
            held.found, held.severity, held.weight = told, severity, weight
            held.state, held.decided_by, held.decided_at = State.OPEN, "", None
            changed.append(held)
    gone = [one for one in known.values() if one.state != State.MENDED]
    for one in gone:
        one.state = State.MENDED
    changed += gone
    fields = ["found", "severity", "weight", "state", "decided_by", "decided_at"]
    for first in range(0, len(new), CHUNK):
        with context.transaction():
            BillException.objects.bulk_create(new[first : first + CHUNK], batch_size=1_000)
        rest(context, min(first + CHUNK, len(new)), len(new), "exceptions")
    for first in range(0, len(changed), CHUNK):
        with context.transaction():
            BillException.objects.bulk_update(changed[first : first + CHUNK], fields, batch_size=500)
        rest(context, min(first + CHUNK, len(changed)), len(changed), "exceptions")
