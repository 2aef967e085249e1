"""`wattloop explain` and `wattloop verify`: a bill to read and a file to trust; what cannot be done is exit code 2."""

import json
import os

import numpy as np
import pyarrow.parquet as pq
import pytest

from wattloop.library import readings
from wattloop.library.quantity.dayrows import from_matrix

TARIFF = """
id: t
name: {zh: 示例, en: Example}
valid_from: 2026-01-01
currency: CNY
calendar:
  zone: Asia/Shanghai
  periods: {peak: {zh: 峰, en: peak}, valley: {zh: 谷, en: valley}}
  days: [{when: always, valley: 22:00-08:00, rest: peak}]
energy: {prices: {peak: 0.9, valley: 0.3}}
demand: [{id: maximum, zh: 需量电费, en: demand charge, price: 36 CNY/kW/month}]
"""
SPAN = ("--from", "2026-01", "--to", "2026-02")


@pytest.fixture
def call(tmp_path, capsys, monkeypatch):
    """Run a command beside a lake of two points, one with a bad reading, and a tariff."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    days = np.arange(np.datetime64("2026-01-01"), np.datetime64("2026-03-01"))
    values = np.full((2 * len(days), 24), 1000, np.int32)
    values[3, 5], values[len(days) + 6, 9] = -7, 2500
    rows = from_matrix(["P1"] * len(days) + ["户2"] * len(days), np.tile(days, 2), values)
    pq.write_table(rows.drop_columns(["channel"]), "rows.parquet")
    readings.import_file(readings.open_lake("lake"), "rows.parquet")
    (tmp_path / "t.yaml").write_text(TARIFF, encoding="utf-8")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattloop.settings")
    import django
    from django.core.management import call_command

    django.setup()

    def run(*words):
        code = 0
        try:
            call_command(*words)
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def explain(call, agreement, *words):
    return call("explain", agreement, "--lake", "lake", "--tariff", "t.yaml", *(words or SPAN))


def test_a_bill_is_told_line_by_line_within_eighty_columns(call):
    code, out, _ = explain(call, "户2")
    assert code == 0
    for text in (
        "Bill 户2",
        "Example (t@2026-01-01)",
        "Peak is 08:00-22:00 every day.",
        "435.5",  # kWh at peak
        "744",
        "1. Energy: 435.5 kWh at peak times at 0.90 yuan per kWh, 391.95 yuan.",
        "round(435.5 × 0.9, 0.01) = 391.95  clause energy",
        "on 7 Jan from 09:00 to",
        "Readings of lake version 1",
    ):
        assert text in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_bill_is_told_in_chinese_with_its_estimated_readings(call):
    code, out, _ = explain(call, "P1", *SPAN, "--language", "zh")
    assert code == 0
    for text in ("电费账单 P1", "示例 (t@2026-01-01)", "峰时段", "744 (其中估算 1)", "元"):
        assert text in out
    assert "yuan" not in out


def test_a_bill_s_file_verifies_and_one_that_was_changed_does_not(call, tmp_path):
    code, out, _ = explain(call, "户2", *SPAN, "--json", "bill.json")
    assert code == 0
    assert out.endswith("bill: bill.json; `wattloop verify bill.json` computes it again\n")
    code, out, err = call("verify", "bill.json")
    assert (code, err) == (0, "")
    total = json.loads((tmp_path / "bill.json").read_text(encoding="utf-8"))["total"]
    assert out == f"bill.json: ok, 3 lines, {total} CNY, 户2, 2026-01-01 up to 2026-02-01\n"
    text = (tmp_path / "bill.json").read_text(encoding="utf-8")
    (tmp_path / "changed.json").write_text(text.replace('"amount": "391.95"', '"amount": "91.95"'), encoding="utf-8")
    code, out, err = call("verify", "bill.json", "changed.json")
    assert code == 2
    assert out.startswith("bill.json: ok")
    assert err.splitlines()[0] == "changed.json: line 1: amount is 91.95, and 391.95 follows"
    assert "hash" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("P9", *SPAN), "there is no bill of P9 from 2026-01-01 up to 2026-02-01"),
        (("户2", "--from", "2026-01", "--to", "2026-03", "--json", "b.json"), "there are 2 bills"),
        (("户2", *SPAN, "--json", "none/b.json"), "--json: none is no folder to write into"),
        (("户2", "--from", "2026-02", "--to", "2026-01"), "holds no day"),
    ],
)
def test_what_cannot_be_explained_is_one_message_and_leaves_no_file(call, tmp_path, words, said):
    before = sorted(tmp_path.iterdir())
    code, _, err = explain(call, *words)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("text", [None, "", "{}", "[1]"])
def test_what_is_no_bill_is_one_message(call, tmp_path, text):
    if text is not None:
        (tmp_path / "b.json").write_text(text)
    code, _, err = call("verify", "b.json")
    assert code == 2
    assert err.startswith("b.json: ")
    assert len(err.strip().splitlines()) == 1


def test_the_registers_of_a_bill_are_printed_a_maximum_without_a_last_reading(call, tmp_path):
    (tmp_path / "registers.csv").write_text(
        "point,meter,from,to,multiplier,last_active_in,this_active_in,last_active_in:peak,this_active_in:peak,this_demand\n"
        "R,A1,2026-01-01,2026-02-01,40,100.00,350.00,50.00,200.00,0.2500\n",
        encoding="utf-8",
    )
    readings.import_file(readings.open_lake("lake"), "registers.csv")
    code, said, _ = explain(call, "R")
    assert code == 0
    rows = [line.split() for line in said.splitlines()]
    assert ["R", "A1", "active", "100", "350", "40", "10,000", "kWh"] in rows
    assert ["R", "A1", "maximum", "demand", "0.25", "40", "10", "kW"] in rows


def test_what_was_measured_in_many_periods_is_told_in_words_that_fit_eighty_columns(call, tmp_path):
    names = ["sharp-peak-of-summer", "peak-of-summer", "shoulder-of-summer", "valley-of-summer", "rest-of-the-day"]
    hours = ", ".join(f"{name}: {at:02d}:00-{at + 1:02d}:00" for at, name in enumerate(names[:-1]))
    labels, prices = (", ".join(f"{name}: {told}" for name in names) for told in ("时", "0.5"))
    (tmp_path / "t.yaml").write_text(
        "id: t\nname: T\nvalid_from: 2026-01-01\ncurrency: CNY\n"
        f"calendar: {{periods: {{{labels}}}, days: [{{when: always, {hours}, rest: {names[-1]}}}]}}\n"
        f"energy: {{prices: {{{prices}}}}}\n",
        encoding="utf-8",
    )
    code, said, err = explain(call, "P1")
    assert code == 0, err
    told = " ".join(said.split("Measured, kWh")[1].split("Readings of lake")[0].split())
    assert told.startswith("P1: sharp peak of summer 31, peak of summer 31,")
    assert max(map(len, said.splitlines())) <= 80


def test_a_bill_in_chinese_has_chinese_marks_and_no_line_wider_than_the_page(call):
    from rich.cells import cell_len

    code, said, _ = explain(call, "P1", *SPAN, "--language", "zh", "--json", "bill.json")
    assert code == 0
    assert all(cell_len(line) <= 80 for line in said.splitlines())
    assert "账单文件 bill.json" in said
    assert ", " not in said.replace(", 0.01)", "")
