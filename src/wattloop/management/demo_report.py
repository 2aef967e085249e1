"""What the demo prints: totals, the peak and who makes it, the largest bills, one bill in full, what to do next."""

from __future__ import annotations

import datetime as dt
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from rich.console import Console

from wattloop.library.lake.snapshot import Snapshot
from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.rating.showing import Bills
from wattloop.management.demo_folder import Folder
from wattloop.management.tables import money, print_bill, table, totals_table

SHOWN_AT_PEAK = 6


def totals(console: Console, bills: Bills, accounts: pa.Table | None) -> None:
    """Bills by tariff, and by customer class where that is known."""
    console.print(totals_table("Bills by tariff", "tariff", bills.by_tariff()), "")
    if accounts is None:
        return
    bills.con.register("accounts", accounts)
    found = bills.ask(
        """WITH first AS (SELECT tariff, min_by(component, line) AS component FROM lines
                          WHERE kind = 'energy' GROUP BY tariff)
           SELECT a.class_en, count(*) FILTER (line = 1), coalesce(sum(quantity) FILTER (l.kind = 'energy'
                  AND l.component = f.component), 0), sum(amount), any_value(currency)
           FROM lines l LEFT JOIN first f USING (tariff) JOIN accounts a USING (agreement)
           GROUP BY a.class_en ORDER BY 4 DESC"""
    )
    console.print(totals_table("Bills by customer class", "class", found), "")


def peak(
    console: Console, snapshot: Snapshot, slots: int, first: dt.date, last: dt.date, accounts: pa.Table | None
) -> None:
    """The system peak of the span, and who makes it."""
    groups, days, values = _by_group(snapshot, slots, first, last, accounts)
    every_day, of_day = np.unique(days, return_inverse=True)
    system = np.zeros((len(every_day), slots), np.int64)
    np.add.at(system, of_day, values)
    day, slot = np.unravel_index(int(system.argmax()), system.shape)
    total = int(system[day, slot])
    if total <= 0:
        console.print("Nothing was used, so there is no peak.\n")
        return
    at = np.flatnonzero(of_day == day)
    at = at[np.argsort(-values[at, slot], kind="stable")]
    to_kw = slots / 24_000
    minute = int(slot) * 24 * 60 // slots
    until = minute + 24 * 60 // slots
    when = f"{every_day[day]}, {_clock(minute)} to {_clock(until)} standard time"
    digits, load_factor = _digits(total * to_kw), system.mean() / total
    console.print(
        f"System peak {total * to_kw:,.{digits}f} kW on {when}; load factor {load_factor:.3f}. Who makes it:",
        style="bold",
        soft_wrap=True,
        highlight=False,
    )
    shown = [(groups[i], int(values[i, slot])) for i in at[:SHOWN_AT_PEAK]]
    others = len(at) - len(shown)
    if others:
        shown.append((f"{others:,} other{'' if others == 1 else 's'}", total - sum(wh for _, wh in shown)))
    rows = [[name, f"{wh * to_kw:,.{digits}f}", f"{100 * wh / total:.1f} %"] for name, wh in shown]
    console.print(table("", ["class" if accounts is not None else "point", "kW", "share"], rows), "")


def _by_group(
    snapshot: Snapshot, slots: int, first: dt.date, last: dt.date, accounts: pa.Table | None
) -> tuple[list[str], Any, Any]:
    """Use by customer class, or by point, and day: names, days and int64[rows, slots] Wh."""
    con = ibis.duckdb.connect()
    try:
        rows = snapshot.day_rows(con, slots, first_day=first, last_day=last)
        names = slot_names(slots)
        if accounts is not None:
            classes = con.create_table("classes", accounts.select(["point", "class_en"]), temp=True)
            rows = rows.join(classes, "point").select("day", *names, group=classes.class_en)
        else:
            rows = rows.select("day", *names, group=rows.point)
        summed = rows.group_by("group", "day").aggregate(**{n: rows[n].sum().cast("int64") for n in names}).to_pyarrow()
    finally:
        con.disconnect()
    return summed["group"].to_pylist(), np.asarray(summed["day"]), np.stack([np.asarray(summed[n]) for n in names], 1)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _digits(kw: float) -> int:
    return 0 if kw >= 1000 else 1 if kw >= 10 else 3


def largest(console: Console, bills: Bills, accounts: pa.Table | None) -> None:
    """The ten largest bills."""
    found = bills.largest(10)
    known = {} if accounts is None else _classes(accounts)
    columns = ["agreement", *(["class"] if known else []), "tariff", *{currency for *_, currency in found}]
    rows = [
        [agreement, *([known[agreement]] if known else []), tariff.split("@", maxsplit=1)[0], money(amount)]
        for agreement, _, tariff, amount, _ in found
    ]
    title = "The ten largest bills" if len(rows) == 10 else "The bills, largest first"
    console.print(table(title, columns, rows, len(columns) - 1), "")


