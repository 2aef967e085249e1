"""A tariff's worked examples are rated one by one, and said as they came out."""

import json
import subprocess
import sys

import pytest

from wattloop.library import tariffs
from wattloop.library.rating.examples_shown import Proof, facts, tell

TARIFF = """\
id: x
name: X
valid_from: 2026-09-01
currency: CNY
calendar:
  zone: Asia/Shanghai
  periods: {peak: {zh: 峰}, valley: {zh: 谷}}
  days: [{when: always, valley: 22:00-08:00, rest: peak}]
energy:
  components:
    purchase: {zh: 购电, prices: {peak: {2026-09: 0.60, 2026-10: 0.70}, valley: 0.30}}
options: [{when: {market: direct}, factors: {purchase: 2}}]
examples:
  - given: {month: 2026-09, peak: 40 kWh, valley: 60 kWh}
    expect: {energy: {peak: 24.00, valley: 18.00}, total: {purchase: 42.00}}
  - given: {month: 2026-10, market: direct, peak: 40.5 kWh}
    expect: {purchase: 56.70, total: 56.71}
"""


@pytest.fixture
def proof(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(TARIFF, encoding="utf-8")
    found = Proof("t.yaml")
    tariffs.load_versions(path, found.take)
    return found


def test_each_expectation_is_told_with_its_line_and_whether_it_agrees(proof):
    assert not proof.ok
    assert list(tell(proof, "en")) == [
        "t.yaml: 2026-09, peak 40 kWh, valley 60 kWh",
        "  line 15, energy peak: expected 24.00, found 24.00: ok",
        "  line 15, energy valley: expected 18.00, found 18.00: ok",
        "  line 15, total purchase: expected 42.00, found 42.00: ok",
        "t.yaml: 2026-10, market direct, peak 40.5 kWh",
        "  line 17, purchase: expected 56.70, found 56.70: ok",
        "  line 17, total: expected 56.71, found 56.70: WRONG",
    ]


def test_they_are_told_in_chinese(proof):
    said = list(tell(proof, "zh"))
    assert said[1] == "  行 15, 电能 峰: 应为 24.00, 算得 24.00: 相符"
    assert said[-1] == "  行 17, 合计: 应为 56.71, 算得 56.70: 不符"


def test_they_are_facts_for_a_program(proof):
    found = json.loads(json.dumps(facts(proof)))
    assert (found["file"], found["ok"], len(found["expectations"])) == ("t.yaml", False, 5)
    assert found["expectations"][-1] == {
        "line": 17,
        "version": "2026-10-01",
        "given": {"month": "2026-10", "market": "direct", "peak": "40.5 kWh"},
        "expect": "total",
        "expected": "56.71",
        "found": "56.70",
        "ok": False,
    }


def test_an_example_that_needs_readings_is_not_called_right(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(
        "id: x\nname: X\nvalid_from: 2026-09-01\ncurrency: CNY\nenergy: {price: 1}\n"
        "tiers: {over: month, pooling: in-time-order, steps: [{up-to: 10 kWh}, {add: 1}]}\n"
        "examples: [{given: {month: 2026-10, energy: 1 kWh}, expect: {total: 1.00}}]\n",
        encoding="utf-8",
    )
    found = Proof("t.yaml")
    tariffs.load_versions(path, found.take)
    assert found.ok
    assert "not checked: tiers in time order need readings" in list(tell(found, "en"))[1]
    assert facts(found)["expectations"][0]["found"] is None


def command(*told, at):
    return subprocess.run(
        [sys.executable, "-m", "wattloop", "tariff", "test", *told], cwd=at, capture_output=True, text=True, check=False
    )


def test_the_command_fails_where_one_expectation_does_and_says_who_has_none(tmp_path):
    (tmp_path / "wrong.yaml").write_text(TARIFF, encoding="utf-8")
    (tmp_path / "right.yaml").write_text(TARIFF.replace("56.71", "56.70"), encoding="utf-8")
    (tmp_path / "none.yaml").write_text(TARIFF[: TARIFF.index("examples:")], encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("id: [", encoding="utf-8")
    said = command("wrong.yaml", "right.yaml", "none.yaml", at=tmp_path)
    assert said.returncode == 2
    assert said.stdout.count("WRONG") == 1
    assert "none.yaml: no examples" in said.stdout
    assert command("right.yaml", "none.yaml", at=tmp_path).returncode == 0
    said = command("broken.yaml", "right.yaml", "--json", at=tmp_path)
    assert (said.returncode, len(json.loads(said.stdout))) == (2, 1)
    assert said.stderr.startswith("broken.yaml:")
