"""What a line says of its tier: where the tier begins and ends, and what had been used before."""

from __future__ import annotations

from decimal import Decimal

from wattloop.library.rating.charges.allowances import raised
from wattloop.library.rating.charges.lines import Charge
from wattloop.library.rating.charges.tiers import OPEN, accumulation_group, bounds_of_bills
from wattloop.library.rating.explanation import words
from wattloop.library.rating.explanation.priced_row import Row
from wattloop.library.rating.explanation.words import Text, both
from wattloop.library.tariffs.compiled import Pooling, Tiers


def tier_of(row: Row, charge: Charge) -> Text:
    """Of a line with a tier: `, tier 2 (above 2,760 kWh this year; 2,700 kWh used before)`; of others nothing."""
    tiers = row.tariff.tiers
    if charge.tier is None or tiers is None:
        return both("", "")
    zh, en = f"第{charge.tier}档", f"tier {charge.tier}"
    span = _span(row, charge, tiers)
    if span is None:
        return both(f"（{zh}）", f" in {en}")
    lower, upper, before = span
    over = words.over(tiers.over.value)
    if upper is None:
        bounds = both(f"超过 {lower} 千瓦时", f"above {lower} kWh")
    elif lower == "0":
        bounds = both(f"{upper} 千瓦时以内", f"up to {upper} kWh")
    else:
        bounds = both(f"{lower} 至 {upper} 千瓦时", f"from {lower} to {upper} kWh")
    more = more_of_first(row)
    if more and upper != lower:
        kwh = _kwh(more)
        bounds = both(f"{bounds['zh']}，含优惠增加的 {kwh} 千瓦时", f"{bounds['en']}, {kwh} kWh of it granted,")
    space = " " if bounds["zh"][0].isdigit() else ""
    used = both("", "") if before == "0" else both(f"，此前已用 {before} 千瓦时", f"; {before} kWh used before")
    zh = f"（{zh}：{over['zh']}{space}{bounds['zh']}{used['zh']}）"
    return both(zh, f" in {en} ({bounds['en']} {over['en']}{used['en']})")


def more_of_first(row: Row) -> int:
    """Wh by which an allowance raises the bounds of a row's tiers."""
    tiers = row.tariff.tiers
    if tiers is None or tiers.pooling in (Pooling.TIME_ORDER, Pooling.PER_PERIOD):
        return 0
    bills = row.bills.entire() if row.bills.in_pieces else row.bills
    at = row.at if bills is row.bills else int(row.bills.bill_edges[1][row.at])
    return int(raised(bills, tiers)[at])


def _span(row: Row, charge: Charge, tiers: Tiers) -> tuple[str, str | None, str] | None:
    """Where the tier begins and ends, and what was used before, in kWh; None where each period has bounds of its own
    and the line is of several."""
    in_order = tiers.pooling is Pooling.TIME_ORDER
    bills = row.bills if in_order or not row.bills.in_pieces else row.bills.entire()
    at = row.at if bills is row.bills else int(row.bills.bill_edges[1][row.at])
    bounds = bounds_of_bills(row.bills, row.tariff, tiers)[row.at] + more_of_first(row)
    names = row.tariff.calendar.periods
    period = names.index(charge.tou) if charge.tou else 0
    if charge.tou is None and (bounds != bounds[:1]).any():
        return None
    energy = bills.energy_exact if in_order else bills.energy
    if tiers.pooling is Pooling.PER_PERIOD:
        if charge.tou is None:
            return None
        energy = energy[:, [p for p, ladder in enumerate(tiers.ladders) if ladder == tiers.ladders[period]]]
    before = int(bills.before(energy.sum(axis=1), accumulation_group(bills, tiers))[at])
    ladder = [0, *bounds[period].tolist(), OPEN]
    assert charge.tier is not None
    lower, upper = ladder[charge.tier - 1], ladder[charge.tier]
    return _kwh(lower), None if upper >= OPEN else _kwh(upper), _kwh(before)


def _kwh(wh: int) -> str:
    return words.number(Decimal(wh).scaleb(-3))
