"""A tariff file with other hours or prices: what changes is changed, and not a letter more."""

import datetime as dt
import difflib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.example import ENTERPRISE
from wattloop.library import tariffs
from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.day_rules import day_types, deciding_rules
from wattloop.library.tariffs.positions import read_plain
from wattloop.library.tariffs.problems import Findings
from wattloop.library.tariffs.redrawing import Redrawing, knobs, redrawn_plain, redrawn_text, stretches

FILES = sorted((ENTERPRISE / "tariffs").glob("*.yaml"))
SINGLE = ENTERPRISE / "tariffs" / "commercial-single-part.yaml"


def read(path):
    text = path.read_text(encoding="utf-8")
    return text, read_plain(text, Findings())


def day_of(path, plain, rule):
    return stretches(plain["calendar"]["days"][rule], tariffs.load_versions(path)[0].document.calendar.days[rule].hours)


def changed_lines(before, after):
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in found if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_redrawn_as_it_is_stays_letter_by_letter(path):
    text, plain = read(path)
    rules = range(len((plain.get("calendar") or {}).get("days") or []))
    same = Redrawing({n: day_of(path, plain, n) for n in rules}, {knob.path: knob.value for knob in knobs(plain)})
    assert redrawn_text(text, plain, same, {}) == text
    assert redrawn_plain(plain, same) == plain


def test_only_the_rule_and_the_ratio_that_change_are_written_anew_and_comments_stay():
    text, plain = read(SINGLE)
    day = ((0, "valley"), (84, "flat"), (132, "peak"), (144, "flat"), (180, "peak"), (252, "flat"), (276, "valley"))
    made = redrawn_text(text, plain, Redrawing({0: day}, {("energy", "ratios", "peak"): Decimal("1.7")}), {})
    assert changed_lines(text, made) == [
        "-    - {when: always, peak: [10:00-12:00, 15:00-21:00], valley: 23:00-07:00, rest: flat}",
        "+    - {when: always, peak: [11:00-12:00, 15:00-21:00], valley: 23:00-07:00, rest: flat}",
        "-  ratios: {peak: 1.6, flat: 1, valley: 0.4}        # of the floating part",
        "+  ratios: {peak: 1.7, flat: 1, valley: 0.4}        # of the floating part",
    ]


def test_examples_get_the_amounts_of_the_new_prices_and_say_so():
    text, plain = read(SINGLE)
    made = redrawn_text(text, plain, Redrawing(), {("examples", 0, "expect", "total"): Decimal("2300.00")})
    assert changed_lines(text, made) == [
        "-  # Floating part 0.6342: 1,014.72 + 951.30 + 126.84; system 86.40; funds 81.30.",
        "+  # Amounts computed from the changed prices; work them out by hand.",
        "-    expect: {total: 2260.56}",
        "+    expect: {total: 2300.00}",
    ]
    assert redrawn_text(text, plain, Redrawing(), {("examples", 0, "expect", "total"): Decimal("2260.56")}) == text


def test_examples_of_earlier_months_move_to_the_same_month_of_a_later_year():
    def months(first):
        made = redrawn_plain({**plain, "valid_from": "2025-01-01"}, Redrawing(valid_from=first))
        return [example["given"]["month"] for example in made["examples"]]

    _, plain = read(ENTERPRISE / "tariffs" / "industrial-demand.yaml")
    assert months(dt.date(2026, 7, 1)) == ["2026-10", "2026-07", "2027-06", "2026-10"]
    assert months(dt.date(2026, 7, 2)) == ["2026-10", "2027-07", "2027-06", "2026-10"]
    assert months(dt.date(2027, 11, 1)) == ["2028-10", "2028-07", "2028-06", "2028-10"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_drawn_reads_back_as_it_was_drawn(data):
    path = data.draw(st.sampled_from([path for path in FILES if "days:" in path.read_text(encoding="utf-8")]))
    text, plain = read(path)
    periods = list(plain["calendar"]["periods"])
    rule = data.draw(st.integers(0, len(plain["calendar"]["days"]) - 1))
    starts = [0, *data.draw(st.sets(st.integers(1, 287), max_size=12).map(sorted))]
    day = tuple((at, data.draw(st.sampled_from(periods))) for at in starts)
    prices = {knob.path: data.draw(st.decimals(0, 9, places=4)) for knob in knobs(plain) if data.draw(st.booleans())}
    drawn = Redrawing({rule: day}, prices, dt.date(2026, 12, 1))
    made = redrawn_text(text, plain, drawn, {})
    again = read_plain(made, findings := Findings())
    assert not findings.problems
    assert again == redrawn_plain(plain, drawn)
    from wattloop.library.tariffs.document_calendar import DayRule

    read_back = DayRule.model_validate(again["calendar"]["days"][rule])
    told = stretches(again["calendar"]["days"][rule], read_back.hours)
    assert told == tuple(one for at, one in enumerate(day) if at == 0 or day[at - 1][1] != one[1])
    assert made.count("\n  #") == text.count("\n  #")


def test_prices_by_date_keep_those_that_still_hold():
    plain = {
        "valid_from": "2026-01-01",
        "energy": {"price": {"2026-01": Decimal("0.39"), "2026-02": Decimal("0.40"), "2026-04": Decimal("0.41")}},
    }
    made = redrawn_plain(plain, Redrawing(valid_from=dt.date(2026, 3, 1)))
    assert made["energy"]["price"] == {"2026-03": Decimal("0.40"), "2026-04": Decimal("0.41")}
    assert redrawn_plain(plain, Redrawing(valid_from=dt.date(2026, 1, 15)))["energy"] == plain["energy"]
    assert not knobs(plain)


def test_what_does_not_hold_together_is_refused():
    _, plain = read(SINGLE)
    for day in (((12, "peak"),), ((0, "peak"), (24, "flat"), (24, "valley")), ((0, "peak"), (288, "flat")), ()):
        with pytest.raises(Refused):
            redrawn_plain(plain, Redrawing({0: day}))
    with pytest.raises(Refused, match="no rule 2"):
        redrawn_plain(plain, Redrawing({1: ((0, "peak"),)}))
    with pytest.raises(Refused, match="no price"):
        redrawn_plain(plain, Redrawing(prices={("energy", "ratios", "noon"): Decimal(1)}))


def test_each_day_is_of_the_type_of_the_rule_that_decides_it():
    two_part = tariffs.load(ENTERPRISE / "tariffs" / "industrial-two-part-10kv.yaml", on=dt.date(2026, 10, 1))
    first, rest = day_types(two_part, dt.date(2026, 10, 1), dt.date(2026, 11, 1))
    assert (first.rule, len(first.days), first.days[-1]) == (0, 7, dt.date(2026, 10, 7))
    assert (rest.rule, len(rest.days)) == (3, 24)
    demand = tariffs.load(ENTERPRISE / "tariffs" / "industrial-demand.yaml")
    hot = deciding_rules(demand, dt.date(2026, 6, 1), dt.date(2026, 7, 1)).tolist()
    assert [day + 1 for day, rule in enumerate(hot) if rule == 0] == [27, 28]
    with pytest.raises(Refused, match="decided from"):
        day_types(two_part, dt.date(2040, 1, 1), dt.date(2040, 2, 1))


def test_a_tariff_without_hours_has_one_type_of_day():
    flat = tariffs.load(ENTERPRISE / "tariffs" / "residential-shared.yaml")
    [only] = day_types(flat, dt.date(2026, 2, 1), dt.date(2026, 3, 1))
    assert (only.rule, len(only.days)) == (0, 28)
