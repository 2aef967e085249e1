"""A what-if of capacity, contracts, power factor, several points, registers: to the cent what a run bills."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from agreed import documents, tariff
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from test_rating_explain_drawn import phases
from test_rating_explain_settlement_drawn import APR, CALENDAR, JUN, LIGHT, agreement, counted, seeds, works
from test_rating_registers import HEAD, row
from test_rating_what_if import amounts, totals

from wattloop.library import rating, readings
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.exceptions import NOT_HELD

PLAIN = tariff("plain", calendar=CALENDAR, energy={"prices": {"peak": "0.9", "flat": "0.6", "valley": "0.3"}})


def under(agreements, name):
    """The same agreements, had they all agreed on one tariff."""
    versions = agreements.versions
    named = pa.array([name] * len(versions.start))
    return replace(agreements, versions=replace(versions, tariff=named))


def once(rows, tried, made, bill):
    """What a run bills each agreement; None for one of whom any bill is held back."""
    found = rating.run(rows, [tried, LIGHT], APR, JUN, agreements=under(made, tried.id), bill=bill)
    held = {e["agreement"] for e in found.exceptions.to_pylist() if e["what"] not in NOT_HELD}
    return {name: None if name in held else total for name, total in totals(found.lines).items()} | dict.fromkeys(held)


def lake_of(folder, rows):
    """A lake with all of those rows, and a point more that only registers know."""
    lake = readings.open_lake(folder / "lake", "Asia/Shanghai")
    for number, channel in enumerate(rows["channel"].unique().to_pylist()):
        mine = rows.filter(pa.compute.equal(rows["channel"], channel)).drop_columns(["channel"])
        file = folder / f"{number}.parquet"
        pq.write_table(mine, file)
        readings.import_file(lake, file, channel=channel)
    spans = (("2026-04-01", "2026-05-01"), ("2026-05-01", "2026-06-01"))
    counters = {"active_in": (0, 700, 1500), "active_in:peak": (0, 300, 500), "active_in:valley": (0, 90, 210),
                "reactive_in": (0, 450, 777), "demand": ("", 21, 34)}  # fmt: skip
    told = [
        row(name, "" if name == "demand" else stands[at], stands[at + 1], point="R", start=start, end=end)
        for name, stands in counters.items()
        for at, (start, end) in enumerate(spans)
    ]
    (folder / "registers.csv").write_text("\n".join([HEAD, *told]) + "\n", encoding="utf-8")
    readings.import_file(lake, folder / "registers.csv")
    return lake


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
@given(works(), works(), agreement(), seeds, st.sampled_from([300, 60_000]), st.sampled_from(["month", "span"]))
def test_what_every_charge_comes_to_under_other_tariffs_is_what_a_run_bills(one, other, text, seed, largest, bill):
    other = replace(other, id="other")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        by_register = text.replace("P1", "R").replace('"0102"', '"R"').splitlines()
        alone = [line for line in by_register if not line.startswith("points")]
        listed = [text.splitlines(), [alone[0], "points: [{point: R, source: registers}]", *alone[1:]]]
        agreed = documents(folder, "".join("- " + "\n  ".join(lines) + "\n" for lines in listed))
        lake = lake_of(folder, counted(seed, largest))
        tried = [one, other, PLAIN]
        try:
            billed = {t.id: once(lake, t, agreed, bill) for t in tried}
        except Refused as refused:
            event(f"refused: {refused.what[:50]}")
            return
        found = rating.what_if(lake, tried, APR, JUN, agreements=agreed, current=[one, LIGHT], bill=bill)
    for name, expected in billed.items():
        assert amounts(found, name) == {"0102": None, "R": None} | expected
