"""What lines of demand and capacity say."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np

from wattloop.library.rating.charges.lines import PRICE_SCALE, Charge
from wattloop.library.rating.charges.monthly import portion
from wattloop.library.rating.explanation import formulas, words
from wattloop.library.rating.explanation.priced_row import Row
from wattloop.library.rating.explanation.told import NOTHING, Told, of_months, sentence, times
from wattloop.library.rating.explanation.words import Text, both
from wattloop.library.tariffs.compiled_basic import ActualCharge, ContractCharge

Reached = tuple[str, Decimal, Text]
"""A point, its maximum in kW, and when that was."""


def tell_capacity(row: Row, charge: Charge) -> Told:
    """kVA × the month's price × the share of the month that its days are."""
    kva, price = row.quantity(charge), _month_price(row, charge)
    share = row.share(charge)
    part = of_months(share, row.fact(charge, "days"))
    what = both(f"容量 {words.number(kva)} 千伏安{part['zh']}", f"{words.number(kva)} kVA{part['en']}")
    return Told(sentence(row, charge, what, words.price(price), "kVA"), _monthly(row, charge))


def _monthly(row: Row, charge: Charge) -> str:
    """quantity × the month's price × months, up to the row's end less up to its beginning."""
    rest = f"{formulas.plain(row.quantity(charge))} × {formulas.plain(_month_price(row, charge))}"
    share, through = row.share(charge), row.share(charge, "through")
    now = row.rounded(f"{rest}{formulas.ratio(through)}")
    return now if through == share else f"{now} − {row.rounded(f'{rest}{formulas.ratio(through - share)}')}"


def tell_demand(row: Row, charge: Charge) -> Told:
    """The maximum, or the part of it in one step of a ladder, × the month's price × months."""
    if "through" in charge.facts:
        return _basic(row, charge)
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


def _basic(row: Row, charge: Charge) -> Told:
    """Demand by contract, what goes beyond it, or the maximum with its floor."""
    held: list[ContractCharge | ActualCharge] = [*row.tariff.contract, *row.tariff.actual]
    rule = next(one for one in held if (one.clause, one.name) == (charge.clause, charge.component))
    kw, maximum = words.number(row.quantity(charge)), _kw(row, charge, "maximum")
    reached, part = _reached(row, charge), of_months(row.share(charge))
    top = both(f"最大需量 {maximum} 千瓦{reached['zh']}", f"a maximum of {maximum} kW{reached['en']}")
    if not isinstance(rule, ContractCharge):
        less = NOTHING
        if rule.floor is not None and kw != maximum:
            least = _floor(row, charge, rule.floor)
            less = both(f"，低于{least['zh']}，按 {kw} 千瓦计", f", below {least['en']}, billed as {kw} kW,")
        what = both(f"{top['zh']}{less['zh']}", f"{top['en']}{less['en']}")
    elif charge.tier == 1:
        agreed, more = _kw(row, charge, "contract"), NOTHING
        if rule.floor is not None and _least(row, charge, rule.floor) > row.fact(charge, "contract"):
            least = _floor(row, charge, rule.floor)
            zh = f"（合同约定 {agreed} 千瓦，低于{least['zh']}）"
            more = both(zh, f" ({agreed} kW agreed on, below {least['en']})")
        elif kw != agreed:
            more = both(f"（合同约定 {agreed} 千瓦）", f" ({agreed} kW agreed on)")
        what = both(f"合同需量 {kw} 千瓦{more['zh']}", f"contract demand of {kw} kW{more['en']}")
    else:
        limit, share = _kw(row, charge, "limit"), words.percent(rule.limit)
        zh = f"{top['zh']}，超过 {limit} 千瓦（合同需量的 {share}），{kw} 千瓦按双倍计"
        en = f"{top['en']} is beyond {limit} kW ({share} of the contract), {kw} kW of it at twice the price,"
        what = both(zh, en)
    what = both(f"{what['zh']}{part['zh']}", f"{what['en']}{part['en']}")
    said = sentence(row, charge, what, words.price(_month_price(row, charge)), "kW", _relief(row, charge))
    return Told(said, _monthly(row, charge))


