"""What a tariff's plain document says, read once more: its days, its hours, its prices.

It shares no code with what it checks. A document is the plain values that YAML would give,
prices as text; `reference` makes bills of it.
"""

import datetime as dt
from decimal import Decimal

DAY = dt.timedelta(days=1)
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def words(plain):
    return plain if isinstance(plain, list) else [plain]


def ranged(low, high, at):
    return low <= at <= high if low <= high else at >= low or at <= high


class Document:
    def __init__(self, plain, holidays=frozenset()):
        self.plain, self.holidays = plain, holidays
        self.calendar = plain.get("calendar", {})
        self.periods = list(self.calendar.get("periods", {})) or ["all"]
        self.seasons = self.calendar.get("seasons", {})
        rounding = plain.get("rounding", {})
        self.coin = Decimal(rounding.get("money", {"JPY": "1", "KWD": "0.001"}.get(plain["currency"], "0.01")))
        self.half = rounding.get("half", "up")
        self.step = int(Decimal(rounding.get("energy", "0.001 kWh").split()[0]) * 1000)
        self.valid_from = dt.date.fromisoformat(plain["valid_from"])
        self.tiers = plain.get("tiers")
        self.steps = self.tiers["steps"] if self.tiers else [{}]
        self.by_season = any(self._names(tree) & set(self.seasons) for tree in self._energy_trees())
        self.cells = [
            (season, period)
            for season in (self.seasons if self.by_season else [None])
            for period in self.periods
        ]  # fmt: skip
        self.components = self._components()
        self.charges, self.hours_of = plain.get("demand", []), {}

    # -- reading the document -------------------------------------------------------------

    def _energy_trees(self):
        parts = [self.plain["energy"], *self.plain["energy"].get("components", {}).values(), *self.steps]
        parts += [*self.plain.get("adjustments", []), *self.plain.get("surcharges", [])]
        found = [part[key] for part in parts for key in ("price", "prices", "ratios", "add") if key in part]
        return found + [tree for step in self.steps for tree in step.get("components", {}).values()]

    def _names(self, tree):
        if not isinstance(tree, dict):
            return set()
        return set(tree).union(*(self._names(inner) for inner in tree.values()))

    def matches(self, when, day):
        if isinstance(when, dict):
            return all(self.matches(part, day) for part in when.values())
        return any(self._word(word, day) for word in words(when))

    def _word(self, word, day):
        off = day.weekday() >= 5
        groups = {"always": True, "weekdays": not off, "weekend": off, "holidays": day in self.holidays}
        groups |= {"days-off": off or day in self.holidays, "working-days": not off and day not in self.holidays}
        if word in groups:
            return groups[word]
        if word in self.seasons:
            return self.season(day) == word
        if word[0].isdigit():
            ends = word.split("..")
            at = day.isoformat() if len(ends[0]) == 10 else f"{day:%m-%d}"
            return ranged(ends[0], ends[-1], at)
        ends = word.split("-")
        names, at = (NAMES, day.month - 1) if ends[0] in NAMES else (WEEK, day.weekday())
        return ranged(names.index(ends[0]), names.index(ends[-1]), at)

    def season(self, day):
        named = [name for name, when in self.seasons.items() if when != "rest" and self.matches(when, day)]
        return (named or [name for name, when in self.seasons.items() if when == "rest"] or [None])[0]

    def hours(self, calendar, day):
        """The period of each five minutes of a local day."""
        if "days" not in calendar:
            return [next(iter(calendar.get("periods", ["all"])))] * 288
        rule = next(rule for rule in calendar["days"] if self.matches(rule["when"], day))
        found = [rule.get("rest")] * 288
        for period, ranges in rule.items():
            for text in words(ranges) if period not in ("when", "rest") else ():
                low, high = (int(clock[:2]) * 12 + int(clock[3:]) // 5 for clock in text.split("-"))
                for step in range(low, high) if low < high else [*range(low, 288), *range(high)]:
                    found[step] = period
        return found

    def leaf(self, tree, season, period):
        while isinstance(tree, dict):
            tree = tree.get(season, tree.get(period))
        return tree

    def row(self, tree):
        return {cell: Decimal(str(self.leaf(tree, *cell)).split()[0]) for cell in self.cells}

    def _components(self):
        energy, made = self.plain["energy"], {}
        parts = [(name, part, part.get("kind", "energy")) for name, part in energy.get("components", {}).items()]
        parts = parts or [("energy", energy, "energy")]
        parts += [(p["id"], p, "adjustment") for p in self.plain.get("adjustments", []) if "rate" not in p]
        parts += [(p["id"], p, "surcharge") for p in self.plain.get("surcharges", []) if "rate" not in p]
        for name, part, kind in parts:
            tree = part["price"] if "price" in part else part["prices"]
            row, floats = self.row(tree), part.get("floats") == "true"
            if floats:
                row = {cell: price * self.row(energy["ratios"])[cell] for cell, price in row.items()}
            made[name] = [kind, isinstance(tree, dict) or floats, False, [dict(row) for _ in self.steps]]
        for at, step in enumerate(self.steps):
            other = dict(step.get("components", {}))
            if "price" in step or "prices" in step:
                other["energy"] = step.get("price", step.get("prices"))
            for name, tree in other.items():
                made[name][3][at] = self.row(tree)
                made[name][1:3] = [made[name][1] or isinstance(tree, dict), True]
            if "add" in step:
                folded = self.tiers["pooling"] != "after-time-of-use" and "energy" in made
                name = "energy" if folded else "tier"
                zeros = [dict.fromkeys(self.cells, Decimal(0)) for _ in self.steps]
                one = made.setdefault(name, ["surcharge", False, False, zeros])
                for cell, more in self.row(step["add"]).items():
                    one[3][at][cell] += more
                one[1:3] = [one[1] or isinstance(step["add"], dict), True]
        return made
