"""What the demo prints: totals, the peak and who makes it, the largest bills, one bill in full."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from rich.console import Console

from wattloop.library.lake.store import Snapshot
from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.rating.showing import Bills
from wattloop.management.tables import money, print_bill, table


def totals(console: Console, bills: Bills, accounts: pa.Table | None) -> None:
    """Bills by tariff, and by customer class where that is known."""
    rows = [[t, f"{n:,}", f"{kwh:,.0f}", money(a), c] for t, n, kwh, a, c in bills.by_tariff()]
    console.print(table("Bills by tariff", ["tariff", "bills", "kWh", "amount", ""], rows))
    if accounts is None:
        return
    bills.con.register("accounts", accounts)
    found = bills.ask(
        """WITH first AS (SELECT tariff, min_by(component, line) AS component FROM lines
                          WHERE kind = 'energy' GROUP BY tariff)
           SELECT a.class, count(*) FILTER (line = 1), sum(quantity) FILTER (l.kind = 'energy'
                  AND l.component = f.component), sum(amount), any_value(currency)
           FROM lines l JOIN first f USING (tariff) JOIN accounts a USING (agreement)
           GROUP BY a.class ORDER BY 4 DESC"""
    )
    rows = [[name, f"{n:,}", f"{kwh:,.0f}", money(amount), c] for name, n, kwh, amount, c in found]
    console.print(table("Bills by customer class", ["class", "bills", "kWh", "amount", ""], rows))


def peak(
    console: Console, snapshot: Snapshot, slots: int, first: dt.date, last: dt.date, accounts: pa.Table | None
) -> None:
    """The system peak of the span, and who makes it."""
    con = ibis.duckdb.connect()
    try:
        rows = snapshot.day_rows(con, slots, first_day=first, last_day=last)
        names = slot_names(slots)
        if accounts is not None:
            classes = con.create_table("classes", accounts.select(["point", "class"]), temp=True)
            rows = rows.join(classes, "point").select("day", *names, group=classes["class"])
        else:
            rows = rows.select("day", *names, group=rows.point)
        summed = rows.group_by("group", "day").aggregate(**{n: rows[n].sum().cast("int64") for n in names}).to_pyarrow()
    finally:
        con.disconnect()
    values = np.stack([np.asarray(summed[n]) for n in names], axis=1)
    days, of_day = np.unique(np.asarray(summed["day"]), return_inverse=True)
    system = np.zeros((len(days), slots), np.int64)
    np.add.at(system, of_day, values)
    day, slot = np.unravel_index(int(system.argmax()), system.shape)
    at = of_day == day
    watts = values[at, slot] * slots // 24
    order = np.argsort(-watts)[:6]
    total = int(system[day, slot]) * slots // 24
    minute = int(slot) * 24 * 60 // slots
    mean = system.mean() * slots / 24
    console.print(
        f"System peak {total / 1000:,.0f} kW on {days[day]} from {minute // 60:02d}:{minute % 60:02d} standard time; "
        f"load factor {mean / total:.3f}. Who makes it:",
        style="bold",
    )
    groups = summed["group"].to_pylist()
    mine = [groups[i] for i in np.flatnonzero(at)]
    shown: list[list[str]] = [[mine[i], f"{watts[i] / 1000:,.0f} kW", f"{100 * watts[i] / total:.1f} %"] for i in order]
    console.print(table("", ["class" if accounts is not None else "point", "at the peak", "share"], shown))


def largest(console: Console, bills: Bills, accounts: pa.Table | None) -> None:
    """The ten largest bills."""
    known: dict[Any, Any] = (
        dict(zip(accounts["agreement"].to_pylist(), accounts["class"].to_pylist(), strict=True)) if accounts else {}
    )
    rows = [[a, known.get(a, ""), t, money(amount), c] for a, _, t, amount, c in bills.largest(10)]
    console.print(table("The ten largest bills", ["agreement", "class", "tariff", "amount", ""], rows, 3))


def in_full(console: Console, bills: Bills) -> None:
    """One bill in full: a middling one among those with the most lines."""
    rows = bills.ask(
        """WITH bills AS (SELECT agreement, count(*) AS n, sum(amount) AS a FROM lines GROUP BY agreement, period_start)
           SELECT agreement FROM bills WHERE n = (SELECT max(n) FROM bills) ORDER BY a, agreement"""
    )
    console.print("One bill in full", style="bold")
    print_bill(console, bills, rows[len(rows) // 2][0])
