"""What each kind of line says: a sentence in both languages, and the formula of its amount. One function per kind.

A new kind of line gets a function and its entry in `BY_KIND`. The function tells only what
was computed: quantity, price, amount and the charge's `facts`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from wattloop.library.rating.charges.fixed import shares_due
from wattloop.library.rating.charges.lines import PRICE_SCALE, QUANTITY_SCALE, Charge
from wattloop.library.rating.explanation import formulas, words
from wattloop.library.rating.explanation.power import tell_capacity, tell_demand
from wattloop.library.rating.explanation.priced_row import Row
from wattloop.library.rating.explanation.tiers import more_of_first, tier_of
from wattloop.library.rating.explanation.told import Told, capital, pooled, sentence, times
from wattloop.library.rating.explanation.words import both
from wattloop.library.tariffs.compiled import Kind, Percentage, Tax


def tell(row: Row, charge: Charge) -> Told:
    """Explain one line."""
    return BY_KIND[charge.kind](row, charge)


def _per_kwh(row: Row, charge: Charge) -> Told:
    """kWh × price, over a period, a tier, or all the energy; a percentage where it is one."""
    if charge.unit != "kWh":
        return _percentage(row, charge)
    kwh, price = words.number(row.quantity(charge)), row.price(charge)
    when, tier = times(row, charge), tier_of(row, charge)
    what = both(f"{when['zh']}用电 {kwh} 千瓦时{tier['zh']}", f"{kwh} kWh{when['en']}{tier['en']}")
    less = words.number(-row.quantity(charge))
    if "granted" in charge.facts:
        what = both(f"{when['zh']}免费电量 {less} 千瓦时", f"{less} kWh{when['en']} free of charge")
    elif row.quantity(charge) < 0 and more_of_first(row):
        zh = f"{when['zh']}退还此前已计 {less} 千瓦时{tier['zh']}"
        what = both(zh, f"{less} kWh charged before{when['en']}{tier['en']} given back")
    said = sentence(row, charge, what, words.price(price), "kWh", pooled(row, charge.quantity))
    return Told(said, row.running(charge.quantity, QUANTITY_SCALE, f" × {formulas.plain(price)}"))


def _fixed(row: Row, charge: Charge) -> Told:
    """Days × price, or the months of a monthly or yearly charge."""
    fixed = next(one for one in row.tariff.fixed if one.clause == charge.clause)
    price = words.price(fixed.price)
    if fixed.per == "day":
        days = words.number(row.quantity(charge))
        what = both(f"{days} 天", f"{days} {'day' if days == '1' else 'days'}")
        said = sentence(row, charge, what, price, "day", pooled(row, charge.quantity))
        return Told(said, row.running(charge.quantity, QUANTITY_SCALE, f" × {formulas.plain(fixed.price)}"))
    edges = _merged(shares_due(fixed, row.piece))
    terms = _counted(row, fixed.price, edges)
    formula = " + ".join(f"{count} × {one}" if count > 1 else one for one, count in terms.items())
    share = sum((high - low for low, high in edges), Fraction(0))
    unit = words.unit(fixed.per)
    en = f"{share} of a {unit['en']}" if share < 1 else f"{share} {unit['en']}{'' if share == 1 else 's'}"
    return Told(sentence(row, charge, both(f"{share} {unit['zh']}", en), price, fixed.per), formula)


def _merged(edges: list[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """Shares that begin where the one before ended, as one: their rounded totals cancel."""
    found: list[tuple[Fraction, Fraction]] = []
    for low, high in edges:
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _counted(row: Row, price: Decimal, edges: list[tuple[Fraction, Fraction]]) -> dict[str, int]:
    """The rounded amount of each stretch, with how often it comes."""
    found: dict[str, int] = {}
    for low, high in edges:
        text = row.rounded(f"{formulas.plain(price)}{formulas.ratio(high)}")
        if low:
            text = f"({text} − {row.rounded(f'{formulas.plain(price)}{formulas.ratio(low)}')})"
        found[text] = found.get(text, 0) + 1
    return found


def _minimum(row: Row, charge: Charge) -> Told:
    """What the minimum is, less what counts towards it."""
    minimum = next(one for one in row.tariff.minimums if (one.clause, one.name) == (charge.clause, charge.component))
    price = Decimal(row.fact(charge, "full_price")).scaleb(-PRICE_SCALE)
    share, counted = row.share(charge), row.money(row.fact(charge, "counted"))
    taken = formulas.plain(counted) if counted >= 0 else f"({formulas.plain(counted)})"
    formula = f"{row.rounded(f'{formulas.plain(price)}{formulas.ratio(share)}')} − {taken}"
    name, money = words.charge(row.tariff, charge.component), words.currency(row.tariff.currency)
    unit, amount, had = words.per(minimum.per), words.amount(row.amount(charge)), words.amount(counted)
    of = both("", "") if share == 1 else both(f"，本期按 {share}", f", of which {share} falls here,")
    zh = f"{name['zh']}：每{unit['zh']} {words.price(price)} {money['zh']}{of['zh']}，已计 {had} {money['zh']}，"
    en = f"{capital(name['en'])}: the least for a {unit['en']} is {words.price(price)} {money['en']}{of['en']} and "
    said = both(
        f"{zh}补足 {amount} {money['zh']}。",
        f"{en}{had} {money['en']} was charged towards it; the difference is {amount} {money['en']}.",
    )
    rests = [one for one in row.earlier(charge) if one.is_of(minimum.counts) or one.kind is Kind.MINIMUM]
    return Told(said, formula, rests_on=rests)


def _percentage(row: Row, charge: Charge) -> Told:
    """A share of other lines."""
    base, rate = row.quantity(charge), row.price(charge)
    name, money = words.charge(row.tariff, charge.component), words.currency(row.tariff.currency)
    amount, more, of = words.amount(row.amount(charge)), pooled(row, charge.quantity), words.price(base)
    zh = f"{name['zh']}：{of} {money['zh']}的 {words.percent(rate)}，计 {amount} {money['zh']}{more['zh']}。"
    en = f"{capital(name['en'])}: {words.percent(rate)} of {of} {money['en']}, {amount} {money['en']}{more['en']}."
    formula = row.running(charge.quantity, QUANTITY_SCALE, f" × {formulas.plain(rate)}")
    return Told(both(zh, en), formula, rests_on=_base(row, charge, _written(row, charge)))


def _power_factor(row: Row, charge: Charge) -> Told:
    """What the power factor is, and the percentage that the table of its standard gives for it."""
    factor, standard = (f"{Decimal(row.fact(charge, name)).scaleb(-2):.2f}" for name in ("power_factor", "standard"))
    active, reactive = (words.number(Decimal(row.fact(charge, name)).scaleb(-3)) for name in ("active", "reactive"))
    name, money = words.charge(row.tariff, charge.component), words.currency(row.tariff.currency)
    base, rate, amount = words.price(row.quantity(charge)), row.price(charge), words.amount(row.amount(charge))
    zh = f"{name['zh']}：有功 {active} 千瓦时、无功 {reactive} 千乏时，功率因数 {factor}，标准 {standard}，"
    en = f"{capital(name['en'])}: {active} kWh and {reactive} kvarh are a power factor of {factor}"
    en = f"{en}, standard {standard}: "
    of, percent = f"按 {base} {money['zh']}", words.percent(abs(rate))
    if not rate:
        how = both("不作调整", "nothing changes")
    elif rate > 0:
        how = both(f"{of}加收 {percent}", f"{percent} of {base} {money['en']} is added")
    else:
        how = both(f"{of}减收 {percent}", f"{percent} of {base} {money['en']} is taken off")
    said = both(f"{zh}{how['zh']}，计 {amount} {money['zh']}。", f"{en}{how['en']}, {amount} {money['en']}.")
    rule = row.tariff.power_factor
    assert rule is not None
    rests = [one for one in row.earlier(charge) if one.is_of(rule.base) and not one.is_of(rule.without)]
    return Told(said, row.running(charge.quantity, QUANTITY_SCALE, f" × {formulas.plain(rate)}"), rests_on=rests)


def _tax(row: Row, charge: Charge) -> Told:
    """A tax on top is a percentage; one inside the prices adds nothing, and its quantity is what they contain."""
    if "base" not in charge.facts:
        return _percentage(row, charge)
    tax = _written(row, charge)
    base = words.price(row.money(row.fact(charge, "base")))
    name, money = words.charge(row.tariff, charge.component), words.currency(row.tariff.currency)
    inside, rate = words.price(row.quantity(charge)), words.percent(tax.rate)
    zh = f"{name['zh']}：{base} {money['zh']}中已含 {rate}，即 {inside} {money['zh']}，不另加收。"
    en = f"{capital(name['en'])}: {base} {money['en']} contain {rate}, {inside} {money['en']}; nothing is added."
    held, text = charge.facts["base"], formulas.plain(tax.rate)
    assert not isinstance(held, int)
    contained = row.running(held, row.pricing.digits, f" × {text} ÷ (1 + {text})")
    return Told(both(zh, en), "0", contained, _base(row, charge, tax))


def _written(row: Row, charge: Charge) -> Percentage | Tax:
    """What the tariff says of a percentage or tax."""
    known: list[Percentage | Tax] = [*row.tariff.percentages, *row.tariff.taxes]
    return next(one for one in known if (one.clause, one.name) == (charge.clause, charge.component))


def _base(row: Row, charge: Charge, written: Percentage | Tax) -> list[Charge]:
    """The charges that one is a share of."""
    if written.of is None:
        return [one for one in row.earlier(charge) if one.kind is not Kind.TAX]
    return [one for one in row.earlier(charge) if one.is_of(written.of)]


BY_KIND: dict[Kind, Callable[[Row, Charge], Told]] = {
    Kind.ENERGY: _per_kwh,
    Kind.SURCHARGE: _per_kwh,
    Kind.ADJUSTMENT: _per_kwh,
    Kind.DEMAND_FLAT: tell_demand,
    Kind.DEMAND_TOU: tell_demand,
    Kind.CAPACITY: tell_capacity,
    Kind.FIXED: _fixed,
    Kind.MINIMUM: _minimum,
    Kind.POWER_FACTOR: _power_factor,
    Kind.TAX: _tax,
}
