"""Determinants from sums in memory are those that an engine finds: the bills are the same."""

from drawn import case
from hypothesis import HealthCheck, event, given, settings
from test_rating_reference import compiled, phases, rows_of

from wattloop.library import rating
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.periods import bill_periods
from wattloop.library.rating.measuring import engine
from wattloop.library.rating.measuring.sources import source_of
from wattloop.library.rating.measuring.sums import held, measure_sums
from wattloop.library.rating.run import Job, run_job


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
@given(case())
def test_whatever_the_tariff_bills_from_sums_are_bills_from_a_scan(tmp_path_factory, drawn):
    try:
        tariff = compiled(drawn.plain, tmp_path_factory.mktemp("drawn"))
    except Refused:
        return
    rows = rows_of(drawn.use(), drawn.zone)
    wanted = bill_periods(drawn.start, drawn.end, drawn.bill)
    con = engine.duckdb(threads=1)

    def from_sums():
        job = Job.of(source_of(rows), [tariff], None, wanted, con)
        job.measure = lambda scan, _: measure_sums(scan, held(rows, drawn.slots))
        return run_job(job, None, con).lines

    found = []
    for bill in (from_sums, lambda: rating.rate(rows, tariff, drawn.start, drawn.end, bill=drawn.bill)):
        try:
            found.append(bill().to_pylist())
        except Refused as refused:
            event("refused")
            found.append(refused.what)
    con.disconnect()
    assert found[0] == found[1]
