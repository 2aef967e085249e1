"""The one clock can be held, and quantities are read and turned over exactly or not at all."""

import datetime as dt
from decimal import Decimal

import pytest

from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused
from wattloop.library.quantity.units import UnitError, parse, parse_price

MIDNIGHT = dt.datetime(2026, 10, 31, 23, 30, tzinfo=dt.UTC)


def test_the_held_clock_stands_still_and_lets_go():
    with clock.frozen(MIDNIGHT):
        assert clock.now() == MIDNIGHT
        assert clock.today() == dt.date(2026, 10, 31)
        assert clock.today("Asia/Shanghai") == dt.date(2026, 11, 1)
    assert clock.now() != MIDNIGHT


def test_a_clock_held_twice_goes_back_to_the_first():
    with clock.frozen(MIDNIGHT):
        with pytest.raises(KeyError), clock.frozen(MIDNIGHT + dt.timedelta(days=1)):
            raise KeyError
        assert clock.now() == MIDNIGHT


def test_the_environment_sets_the_clock_for_a_whole_process(monkeypatch):
    monkeypatch.setenv("WATTLOOP_NOW", "2026-11-01T08:00:00+08:00")
    assert clock.now() == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["2026-11-01", "2026-11-01T08:00:00", "tomorrow"])
def test_a_moment_without_its_offset_is_refused(monkeypatch, text):
    monkeypatch.setenv("WATTLOOP_NOW", text)
    with pytest.raises(Refused, match="not a moment with an offset"):
        clock.now()
    with pytest.raises(ValueError, match="with an offset"), clock.frozen(dt.datetime(2026, 11, 1)):
        pass


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("3120 kWh", "Wh", "3120000"), ("0.5 MWh", "kWh", "500"), ("90 min", "h", "1.5"), ("13 %", "%", "13"),
     ("2 year", "month", "24"), ("-1_000 W", "kW", "-1"), ("250kVA", "MVA", "0.25")],
)  # fmt: skip
def test_a_quantity_is_turned_over_exactly(text, unit, value):
    assert parse(text).to(unit) == Decimal(value)


def test_what_has_no_exact_decimal_or_measures_something_else_is_refused():
    with pytest.raises(UnitError, match="no exact decimal"):
        parse("10 min").to("h")
    with pytest.raises(UnitError, match="kWh is energy, kW is power"):
        parse("1 kWh").to("kW")


@pytest.mark.parametrize(
    ("text", "said"), [("3120", "not a number and a unit"), ("5 kwh", "write kWh"), ("5 furlong", "known units")]
)
def test_a_quantity_that_is_none_says_what_to_write(text, said):
    with pytest.raises(UnitError, match=said):
        parse(text)


def test_a_price_is_money_for_its_units():
    price = parse_price("35 CNY/kW/month")
    assert (price.value, price.currency, price.per, str(price)) == (
        Decimal(35), "CNY", ("kW", "month"), "35 CNY/kW/month",
    )  # fmt: skip
    with pytest.raises(UnitError, match="not a price"):
        parse_price("35 yuan")
