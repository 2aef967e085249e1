"""Numbers: each once, in the form the folder tells."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import transaction
from tests.enterprise.folders import replace

from wattloop.apps.enterprise import services
from wattloop.apps.enterprise.numbering import luhn, take_numbers
from wattloop.apps.records.actors import System
from wattloop.library.quantity.refusal import Refused

DAY = dt.date(2026, 11, 25)


def test_numbers_follow_each_other_and_carry_their_month_and_check_digit(loaded: services.Loaded) -> None:
    assert take_numbers("bill", 2, on=DAY) == ["B261100000015", "B261100000023"]
    assert take_numbers("bill", 1, on=DAY) == ["B261100000031"]
    assert take_numbers("agreement", 1, on=DAY) == ["3209000001"]


def test_a_series_with_a_date_starts_again_with_each(loaded: services.Loaded) -> None:
    take_numbers("receipt", 5, on=DAY)
    assert take_numbers("receipt", 1, on=dt.date(2026, 11, 26)) == ["R26112600001" + luhn("R26112600001")]


def test_numbers_of_a_transaction_that_is_undone_come_again(loaded: services.Loaded) -> None:
    with transaction.atomic():
        take_numbers("bill", 100, on=DAY)
        transaction.set_rollback(True)
    assert take_numbers("bill", 1, on=DAY) == ["B261100000015"]


@pytest.mark.django_db
def test_digits_that_are_used_up_are_refused_and_none_is_taken(home: Path, folder: Path) -> None:
    replace(folder / "numbering.yaml", "digits: 7", "digits: 2")
    services.load_folder(folder, by=System("loader"))
    assert len(take_numbers("bill", 98, on=DAY)) == 98
    with pytest.raises(Refused, match="the 2 digits of bill numbers are used up"):
        take_numbers("bill", 2, on=DAY)
    assert take_numbers("bill", 1, on=DAY) == ["B261199" + luhn("B261199")]


def test_a_series_nobody_told_is_refused(loaded: services.Loaded) -> None:
    with pytest.raises(Refused, match=r"numbering.yaml: no numbers of parcel are told"):
        take_numbers("parcel", 1, on=DAY)


def test_none_are_no_numbers(loaded: services.Loaded) -> None:
    assert take_numbers("bill", 0, on=DAY) == []


@pytest.mark.parametrize(("text", "digit"), [("7992739871", "3"), ("B79 92739871", "3"), ("0", "0"), ("", "0")])
def test_the_check_digit_is_luhns(text: str, digit: str) -> None:
    assert luhn(text) == digit
