"""Slips of a keyboard and of a month: what is told of them is what was done wrong."""

import pytest

from wattloop.library import tariffs
from wattloop.library.tariffs.show import show

TARIFF = """id: t
name: {zh: 示例，峰谷：试行, en: Example}
valid_from: 2026-01-01
currency: CNY
calendar:
  zone: Asia/Shanghai
  triggers: {hot: {zh: 高温日, en: hot day, when: temperature >= 35 C, days: hot.yaml}}
  periods: {sharp: 尖, peak: 峰, valley: 谷}
  days:
    - {when: {months: Jun, trigger: hot}, sharp: 11:00-12:00, rest: peak}
    - {when: always, valley: 22:00-08:00, rest: peak}
energy: {prices: {sharp: 0.9, peak: 0.6, valley: 0.3}}
"""
DAYS = "known-from: 2026-01-01\nknown-until: 2030-12-31\ndays: [2026-06-27]\n"


@pytest.fixture
def problems(tmp_path):
    (tmp_path / "hot.yaml").write_text(DAYS, encoding="utf-8")

    def found(text):
        file = tmp_path / "t.yaml"
        file.write_text(text, encoding="utf-8")
        return [(one.line, str(one).removeprefix(f"{file}:")) for one in tariffs.check(file)]

    return found


@pytest.mark.parametrize(
    ("written", "slip", "line", "sign"),
    [
        ("currency: CNY", "currency：CNY", 4, "："),
        ("energy: {", "energy： {", 12, "："),
        ("0.6, valley", "0.6，valley", 12, "，"),
        ("    - {when: always", "    - ｛when: always", 11, "｛"),
        ("  zone:", "\u3000\u3000zone:", 6, "\u3000"),
    ],
)
def test_a_full_width_sign_is_named_with_its_line_and_what_to_write(problems, written, slip, line, sign):
    [(at, said)] = problems(TARIFF.replace(written, slip))
    assert (at, f"The sign `{sign}` is full width" in said) == (line, True)


def test_full_width_signs_between_chinese_letters_are_text(problems):
    assert problems(TARIFF) == []
    [(line, said)] = problems(TARIFF + "fixed: [{id: x, price: 1 CNY/day}\n")
    assert line == 14
    assert "This is not YAML" in said


def test_a_key_with_a_full_width_colon_is_told_so(problems):
    said = " ".join(text for _, text in problems(TARIFF.replace("energy: {prices: {", "energy: {prices： {")))
    assert "full width" in said


@pytest.mark.parametrize("slip", ["\tzone: Asia/Shanghai", "  zone:\tAsia/Shanghai"])
def test_a_tab_is_told_as_a_tab(problems, slip):
    [(line, said)] = problems(TARIFF.replace("  zone: Asia/Shanghai", slip))
    assert line == 6
    assert "A tab stands where YAML needs spaces." in said


def test_an_example_uses_no_period_that_its_month_does_not_have(problems):
    """Without it, a worked example would prove a rule that the calendar does not have."""
    example = "examples:\n  - given: {month: 2026-%s, sharp: 10 kWh, peak: 5 kWh}\n    expect: {total: 12.00}\n"
    assert problems(TARIFF + example % "06") == []
    [(line, said)] = problems(TARIFF + example % "07")
    assert line == 14
    assert "No day of 2026-07 has `sharp`." in said


def test_two_bounds_that_do_not_grow_are_one_problem_for_all_periods(problems):
    tiers = "tiers: {over: year, pooling: pro-rata, steps: [{up-to: 9 kWh}, {up-to: 9 kWh, add: 0.1}, {add: 0.3}]}\n"
    assert len(problems(TARIFF + tiers)) == 1


@pytest.mark.parametrize(("language", "said"), [("en", "hot day: temperature >= 35 C, hot.yaml"),
                                                ("zh", "高温日：temperature >= 35 C，hot.yaml")])  # fmt: skip
def test_announced_days_are_shown_with_their_file(problems, tmp_path, capsys, language, said):
    assert problems(TARIFF) == []
    show(tariffs.load(tmp_path / "t.yaml"), year=2026, language=language)
    assert said in capsys.readouterr().out
