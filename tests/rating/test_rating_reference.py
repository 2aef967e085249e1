"""Tariffs and readings of every sort, drawn at random: every line is what the slow reference works out, to the unit."""

from decimal import Decimal

import numpy as np
from drawn import HOLIDAYS, case
from hypothesis import HealthCheck, Phase, event, given, settings
from reference import Biller
from reference_readings import Unpriceable

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix, with_zone
from wattloop.library.quantity.refusal import Refused

# A drawing prints small as it is, and takes a second to work out: not shrunk.
phases = (Phase.explicit, Phase.reuse, Phase.generate)
few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)


def rows_of(use, zone):
    names = [point for point, days in use.items() for _ in days]
    days = np.array([day for its in use.values() for day in its], "datetime64[D]")
    rows = from_matrix(names, days, np.array([row for its in use.values() for row in its.values()], np.int32))
    east = {"UTC": 0, "Asia/Shanghai": 480}.get(zone, 0)
    return with_zone(rows, zone, east) if zone else rows


def compiled(plain, folder):
    """The tariff, its holidays in a file beside it."""
    text = {year: sorted(day for day in HOLIDAYS if day.year == year) for year in (2024, 2026)}
    file = folder / "holidays.yaml"
    years = ", ".join(
        f"{year}: {{holidays: {{{', '.join(f'{day}: x' for day in days)}}}}}" for year, days in text.items()
    )
    file.write_text(f"country: none\nyears: {{{years}}}\n")

    def put(part):
        if isinstance(part, dict):
            return {k: str(file) if (k, v) == ("holidays", "HOLIDAYS") else put(v) for k, v in part.items()}
        return [put(one) for one in part] if isinstance(part, list) else part

    return tariffs.from_plain(put(plain))


def both_ways(drawn, folder):
    """(lines as rated, lines as the reference has them), each None where it was refused."""
    made, use = compiled(drawn.plain, folder), drawn.use()
    try:
        lines = rating.rate(rows_of(use, drawn.zone), made, drawn.start, drawn.end, bill=drawn.bill).to_pylist()
    except Refused as refused:
        event(f"refused: {refused.what[:50]}")
        lines = None
    try:
        slow = Biller(drawn.plain, HOLIDAYS).bills(
            use, drawn.start, drawn.end, slots=drawn.slots, zone=drawn.zone, whole=drawn.bill == "span"
        )
    except Unpriceable:
        return lines, None
    wanted = {
        key: [(o.kind, o.component, o.tou, o.tier, o.quantity, o.price, o.amount) for o in its]
        for key, its in slow.items()
    }
    if lines is None:
        return None, wanted
    found = {key: [] for key in wanted}
    for row in lines:
        columns = ("kind", "component", "tou", "tier", "quantity", "price", "amount")
        found.setdefault((row["agreement"], row["period_start"]), []).append(tuple(row[name] for name in columns))
    return found, wanted


def said(bill):
    """Lines that say something, in an order of their own; a minimum's price holds what its amount rounds away."""
    kept = [one if one[0] != "minimum" else (*one[:5], None, one[6]) for one in bill if one[4] or one[6]]
    return sorted((one for one in kept if one[0] != "minimum" or one[6]), key=str)


@few
@given(case())
def test_every_line_is_what_the_reference_works_out(tmp_path_factory, drawn):
    try:
        found, wanted = both_ways(drawn, tmp_path_factory.getbasetemp())
    except tariffs.TariffRefused as refused:
        event(f"no tariff: {refused.problems[0].what[:40]}")
        return
    if found is None or wanted is None:
        assert found == wanted
        return
    assert found.keys() == wanted.keys()
    for key, its in wanted.items():
        assert said(found[key]) == said(its)
        assert sum(one[6] for one in found[key]) == sum((one[6] for one in its), Decimal(0))
