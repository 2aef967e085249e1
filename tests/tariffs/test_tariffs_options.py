"""What an agreement's own terms change of a tariff: market, class, voltage, options that it has."""

import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pytest

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.rating.examples import check_examples
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.show import show
from wattloop.library.tariffs.show_facts import overview

BASE = """\
id: x
name: X
valid_from: 2026-01-01
currency: CNY
calendar:
  zone: Asia/Shanghai
  periods: {peak: 峰, flat: 平, valley: 谷}
  days: [{when: always, peak: 08:00-12:00, valley: 00:00-08:00, rest: flat}]
energy:
  components:
    purchase: {zh: 上网电价, price: 0.4, floats: true}
    funds: {price: 0.027, kind: surcharge}
  ratios: {peak: 1.6, flat: 1, valley: 0.4}
tiers:
  over: month
  pooling: after-time-of-use
  steps: [{up-to: 100 kWh}, {add: {peak: 0.06, flat: 0.05, valley: 0.03}}]
demand:
  - {id: maximum, price: 36 CNY/kW/month}
  - {id: by-period, prices: {peak: 12 CNY/kW/month, flat: 0, valley: 0}}
fixed: [{id: meter, price: 10 CNY/month}]
surcharges: [{id: share, rate: 2 %, of: [energy]}]
tax: {vat: 13 %, included: true}
"""
HEAD = BASE.count("\n")  # `options:` and the options are the lines after these


def written(tmp_path, options, base=BASE):
    path = tmp_path / "t.yaml"
    path.write_text(base + "options:\n" + "".join(f"  - {option}\n" for option in options), encoding="utf-8")
    return path


def loaded(tmp_path, *options, base=BASE):
    return tariffs.load(written(tmp_path, options, base))


DIRECT = "{zh: 直接交易, when: {market: direct}, time-of-use: false, priced-as: flat, without: [by-period]}"
SHARED = "{when: {option: shared-meter}, tiers: false}"
INTENSIVE = "{when: {option: energy-intensive, market: [agency-purchase, left]}, factors: {purchase: 1.5}}"


def component(tariff, name):
    return next(one for one in tariff.components if one.name == name)


def test_an_agreement_without_the_terms_has_the_tariff_itself(tmp_path):
    tariff = loaded(tmp_path, DIRECT, SHARED, INTENSIVE)
    assert tariffs.variant(tariff, {}) is tariff
    assert tariffs.variant(tariff, {"market": "agency-purchase", "class": "residential"}) is tariff
    assert tariffs.variant(tariff, {"option": "energy-intensive"}) is tariff  # the market is not known


def test_without_time_of_use_every_hour_costs_what_the_named_period_does(tmp_path):
    direct = tariffs.variant(loaded(tmp_path, DIRECT), {"market": "direct"})
    assert direct.calendar.periods == ("flat",)
    assert set(direct.calendar.patterns.ravel().tolist()) == {0}
    assert component(direct, "purchase").prices == ((Decimal("0.4"),),)
    assert component(direct, "tier").prices == ((0,), (Decimal("0.05"),))
    assert [one.name for one in direct.demand] == ["maximum"]
    assert (direct.id, direct.valid_from, direct.applied) == ("x", dt.date(2026, 1, 1), (0,))
    assert [one.clause for one in direct.components] == [
        "energy.components.purchase", "energy.components.funds", "tiers.steps",
    ]  # fmt: skip


def test_without_tiers_all_energy_costs_what_the_first_tier_does(tmp_path):
    shared = tariffs.variant(loaded(tmp_path, SHARED), {"option": frozenset({"shared-meter", "other"})})
    assert shared.tiers is None
    assert [one.name for one in shared.components] == ["purchase", "funds"]
    assert not any(one.by_tier for one in shared.components)


def test_a_factor_multiplies_its_component_in_every_period_exactly_and_no_other(tmp_path):
    tariff = loaded(tmp_path, INTENSIVE)
    found = tariffs.variant(tariff, {"option": "energy-intensive", "market": "left"})
    assert component(found, "purchase").prices[0] == (Decimal("0.96"), Decimal("0.6"), Decimal("0.24"))
    assert component(found, "funds") == component(tariff, "funds")


