"""How amounts, energy and time are shown."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import timezone

from wattloop.faces.web import icons, showing


def rendered(source: str, **context: Any) -> str:
    return Template("{% load web %}" + source).render(Context(context))


@pytest.mark.parametrize(("minor", "currency", "shown"), [
    (12345, "CNY", "¥123.45"), (-5, "CNY", "−¥0.05"), (0, "CNY", "¥0.00"), (123456789, "CNY", "¥1,234,567.89"),
    (12345, "JPY", "¥12,345"), (12345, "KWD", "KWD 12.345"), (12345, "CHF", "CHF 123.45"), (None, "CNY", "–"),
    (10**20, "CNY", "¥1,000,000,000,000,000,000.00"),
])  # fmt: skip
def test_money_is_whole_smallest_units_shown_as_the_currency_has_them(
    minor: int | None, currency: str, shown: str
) -> None:
    assert rendered("{{ x|money:c }}", x=minor, c=currency) == shown


def test_a_column_of_amounts_leaves_the_currency_to_its_head() -> None:
    assert rendered("{{ x|amount }} {{ y|amount:'JPY' }}", x=-1234567, y=1234) == "−12,345.67 1,234"


@pytest.mark.parametrize(("wh", "shown"), [
    (0, "0 kWh"), (1_234_000, "1,234 kWh"), (9_999_999, "10,000 kWh"), (12_345_678, "12.3 MWh"),
    (-12_345_678, "−12.3 MWh"), (12_345_678_901, "12.3 GWh"), (None, "–"),
])  # fmt: skip
def test_energy_is_shown_in_the_unit_that_reads_best(wh: int | None, shown: str) -> None:
    assert rendered("{{ x|energy }}", x=wh) == shown


def test_a_moment_is_shown_in_the_zone_of_the_page() -> None:
    moment = dt.datetime(2026, 3, 1, 20, 5, tzinfo=dt.UTC)
    with timezone.override("Asia/Shanghai"):
        assert rendered("{{ x|moment }}, {{ x|day }}", x=moment) == "2026-03-02 04:05, 2026-03-02"
        assert rendered("{{ x|day }}", x=dt.date(2024, 2, 29)) == "2024-02-29"


@pytest.mark.parametrize(("seconds", "shown"), [
    (0, "0.0 s"), (0.44, "0.4 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s"), (7510, "2 h 05 min"), (None, "–"),
])  # fmt: skip
def test_a_span_is_shown_as_long_as_it_is(seconds: float | None, shown: str) -> None:
    assert showing.span(seconds) == shown


def test_a_share_of_nothing_is_no_number() -> None:
    assert (showing.share(1, 8), showing.share(Decimal(1), 0)) == ("12.5 %", "–")


def test_a_badge_has_one_of_five_tones_and_escapes_what_it_says() -> None:
    assert rendered("{% badge 'bad' x %}", x="<b>") == '<span class="badge tone-bad">&lt;b&gt;</span>'
    with pytest.raises(ValueError, match="pink"):
        showing.badge("pink", "")


def test_data_of_a_chart_cannot_end_its_script() -> None:
    page = rendered("{% chart 'c' 'Load' data %}", data={"x": ["</script><script>alert(1)</script>"], "series": []})
    assert page.count("</script>") == 1


def test_a_field_ties_its_label_help_and_errors_together() -> None:
    from wattloop.faces.web.samples import SampleForm

    page = rendered("{% field form.name %}", form=SampleForm({"name": ""}))
    assert 'for="id_name"' in page
    assert 'aria-describedby="id_name_help id_name_errors"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_name_errors"' in page


def test_every_icon_is_drawn() -> None:
    for name in icons.PATHS:
        assert rendered("{% icon name %}", name=name).startswith('<svg class="icon"')
