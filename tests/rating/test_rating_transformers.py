"""Which transformers are billed: their states day by day, interlocks, and what a suspension saves."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from basic import lines, month, run, tariff, terms, total
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.rating.agreements.model import ALWAYS, Transformer
from wattloop.library.rating.agreements.table import from_table

JUN, JUL = month(2015, 6)
IN_FULL = {"shorter-than": "15 days", "charged": "full"}
HALF = {"charged": "half", "within": "2 years of service"}


def day(text):
    return int(np.datetime64(text, "D").astype(int))


def transformer(name, kva, *states, interlock=None):
    """States as day and word; one that is given none has always run."""
    told = tuple((day(since), state) for since, state in states) or ((ALWAYS, "running"),)
    return Transformer(name, kva * 1000, told, interlock)


def works(*transformers, **told):
    """One agreement whose capacity follows from its transformers."""
    return replace(from_table(terms((dt.date(2010, 1, 1), told))), transformers={0: transformers})


def priced(price, *rules, **more):
    return tariff(demand={"by-capacity": {"price": price}, "suspension": list(rules), **more})


def test_V09a_of_two_interlocked_transformers_the_larger_counts_beside_the_third():
    # As printed, no. 1 would be of 1,500 kVA, with which 24,900 cannot come out: it is no. 1 of 500 kVA.
    owned = works(transformer("1", 500, interlock="primary"), transformer("2", 630, interlock="primary"),
                  transformer("3", 200))  # fmt: skip
    assert lines(run(priced(30), JUN, JUL, owned), "capacity") == [("by-capacity", None, 830, Decimal("24900.00"))]


def test_V09c_a_suspension_of_eleven_days_saves_nothing():
    sealed = transformer("1", 315, ("2014-01-01", "running"), ("2015-06-05", "sealed"), ("2015-06-16", "running"))
    owned = works(sealed, transformer("2", 500))
    assert lines(run(priced(28, IN_FULL), JUN, JUL, owned), "capacity") == [
        ("by-capacity", None, 815, Decimal("22820.00"))
    ]
    # Without the rule the eleven days cost 500 kVA alone.
    assert total(run(priced(28), JUN, JUL, owned), "capacity") == Decimal("22820.00") - 315 * 28 * 11 / Decimal(30)


@pytest.mark.parametrize("proration", ["thirtieths", "calendar-days"])
def test_V09f_a_new_transformer_sealed_in_june_is_charged_half_by_the_old_rule_and_not_at_all_since_2016(proration):
    first = transformer("1", 1000, ("2015-03-01", "running"), ("2015-06-11", "sealed"))
    owned = works(first, transformer("2", 630, ("2015-03-01", "running")))
    old = run(priced(15, IN_FULL, HALF, proration=proration), JUN, JUL, owned)
    assert total(old, "capacity") == Decimal("19450.00")
    assert [quantity for _, _, quantity, _ in lines(old, "capacity")] == [1630, 1130]
    assert total(run(priced(15, IN_FULL, proration=proration), JUN, JUL, owned), "capacity") == Decimal("14450.00")


def test_a_suspension_of_fifteen_days_is_not_shorter_than_fifteen():
    for back, amount in (("2015-06-15", 3000), ("2015-06-16", 1500)):
        owned = works(transformer("1", 100, ("2014-01-01", "running"), ("2015-06-01", "sealed"), (back, "running")))
        assert total(run(priced(30, IN_FULL), JUN, JUL, owned), "capacity") == amount


@pytest.mark.parametrize(
    ("state", "kva"), [("running", 100), ("hot-standby", 100), ("cold-standby", 100), ("sealed", 0)]
)
def test_only_a_seal_ends_the_charge(state, kva):
    owned = works(transformer("1", 100, ("2014-01-01", "running"), ("2015-01-01", state)))
    assert [quantity for _, _, quantity, _ in lines(run(priced(30), JUN, JUL, owned), "capacity")] == [kva]


def test_two_years_of_service_end_inside_a_month():
    owned = works(transformer("1", 100, ("2013-06-16", "running"), ("2015-01-01", "sealed")))
    found = run(priced(30, HALF), JUN, JUL, owned)
    assert [(quantity, amount) for _, _, quantity, amount in lines(found, "capacity")] == [(50, 750), (0, 0)]


def test_a_rule_holds_from_the_day_on_which_its_version_of_the_tariff_does():
    parts = {"id": "t", "currency": "CNY", "energy": {"price": "0.25"}}
    old = tariff(**parts, valid_to="2015-06-15", demand={"by-capacity": {"price": 30}, "suspension": HALF})
    new = tariff(**parts, valid_from="2015-06-16", demand={"by-capacity": {"price": 30}})
    owned = works(transformer("1", 100, ("2015-01-01", "running"), ("2015-05-01", "sealed")))
    assert total(run([old, new], JUN, JUL, owned), "capacity") == 750


def test_what_has_never_run_is_not_suspended():
    owned = works(transformer("1", 100, ("2015-06-01", "sealed"), ("2015-06-11", "running")))
    assert total(run(priced(30, IN_FULL), JUN, JUL, owned), "capacity") == 2000


def test_interlocked_ones_count_as_long_as_either_is_billed():
    big = transformer("1", 630, ("2014-01-01", "running"), ("2015-06-01", "sealed"), interlock="bus")
    owned = works(big, transformer("2", 315, interlock="bus"))
    assert [quantity for _, _, quantity, _ in lines(run(priced(30), JUN, JUL, owned), "capacity")] == [315]


STATES = st.sampled_from(["running", "hot-standby", "cold-standby"])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(2, 30), STATES), max_size=4, unique_by=lambda s: s[0]).map(sorted),
    st.sampled_from(["thirtieths", "calendar-days"]),
)
def test_changes_of_state_that_change_no_capacity_change_no_total(changes, way):
    turns = tuple((f"2015-06-{d:02d}", state) for d, state in changes)
    owned = works(transformer("1", 315, ("2014-01-01", "running"), *turns))
    assert total(run(priced("23.37", proration=way), JUN, JUL, owned), "capacity") == Decimal("7361.55")