def test_a_price_of_its_own_takes_the_place_of_the_components(tmp_path):
    option = "{when: {class: residential}, time-of-use: false, priced-as: flat, tiers: false, without: [by-period], "
    tariff = loaded(tmp_path, option + "prices: {purchase: 0.641}, factors: {purchase: 2}}")
    found = tariffs.variant(tariff, {"class": "residential"})
    assert component(found, "purchase").prices == ((Decimal("1.282"),),)


def test_a_price_of_an_option_may_be_dated_and_come_from_a_list(tmp_path):
    (tmp_path / "prices.yaml").write_text(
        "name: p\nitems: {shared: {unit: CNY/kWh, price: {2026-01-01: 0.5, 2026-07-01: 0.6}}}\n", encoding="utf-8"
    )
    options = [
        "{when: {option: shared}, prices: {purchase: {list: prices.yaml, item: shared}}}",
        "{when: {option: other}, prices: {funds: {2026-01-01: 0.1, 2026-10-01: 0.2}}}",
    ]
    found = tariffs.load_versions(written(tmp_path, options))
    assert [one.valid_from.month for one in found] == [1, 7, 10]
    shared = [component(tariffs.variant(one, {"option": "shared"}), "purchase").prices[0][0] for one in found]
    assert shared == [Decimal("0.5"), Decimal("0.6"), Decimal("0.6")]
    other = [component(tariffs.variant(one, {"option": "other"}), "funds").prices[0][0] for one in found]
    assert other == [Decimal("0.1"), Decimal("0.1"), Decimal("0.2")]


def test_charges_are_left_out_by_their_names(tmp_path):
    tariff = loaded(tmp_path, "{when: {voltage: 35kV}, without: [funds, maximum, meter, share, vat]}")
    found = tariffs.variant(tariff, {"voltage": "35kV"})
    assert [one.name for one in found.components] == ["purchase", "tier"]
    assert [one.name for one in found.demand] == ["by-period"]
    assert (found.fixed, found.percentages, found.taxes) == ((), (), ())


def test_options_that_hold_together_are_all_applied_and_the_variant_is_made_once(tmp_path):
    tariff = loaded(tmp_path, DIRECT, SHARED, "{when: {option: energy-intensive}, factors: {purchase: 1.5}}")
    terms = {"market": "direct", "option": {"shared-meter", "energy-intensive"}}
    found = tariffs.variant(tariff, terms)
    assert found.applied == (0, 1, 2)
    assert component(found, "purchase").prices == ((Decimal("0.6"),),)
    assert found.tiers is None
    assert tariffs.variant(tariff, dict(reversed(terms.items()))) is found


def test_options_of_their_own_prices_and_of_no_time_of_use_go_together_in_any_order(tmp_path):
    own = "{when: {option: own}, prices: {purchase: {peak: 3, flat: 2, valley: 1}}}"
    terms = {"market": "direct", "option": "own"}
    for options in ((DIRECT, own), (own, DIRECT)):
        assert component(tariffs.variant(loaded(tmp_path, *options), terms), "purchase").prices == ((2,),)


def test_a_variant_is_not_varied_again_and_a_term_of_another_name_is_a_slip(tmp_path):
    tariff = loaded(tmp_path, SHARED)
    found = tariffs.variant(tariff, {"option": "shared-meter"})
    with pytest.raises(ValueError, match="applied already"):
        tariffs.variant(found, {"option": "shared-meter"})
    with pytest.raises(ValueError, match="not status"):
        tariffs.variant(tariff, {"status": "direct"})


def test_a_variant_at_any_time_keeps_its_options(tmp_path):
    found = tariffs.variant(loaded(tmp_path, SHARED), {"option": "shared-meter"})
    whenever = tariffs.at_any_time(found)
    assert (whenever.valid_from, whenever.applied, whenever.tiers) == (None, (0,), None)


def test_a_version_that_ends_earlier_makes_variants_that_end_with_it(tmp_path):
    first = loaded(tmp_path, SHARED)
    tariffs.variant(first, {"option": "shared-meter"})
    second = loaded(tmp_path, SHARED, base=BASE.replace("2026-01-01", "2026-07-01"))
    before, _ = tariffs.versions([first, second])["x"]
    assert tariffs.variant(before, {"option": "shared-meter"}).valid_to == dt.date(2026, 6, 30)


