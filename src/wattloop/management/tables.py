"""Tables for a terminal: totals of a run, and one bill in full."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from wattloop.library.rating.showing import Bills


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command, to which a reader that goes away is no error."""
        raise BrokenPipeError


def wide_console() -> Console:
    """A console that does not cut tables short where there is no terminal to fit."""
    console = _Console()
    return console if console.is_terminal else _Console(width=140)


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


def totals_table(title: str, group: str, found: list[tuple[str, int, Decimal, Decimal, str]]) -> Table:
    """Bills, energy, amount and mean price of each group, and of all where they share a currency.

    Args:
        title: above the table.
        group: what its first column holds.
        found: name, bills, kWh, amount and currency of each.
    """
    one = len({currency for *_, currency in found}) == 1
    columns = [group, "bills", "kWh", "amount" if not one else found[0][4], "per kWh"]
    rows = [
        [name, f"{bills:,}", f"{kwh:,.0f}", money(amount) if one else f"{money(amount)} {currency}", _mean(amount, kwh)]
        for name, bills, kwh, amount, currency in found
    ]
    if one and len(rows) > 1:
        bills = sum(row[1] for row in found)
        kwh = sum((row[2] for row in found), Decimal(0))
        amount = sum((row[3] for row in found), Decimal(0))
        rows.append(["total", f"{bills:,}", f"{kwh:,.0f}", money(amount), _mean(amount, kwh)])
    return table(title, columns, rows)


def _mean(amount: Decimal, kwh: Decimal) -> str:
    return f"{amount / kwh:.4f}" if kwh else ""


def bill_table(rows: list[dict[str, Any]], width: int, of: str = "") -> Table:
    """One bill: its lines, then its total; on a narrow terminal without clauses and kinds.

    Args:
        rows: the lines.
        width: of the terminal.
        of: what the customer is.
    """
    head = rows[0]
    last = head["period_end"] - dt.timedelta(days=1)
    tariff = head["tariff"].split("@")[0]
    title = ", ".join(filter(None, [head["agreement"], of, tariff, f"{head['period_start']} to {last}"]))
    total = money(sum((r["amount"] for r in rows), Decimal(0)))
    columns: list[tuple[str, list[str], str]] = [
        ("line", [str(r["line"]) for r in rows], ""),
        ("point", [r["point"] or "" for r in rows], ""),
        ("days", _days(rows), ""),
        ("what", [f"{r['component']} ({r['kind']})" for r in rows], "total"),
        ("period", [r["tou"] or "" for r in rows], ""),
        ("tier", ["" if r["tier"] is None else str(r["tier"]) for r in rows], ""),
        ("quantity", [plain(r["quantity"]) for r in rows], ""),
        ("unit", [r["unit"] for r in rows], ""),
        ("price", [plain(r["price"]) for r in rows], ""),
        (head["currency"], [money(r["amount"]) for r in rows], total),
        ("clause", [r["clause"].split("#", 1)[-1] for r in rows], ""),
    ]
    columns = [column for column in columns if any(column[1])]
    narrow = _width(columns) > width
    if narrow:
        columns = [c if c[0] != "what" else ("what", [r["component"] for r in rows], "total") for c in columns]
        columns = [column for column in columns if column[0] not in ("line", "clause")]
    made = table(title, [], [])
    if narrow:
        made.caption, made.caption_justify = "A wider terminal shows the kind and the clause of each line.", "left"
    for name, *_ in columns:
        right = name in ("quantity", "price", head["currency"])
        made.add_column(name, justify="right" if right else "left", no_wrap=True)
    for at in range(len(rows)):
        made.add_row(*(texts[at] for _, texts, _ in columns))
    made.add_row(*(last for *_, last in columns))
    return made


def _days(rows: list[dict[str, Any]]) -> list[str]:
    """The days of each line's segment; nothing where the bill is in one piece."""
    if all(r["segment"] == 1 for r in rows):
        return [""] * len(rows)
    spans = ((r["segment_start"], r["segment_end"] - dt.timedelta(days=1)) for r in rows)
    return [f"{first:%d.%m.}-{last:%d.%m.}" for first, last in spans]


def _width(columns: list[tuple[str, list[str], str]]) -> int:
    return sum(max(map(len, [name, last, *texts])) for name, texts, last in columns) + 2 * (len(columns) - 1)


def print_bill(console: Console, bills: Bills, agreement: str, of: str = "") -> None:
    """Print the agreement's newest bill in full."""
    rows = bills.lines_of(agreement)
    newest = max(r["period_start"] for r in rows)
    console.print(bill_table([r for r in rows if r["period_start"] == newest], console.width, of))
