"""Bills of agreements worked out the slow way: day by day, meter by meter, in `Decimal` and `Fraction`.

Written from the rules as docs/agreements.md and docs/tariffs.md state them; it shares no code with
what it checks. What it gives is a whole bill's amounts, whatever cuts the bill: what a change
leaves alone comes to the same.
"""

import datetime as dt
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from reference_arithmetic import fill, half_up, percent, rounded, split
from reference_basic import BASIC, BasicCharge, amount_of, days_of, factor, length, penalty, share
from reference_document import DAY
from reference_readings import Meter

BASE = {"energy": ("energy",), "demand": ("capacity", "demand_flat")}


class Priced(Meter):
    """A version of a tariff, as an agreement's terms make it."""

    def __init__(self, plain, method):
        basic = plain.get("demand", {})
        offered = [one for one in BASIC if one in basic]
        self.method = (method or (offered[0] if len(offered) == 1 else None)) if offered else None
        self.lacks = bool(offered) and self.method not in offered
        self.basic = basic
        super().__init__({key: part for key, part in plain.items() if key != "demand"})
        told = {key: part for key, part in plain.items() if key != "valid_from"}
        self.same = (str(told), self.method)

    def money(self, value):
        return rounded(Fraction(value), self.coin, self.half)


class Agreement(BasicCharge):
    """One agreement under dated versions of tariffs.

    Args:
        terms: [{from, to, tariff, capacity, contract, customer, method, allowances}], whole W and VA.
        mains: {point: (from, to)}, added up.
        light: None, or (point, how): "series" (a meter behind the first main) or "parallel".
        tariffs: {id: [plain, …]} in order of `valid_from`.
        use: {(point, channel): {standard day: [Wh]}}.
    """

    def __init__(self, terms, mains, light, tariffs, use):
        self.terms, self.mains, self.light, self.tariffs, self.use = terms, mains, light, tariffs, use
        self.known, self.found = {}, {}

    # -- what is in force on a day ---------------------------------------------------------------

    def term(self, day):
        return next((one for one in self.terms if one["from"] <= day < one["to"]), None)

    def priced(self, part, day):
        """The tariff of a part on a day; versions that say the same are one."""
        term = self.term(day)
        name = "light" if part else term["tariff"]
        plain = [one for one in self.tariffs[name] if dt.date.fromisoformat(one["valid_from"]) <= day][-1]
        made = self.known.setdefault((str(plain), term["method"]), Priced(plain, term["method"]))
        return self.known.setdefault((name, made.same), made)

    def legs(self, part, day):
        """[(point, sign)] that count in a part on a day."""
        mains = [point for point, (start, end) in self.mains.items() if start <= day < end]
        if part:
            return [(self.light[0], 1)]
        behind = [(self.light[0], -1)] if self.light and self.light[1] == "series" else []
        return [(point, 1) for point in mains] + behind

    def slots(self, tariff, point, channel="active_in"):
        """{local day: [(period, Wh)]}."""
        key = tariff.same, point, channel
        if key not in self.found:
            made = self.found[key] = {}
            for day, values in self.use.get((point, channel), {}).items():
                for slot, wh in enumerate(values):
                    moment = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=1440 // len(values) * slot)
                    where, period, _ = tariff.place(moment, None)
                    made.setdefault(where, []).append((period, wh))
        return self.found[key]

    # -- bills -------------------------------------------------------------------------------------

    def bills(self, start, end, *, whole):
        """{(bill, part, kind, component, tou, tier): amount}, and the bills that are held back."""
        spans = [(start, end)] if whole else []
        while not whole and start < end:
            stop = min(end, start.replace(day=1) + length(start) * DAY)
            spans.append((start, stop))
            start = stop
        found, held = Counter(), set()
        for number, (low, high) in enumerate(spans):
            days = [day for day in days_of(low, high) if self.term(day)]
            parts = [None, self.light[0]] if self.light else [None]
            self.of_bill = {part: self.energy_of(part, days) for part in parts}
            for part in parts if days else ():
                if any(wh < 0 for cells in self.of_bill[part].values() for wh in cells.values()):
                    held.add(number)
                for key, amount in self.part(number, part, days, held):
                    found[number, part, *key] += amount
        return found, held

    def energy_of(self, part, days):
        """{day: {period: Wh}} of a part."""
        made = {}
        for day in days:
            tariff = self.priced(part, day)
            cells = made[day] = dict.fromkeys(tariff.periods, 0)
            for point, sign in self.legs(part, day):
                for period, wh in self.slots(tariff, point).get(day, ()):
                    cells[period] += sign * wh
        return made

    def part(self, number, part, days, held):
        """[(kind, component, tou, tier), amount] of one part of a bill."""
        pools = [(tariff, list(its)) for tariff, its in groupby(days, lambda day: self.priced(part, day))]
        if any(tariff.lacks for tariff, _ in pools):
            held.add(number)
        energies = [self.pool_energy(part, tariff, its) for tariff, its in pools]
        for (tariff, its), energy in zip(pools, energies, strict=True):
            lines = self.energy_lines(part, tariff, its, energy, days, energies)
            if not tariff.lacks and tariff.basic:
                lines += self.basic(number, part, tariff, its, days, held)
            lines += self.fixed(tariff, its)
            lines += self.power_factor(number, part, tariff, its, days, lines, held)
            for tax in tariff.plain.get("tax", []):
                base = sum((amount for _, amount in lines), Decimal(0))
                lines.append((("tax", tax["name"], None, None), tariff.money(base * percent(tax["rate"]))))
            yield from lines

    def pool_energy(self, part, tariff, days):
        exact = Counter()
        for day in days:
            exact.update(self.of_bill[part][day])
        return {period: int(rounded(Fraction(exact[period]), tariff.step, tariff.half)) for period in tariff.periods}

    # -- energy and tiers --------------------------------------------------------------------------

    def energy_lines(self, part, tariff, days, energy, bill, energies):
        by_tier = self.tiers(part, tariff, energy, bill, energies)
        lines = []
        for name, (kind, by_period, climbs, rows) in tariff.components.items():
            for tier in range(len(tariff.steps)) if climbs else [None]:
                if tier == 0 and kind != "energy" and not any(rows[0].values()):
                    continue
                for period in tariff.periods if by_period else [None]:
                    wh = sum(
                        its[p] for t, its in enumerate(by_tier) for p in tariff.periods
                        if tier in (None, t) and period in (None, p)
                    )  # fmt: skip
                    price = rows[tier or 0][None, period or tariff.periods[0]]
                    key = kind, name, period, None if tier is None else tier + 1
                    lines.append((key, tariff.money(Decimal(wh) / 1000 * price)))
        return lines + self.free(tariff, days, energy)

    def tiers(self, part, tariff, energy, bill, energies):
        """[{period: Wh}]; a bill that is cut has the tiers of the whole bill, its earlier days the lower ones."""
        if not tariff.tiers:
            return [energy]
        total = sum(sum(its.values()) for its in energies)
        prior = self.earlier(part, tariff, bill) if tariff.tiers["over"] == "year" else 0
        bounds = []
        for step in tariff.steps[:-1]:
            wh = amount_of(step["up-to"])
            bounds.append(half_up(wh * share(bill)) if tariff.tiers["over"] == "month" else wh)
        every = {period: sum(its[period] for its in energies) for period in tariff.periods}
        parts, left = [], every
        for amount in fill(total, prior, bounds)[:-1]:
            took = dict(zip(left, split(amount, list(left.values())), strict=True))
            left = {period: left[period] - took[period] for period in left}
            parts.append(took)
        parts.append(left)
        at = next(i for i, its in enumerate(energies) if its is energy)
        found = [dict.fromkeys(tariff.periods, 0) for _ in parts]
        for period in tariff.periods:
            before = sum(its[period] for its in energies[:at])
            tops = [sum(tier[period] for tier in parts[: n + 1]) for n in range(len(parts) - 1)]
            for tier, wh in enumerate(fill(energy[period], before, tops)):
                found[tier][period] = wh
        return found

    def earlier(self, part, tariff, bill):
        """Wh since the year began."""
        past = [day for day in days_of(dt.date(bill[0].year, 1, 1), bill[0]) if self.term(day)]
        return sum(wh for cells in self.energy_of(part, past).values() for wh in cells.values())

    def free(self, tariff, days, energy):
        lines = []
        for name, rule in (tariff.tiers or {}).get("allowances", {}).items():
            granted = [
                day for day in days
                if name in (had := self.term(day)["allowances"])
                and (day.year, day.month) >= (had[name].year, had[name].month)
            ]  # fmt: skip
            wh = min(half_up(amount_of(rule["free"]) * share(granted)), sum(energy.values()))
            for period, part in zip(energy, split(wh, list(energy.values())), strict=True):
                price = sum(rows[0][None, period] for _, _, _, rows in tariff.components.values())
                key = "adjustment", name, period if len(energy) > 1 else None, None
                lines.append((key, tariff.money(-Decimal(part) / 1000 * price)))
        return lines

    # -- the rest ------------------------------------------------------------------------------------

    def fixed(self, tariff, days):
        lines = []
        for one in tariff.plain.get("fixed", []):
            price, per = one["price"].split()
            price, total = Decimal(price), Decimal(0)
            if per.endswith("day"):
                total = tariff.money(price * len(days))
            else:
                for day in days:
                    edges = [tariff.money(Fraction(price) * Fraction(day.day - less, length(day))) for less in (1, 0)]
                    total += edges[1] - edges[0]
            lines.append((("fixed", one["id"], None, None), total))
        return lines

    def power_factor(self, number, part, tariff, days, bill, lines, held):
        rule = tariff.plain.get("power-factor")
        if not rule:
            return []
        if tariff.plain.get("segments", {}).get("power-factor", "bill") == "segment":
            bill = [day for day in bill if self.priced(part, day) is tariff]
        root = self.light[0] if part and self.light[1] == "parallel" else None
        active = reactive = 0
        meters = {point for day in bill for point, sign in self.legs(root, day) if sign > 0}
        for point in meters:
            mine = [day for day in bill if (point, 1) in self.legs(root, day)]
            sums = [
                [sum(wh for _, wh in self.slots(tariff, point, channel)[day]) for day in mine
                 if day in self.slots(tariff, point, channel)]
                for channel in ("active_in", "reactive_in", "reactive_out")
            ]  # fmt: skip
            if sums[0] and not sums[1] and not sums[2]:
                held.add(number)
            active, reactive = active + sum(sums[0]), reactive + sum(sums[1]) + sum(sums[2])
        if not active and not reactive:
            return []
        rate = Fraction(penalty(factor(active, reactive), Decimal(rule["standard"])), 10_000)
        rate = max(rate, Fraction(0)) if rule.get("penalty-only") == "true" else rate
        kinds = [kind for word in rule["base"] for kind in BASE[word]]
        base = sum(
            (amount for (kind, name, *_), amount in lines
             if (kind in kinds or (name == "tier" and "energy" in kinds)) and name not in rule.get("without", [])),
            Decimal(0),
        )  # fmt: skip
        return [(("power_factor", "power-factor", None, None), tariff.money(Fraction(base) * rate))]
