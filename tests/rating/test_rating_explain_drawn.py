"""Tariffs and readings of every sort, drawn at random: every bill is explained, and every explanation verifies."""

import datetime as dt
import json
from fractions import Fraction

from cut import two_owners
from drawn import case, tariff
from held import is_held_back
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st
from test_rating_reference import compiled, rows_of

from wattloop.library import rating, tariffs
from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.explanation import words
from wattloop.library.rating.explanation.formulas import evaluate

phases = (Phase.explicit, Phase.reuse, Phase.generate)
few = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
COLUMNS = ("segment", "kind", "component", "tou", "tier", "quantity", "unit", "price", "amount", "source")


def explained(rows, known, start, end, **how):
    """The bills of P0, or None where the run refuses them or holds one back, which is then not explained either."""
    try:
        run = rating.run(rows, known, start, end, **how)
    except Refused as refused:
        event(f"refused: {refused.what[:50]}")
        return None
    if is_held_back(run, "P0", lambda: rating.explain(rows, known, start, end, agreement="P0", **how)):
        return None
    lines = run.lines.to_pylist()
    bills = rating.explain(rows, known, start, end, agreement="P0", **how)
    assert bills
    mine = [row for row in lines if row["agreement"] == "P0"]
    assert [
        (line.number, bill.start, f"{line.clause['tariff']}#{line.clause['path']}",
         *(getattr(line, name) for name in COLUMNS))
        for bill in bills for line in bill.lines
    ] == [
        (row["line"], row["period_start"], row["clause"], *(row[name] for name in COLUMNS)) for row in mine
    ]  # fmt: skip
    return bills


def check(bills):
    """Formulas come to their amounts, sentences hold them, and the file verifies."""
    for bill in bills:
        for line in bill.lines:
            assert evaluate(line.formula) == Fraction(line.amount), line
            if line.contained is not None:
                assert evaluate(line.contained) == Fraction(line.quantity), line
            for language in words.LANGUAGES:
                nothing = {"zh": "不另加收", "en": "nothing is added"}[language]
                told = nothing if line.contained else words.amount(line.amount)
                assert told in line.sentence[language], line
                assert not line.contained or not line.amount
                assert line.why[language]
        found = rating.verify(json.loads(json.dumps(bill.to_json())))
        assert found.differences == []


@few
@given(case())
def test_explanations_say_what_was_billed_and_verify(tmp_path_factory, drawn):
    try:
        made = compiled(drawn.plain, tmp_path_factory.getbasetemp())
    except tariffs.TariffRefused as refused:
        event(f"no tariff: {refused.problems[0].what[:40]}")
        return
    bills = explained(rows_of(drawn.use(), drawn.zone), [made], drawn.start, drawn.end, bill=drawn.bill)
    if bills is not None:
        check(bills)


@few
@given(case())
def test_a_bill_cut_in_the_middle_explains_the_differences_of_its_totals(tmp_path_factory, drawn):
    """The same rules under a new owner: the bill is cut, and comes to the same."""
    try:
        made = compiled(drawn.plain, tmp_path_factory.getbasetemp())
    except tariffs.TariffRefused:
        return
    middle = drawn.start + dt.timedelta(days=max(1, (drawn.end - drawn.start).days // 3))
    if middle >= drawn.end:
        return
    rows, span = rows_of(drawn.use(), drawn.zone), (drawn.start, drawn.end)
    bills = explained(rows, [made], *span, bill=drawn.bill, agreements=two_owners("P0", "t", middle))
    if bills is not None:
        check(bills)
        [cut] = [bill for bill in bills if bill.start <= middle < bill.end]
        assert [one.start for one in cut.segments] == ([cut.start, middle] if middle > cut.start else [middle])
        changed = [one["what"] for segment in cut.segments for one in segment.changed]
        assert changed == (["customer"] if middle > cut.start else [])


@few
@given(case(), st.data())
def test_a_bill_under_one_tariff_and_then_another_is_explained_under_both(tmp_path_factory, drawn, data):
    other = data.draw(tariff(minutes=1440 // drawn.slots, zone=drawn.plain.get("calendar", {}).get("zone")))
    assume(other["currency"] == drawn.plain["currency"])
    try:
        known = [compiled(one, tmp_path_factory.getbasetemp()) for one in (drawn.plain, other | {"id": "u"})]
    except tariffs.TariffRefused:
        return
    middle = drawn.start + (drawn.end - drawn.start) // 2
    made = two_owners("P0", ["t", "u"], middle)
    bills = explained(rows_of(drawn.use(), drawn.zone), known, drawn.start, drawn.end, bill=drawn.bill, agreements=made)
    if bills is not None:
        check(bills)
