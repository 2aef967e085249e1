"""A tariff takes prices from lists by province and date, which many tariffs share."""

import datetime as dt
from decimal import Decimal

import pytest

from wattloop.example import ENTERPRISE
from wattloop.library import tariffs

D = dt.date
HEAD = "id: x\nname: X\nvalid_from: 2026-08-01\ncurrency: CNY\n"  # four lines: the next is line 5
LIST = """\
name: {zh: 基金, en: funds}
items:
  water:
    zh: 水利
    unit: CNY/kWh
    document: notice 1
    prices:
      sichuan: {2019-07-01: 0.002, 2026-10-01: {price: 0.003, document: notice 2}, 2027-01-01: 0.004}
      shanghai: 0.001
  monthly: {unit: CNY/kWh, price: {2026-07: 0.39, 2026-08: 0.40, 2026-09: 0.41}}
  meter: {unit: CNY/month, price: 3}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "enterprise" / "prices").mkdir(parents=True)
    (tmp_path / "enterprise" / "tariffs").mkdir()
    (tmp_path / "enterprise" / "prices" / "funds.yaml").write_text(LIST, encoding="utf-8")
    return tmp_path / "enterprise"


def written(folder, text):
    path = folder / "tariffs" / "t.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def of(item, more=""):
    return f"{{list: prices/funds.yaml, item: {item}{more}}}"


WATER = of("water", ", province: sichuan")


def test_a_listed_price_makes_a_version_from_each_of_its_dates_while_the_tariff_is_in_force(folder):
    text = HEAD.replace("currency", "valid_to: 2026-12-31\ncurrency") + f"energy: {{price: {WATER}}}\n"
    path = written(folder, text)
    assert tariffs.check(path) == []
    found = tariffs.load_versions(path)
    assert [(one.valid_from, one.valid_to) for one in found] == [
        (D(2026, 8, 1), D(2026, 9, 30)),
        (D(2026, 10, 1), D(2026, 12, 31)),
    ]
    assert [one.components[0].prices[0][0] for one in found] == [Decimal("0.002"), Decimal("0.003")]


def test_a_component_has_the_names_and_the_source_of_its_item_and_the_document_of_its_date(folder):
    text = HEAD + f"energy: {{components: {{a: {{price: {WATER}, kind: surcharge, en: water works}}}}}}\n"
    first, second = tariffs.load_versions(written(folder, text))[:2]
    assert first.components[0].labels == {"zh": "水利", "en": "water works"}
    assert first.components[0].source == {
        "list": "prices/funds.yaml", "item": "water", "province": "sichuan", "document": "notice 1",
    }  # fmt: skip
    assert second.components[0].source["document"] == "notice 2"


def test_a_monthly_price_of_a_list_ends_the_tariff_with_its_last_month(folder):
    found = tariffs.load_versions(written(folder, HEAD + f"energy: {{price: {of('monthly')}}}\n"))
    assert [one.valid_to for one in found] == [D(2026, 8, 31), D(2026, 9, 30)]


def test_one_price_of_a_list_may_float_and_another_stand_by_period(folder):
    text = HEAD + (
        "calendar: {periods: {a: A, b: B}, days: [{when: always, a: 08:00-12:00, rest: b}]}\n"
        f"energy:\n  components:\n    p: {{price: {of('monthly')}, floats: true}}\n"
        f"    q: {{prices: {{a: {of('water', ', province: shanghai')}, b: {{2026-08-01: 0, 2026-09-01: 1}}}}}}\n"
        "  ratios: {a: 2, b: 0.5}\n"
        f"fixed: [{{id: meter, price: {of('meter')}}}]\n"
    )
    first, second = tariffs.load_versions(written(folder, text))
    assert first.components[0].prices == ((Decimal("0.8"), Decimal("0.2")),)
    assert second.components[1].prices == ((Decimal("0.001"), Decimal(1)),)
    assert (first.fixed[0].price, first.fixed[0].per) == (3, "month")


REFUSED = {
    "an unknown file": ("{list: prices/fund.yaml, item: water}", "no file `prices/fund.yaml`", "prices/funds.yaml?"),
    "a file outside": ("{list: ../secret.yaml, item: water}", "does not lie in the enterprise folder", "from there"),
    "an unknown item": (of("watr"), "no item `watr`", "Did you mean water?"),
    "an unknown province": (of("water", ", province: sichun"), "no price in `sichun`", "Did you mean sichuan?"),
    "no province": (of("water"), "a price for each province", "Known here: sichuan, shanghai."),
    "a province too many": (of("monthly", ", province: sichuan"), "the same in every province", "Leave"),
    "another unit": (of("meter"), "The price is per month.", "CNY/kWh"),
    "no item": ("{list: prices/funds.yaml}", "this is no price of a list", "item: reservoir"),
}


@pytest.mark.parametrize("case", REFUSED, ids=list(REFUSED))
def test_a_reference_that_leads_nowhere_is_refused_with_its_line_and_the_near_match(case, folder):
    reference, said, mend = REFUSED[case]
    [problem] = tariffs.check(written(folder, HEAD + f"energy:\n  price: {reference}\n"))
    assert problem.line == 6
    assert said.lower() in problem.what.lower()
    assert mend in problem.mend


@pytest.mark.parametrize(("start", "item"), [("2019-06-30", WATER), ("2026-10-01", of("monthly"))])
def test_a_date_that_the_list_does_not_cover_is_refused_with_the_days_it_does(folder, start, item):
    text = HEAD.replace("2026-08-01", start) + f"energy:\n  price: {item}\n"
    [problem] = tariffs.check(written(folder, text))
    assert (problem.line, problem.field) == (6, "energy.price")
    assert f"on {start}, when the tariff begins" in problem.what
    assert problem.mend.startswith("The list has it from 20")


def test_a_broken_list_is_refused_with_its_own_file_and_line_and_the_tariff_with_it(folder):
    (folder / "prices" / "funds.yaml").write_text(LIST.replace("0.39", "cheap"), encoding="utf-8")
    found = tariffs.check(written(folder, HEAD + f"energy:\n  price: {of('monthly')}\n"))
    assert [(one.file.rpartition("/")[2], one.line, one.field) for one in found] == [
        ("t.yaml", 6, "energy.price.list"),
        ("funds.yaml", 10, "items.monthly.price.2026-07"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("CNY/month", "yuan", "`yuan` is not the unit of a price."),
        ("unit: CNY/month, ", "", "`unit` is missing."),
        ("0.003, document: notice 2", "0.003, source: notice 2", "An entry is a number."),
        ("name:", "title:", "`title` is not a key that belongs here."),
        ("price: 3", "prise: 3", "`prise` is not a key that belongs here."),
    ],
)
def test_slips_in_a_list_are_told_by_name(folder, old, new, said):
    (folder / "prices" / "funds.yaml").write_text(LIST.replace(old, new), encoding="utf-8")
    found = tariffs.check(written(folder, HEAD + f"energy:\n  price: {WATER}\n"))
    assert said in [one.what for one in found]


def test_a_list_beside_the_tariff_comes_before_one_in_the_folder_above(folder):
    (folder / "tariffs" / "prices").mkdir()
    nearer = LIST.replace("shanghai: 0.001", "shanghai: 0.009")
    (folder / "tariffs" / "prices" / "funds.yaml").write_text(nearer, encoding="utf-8")
    tariff = tariffs.load(written(folder, HEAD + f"energy: {{price: {of('water', ', province: shanghai')}}}\n"))
    assert tariff.components[0].prices == ((Decimal("0.009"),),)


@pytest.mark.parametrize("file", sorted((ENTERPRISE / "prices").glob("*.yaml")), ids=lambda path: path.name)
def test_the_example_enterprises_lists_can_be_used(file, folder):
    (folder / "prices" / "funds.yaml").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    [problem] = tariffs.check(written(folder, HEAD + f"energy:\n  price: {of('nothing')}\n"))
    assert problem.what == "`prices/funds.yaml` has no item `nothing`."
