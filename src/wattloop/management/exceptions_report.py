"""What a run could not rest on whole readings, as a command says it."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from rich.console import Console

from wattloop.library.quantity.counts import counted
from wattloop.library.rating import exceptions

_SAID = {
    exceptions.NO_READINGS: ("agreement", "without readings in a month, and so without a bill"),
    exceptions.INCOMPLETE: ("bill", "on incomplete readings"),
    exceptions.INCOMPLETE_REGISTERS: ("bill", "on registers that do not cover all its days"),
    exceptions.INCOMPLETE_HISTORY: ("agreement", "counting on from readings of the year that are not all there"),
    exceptions.NO_AGREEMENT: ("point", "with readings that no agreement names, and so without a bill"),
}


def say_exceptions(console: Console, found: pa.Table, examples: int = 3) -> None:
    """Print each kind of exception with its count and the first few; one line where there is none."""
    if not len(found):
        console.print("Every bill rests on complete readings.")
    con = duckdb.connect()
    held = sorted({what for what in found["what"].to_pylist() if what not in _SAID})
    said_of = _SAID | {what: ("bill", f"held back: {what}") for what in held}
    con.register("found", found)
    for what, (one, said) in said_of.items():
        listed = con.execute(
            "SELECT coalesce(agreement, point), period_start, period_end, found, expected, count(*) OVER () FROM found"
            " WHERE what = ? ORDER BY ALL LIMIT ?",
            [what, examples],
        ).fetchall()
        if listed:
            console.print(f"{counted(listed[0][-1], one)} {said}, such as:", soft_wrap=True)
        for name, start, end, there, due, _ in listed:
            unit = "days" if what == exceptions.INCOMPLETE_REGISTERS else "readings"
            console.print(
                f"  {name}, {start} up to {end}" + (f": {there:,} of {due:,} {unit}" if due else ""), soft_wrap=True
            )
    con.close()
