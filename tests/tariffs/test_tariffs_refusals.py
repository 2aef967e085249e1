"""What contradicts itself is refused with file, line, and what to do, all at once."""

import pytest

from wattloop.library import tariffs

HEAD = "id: x\nname: X\nvalid_from: 2026-01-01\ncurrency: CNY\n"  # four lines: the next is line 5
TWO = "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 08:00-12:00, rest: b}]}\n"  # one line
SEASONS = "calendar: {seasons: {summer: Jun-Sep, winter: rest}}\n"
PRICE = "energy: {price: 1}\n"
STEPS = "tiers: {over: month, pooling: pro-rata, steps: "
TIERS = "energy: {{price: 1}}\ntiers:\n  over: {}\n  pooling: pro-rata\n  steps: [{{up-to: 5 kWh}}, {{add: 1}}]\n"

CASES = {
    # calendar
    "two periods overlap": (
        "calendar:\n  periods: {a: A, b: B}\n  days:\n"
        "    - {when: Mon, rest: a}\n    - {when: always, a: 08:00-12:00, b: 11:30-13:00, rest: a}\n" + PRICE,
        [(9, "calendar.days[1].b", "`b` and `a` overlap 11:30-12:00.")],
    ),
    "hours that wrap overlap": (
        "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 22:00-06:00, b: 05:00-07:00, rest: a}]}\n" + PRICE,
        [(5, "calendar.days[0].b", "`b` and `a` overlap 05:00-06:00.")],
    ),
    "hours without a period": (
        "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 00:00-12:00, b: 13:00-24:00}]}\n" + PRICE,
        [(5, "calendar.days[0]", "No period covers 12:00-13:00.")],
    ),
    "days without a rule": (
        "calendar: {periods: {a: A, b: B}, days: [{when: weekdays, a: 08:00-12:00, rest: b}]}\n" + PRICE,
        [(5, "calendar.days", "the first of them 2026-01-03")],
    ),
    "a shadowed rule": (
        "calendar:\n  periods: {a: A, b: B}\n  days:\n    - {when: always, rest: a}\n    - {when: Jul, rest: b}\n"
        + PRICE,
        [(9, "calendar.days[1]", "can never apply")],
    ),
    "an unknown period": (
        "calendar: {periods: {peak: A, b: B}, days: [{when: always, peek: 08:00-09:00, peak: 10:00-11:00, rest: b}]}\n"
        + PRICE,
        [(5, "calendar.days[0].peek", "There is no period `peek`. Did you mean peak?")],
    ),
    "a period never in force": (
        "calendar: {periods: {a: A, b: B}, days: [{when: always, rest: a}]}\n" + PRICE,
        [(5, "calendar.periods.b", "never in force")],
    ),
    "an unknown season in when": (
        "calendar: {seasons: {summer: Jun-Sep, w: rest}, periods: {a: A, b: B}, "
        "days: [{when: sumer, rest: a}, {when: always, rest: b}]}\n" + PRICE,
        [(5, "calendar.days[0].when", "Did you mean summer?")],
    ),
    "overlapping seasons": (
        "calendar: {seasons: {summer: Jun-Sep, winter: 09-15..05-31}}\n" + PRICE,
        [(5, "calendar.seasons.winter", "overlaps `summer` from 15 Sep to 30 Sep")],
    ),
    "a year with a gap between seasons": (
        "calendar: {seasons: {summer: Jun-Sep, winter: 10-02..05-31}}\n" + PRICE,
        [(5, "calendar.seasons", "No season covers the year on 1 Oct.")],
    ),
    "holidays without a calendar of them": (
        "calendar: {periods: {a: A, b: B}, days: [{when: holidays, rest: a}, {when: always, rest: b}]}\n" + PRICE,
        [(5, "calendar.days[0].when", "has no `holidays`")],
    ),
    "no such zone": ("calendar: {zone: Asia/Shangai}\n" + PRICE, [(5, "calendar.zone", "no time zone `Asia/Shangai`")]),
    "a time between steps": (
        "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 08:02-12:00, rest: b}]}\n" + PRICE,
        [(5, "calendar.days[0].a", "five-minute steps")],
    ),
    "one time instead of a range": (
        "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 23:00, rest: b}]}\n" + PRICE,
        [(5, "calendar.days[0].a", "`23:00` is not a range of hours")],
    ),
    "a month nobody knows": (
        "calendar: {periods: {a: A, b: B}, days: [{when: Juli, rest: a}, {when: always, rest: b}]}\n" + PRICE,
        [(5, "calendar.days[0].when", "`Juli` is not understood")],
    ),
    "the 30th of February": (
        "calendar: {seasons: {summer: 02-30..09-30, winter: rest}}\n" + PRICE,
        [(5, "calendar.seasons.summer", "`02-30` is no day of the year")],
    ),
    "a name of both a season and a period": (
        "calendar: {seasons: {a: Jun, w: rest}, periods: {a: A, b: B}, "
        "days: [{when: Mon, rest: a}, {when: always, rest: b}]}\n" + PRICE,
        [(5, "calendar.periods.a", "names both a period and a season")],
    ),
    # prices
    "a price missing for a period": (
        TWO + "energy: {prices: {a: 1}}\n",
        [(6, "energy.prices", "No price is given for b.")],
    ),
    "a price for a period there is not": (
        TWO + "energy:\n  prices:\n    a: 1\n    b: 2\n    c: 3\n",
        [(10, "energy.prices.c", "There is no period or season `c`.")],
    ),
    "a price in another currency": (
        "energy: {price: 0.6 USD/kWh}\n",
        [(5, "energy.price", "The price is in USD, the tariff in CNY.")],
    ),
    "a price per another unit": (
        "energy: {price: 600 CNY/MWh}\n",
        [(5, "energy.price", "The price is per MWh. What belongs here is CNY/kWh.")],
    ),
    "a ratio that makes too many decimals": (
        TWO + "energy: {components: {e: {price: 0.12345678, floats: true}}, ratios: {a: 1.333, b: 1}}\n",
        [(6, "energy.components.e.price", "more than 10 decimals")],
    ),
    "a floating price without ratios": (
        TWO + "energy: {components: {e: {price: 0.4, floats: true}}}\n",
        [(6, "energy", "there are no `ratios`")],
    ),
    "a floating price written by period": (
        TWO + "energy: {components: {e: {prices: {a: 1, b: 2}, floats: true}}, ratios: {a: 1, b: 1}}\n",
        [(6, "energy.components.e", "floats, yet it is written by period")],
    ),
    "price and prices together": (TWO + "energy: {price: 1, prices: {a: 1, b: 2}}\n", [(6, "energy", "together")]),
    "text where a number belongs": ('energy: {price: "0,617"}\n', [(5, "energy.price", "`0,617` is not a number")]),
    "a key without a value": ("energy: {price: 1}\ntiers:\n", [(6, "tiers", "`tiers` has no value.")]),
    "a comma inside a text": (
        "energy: {price: 1}\nsource: {document: Order 5, annex 1}\n",
        [(6, "source.annex 1", "Inside { } a comma ends a text")],
    ),
    # tiers
    "bounds that do not increase": (
        PRICE + "tiers:\n  over: month\n  pooling: pro-rata\n  steps:\n"
        "    - {up-to: 200 kWh}\n    - {up-to: 200 kWh, add: 0.1}\n    - {add: 0.2}\n",
        [(11, "tiers.steps[1].up-to", "The step ends at 200 kWh, not above the one before it, 200 kWh.")],
    ),
    "bounds that fall in one season": (
        SEASONS
        + PRICE
        + STEPS
        + "[{up-to: {summer: 200 kWh, winter: 300 kWh}}, {up-to: 250 kWh, add: 1}, {add: 2}]}\n",
        [(7, "tiers.steps[1].up-to", "250 kWh, not above the one before it, 300 kWh (all in winter).")],
    ),
    "a last step that ends": (
        PRICE + STEPS + "[{up-to: 5 kWh}, {up-to: 9 kWh, add: 1}]}\n",
        [(6, "tiers.steps[1].up-to", "no price")],
    ),
    "a step that never ends": (PRICE + STEPS + "[{add: 0}, {add: 1}]}\n", [(6, "tiers.steps[0]", "never reached")]),
    "bounds of both sorts": (
        PRICE + STEPS + "[{up-to: 5 kWh per day}, {up-to: 900 kWh, add: 1}, {add: 2}]}\n",
        [(6, "tiers.steps", "Some bounds are per day")],
    ),
    "a bound per day over a year": (
        PRICE + STEPS.replace("month", "year") + "[{up-to: 5 kWh per day}, {add: 2}]}\n",
        [(6, "tiers.over", "tiers over a month")],
    ),
    "a bound without a unit": (
        PRICE + STEPS + "[{up-to: 200}, {add: 2}]}\n",
        [(6, "tiers.steps[0].up-to", "has no unit")],
    ),
    "a bound in a unit of power": (
        PRICE + STEPS + "[{up-to: 200 kW}, {add: 2}]}\n",
        [(6, "tiers.steps[0].up-to", "is power")],
    ),
    "tiers without a way of pooling": (
        PRICE + "tiers: {over: month, steps: [{up-to: 200 kWh}, {add: 1}]}\n",
        [(6, "tiers.pooling", "`pooling` is missing.")],
    ),
    "a tier that replaces what time of use has set": (
        PRICE + STEPS.replace("pro-rata", "after-time-of-use") + "[{up-to: 5 kWh}, {price: 2}]}\n",
        [(6, "tiers.steps[1]", "cannot replace a price")],
    ),
    "a tier over seasons there are not": (
        PRICE + STEPS.replace("month", "season") + "[{up-to: 5 kWh}, {add: 2}]}\n",
        [(6, "tiers.over", "there are none")],
    ),
    "a tier that replaces an unknown component": (
        PRICE + STEPS + "[{up-to: 5 kWh}, {components: {grid: 2}}]}\n",
        [(6, "tiers.steps[1].components.grid", "no component `grid`")],
    ),
    # the rest
    "validity reversed": (
        "valid_to: 2025-12-31\n" + PRICE,
        [(5, "valid_to", "ends (2025-12-31) before it begins (2026-01-01)")],
    ),
    "a date that is none": ("valid_to: 2026-02-30\n" + PRICE, [(5, "valid_to", "`2026-02-30` is no date")]),
    "an unknown key": ("enrgy: {price: 1}\n" + PRICE, [(5, "enrgy", "Did you mean energy?")]),
    "an unknown key deep inside": (
        PRICE + "fixed:\n  - id: service\n    price: 27 CNY/month\n    per: month\n",
        [(9, "fixed[0].per", "not a key that belongs here")],
    ),
    "a duplicate key": (
        PRICE + "energy: {price: 2}\n",
        [(6, "energy", "The key energy is here twice; it first stands on line 5.")],
    ),
    "two charges of one name": (
        PRICE + "fixed:\n  - {id: service, price: 1 CNY/month}\n  - {id: service, price: 2 CNY/day}\n",
        [(8, "fixed[1].id", "`service` names another charge already on line 7.")],
    ),
    "a fixed charge without a span": (PRICE + "fixed: [{id: s, price: 27}]\n", [(6, "fixed[0].price", "span of time")]),
    "a fixed charge per kWh": (
        PRICE + "fixed: [{id: s, price: 27 CNY/kWh}]\n",
        [(6, "fixed[0].price", "The price is per kWh.")],
    ),
    "a demand charge in half months": (
        "calendar: {seasons: {summer: 06-15..09-14, winter: rest}}\n"
        + PRICE
        + "demand: [{id: m, price: {summer: 12, winter: 8}}]\n",
        [(7, "demand[0].price", "cuts a month in two")],
    ),
    "a demand charge on weekdays": (
        PRICE + "demand: [{id: m, price: 12, when: weekdays}]\n",
        [(6, "demand[0].when", "`weekdays` is no month or season")],
    ),
    "a demand ladder that falls": (
        PRICE + "demand:\n  - id: m\n    steps:\n      - {up-to: 50 kW, price: 0}\n"
        "      - {up-to: 40 kW, price: 1}\n      - {price: 2}\n",
        [(10, "demand[0].steps[1].up-to", "The step ends at 40 kW, not above the one before it, 50 kW.")],
    ),
    "blocks that do not fill the day": (
        PRICE + "demand: [{id: m, price: 12, block: 7 min}]\n",
        [(6, "demand[0].block", "7 min")],
    ),
    "a rate without a base": (
        PRICE + "surcharges: [{id: m, rate: 3 %}]\n",
        [(6, "surcharges[0]", "what it is a share of")],
    ),
    "a rate of nothing known": (
        PRICE + "surcharges: [{id: m, rate: 3 %, of: [enrgy]}]\n",
        [(6, "surcharges[0].of", "Did you mean energy?")],
    ),
    "a rate that is a number": (
        PRICE + "surcharges: [{id: m, rate: 0.03, of: energy}]\n",
        [(6, "surcharges[0].rate", "in percent")],
    ),
    "taxes both inside and on top": (
        PRICE + "tax: [{name: vat, rate: 13 %, included: true}, {name: city, rate: 1 %, included: false}]\n",
        [(6, "tax", "One tax is included and another is not.")],
    ),
    "a tax that does not say whether it is included": (
        PRICE + "tax: {vat: 13 %}\n",
        [(6, "tax.included", "`included` is missing.")],
    ),
    "an alias": (
        "energy: &e {price: 1}\nfor: *e\n",
        [(6, "for", "An alias")],
    ),
    "an example of a period there is not": (
        TWO + PRICE + "examples:\n  - given: {month: 2026-01, a: 5 kWh, c: 1 kWh}\n    expect: {total: 5}\n",
        [(8, "examples[0].given.c", "There is no period `c`.")],
    ),
    "bounds by period where there is one ladder": (
        TWO + PRICE + STEPS.replace("pro-rata", "in-time-order") + "[{up-to: {a: 5 kWh, b: 6 kWh}}, {add: 1}]}\n",
        [(7, "tiers.steps", "one ladder, but a bound differs by period")],
    ),
    "bounds by season and by period side by side": (
        "calendar: {seasons: {s: Jun-Sep, w: rest}, periods: {a: A, b: B}, "
        "days: [{when: always, a: 08:00-12:00, rest: b}]}\n"
        + PRICE
        + STEPS
        + "[{up-to: {a: 5 kWh, w: 6 kWh}}, {add: 1}]}\n",
        [(7, "tiers.steps[0].up-to", "Seasons and periods stand side by side")],
    ),
    "a bound of a season inside a season": (
        SEASONS + PRICE + STEPS + "[{up-to: {summer: {winter: 5 kWh}, winter: 6 kWh}}, {add: 1}]}\n",
        [(7, "tiers.steps[0].up-to.summer.winter", "A season inside a season")],
    ),
    "a block of a day's time": (
        PRICE + "demand: [{id: m, price: 12, block: 15 min per day}]\n",
        [(6, "demand[0].block", "is not a number and a unit")],
    ),
    "a block of nothing": (
        PRICE + "demand: [{id: m, price: 12, block: 0 min}]\n",
        [(6, "demand[0].block", "not above zero. Write for instance 15 min")],
    ),
    "energy rounded by the day": (
        PRICE + "rounding: {energy: 1 kWh per day}\n",
        [(6, "rounding.energy", "is not a number and a unit")],
    ),
    "a ratio with a unit": (
        TWO + "energy: {components: {e: {price: 0.4, floats: true}}, ratios: {a: 1.6 CNY/kWh, b: 1}}\n",
        [(6, "energy.ratios.a", "What belongs here is a plain number")],
    ),
    "a number with thousands marks": (
        "energy: {price: 1,000.5}\n",
        [(5, "energy.000.5", "without thousands marks")],
    ),
    "a binary fraction written out": (
        "energy: {price: 0.1000000000000000055511151231257827}\n",
        [(5, "energy.price", "more digits than a number here can have")],
    ),
    "the noise of a binary fraction": (
        "energy: {price: 0.30000000000000004}\n",
        [(5, "energy.price", "The price 0.30000000000000004 has more than 10 decimals. Round it")],
    ),
    "a share of a minimum": (
        PRICE + "minimum: [{price: 9 CNY/month}]\nsurcharges: [{id: m, rate: 3 %, of: [minimum]}]\n",
        [(7, "surcharges[0].of", "found after the percentages")],
    ),
    "a share of what comes later": (
        PRICE + "surcharges: [{id: m, rate: 3 %, of: [n]}, {id: n, rate: 3 %, of: [energy]}]\n",
        [(6, "surcharges[0].of", "`n` is not found yet")],
    ),
    "a share of itself": (
        PRICE + "surcharges: [{id: m, rate: 3 %, of: [m]}]\n",
        [(6, "surcharges[0].of", "`m` is not found yet")],
    ),
    "a tax on a tax": (
        PRICE + "tax: [{name: vat, rate: 13 %, included: false}, "
        "{name: city, rate: 1 %, included: false, of: [vat]}]\n",
        [(6, "tax[1].of", "`vat` is a tax.")],
    ),
    "a rate finer than prices are": (
        PRICE + "tax: {name: vat, rate: 13.123456789 %, included: true}\n",
        [(6, "tax.rate", "The rate 13.123456789 % has more than 8 decimals.")],
    ),
    "money too fine for a share of it": (
        PRICE + "tax: {vat: 13 %, included: true}\nrounding: {money: 0.0001}\n",
        [(7, "rounding.money", "bases have three decimals")],
    ),
    "money finer than any": (
        PRICE + "rounding: {money: 0.000000000001}\n",
        [(6, "rounding.money", "Money is not kept as fine as 0.000000000001.")],
    ),
    "a charge called by another kind": (
        PRICE + "fixed: [{id: demand, price: 1 CNY/month}]\n",
        [(6, "fixed[0].id", "`demand` is the word for a kind of charge.")],
    ),
    "a charge called total": (
        PRICE + "fixed: [{id: total, price: 1 CNY/month}]\n",
        [(6, "fixed[0].id", "`total` is the word for a kind of charge.")],
    ),
    "a price beyond what is counted exactly": (
        PRICE + "minimum: [{price: 900000000 CNY/year}]\n",
        [(6, "minimum[0].price", "beyond any price")],
    ),
    # the basic charge
    "a misspelled way of charging": (
        PRICE + "demand:\n  by-capcity: {price: 22 CNY/kVA/month}\n",
        [(7, "demand.by-capcity", "Did you mean by-capacity?")],
    ),
    "a misspelled key of a charge on a maximum": (
        PRICE + "demand:\n  - {id: d, price: 3, blok: 15 min}\n",
        [(7, "demand[0].blok", "Did you mean block?")],
    ),
    "capacity by the kW": (
        PRICE + "demand:\n  by-capacity: {price: 22 CNY/kW/month}\n",
        [(7, "demand.by-capacity.price", "What belongs here is CNY/kVA/month.")],
    ),
    "another way of proration": (
        PRICE + "demand:\n  by-capacity: {price: 22}\n  proration: weeks\n",
        [(8, "demand.proration", "Write 'calendar-days' or 'thirtieths'.")],
    ),
    "a floor of something else": (
        PRICE + "demand:\n  by-contract: {price: 35, floor: 40 %}\n",
        [(7, "demand.by-contract.floor", "Write 40 % of capacity")],
    ),
    "a limit under the contract": (
        PRICE + "demand:\n  by-contract: {price: 35, over: 95 %}\n",
        [(7, "demand.by-contract.over", "would cost double. Write 100 % or more.")],
    ),
    "a reading of the excess that nobody has": (
        PRICE + "demand:\n  by-contract: {price: 35, over-rule: triple}\n",
        [(7, "demand.by-contract.over-rule", "Write 'contract-plus-double-excess'")],
    ),
    "a block of seven minutes": (
        PRICE + "demand:\n  by-actual: {price: 35, block: 7 min}\n",
        [(7, "demand.by-actual.block", "Write 15 min")],
    ),
    "intensive use of what is not offered": (
        PRICE
        + "demand:\n  by-actual: {price: 35}\n"
        + "  intensive-use: {when: energy >= 260 kWh per kVA, price-factor: 0.9, applies-to: by-contract}\n",
        [(8, "demand.intensive-use.applies-to", "Known here: by-actual.")],
    ),
    "intensive use by the kW": (
        PRICE
        + "demand:\n  by-actual: {price: 35}\n"
        + "  intensive-use: {when: energy >= 260 kWh per kW, price-factor: 1.9, applies-to: by-actual}\n",
        [(8, "demand.intensive-use.when", "Write energy >= 260 kWh per kVA")],
    ),
    "intensive use that costs more": (
        PRICE
        + "demand:\n  by-actual: {price: 35}\n"
        + "  intensive-use: {when: energy >= 260 kWh per kVA, price-factor: 1.9, applies-to: by-actual}\n",
        [(8, "demand.intensive-use.price-factor", "from 0 to 1")],
    ),
    "maxima over what is no part of a bill": (
        PRICE + "segments: {demand: day}\n",
        [(6, "segments.demand", "Write 'bill' or 'segment'.")],
    ),
    "a suspension of no length": (
        PRICE + "demand:\n  by-capacity: {price: 22}\n  suspension: {shorter-than: two weeks, charged: full}\n",
        [(8, "demand.suspension.shorter-than", "Write 15 days")],
    ),
    "a time of service in words": (
        PRICE
        + "demand:\n  by-capacity: {price: 22}\n  suspension:\n    - {charged: half}\n"
        + "    - {charged: half, within: two years}\n",
        [(10, "demand.suspension[1].within", "Write 2 years of service")],
    ),
    "a rule of suspension that is never asked": (
        PRICE
        + "demand:\n  by-capacity: {price: 22}\n  suspension:\n    - {charged: half}\n"
        + "    - {charged: full, shorter-than: 15 days}\n",
        [(9, "demand.suspension[0]", "Move it to the end")],
    ),
    "a basic charge without a way": (
        PRICE + "demand:\n  proration: thirtieths\n",
        [(6, "demand", "offers no way of charging")],
    ),
    "a component that is called as a way of charging": (
        "energy: {components: {by-capacity: {price: 1}}}\ndemand:\n  by-capacity: {price: 22}\n",
        [(7, "demand.by-capacity", "names another charge already")],
    ),
    # power factor
    "a standard without a table": (
        PRICE + "power-factor: {standard: 0.95, base: energy}\n",
        [(6, "power-factor.standard", "Write 0.90, 0.85 or 0.80")],
    ),
    "a power factor of nothing": (
        PRICE + "power-factor: {standard: 0.90}\n",
        [(6, "power-factor.base", "`base` is missing.")],
    ),
    "a power factor of what is not there": (
        PRICE
        + "power-factor: {standard: 0.90, base: [energy], without: [fund]}\nfixed: [{id: funds, price: 1 CNY/day}]\n",
        [(6, "power-factor.without", "Did you mean funds?")],
    ),
    "a power factor of itself": (
        PRICE + "power-factor: {standard: 0.90, base: [energy, power-factor, minimum]}\n",
        [
            (6, "power-factor.base", "`power-factor` is found after"),
            (6, "power-factor.base", "`minimum` is found after"),
        ],
    ),
    "an expected power factor with another word": (
        PRICE + "examples:\n  - given: {month: 2026-10, energy: 1 kWh}\n    expect: {power-factor: {factor: 0.9}}\n",
        [(8, "examples[0].expect.power-factor.factor", "Known here: value, rate, amount")],
    ),
    # allowances
    "an allowance without a name": (
        TIERS.format("month") + "  allowances: {free: 15 kWh per month}\n",
        [(10, "tiers.allowances.free", "needs keys of its own")],
    ),
    "months that remain of a month": (
        TIERS.format("month") + "  allowances: {large: {add-to-first: 100 kWh per remaining month}}\n",
        [(10, "tiers.allowances.large.add-to-first", "Write over: year")],
    ),
    "an allowance that adds each month": (
        TIERS.format("year") + "  allowances: {large: {add-to-first: 100 kWh per month}}\n",
        [(10, "tiers.allowances.large.add-to-first", "Write 100 kWh per remaining month")],
    ),
    "free energy at once": (
        TIERS.format("year") + "  allowances: {poor: {free: 15 kWh}}\n",
        [(10, "tiers.allowances.poor.free", "Write 15 kWh per month")],
    ),
    "an allowance of nothing, and one of both": (
        TIERS.format("year")
        + "  allowances:\n    one: {en: One}\n"
        + "    two: {free: 1 kWh per month, add-to-first: 1 kWh per remaining month}\n",
        [(11, "tiers.allowances.one", "either adds"), (12, "tiers.allowances.two", "either adds")],
    ),
    "an example granted what is not there": (
        TIERS.format("year")
        + "  allowances: {poor: {free: 15 kWh per month}}\nexamples:\n"
        + "  - given: {month: 2026-10, energy: 1 kWh, allowances: {poorer: 2026-01-01}}\n    expect: {total: 1}\n",
        [(12, "examples[0].given.allowances.poorer", "Did you mean poor?")],
    ),
    "tiers over the pieces of a bill in another way": (
        PRICE + "segments: {tiers: twice}\n",
        [(6, "segments.tiers", "Write 'in-order' or 'pooled'.")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_document_is_refused_at_its_line(case, tmp_path):
    body, expected = CASES[case]
    file = tmp_path / "bad.yaml"
    file.write_text(HEAD + body, encoding="utf-8")
    problems = [problem for problem in tariffs.check(file) if not problem.warning]
    said = [(problem.line, problem.field, f"{problem.what} {problem.mend}") for problem in problems]
    for line, field, words in expected:
        found = [one for one in said if one[:2] == (line, field) and words in one[2]]
        assert found, f"{line} {field} {words!r} is not among {said}"
    assert len(said) == len(expected), said
    with pytest.raises(tariffs.TariffRefused) as refusal:
        tariffs.load(file)
    assert str(refusal.value).startswith(f"{file}:{expected[0][0]}: ")
    assert refusal.value.row == expected[0][0]


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path):
    file = tmp_path / "many.yaml"
    file.write_text(
        "id: Many\nname: Many\nvalid_from: 2026-01-01\nvalid_to: 2025-01-01\ncurrency: CNY\n"
        "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 08:00-10:00, rest: b}]}\n"
        "energy: {prices: {a: 1}}\nfixed: [{id: s, price: free}]\n",
        encoding="utf-8",
    )
    assert [(one.line, one.field) for one in tariffs.check(file)] == [
        (1, "id"),
        (4, "valid_to"),
        (7, "energy.prices"),
        (8, "fixed[0].price"),
    ]


def test_a_season_without_a_bound_is_a_warning(tmp_path):
    file = tmp_path / "open.yaml"
    file.write_text(HEAD + SEASONS + PRICE + STEPS + "[{up-to: {summer: 5 kWh}}, {add: 1}]}\n", encoding="utf-8")
    problems = [(one.line, one.warning, one.what) for one in tariffs.check(file)]
    assert problems == [(7, True, "No bound is given for winter, so the step is open there.")]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"years: {2026: [2026-01-01]}\n", "A year has `holidays`, dates with their names"),
        (b"years: {2026: {holidays: [2026-01-01]}}\n", "A year has `holidays`, dates with their names"),
        ("years: {2026: {holidays: {2026-01-01: \u00e9}}}\n".encode("latin-1"), "The calendar file is not UTF-8."),
        (b"years: {2026: {holidays: {2025-01-01: x}}}\n", "a date of its year"),
    ],
)
def test_a_calendar_file_that_says_something_else_is_refused(tmp_path, written, words):
    (tmp_path / "days.yaml").write_bytes(written)
    file = tmp_path / "tariff.yaml"
    file.write_text(
        HEAD + "calendar: {holidays: days.yaml, periods: {a: A, b: B}, "
        "days: [{when: holidays, rest: a}, {when: always, rest: b}]}\n" + PRICE,
        encoding="utf-8",
    )
    errors = [(one.line, one.field, words in one.what) for one in tariffs.check(file) if not one.warning]
    assert errors == [(5, "calendar.holidays", True)]


