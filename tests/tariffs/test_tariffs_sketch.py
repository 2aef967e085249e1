"""The enterprise sketch's tariffs load as they are written there, with the examples worked by hand in them."""

import io
from pathlib import Path

import pytest

from wattloop.library import tariffs
from wattloop.library.rating.examples import check_examples
from wattloop.library.tariffs.show import show

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "enterprise-sketch" / "tariffs"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the enterprise sketch is not beside this checkout"),
]


def test_the_industrial_tariff_loads_and_meets_its_examples():
    tariff = tariffs.load(FOLDER / "industrial-two-part-10kv.yaml", check_examples)
    assert tariff.name["en"] == "Industrial two-part, 10 kV"
    assert len(tariff.document.examples) == 1


def test_the_residential_tariff_loads_with_its_allowances():
    tariff = tariffs.load(FOLDER / "residential.yaml", check_examples)
    assert [(one.name, one.add_to_first, one.free) for one in tariff.tiers.allowances] == [
        ("large-household", 100_000, 0),
        ("low-income", 0, 15_000),
    ]


def test_an_example_that_expects_another_power_factor_is_refused_at_its_line(tmp_path):
    file = tmp_path / "t.yaml"
    text = (FOLDER / "industrial-two-part-10kv.yaml").read_text(encoding="utf-8")
    for good, bad in (("value: 0.93", "value: 0.94"), ("-0.45 %", "-0.6 %"), ("-439.76", "-439.77")):
        file.write_text(text.replace(good, bad), encoding="utf-8")
        (problem,) = tariffs.check(file, check_examples)
        assert problem.field.startswith("examples[0].expect.power-factor.")
        assert problem.line == text[: text.index("value: 0.93")].count("\n") + 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "contract demand charge: 35 CNY/kW/month, parts of a month by its days",
                "price × 0.9",
                "power-factor adjustment: standard 0.90 of demand, energy, not counting",
            ],
        ),
        (
            "zh",
            [
                "基本电费（按容量）：22 CNY/kVA/月，不足一月按当月天数折算",
                "力调电费：标准 0.90，基数 需量电费、电能，不含",
            ],
        ),
    ],
)
def test_the_basic_charge_and_the_power_factor_are_shown_in_words(language, said):
    file = io.StringIO()
    show(tariffs.load(FOLDER / "industrial-two-part-10kv.yaml"), language=language, file=file)
    for words in said:
        assert words in file.getvalue()
