"""An explained bill as a person reads it, at 80 columns: who, what was measured, every line with its formula."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Styled

from wattloop.library.rating.explanation import words
from wattloop.library.rating.explanation.bill_document import Bill, Line, Segment
from wattloop.library.rating.explanation.changes import LABELS, shown
from wattloop.library.rating.explanation.words import both
from wattloop.management.folding import folded

WIDEST = 80
HEADS = {
    "bill": both("电费账单", "Bill"), "total": both("合计", "Total"), "terms": both("合同条款", "Terms in force"),
    "measured": both("计量（千瓦时）", "Measured, kWh"), "point": both("计量点", "point"), "days": both("日期", "days"),
    "kwh": both("电量", "energy"), "all": both("合计", "all"), "readings": both("读数", "readings"),
    "estimated": both("其中估算", "estimated"), "lake": both("读数版本", "Readings of lake version"),
    "reactive": both("无功（千乏时）", "kvarh"),
    "agreed": both("合同约定", "by contract"), "daily": both(" 天", " days"), "meter": both("电能表", "meter"),
    "register": both("示数类型", "register"), "last": both("上次示数", "last"), "this": both("本次示数", "this"),
    "multiplier": both("倍率", "multiplier"), "quantity": both("量", "quantity"),
    "from": both("来自明细", "of lines"), "segment": both("分段", "Segment"), "clause": both("条款", "clause"),
}  # fmt: skip
TERMS = ("class", "voltage", "market", "demand-method", "options", "capacity-kva", "contract-kw", "allowances")
MARKS = {"zh": ("：", "，", "；"), "en": (": ", ", ", "; ")}


class BillText:
    """Prints bills in one language."""

    def __init__(self, console: Console, language: str) -> None:
        self.console, self.language = console, language
        self.console.width = min(self.console.width, WIDEST)
        self.colon, self.comma, self.semicolon = MARKS[language]

    def head(self, name: str) -> str:
        """A heading's word."""
        return HEADS[name][self.language]

    def __call__(self, bill: Bill) -> None:
        """Print one bill."""
        money = words.currency(bill.currency)[self.language]
        who = f"{bill.agreement}{self.comma}{bill.customer}" if bill.customer else bill.agreement
        self._print(f"{self.head('bill')} {who}", "bold")
        for name in dict.fromkeys(one.tariff for one in bill.segments):
            self._print(f"{bill.names[name][self.language]} ({name})")
        total = f"{self.head('total')} {words.amount(bill.total)} {money}"
        self._print(f"{words.days(bill.start, bill.end)[self.language]}{self.colon}{total}")
        self._terms(bill)
        self.console.print()
        self._measured(bill)
        for segments, lines in groupby(bill.lines, key=lambda line: (line.segment, line.point)):
            cut = next(one for one in bill.segments if (one.number, one.point) == segments)
            self._segment(cut, cut=len(bill.segments) > 1)
            for line in lines:
                self._line(line)
            self.console.print()
        self._print(total, "bold")
        self.console.print()

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(Styled(self._fold(text), style=style))

    def _fold(self, text: str, less: int = 0) -> str:
        """Chinese breaks anywhere, which Rich does not know."""
        return folded(text, self.console.width - less) if self.language == "zh" else text

    def _terms(self, bill: Bill) -> None:
        last = bill.terms[-1] if bill.terms else {}
        told = {key: shown(key, last[key])[self.language] for key in TERMS if last.get(key)}
        held = [f"{LABELS[key][self.language]} {value}" for key, value in told.items()]
        if held:
            self._print(f"{self.head('terms')}{self.colon}{self.comma.join(held)}")

    def _segment(self, segment: Segment, *, cut: bool) -> None:
        if cut:
            said = self.semicolon.join(one["said"][self.language] for one in segment.changed)
            days = words.days(segment.start, segment.end)[self.language]
            point = f"{self.comma}{self.head('point')} {segment.point}" if segment.point else ""
            more = f"{self.colon}{said}" if said else ""
            self._print(f"{self.head('segment')} {segment.number}{point}{self.comma}{days}{more}", "bold")
        self._print(segment.rules[self.language])
        for period in segment.periods.values():
            self._under(period["hours"][self.language])
        self.console.print()

    def _measured(self, bill: Bill) -> None:
        own = [leg for leg in bill.measured if bill.start.isoformat() <= leg["start"] < bill.end.isoformat()]
        names = {name: one["name"][self.language] for segment in bill.segments for name, one in segment.periods.items()}
        columns = [name for name in dict.fromkeys(name for leg in own for name in leg["energy"]) if name in names]
        several = len({leg["start"] for leg in own}) > 1
        table = Table(title=self.head("measured"), title_justify="left", title_style="bold", box=None, pad_edge=False)
        heads = [self.head("point"), *([self.head("days")] if several else []), *(names[name] for name in columns)]
        heads.append(self.head("all" if columns else "kwh"))
        reactive = any("power" in leg for leg in own)
        heads += [*([self.head("reactive")] if reactive else []), self.head("readings")]
        for at, name in enumerate(heads):
            table.add_column(name, justify="left" if at < 1 + several else "right", overflow="fold")
        rows = []
        for leg in own:
            cells = [leg["point"], *self._leg(leg, columns, several=several)]
            if reactive:
                told = leg.get("power")
                cells.insert(-1, words.number(Decimal(told["reactive"])) if told is not None else "")
            rows.append(cells)
        for row in rows:
            table.add_row(*row)
        if Measurement.get(self.console, self.console.options.update(width=10 * WIDEST), table).maximum <= WIDEST:
            self.console.print(table)
        else:
            self._in_words(heads, rows, 1 + several)
        self._registers(own, names)
        if bill.lake is not None:
            self._print(f"{self.head('lake')} {bill.lake}", "dim")
        self.console.print()

    def _in_words(self, heads: list[str], rows: list[list[str]], named: int) -> None:
        """A table that is too wide: a paragraph a row."""
        self._print(self.head("measured"), "bold")
        for row in rows:
            cells = [f"{head} {cell}" for head, cell in zip(heads[named:], row[named:], strict=True) if cell]
            self._print(f"{self.comma.join(row[:named])}{self.colon}{self.comma.join(cells)}")

    def _leg(self, leg: dict[str, Any], columns: list[str], *, several: bool) -> list[str]:
        start, end = dt.date.fromisoformat(leg["start"]), dt.date.fromisoformat(leg["end"])
        energy = {name: leg["sign"] * Decimal(kwh) + 0 for name, kwh in leg["energy"].items()}
        cells = [words.days(start, end)[self.language]] if several else []
        cells += [words.number(energy[name]) if name in energy else "" for name in columns]
        cells.append(words.number(sum(energy.values(), Decimal(0))))
        if leg["source"] == "contract":
            return [*cells, self.head("agreed")]
        whole = leg["readings"] == leg["expected"]
        readings = f"{leg['readings']:,}" if whole else f"{leg['readings']:,}/{leg['expected']:,}"
        estimated = f" ({self.head('estimated')} {leg['estimated']:,})" if leg["estimated"] else ""
        return [*cells, f"{readings}{self.head('daily') if leg['source'] == 'registers' else ''}{estimated}"]

    def _registers(self, legs: list[dict[str, Any]], names: dict[str, str]) -> None:
        rows = [(leg["point"], one) for leg in legs for one in leg.get("registers", ()) if leg["sign"] > 0]
        if not rows:
            return
        table = Table(box=None, pad_edge=False)
        for at, name in enumerate(("point", "meter", "register", "last", "this", "multiplier", "quantity")):
            table.add_column(self.head(name), justify="left" if at < 3 else "right", overflow="fold")
        for point, one in rows:
            numbers = [words.number(Decimal(one[name])) if one[name] else "" for name in ("last", "this", "multiplier")]
            numbers.append(f"{words.number(Decimal(one['quantity']))} {_unit(one['register'], self.language)}")
            table.add_row(point, one["meter"], words.register(one["register"], names, self.language), *numbers)
        self.console.print()
        self.console.print(table)

    def _line(self, line: Line) -> None:
        amount = words.amount(line.amount)
        head = Table.grid(expand=True)
        head.add_column(overflow="fold")
        head.add_column(justify="right", no_wrap=True)
        said = self._fold(f"{line.number}. {line.sentence[self.language]}", less=len(amount) + 2)
        head.add_row(Styled(said), Styled(f"  {amount}", style="bold"))
        self.console.print(head)
        under = [f"{line.contained} = {words.price(line.quantity)}"] if line.contained else []
        under += [f"{line.formula} = {amount}"] if line.formula != "0" else []
        behind = f"{self.semicolon}{self.head('from')} {_ranges(line.rests_on)}" if line.rests_on else ""
        under.append(f"{self.head('clause')} {line.clause['path']}{behind}")
        text = "  ".join(under) if sum(map(len, under)) < self.console.width - 8 else "\n".join(under)
        self._under(text, "dim")

    def _under(self, text: str, style: str = "") -> None:
        """Lines set in below another."""
        told = Styled(self._fold(text, less=4), style=style, overflow="fold")
        self.console.print(Padding(told, (0, 0, 0, 4), expand=False))


def _ranges(numbers: list[int]) -> str:
    """1-12, 14"""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][-1] == number - 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return ", ".join("-".join(map(str, one)) for one in found)


def _unit(register: str, language: str) -> str:
    of = register.partition("_")[0].partition(":")[0]
    return words.unit({"active": "kWh", "reactive": "kvarh"}.get(of, "kW"))[language]