def test_a_negative_price_is_a_warning_and_loads(tmp_path):
    file = tmp_path / "credit.yaml"
    file.write_text(HEAD + "energy: {price: -0.01}\n", encoding="utf-8")
    assert [(one.line, one.field, one.warning) for one in tariffs.check(file)] == [(5, "energy.price", True)]
    tariffs.load(file)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", None, "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", None, "binary file"),
        (b"id: x\nname: {zh: a\n", 3, "This is not YAML"),
        (b"id: x\n\tname: y\n", 2, "A tab stands"),
        (b"id: x\n---\nid: y\n", 3, "several documents"),
        (b"- a\n- b\n", 1, "not a mapping"),
        (b"just text\n", 1, "not a mapping"),
        (b"\xff\xff\xff\xff", None, "neither UTF-8 nor GB18030"),
        (b"[" * 5000, None, "nested too deeply"),
        (b"id: !!python/object/apply:os.system [ls]\n", 1, "type tag"),
    ],
)
def test_a_file_that_is_no_document_gets_one_clear_message(tmp_path, content, line, words):
    file = tmp_path / "file.yaml"
    file.write_bytes(content)
    first = tariffs.check(file)[0]
    assert words in first.what
    if line is not None:
        assert first.line == line
    with pytest.raises(tariffs.TariffRefused):
        tariffs.load(file)


def test_a_missing_file_is_refused_with_its_name(tmp_path):
    with pytest.raises(tariffs.TariffRefused, match=r"none\.yaml: The file cannot be read"):
        tariffs.load(tmp_path / "none.yaml")