def in_full(console: Console, bills: Bills, accounts: pa.Table | None) -> str:
    """One bill in full, of the tariff that most are on: a middling one among those with the most lines."""
    rows = bills.ask(
        """WITH bills AS (SELECT agreement, any_value(tariff) AS tariff, count(*) AS n, sum(amount) AS a
                          FROM lines GROUP BY agreement, period_start),
                common AS (SELECT * FROM bills WHERE tariff = (SELECT mode(tariff) FROM bills))
           SELECT agreement FROM common WHERE n = (SELECT max(n) FROM common) ORDER BY a, agreement"""
    )
    shown: str = rows[len(rows) // 2][0]
    console.print("One bill in full", style="bold")
    print_bill(console, bills, shown, "" if accounts is None else _classes(accounts)[shown])
    console.print()
    return shown


def _classes(accounts: pa.Table) -> dict[Any, Any]:
    return dict(zip(accounts["agreement"].to_pylist(), accounts["class_en"].to_pylist(), strict=True))


def seconds(console: Console, steps: list[tuple[str, float]]) -> None:
    """How long each step took."""
    rows = [[name, f"{took:.2f} s"] for name, took in [*steps, ("all of it", sum(took for _, took in steps))]]
    console.print(table("How long it took", ["step", ""], rows), "")


def factory(bills: Bills) -> str | None:
    """The agreement whose bill has the most pieces and lines of those that pay a basic charge; None where none does."""
    rows = bills.ask(
        """SELECT agreement FROM lines GROUP BY agreement
           HAVING bool_or(kind IN ('capacity', 'demand_flat')) AND bool_or(kind = 'power_factor')
           ORDER BY max(segment) DESC, count(*) DESC, agreement LIMIT 1"""
    )
    return rows[0][0] if rows else None


def what_next(
    console: Console,
    folder: Folder,
    tariffs: list[Path],
    shown: str,
    due: str | None,
    span: tuple[dt.date, dt.date],
) -> None:
    """Where everything is, and the commands that show more of it.

    Args:
        console: where to print.
        folder: the demo's.
        tariffs: the files of the run.
        shown: the agreement that was shown in full.
        due: a factory's agreement, of the example county's; None for readings of one's own.
        span: the days billed, the last not included.
    """
    start, end = span
    program, quoted = _program(), shlex.quote(str(folder.path))
    named = f"{quoted}/tariffs/*.yaml" if len(tariffs) > 1 else shlex.quote(str(tariffs[0]))
    one = shlex.quote(str(tariffs[-1]))
    lake, months = f"--lake {quoted}/lake", f"--from {start:%Y-%m} --to {end:%Y-%m}"
    agreements = f" --agreements {quoted}/agreements" if folder.agreements.exists() else ""
    week = f"--from {start} --to {start + dt.timedelta(days=6)}"
    known = f"{lake}{agreements} \\\n      --tariff {named}"
    offered = [
        (
            "any bill in full, anew from readings and tariffs (change a price there, and see):",
            f"{program} rate {known} {months} --show {shown}",
        ),
        (f"why a bill is what it is, line by line{' (a factory)' if due else ''}:",
         f"{program} explain {due or shown} {known} {months}"),
        ("a tariff, as a calendar and a table of prices:", f"{program} tariff show {one}"),
        ("a point's days:", f"{program} readings show {shown} \\\n      {lake} {week}"),
    ]  # fmt: skip
    if folder.late.exists():
        offered.append(
            ("readings that come late, in the place of estimates:", f"{program} readings import {folder.late} {lake}")
        )
    offered.append(
        (
            "the booked bills corrected by what changed: readings, agreements, tariffs:",
            f"{program} rebill --booked {quoted}/booked {known}",
        )
    )
    if due:
        names = ("industrial-demand.yaml", "commercial-single-part-10kv.yaml")
        tried = " ".join(f"{quoted}/tariffs/{name}" for name in names)
        offered.append(
            (
                "what the factories would pay under two other tariffs:",
                f"{program} whatif {lake} --agreements {quoted}/agreements/factories.yaml \\\n"
                f"      --current {named} {months} \\\n"
                f"      --tariff {tried}",
            )
        )
    console.print("What you can do now", style="bold")
    for what, command in offered:
        console.print(f"  {what}\n    {command}", soft_wrap=True, highlight=False, markup=False)
    last = f"The bills are booked in {folder.booked}. The next demo makes {folder.path} anew: copy what you change."
    console.print(last, soft_wrap=True, highlight=False)


def _program() -> str:
    """The command as the user can type it."""
    called, found = Path(sys.argv[0]), shutil.which("wattloop")
    if called.name != "wattloop" or (found and called.exists() and Path(found).samefile(called)):
        return "wattloop"
    return shlex.quote(str(called))