def test_seasons_told_apart_stay_so_without_time_of_use(tmp_path):
    base = BASE.replace("  periods:", "  seasons: {summer: Jun-Sep, winter: rest}\n  periods:").replace(
        "price: 0.027", "prices: {summer: 0.02, winter: 0.03}"
    )
    direct = tariffs.variant(loaded(tmp_path, DIRECT, base=base), {"market": "direct"})
    assert direct.calendar.periods == ("summer flat", "winter flat")
    assert component(direct, "funds").prices[0] == (Decimal("0.02"), Decimal("0.03"))
    assert len(direct.tiers.ladders) == 2
    july, january = ((dt.date(2026, month, 9) - direct.calendar.first_day).days for month in (7, 1))
    patterns = direct.calendar.patterns[direct.calendar.pattern_of_day]
    assert set(patterns[july].tolist()) == {0}
    assert set(patterns[january].tolist()) == {1}


def test_a_variant_bills_what_it_says(tmp_path):
    base = BASE[: BASE.index("demand:")]
    tariff = loaded(tmp_path, "{when: {market: direct}, time-of-use: false, priced-as: flat, tiers: false}", base=base)
    direct = tariffs.variant(tariff, {"market": "direct"})
    rows = from_matrix(["P"] * 31, np.arange("2026-10-01", "2026-11-01", dtype="datetime64[D]"),
                       np.full((31, 24), 1000, np.int32))  # fmt: skip
    lines = rating.rate(rows, direct, dt.date(2026, 10, 1), dt.date(2026, 11, 1)).to_pylist()
    assert [(one["component"], one["tou"], one["quantity"], one["amount"]) for one in lines] == [
        ("purchase", None, 744, Decimal("297.60")),
        ("funds", None, 744, Decimal("20.09")),
    ]


def test_an_example_of_the_agreements_terms_is_rated_with_its_options(tmp_path):
    text = written(tmp_path, [DIRECT.replace("without: [by-period]", "without: [by-period, maximum]"), SHARED])
    examples = (
        "examples:\n"
        # 300 × (0.4 + 0.027) + 200 × 0.05 on the second tier, 10.00, 2 % of 130.00
        "  - given: {month: 2026-10, market: direct, peak: 100 kWh, flat: 150 kWh, valley: 50 kWh, demand: 1 kW}\n"
        "    expect: {purchase: 120.00, funds: 8.10, demand: 0, fixed: 10.00, share: 2.60, total: 150.70}\n"
        # peak 0.64, flat 0.4, valley 0.16
        "  - given: {month: 2026-10, option: [shared-meter], peak: 100 kWh, flat: 150 kWh, demand: 1 kW}\n"
        "    expect: {purchase: {peak: 64.00, flat: 60.00}}\n"
    )
    text.write_text(text.read_text(encoding="utf-8") + examples, encoding="utf-8")
    assert tariffs.check(text, check_examples) == []
    text.write_text(text.read_text(encoding="utf-8").replace("150.70", "150.71"), encoding="utf-8")
    [problem] = tariffs.check(text, check_examples)
    assert problem.field == "examples[0].expect.total"


REFUSED = {
    "no terms": ("{when: {}, tiers: false}", "holds for every agreement"),
    "another term": ("{when: {status: direct}, tiers: false}", "`status` is not a key that belongs here"),
    "no words": ("{when: {market: []}, tiers: false}", "The list is empty"),
    "no change": ("{when: {market: direct}}", "The option changes nothing."),
    "yes for no": ("{when: {market: direct}, tiers: true}", "`true` changes nothing"),
    "no period to price as": ("{when: {market: direct}, time-of-use: false}", "not said as which period"),
    "an unknown period": ("{when: {market: direct}, time-of-use: false, priced-as: flut}", "no period `flut`"),
    "a period alone": ("{when: {market: direct}, priced-as: flat}", "belongs to an option without time of use"),
    "demand by period": (
        "{when: {market: direct}, time-of-use: false, priced-as: flat}",
        "`by-period` is charged by period",
    ),
    "an unknown component": ("{when: {market: direct}, factors: {purchse: 2}}", "no component `purchse`"),
    "an unknown component's price": ("{when: {market: direct}, prices: {fund: 2}}", "no component `fund`"),
    "an unknown charge": ("{when: {market: direct}, without: [metre]}", "No component or charge is called `metre`"),
    "a factor of nothing": ("{when: {market: direct}, factors: {purchase: 0}}", "A factor of 0 leaves no price"),
    "a factor of one": ("{when: {market: direct}, factors: {purchase: 1.0}}", "changes nothing"),
    "an inexact factor": (
        "{when: {market: direct}, factors: {purchase: 1.0000000001}}",
        "The price of purchase times 1.0000000001 has more than 10 decimals.",
    ),
    "out and multiplied": (
        "{when: {market: direct}, factors: {purchase: 2}, without: [purchase]}",
        "`purchase` is left out and has a price or factor too",
    ),
    "nothing left": ("{when: {market: direct}, without: [purchase, funds]}", "Nothing is left"),
    "a price of one period": ("{when: {market: direct}, prices: {funds: {peak: 1}}}", "No price is given for flat"),
}