def _least(row: Row, charge: Charge, share: Decimal) -> int:
    return int(portion(np.array([row.fact(charge, "capacity")]), share)[0])


def _floor(row: Row, charge: Charge, share: Decimal) -> Text:
    """The share of the capacity that is billed at least."""
    kva, percent = _kw(row, charge, "capacity"), words.percent(share)
    return both(f"容量 {kva} 千伏安的 {percent}", f"{percent} of {kva} kVA")


def _relief(row: Row, charge: Charge) -> Text:
    """Why the price is a smaller one."""
    rule, whole = row.tariff.intensive, row.bills.whole
    if rule is None or whole is None or not ("intensive" in charge.facts and row.fact(charge, "intensive")):
        return NOTHING
    used = words.number(Decimal(int(whole[row.at])).scaleb(-3))
    limit, factor = words.number(Decimal(rule.energy_per_kva).scaleb(-3)), words.percent(rule.factor)
    return both(
        f"（全部计量点用电 {used} 千瓦时，每千伏安达到 {limit} 千瓦时，按 {factor} 计价）",
        f", at {factor} of the price as {used} kWh reach {limit} kWh per kVA",
    )


def _kw(row: Row, charge: Charge, name: str) -> str:
    return words.number(Decimal(row.fact(charge, name)).scaleb(-3))


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
    """When the maximum was, at each point that it is of; nothing where that is not known."""
    bills, maximum = row.bills, Decimal(row.fact(charge, "maximum")).scaleb(-3)
    mine = np.flatnonzero((bills.bill == bills.bill[row.at]) & (bills.number == bills.number[row.at])).tolist()
    found: list[Reached] = []
    for at in [row.at, *mine]:
        for reached in _maxima(row, charge, bills.periods[int(bills.period[at])].start.isoformat()):
            if not found and sum((kw for _, kw, _ in reached), Decimal(0)) == maximum:
                found = reached
    if not found or not all(when["en"] for _, _, when in found):
        return NOTHING
    if len(found) == 1:
        return both(f"（{found[0][2]['zh']}）", f" on {found[0][2]['en']}")
    zh = words.listed([f"{point} {words.number(kw)} 千瓦，{when['zh']}" for point, kw, when in found], "zh", "；")
    en = words.listed([f"{point} {words.number(kw)} kW on {when['en']}" for point, kw, when in found], "en")
    return both(f"（{zh}，相加）", f" ({en}, added up)")


def _maxima(row: Row, charge: Charge, start: str) -> list[list[Reached]]:
    """What the maximum of the segment that begins on a day can be the sum of: each point's own, by calendar.

    Without time of use a point's own maximum may lie in any period; else all are of one.
    """
    calendar = row.fact(charge, "calendar") if charge.tou is not None else None
    whole: dict[int, list[Reached]] = {}
    alike: dict[tuple[int, str], list[Reached]] = {}
    for leg in row.measured:
        if (leg["part"], leg["start"], leg["sign"]) != (row.part, start, 1):
            continue
        for told in leg["demand"]:
            if told["block"] != row.fact(charge, "block") or calendar not in (None, told["calendar"]):
                continue
            own: list[tuple[Decimal, Text]] = []
            for name, kw in told["kW"].items():
                if kw is None or charge.tou not in (None, name):
                    continue
                at = told["at"].get(name)
                when = words.moment(dt.datetime.fromisoformat(at), told["minutes"]) if at else NOTHING
                alike.setdefault((told["calendar"], name), []).append((leg["point"], Decimal(kw), when))
                own.append((Decimal(kw), when))
            if own:
                kw, when = max(own, key=lambda one: one[0])
                whole.setdefault(told["calendar"], []).append((leg["point"], kw, when))
    return [*whole.values(), *alike.values()]
