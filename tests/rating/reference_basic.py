"""The basic charge and the power factor, as the reference works them out."""

import calendar as months
from collections import Counter
from decimal import Decimal
from fractions import Fraction

from reference_arithmetic import half_up, percent, rounded
from reference_document import DAY

BASIC = ("by-capacity", "by-contract", "by-actual")


def days_of(start, end):
    return [start + n * DAY for n in range((end - start).days)]


def length(day):
    return months.monthrange(day.year, day.month)[1]


def share(days, way="calendar-days"):
    """Months that some days are charged as."""
    by_month = Counter((day.year, day.month, length(day)) for day in days)
    if way == "calendar-days":
        return sum((Fraction(n, of) for (_, _, of), n in by_month.items()), Fraction(0))
    return sum((Fraction(1) if n == of else Fraction(n, 30) for (_, _, of), n in by_month.items()), Fraction(0))


def amount_of(text):
    return int(Decimal(text.split()[0]) * 1000)


class BasicCharge:
    """What an agreement is charged by capacity or by demand; `term`, `legs`, `slots` and `of_bill` are its own."""

    def stretches(self, quantity):
        """Adjoining days of one quantity, of {day: quantity}: [(quantity, days)]."""
        found = []
        for day, value in quantity.items():
            if found and found[-1][0] == value and found[-1][1][-1] + DAY == day:
                found[-1][1].append(day)
            else:
                found.append((value, [day]))
        return found

    def monthly(self, tariff, days, quantity, price):
        """A price per thousand and month, for the days of each quantity in a pool; `quantity` is by day of the bill."""
        way, total = tariff.basic.get("proration", "calendar-days"), Decimal(0)
        for value, its in self.stretches(quantity):
            for _, mine in self.stretches({day: 0 for day in its if day in days}):
                through = [share([day for day in its if day <= edge], way) for edge in (mine[0] - DAY, mine[-1])]
                total += tariff.money(Fraction(value, 1000) * Fraction(price) * (through[1] - through[0]))
        return total

    def basic(self, number, part, tariff, days, bill, held):
        """Lines of the charge that the agreement chose, or its bill held back."""
        rule, method = tariff.basic[tariff.method], tariff.method
        price, relief = Decimal(rule["price"].split()[0]), tariff.basic.get("intensive-use")
        relief = relief if relief and method in relief["applies-to"] else None
        floor = Fraction(Decimal(rule["floor"].split()[0])) / 100 if "floor" in rule else None
        by_capacity = method == "by-capacity" or floor is not None or relief is not None
        needed = ["capacity"] * by_capacity + ["contract"] * (method == "by-contract")
        reached = self.maxima(part, tariff, bill)
        lacks = any(self.term(day)[name] is None for name in needed for day in days)
        if lacks or (method != "by-capacity" and any(reached[day] is None for day in days)):
            held.add(number)
            return []
        capacity = {day: self.term(day)["capacity"] or 0 for day in bill}
        if method == "by-capacity":
            return [(("capacity", method, None, None), self.monthly(tariff, days, capacity, price))]
        reached = {day: watts or 0 for day, watts in reached.items()}
        if relief and self.intensive(tariff, relief, capacity):
            price *= Decimal(relief["price-factor"])
        least = {day: half_up(capacity[day] * (floor or 0)) for day in bill}
        if method == "by-actual":
            billed = {day: max(reached[day], least[day]) for day in bill}
            return [(("demand_flat", method, None, None), self.monthly(tariff, days, billed, price))]
        agreed = {day: max(self.term(day)["contract"] or 0, least[day]) for day in bill}
        limit = {day: half_up(agreed[day] * Fraction(percent(rule["over"]))) for day in bill}
        beyond = [day for day in bill if reached[day] > limit[day]]
        way, excess = rule["over-rule"], dict.fromkeys(bill, 0)
        base = agreed | ({day: limit[day] for day in beyond} if way == "over-limit-plus-double-excess" else {})
        for day in beyond:
            excess[day] = reached[day] - (agreed if way == "double-above-contract" else limit)[day]
        return [
            (("demand_flat", method, None, 1), self.monthly(tariff, days, base, price)),
            (("demand_flat", method, None, 2), self.monthly(tariff, days, excess, 2 * price)),
        ]

    def maxima(self, part, tariff, bill):
        """{day: W}: each meter's maximum over the bill, or over the stretch of equal terms, added."""
        by = tariff.plain.get("segments", {}).get("demand", "bill")
        spans = [(None, bill)]
        if by == "segment":
            terms = ("capacity", "contract", "customer")
            names = {day: "light" if part else self.term(day)["tariff"] for day in bill}
            spans = self.stretches({day: (names[day], *(self.term(day)[term] for term in terms)) for day in bill})
        found = {}
        for _, days in spans:
            meters = sorted({point for day in days for point, sign in self.legs(part, day) if sign > 0})
            tops = []
            for point in meters:
                mine = [day for day in days if (point, 1) in self.legs(part, day)]
                watts = [wh for day in mine for _, wh in self.slots(tariff, point).get(day, ())]
                tops += [max(watts)] if watts else []
            found |= dict.fromkeys(days, sum(tops) if tops else None)
        return found

    def intensive(self, tariff, rule, capacity):
        """Whether the energy of all points reaches so many kWh per kVA and month."""
        per_kva = int(rule["when"].split()[2])
        exact = sum(wh for its in self.of_bill.values() for cells in its.values() for wh in cells.values())
        due = sum(value * per_kva * share(its) for value, its in self.stretches(capacity))
        return due > 0 and rounded(Fraction(exact), tariff.step, tariff.half) >= due


def factor(active, reactive):
    """Hundredths, a half up: the largest k for which (2k - 1) / 200 is not above active / √(active² + reactive²)."""
    every = active**2 + reactive**2
    return max(k for k in range(101) if k == 0 or (2 * k - 1) ** 2 * every <= 40_000 * active**2)


def penalty(hundredths, standard):
    """Hundredths of a percent: by half a percent a hundredth for twenty, by one for five, by two from there on."""
    own = int(standard * 100)
    if hundredths < own:
        below = own - hundredths
        return 50 * min(below, 20) + 100 * min(max(below - 20, 0), 5) + 200 * max(below - 25, 0)
    tops = {90: (95, 90), 85: (94, 90), 80: (92, 90)}[own]
    found, at = 0, own
    while at < min(hundredths, tops[0]):
        at += 1
        found -= 15 if at > tops[1] else 10
    return found
