"""Bills worked out the slow way: one charge, one bill, one point after another, in `Decimal` and `Fraction`.

A second reading of what tariff documents mean; it shares no code with what it checks.
"""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from reference_arithmetic import Line, fill, half_up, percent, rounded, split
from reference_document import DAY, NAMES
from reference_readings import Meter

COUNTED = ["energy", "demand", "fixed", "adjustment"]


class Biller(Meter):
    """Bills one point after another under one document."""

    def bills(self, points, start, end, *, slots, zone=None, whole=False):
        """{(point, first day of the bill): [Line]}; `points` is {point: {standard day: [Wh]}}."""
        found = {}
        for point, days in points.items():
            spans = self.spans(start, end, whole=whole)
            self.measure(spans, days, slots, zone)
            earlier = []
            for span in spans:
                if span.slots:
                    lines = self._lines(span, earlier)
                    earlier.append((span, lines))
                    if span.wanted:
                        found[point, span.start] = lines
        return found

    def _lines(self, span, earlier):
        span.energy = {cell: int(rounded(Fraction(span.exact[cell]), self.step, self.half)) for cell in self.cells}
        lines = self._energy(span, earlier)
        lines += self._demand(span)
        lines += self._fixed(span)
        for section in ("adjustments", "surcharges"):
            for part in self.plain.get(section, []):
                if "rate" in part:
                    base = sum((one.amount for one in lines if one.is_of(part["of"])), Decimal(0))
                    lines.append(self.line(section[:-1], part["id"], base, percent(part["rate"])))
        lines += self._minimum(span, earlier, lines)
        return lines + self._taxes(lines)

    def money(self, value):
        """Rounded to the tariff's coin."""
        return rounded(Fraction(value), self.coin, self.half)

    def line(self, kind, component, quantity, price, *, tou=None, tier=None, amount=None, group=None):
        amount = self.money(quantity * price) if amount is None else amount
        return Line(kind, component, tou, tier, Decimal(quantity), Decimal(price), amount, group or kind)

    # -- energy -----------------------------------------------------------------------------

    def _energy(self, span, earlier):
        by_tier = self._tiers(span, earlier)
        lines = []
        for name, (kind, by_period, climbs, rows) in self.components.items():
            for tier in range(len(self.steps)) if climbs else [None]:
                if tier == 0 and kind != "energy" and not any(rows[0].values()):
                    continue  # an increment has nothing to say in the first tier
                for cell in self.cells if by_period else [None]:
                    wh = sum(
                        by_tier[t][c]
                        for t in range(len(self.steps)) if tier in (None, t)
                        for c in self.cells if cell in (None, c)
                    )  # fmt: skip
                    price = rows[tier or 0][cell or self.cells[0]]
                    lines.append(
                        self.line(
                            kind, name, Decimal(wh) / 1000, price,
                            tou=self.label(cell), tier=None if tier is None else tier + 1,
                            group="energy" if name == "tier" else None,
                        )
                    )  # fmt: skip
        return lines

    def label(self, cell):
        if cell is None or cell[0] is None:
            return cell and cell[1]
        return cell[0] if self.periods == ["all"] else f"{cell[0]} {cell[1]}"

    def _tiers(self, span, earlier):
        """[{cell: Wh} for each tier]."""
        if not self.tiers:
            return [span.energy]
        before = [other for other, _ in earlier if self._same_turn(other, span)]
        bounds = {cell: self._bounds(span, cell) for cell in self.cells}
        pooling = self.tiers["pooling"]
        if pooling == "in-time-order":
            return self._in_time_order(span, before, bounds[self.cells[0]])
        if pooling == "ladder-per-period":
            return self._ladders(span, before, bounds)
        total, prior = sum(span.energy.values()), sum(sum(one.energy.values()) for one in before)
        if len({tuple(one) for one in bounds.values()}) == 1:
            return self._margins(span.energy, fill(total, prior, bounds[self.cells[0]]))
        parts = {c: split(span.energy[c], fill(total, prior, bounds[c])) for c in self.cells}
        return [{c: parts[c][t] for c in self.cells} for t in range(len(self.steps))]

    def _same_turn(self, other, span):
        over = self.tiers["over"]
        if over == "year":
            return other.start.year == span.start.year
        # The spans of a season begin with it.
        between = [self.season(other.start + n * DAY) for n in range((span.start - other.start).days)]
        return over == "season" and set(between) == {self.season(span.start)}

    def _bounds(self, span, cell):
        found = []
        for step in self.steps[:-1]:
            text = self.leaf(step["up-to"], self.season(span.start), cell[1])
            if text is None:
                found.append(None)
                continue
            wh = int(Decimal(text.split()[0]) * 1000)
            if text.endswith("per day"):
                wh *= (span.end - span.start).days
            elif self.tiers["over"] == "month":
                wh = half_up(wh * span.share())
            found.append(wh)
        return found

    def _margins(self, energy, by_tier):
        """Each tier takes its part of every cell in proportion to what is left there."""
        left, found = [energy[cell] for cell in self.cells], []
        for amount in by_tier[:-1]:
            part = split(amount, left)
            left = [have - took for have, took in zip(left, part, strict=True)]
            found.append(dict(zip(self.cells, part, strict=True)))
        return [*found, dict(zip(self.cells, left, strict=True))]

    def _ladders(self, span, before, bounds):
        """A period climbs by itself; told apart by season it is one period still."""
        found = [dict.fromkeys(self.cells, 0) for _ in self.steps]
        for period in self.periods:
            cells = [cell for cell in self.cells if cell[1] == period]
            prior = sum(one.energy[cell] for one in before for cell in cells)
            parts = fill(sum(span.energy[cell] for cell in cells), prior, bounds[cells[0]])
            left = [span.energy[cell] for cell in cells]
            for tier, amount in enumerate(parts):
                took = split(amount, left)
                left = [have - part for have, part in zip(left, took, strict=True)]
                found[tier] |= dict(zip(cells, took, strict=True))
        return found

    def _in_time_order(self, span, before, bounds):
        found = [dict.fromkeys(self.cells, 0) for _ in self.steps]
        used = sum(sum(one.exact.values()) for one in before)
        for cell, wh in span.slots:
            for tier, part in enumerate(fill(wh, used, bounds)):
                found[tier][cell] += part
            used += wh
        if span.energy != {cell: span.exact[cell] for cell in self.cells}:
            for cell in self.cells:
                for tier, part in enumerate(split(span.energy[cell], [one[cell] for one in found])):
                    found[tier][cell] = part
        return found

    # -- demand, fixed, minimum, tax -----------------------------------------------------------

    def _demand(self, span):
        lines = []
        for i, charge in enumerate(self.charges):
            calendar = charge.get("calendar", self.calendar)
            tree = next(charge[key] for key in ("price", "prices", "steps") if key in charge)
            seasons = self._names(tree) & set(self.seasons)
            by_period = "prices" in charge or bool(self._names(tree) & set(calendar.get("periods", [])))
            for season in [one for one in self.seasons if one in seasons] or [None]:
                chosen = [
                    month for month in range(1, 13)
                    if self._in_months(charge.get("when"), month)
                    and (season is None or self.season(dt.date(2024, month, 1)) == season)
                ]  # fmt: skip
                share = span.share(chosen)
                name = f"{charge['id']} {season}" if season else charge["id"]
                for period in list(calendar.get("periods", {})) or ["all"] if by_period else [None]:
                    watts = [w for (j, p), w in span.maxima.items() if j == i and period in (None, p)]
                    rung = self.leaf(tree, season, period)
                    if share and watts and rung is not None:
                        kind = "demand_tou" if by_period else "demand_flat"
                        lines += self._rungs(kind, name, period, max(watts), rung, share)
        return lines

    def _rungs(self, kind, name, period, watts, ladder, share):
        steps = ladder if isinstance(ladder, list) else [{"price": ladder}]
        tops = [int(Decimal(step["up-to"].split()[0]) * 1000) for step in steps[:-1]]
        for tier, (step, part) in enumerate(zip(steps, fill(watts, 0, tops), strict=True)):
            exact = Fraction(step["price"].split()[0]) * share * 10**10
            price = Decimal(round(exact)).scaleb(-10)  # `round` takes a half to the even
            number = tier + 1 if len(steps) > 1 else None
            yield self.line(kind, name, Decimal(part) / 1000, price, tou=period, tier=number)

    def _in_months(self, when, month):
        return when is None or self.matches(when, dt.date(2024, month, 1))

    def _fixed(self, span):
        lines = []
        for part in self.plain.get("fixed", []):
            price, per = part["price"].split(" ")
            price, per = Decimal(price), per.partition("/")[2]
            chosen = [one for one in span.parts() if self._in_months(part.get("when"), one[0])]
            if per == "day":
                days = sum(one[1] for one in chosen)
                lines += [self.line("fixed", part["id"], Decimal(days), price)] if days else []
                continue
            due, any_due = Decimal(0), False
            for month, days, length, first in chosen:
                if "in" in part:
                    falls = NAMES[month - 1] == part["in"] and first.day == 1
                    due, any_due = due + self.money(price) * falls, any_due or falls
                    continue
                any_due = True
                ends = [Fraction(first.day - 1 + edge, length) for edge in (0, days)]
                ends = [(month - 1 + end) / 12 for end in ends] if per == "year" else ends
                low, high = (self.money(Fraction(price) * end) for end in ends)
                due += high - low
            whole = "in" in part or (per == "month" and [one[1] - one[2] for one in span.parts()] == [0])
            if any_due:
                lines.append(self.line("fixed", part["id"], Decimal(1), price if whole else due, amount=due))
        return lines

    def _minimum(self, span, earlier, lines):
        found = []
        for part in sorted(self.plain.get("minimum", []), key=lambda one: "/month" not in one["price"]):
            counts = part.get("counts", COUNTED)
            counted = [one for one in lines if one.is_of(counts)] + found
            price = Fraction(part["price"].split()[0])
            if part["price"].endswith("month"):
                owed = price * span.share()
            else:
                new_years = [dt.date(span.start.year + more, 1, 1) for more in (0, 1)]
                begin = max(new_years[0], self.valid_from)
                last = dt.date.fromisoformat(self.plain.get("valid_to", "9999-12-30"))
                end = min(new_years[1], last + DAY)
                mine = [one for other, its in earlier if begin <= other.start < end for one in its]
                counted += [one for one in mine if one.is_of(counts) or one.kind == "minimum"]
                owed = price * (end - begin).days / (new_years[1] - new_years[0]).days
                if span.end != end:
                    continue  # nothing is due before the year, or the tariff, ends
            gap = max(self.money(owed) - sum(one.amount for one in counted), Decimal(0))
            found.append(self.line("minimum", part.get("id", "minimum"), Decimal(1), gap, amount=gap))
        return found

    def _taxes(self, lines):
        taxes = self.plain.get("tax", [])
        found = []
        for tax in taxes if isinstance(taxes, list) else [taxes]:
            rate = percent(tax["rate"])
            base = sum((one.amount for one in lines if "of" not in tax or one.is_of(tax["of"])), Decimal(0))
            if tax["included"] == "true":
                inside = self.money(Fraction(base) * Fraction(rate) / Fraction(1 + rate))
                found.append(Line("tax", tax["name"], None, None, inside, Decimal(0), Decimal(0), "tax"))
            else:
                found.append(self.line("tax", tax["name"], base, rate))
        return found
