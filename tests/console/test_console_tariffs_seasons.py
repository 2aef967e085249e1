"""A tariff priced by season and time of use: its hours speak of periods, its prices of periods in a season."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.http import QueryDict

from wattloop.apps.billing.trials.drafts import Base
from wattloop.faces.console.tariffs import drawing, drawn

TARIFF = """\
id: seasonal
name: {zh: 按季, en: By season}
valid_from: 2026-01-01
currency: CNY
for: {class: residential}
calendar:
  zone: Asia/Shanghai
  periods: {peak: 峰, valley: 谷}
  seasons: {summer: May-Oct, winter: rest}
  days:
    - {when: always, peak: 08:00-22:00, rest: valley}
energy: {prices: {summer: {peak: 0.9, valley: 0.3}, winter: {peak: 0.7, valley: 0.2}}}
rounding: {money: 0.01, half: up}
"""


@pytest.fixture
def base(tmp_path: Path) -> Base:
    from wattloop.library import tariffs
    from wattloop.library.tariffs.positions import read_plain
    from wattloop.library.tariffs.problems import Findings

    file = tmp_path / "seasonal.yaml"
    file.write_text(TARIFF, encoding="utf-8")
    versions = tuple(tariffs.load_versions(file))
    return Base(file, TARIFF, read_plain(TARIFF, Findings(file=str(file))), "0", versions, versions)


def test_its_hours_are_drawn_with_the_periods_of_its_rules(base: Base) -> None:
    version = base.newest[-1]
    assert version.calendar.periods == ("summer peak", "summer valley", "winter peak", "winter valley")
    painter = drawing.Painter(version, drawn.periods(base))
    assert [(one, colour) for one, colour, _sign, _name in painter.legend()] == [("peak", 1), ("valley", 4)]
    blocks = painter.blocks(part for part in _parts(((0, "valley"), (96, "peak"), (264, "valley"))))
    assert [block.colour for block in blocks] == [4, 1, 4]


def test_a_boundary_of_it_is_moved(base: Base) -> None:
    form = _form(["00:00", "08:00", "22:00"], ["valley", "peak", "valley"])
    assert drawn.edits_of(form, base) == {"hours": {}, "prices": {}}


def test_a_price_of_one_season_is_turned(base: Base) -> None:
    rows = drawn.prices(base, base.newest[-1], {"prices": {}})
    assert [cell.value for row in rows for cell in row.others] == ["0.9", "0.3", "0.7", "0.2"]


def _form(times: list[str], periods: list[str]) -> QueryDict:
    form = QueryDict(mutable=True)
    form.setlist("from-0", times)
    form.setlist("period-0", periods)
    return form


def _parts(day: tuple[tuple[int, str], ...]) -> list[object]:
    from wattloop.library.tariffs.year_picture import Stretch

    ends = [step for step, _ in day[1:]] + [288]
    return [Stretch(start * 5, end * 5, period) for (start, period), end in zip(day, ends, strict=True)]
