"""What lines of demand and capacity say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from wattloop.library.rating import formulas, words
from wattloop.library.rating.lines import PRICE_SCALE, Charge
from wattloop.library.rating.priced_row import Row
from wattloop.library.rating.told import NOTHING, Told, of_months, sentence, times
from wattloop.library.rating.words import Text, both

Reached = tuple[str, Text]
"""A point, and when its maximum was."""


def tell_capacity(row: Row, charge: Charge) -> Told:
    """kVA × the month's price × the share of the month that its days are."""
    kva, price = row.quantity(charge), _month_price(row, charge)
    share, through = row.share(charge), row.share(charge, "through")
    part = of_months(share, row.fact(charge, "days"))
    what = both(f"容量 {words.number(kva)} 千伏安{part['zh']}", f"{words.number(kva)} kVA{part['en']}")
    rest = f"{formulas.plain(kva)} × {formulas.plain(price)}"
    formula = row.rounded(f"{rest}{formulas.ratio(through)}")
    if through != share:
        formula += f" − {row.rounded(f'{rest}{formulas.ratio(through - share)}')}"
    return Told(sentence(row, charge, what, words.price(price), "kVA"), formula)


def tell_demand(row: Row, charge: Charge) -> Told:
    """The maximum, or the part of it in one step of a ladder, × the month's price × months."""
    kw, maximum, price = (
        row.quantity(charge),
        Decimal(row.fact(charge, "maximum")).scaleb(-3),
        _month_price(row, charge),
    )
    share, when, reached = row.share(charge), times(row, charge), _reached(row, charge)
    part, step = of_months(share), NOTHING
    if charge.tier is not None:
        above, own = words.number(Decimal(row.fact(charge, "above")).scaleb(-3)), words.number(kw)
        step = both(f"，其中 {above} 千瓦以上 {own} 千瓦", f", {own} kW of it above {above} kW,")
    zh = f"{when['zh']}最大需量 {words.number(maximum)} 千瓦{reached['zh']}{step['zh']}{part['zh']}"
    en = f"a maximum{when['en']} of {words.number(maximum)} kW{reached['en']}{step['en']}{part['en']}"
    said = sentence(row, charge, both(zh, en), words.price(price), "kW")
    rest = f" × {formulas.plain(price)}"
    if not row.bills.cut:
        return Told(said, row.rounded(f"{formulas.plain(kw)}{rest}{formulas.ratio(share)}"))
    return Told(said, _running(row, charge, rest))


def _month_price(row: Row, charge: Charge) -> Decimal:
    return Decimal(row.fact(charge, "month_price")).scaleb(-PRICE_SCALE)


def _running(row: Row, charge: Charge, rest: str) -> str:
    """kW × share, added up over the rows of the bill up to this one, less the same up to the one before."""
    share, of = charge.facts["share"], row.fact(charge, "of")
    assert not isinstance(share, int)
    over = f" ÷ {of}" if of != 1 else ""

    def total(rows: list[int]) -> str:
        terms = [f"{formulas.of_scale(int(charge.quantity[at]), 3)} × {int(share[at])}" for at in rows]
        inner = terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"
        return row.rounded(f"{inner}{rest}{over}")

    through = [at for at in row.pool.tolist() if at <= row.at]
    return total(through) if len(through) == 1 else f"{total(through)} − {total(through[:-1])}"


def _reached(row: Row, charge: Charge) -> Text:
    """When the maximum was, at each point that it is of."""
    rows = [row.at] if row.fact(charge, "by_segment") else row.pool.tolist()
    starts = [row.bills.periods[int(row.bills.period[at])].start.isoformat() for at in rows]
    found = [_maximum(row, charge, start) for start in starts]
    reached = max(found, key=lambda one: one[0])[1]
    if not reached:
        return NOTHING
    if len(reached) == 1:
        return both(f"（{reached[0][1]['zh']}）", f" on {reached[0][1]['en']}")
    zh = words.listed([f"{point} 于{when['zh']}" for point, when in reached], "zh")
    en = words.listed([f"{point} on {when['en']}" for point, when in reached], "en")
    return both(f"（{zh}，相加）", f" ({en}, added up)")


def _maximum(row: Row, charge: Charge, start: str) -> tuple[Decimal, list[Reached]]:
    """The maximum of the segment that begins on a day: kW, and when each point reached its own."""
    key = (row.fact(charge, "calendar"), row.fact(charge, "block"))
    by_period: dict[str, tuple[Decimal, list[Reached]]] = {}
    for leg in row.measured:
        if (leg["part"], leg["start"], leg["sign"]) != (row.part, start, 1):
            continue
        for told in leg["demand"]:
            for name, kw in told["kW"].items():
                if (told["calendar"], told["block"]) != key or kw is None or charge.tou not in (None, name):
                    continue
                total, reached = by_period.get(name, (Decimal(0), []))
                by_period[name] = (total + Decimal(kw), reached)
                if name in told["at"]:
                    when = words.moment(dt.datetime.fromisoformat(told["at"][name]), told["minutes"])
                    reached.append((leg["point"], when))
    return max(by_period.values(), key=lambda one: one[0], default=(Decimal(0), []))