@pytest.mark.parametrize("case", REFUSED, ids=list(REFUSED))
def test_an_option_that_cannot_be_meant_is_refused_at_load_with_its_line(case, tmp_path):
    option, said = REFUSED[case]
    [problem] = tariffs.check(written(tmp_path, [option]))
    assert said in problem.what
    assert problem.line == HEAD + 2
    assert problem.mend


def test_an_option_that_the_tariffs_own_scope_excludes_is_refused(tmp_path):
    base = BASE + "for: {market: agency-purchase, voltage: 10kV}\n"
    found = tariffs.check(written(tmp_path, [DIRECT, "{when: {voltage: [10kV, 35kV]}, tiers: false}"], base))
    assert [one.what for one in found] == ["The tariff is for market agency-purchase, so the option can never hold."]


def test_options_that_can_hold_together_may_not_contradict_each_other(tmp_path):
    valley = DIRECT.replace("market: direct", "class: pumping").replace("flat", "valley")
    [problem] = tariffs.check(written(tmp_path, [DIRECT, valley]))
    assert problem.field == "options[1].priced-as"
    assert "options[0], which prices as flat and not as valley" in problem.what
    apart = DIRECT.replace("market: direct", "market: agency-purchase").replace("flat", "valley")
    assert tariffs.check(written(tmp_path, [DIRECT, apart])) == []
    prices = ["{when: {option: a}, prices: {funds: 1}}", "{when: {option: b}, prices: {funds: 2}}"]
    [problem] = tariffs.check(written(tmp_path, prices))  # an agreement can have both options
    assert "gives funds another price" in problem.what


def test_what_is_not_there_cannot_be_left_out(tmp_path):
    base = "id: x\nname: X\nvalid_from: 2026-01-01\ncurrency: CNY\nenergy: {price: 1}\n"
    options = ["{when: {market: direct}, time-of-use: false, priced-as: all}", "{when: {market: direct}, tiers: false}"]
    assert [one.what for one in tariffs.check(written(tmp_path, options, base))] == [
        "The tariff has no time of use to leave out.",
        "The tariff has no tiers to leave out.",
    ]


def test_a_period_that_a_season_does_not_have_is_no_price_for_all_hours(tmp_path):
    base = (
        BASE.replace("  periods:", "  seasons: {summer: Jun-Sep, winter: rest}\n  periods:")
        .replace(
            "days: [{when: always, peak", "days: [{when: winter, peak: 08:00-12:00, rest: flat}, {when: always, peak"
        )
        .replace("price: 0.027", "prices: {summer: 0.02, winter: 0.03}")
    )
    [problem] = tariffs.check(written(tmp_path, [DIRECT.replace("flat", "valley")], base))
    assert problem.what == "`valley` is never in force in winter, so it has no price there."


def test_options_are_shown_in_both_languages_and_as_facts(tmp_path):
    tariff = loaded(tmp_path, DIRECT, SHARED, INTENSIVE)
    said = {language: io.StringIO() for language in ("en", "zh")}
    for language, out in said.items():
        show(tariff, language=language, file=out)
    assert "market direct: all energy priced as flat, without by-period" in said["en"].getvalue()
    assert "market agency-purchase or left, option energy-intensive: purchase × 1.5" in said["en"].getvalue()
    assert "直接交易（市场属性 直接参与市场）：全部电量按平时段计价，不收取 by-period" in said["zh"].getvalue()
    assert "上网电价 × 1.5" in said["zh"].getvalue()
    assert overview(tariff, 2026)["options"][1]["when"] == {"option": ["shared-meter"]}


def test_a_tariff_without_options_is_its_only_variant():
    tariff = tariffs.from_plain(
        {"id": "x", "name": "x", "valid_from": "2026-01-01", "currency": "CNY", "energy": {"price": 1}}
    )
    assert isinstance(tariff, Tariff)
    assert tariffs.variant(tariff, {"market": "direct"}) is tariff
