"""Tables for a terminal: totals of a run, and one bill in full."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from wattloop.library.rating.showing import Bills


def wide_console() -> Console:
    """A console that does not cut tables short where there is no terminal to fit."""
    console = Console()
    return console if console.is_terminal else Console(width=140)


def plain(value: Decimal) -> str:
    """A number with thousands separated and no idle zeros, at least two decimals where it has any."""
    text = f"{value.normalize():,f}" if value else "0"
    whole, dot, rest = text.partition(".")
    return f"{whole}{dot}{rest.ljust(2, '0')}" if dot else whole


def money(value: Decimal) -> str:
    """An amount with thousands separated."""
    return f"{value:,}"


def table(title: str, columns: list[str], rows: list[list[str]], left: int = 1) -> Table:
    """A table whose first `left` columns are text and the others numbers."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", title_style="bold")
    for at, name in enumerate(columns):
        made.add_column(name, justify="left" if at < left else "right", no_wrap=True)
    for row in rows:
        made.add_row(*row)
    return made


def bill_table(rows: list[dict[str, Any]]) -> Table:
    """One bill: its lines, then its total."""
    head = rows[0]
    made = table(
        f"{head['agreement']}, {head['period_start']} up to {head['period_end']}",
        ["line", "what", "period", "tier", "quantity", "unit", "price", f"amount {head['currency']}", "clause"],
        [],
        4,
    )
    for row in rows:
        clause = row["clause"].split("#", 1)[-1]
        made.add_row(
            str(row["line"]),
            f"{row['component']} ({row['kind']})",
            row["tou"] or "",
            "" if row["tier"] is None else str(row["tier"]),
            plain(row["quantity"]),
            row["unit"],
            plain(row["price"]),
            money(row["amount"]),
            clause,
        )
    made.add_row("", "total", "", "", "", "", "", money(sum((r["amount"] for r in rows), Decimal(0))), "")
    return made


def print_bill(console: Console, bills: Bills, agreement: str) -> None:
    """Print the agreement's newest bill in full."""
    rows = bills.lines_of(agreement)
    newest = max(r["period_start"] for r in rows)
    console.print(bill_table([r for r in rows if r["period_start"] == newest]))
