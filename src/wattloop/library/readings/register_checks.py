"""What makes a register reading one that cannot be taken: each as SQL over a row, and how it is told."""

from __future__ import annotations

from typing import NamedTuple

from wattloop.library.lake.registers import DEMAND, ENERGY, WITH_PERIODS
from wattloop.library.quantity import zones
from wattloop.library.readings.faults import CONTROL


class Check(NamedTuple):
    """One way in which a row can be wrong.

    Args:
        wrong: SQL, true of a row that is wrong; over the columns that `register_rows` makes of cells.
        field: the role whose column is at fault.
        what: what to say, with `{names}` of those columns.
        mend: what to do.
    """

    wrong: str
    field: str
    what: str
    mend: str


_FILL = "Fill it in, or leave the row out."
_ONE = "Write 1 where the meter counts directly."
_THOUSANDS = r"[+-]?[1-9]\d{0,2}([, '']\d{3})+(\.\d*)?"
_BACKWARDS = "NOT is_demand AND this_number < last_number"


def _missing(role: str, needed: str = "true", mend: str = _FILL) -> Check:
    return Check(f"{needed} AND {role}_said IS NULL", role, f"there is no {role}", mend)


def _name(role: str) -> list[Check]:
    return [
        _missing(role),
        Check(
            f"regexp_matches({role}_said, '{CONTROL}')",
            role,
            f"the name {{{role}_said!r:.40}} holds a line's end or another control character",
            "Check the quotation marks of this row and the ones after it.",
        ),
    ]


def _day(role: str) -> list[Check]:
    known = f"DATE '{zones.FIRST_YEAR}-01-01' AND DATE '{zones.LAST_YEAR}-12-31'"
    return [
        _missing(role),
        Check(
            f"{role}_day IS NULL",
            role,
            f"{{{role}_said!r}} is not a date",
            "Write it as 2026-05-31, or as 2026-05-31 24:00 for the end of that day.",
        ),
        Check(
            f"{role}_day NOT BETWEEN {known}", role, f"{{{role}_said}} is no day of a reading", zones.WRONG_YEAR
        ),
    ]  # fmt: skip


def _number(role: str, needed: str = "true", mend: str = _FILL) -> list[Check]:
    unfit = f"{needed} AND NOT {role}_fits"
    return [
        _missing(role, needed, mend),
        Check(
            f"{unfit} AND regexp_full_match({role}_said, '{_THOUSANDS}')",
            role,
            f"{{{role}_said!r:.40}} is not a number",
            "Write numbers without separators of thousands.",
        ),
        Check(
            unfit,
            role,
            f"{{{role}_said!r:.40}} is not a number of up to four decimals",
            "Write it as the meter shows it, with the file's decimal mark.",
        ),
        Check(f"{needed} AND {role}_number IS NULL", role, f"{{{role}_said:.40}} is too large a {role}", "Check it."),
        Check(f"{needed} AND {role}_number < 0", role, f"{{{role}_said}} is below zero", "Check it."),
    ]


CHECKS = [
    *_name("point"),
    *_name("meter"),
    _missing("register"),
    Check(
        "register IS NULL",
        "register",
        "there is no register {register_said!r}",
        f"Known are {', '.join(ENERGY)} and {DEMAND}; {', '.join(WITH_PERIODS)} also with a time-of-use period, as in "
        "active_in:peak; in Chinese such as 正向有功总, 有功（峰）, 无功总, 最大需量.",
    ),
    *_day("from"),
    *_day("to"),
    Check(
        "to_day <= from_day",
        "to",
        "the reading of {to_said} is not after the one of {from_said}",
        "Check which is the last reading and which is this one.",
    ),
    *_number("multiplier", mend=_ONE),
    Check("multiplier_number = 0", "multiplier", "the multiplier is zero", _ONE),
    *_number("this"),
    *_number("last", "NOT is_demand"),
    Check(
        "digits_said IS NOT NULL AND (digits IS NULL OR digits NOT BETWEEN 1 AND 14)",
        "digits",
        "a register does not have {digits_said} digits before the point",
        "Give 1 to 14, or leave it empty.",
    ),
    Check(
        "NOT is_demand AND greatest(last_number, this_number) >= capacity",
        "digits",
        "the readings {last_said} and {this_said} do not both have {digits} digits or fewer before the point",
        "Check the digits, and the readings.",
    ),
    Check(
        f"{_BACKWARDS} AND digits IS NULL",
        "this",
        "the register runs backwards from {last_said} to {this_said}",
        "Check both readings; if the counter rolled over, give its digits.",
    ),
    Check(
        f"{_BACKWARDS} AND (this_number + capacity - last_number) * 2 >= capacity",
        "this",
        "the register runs backwards from {last_said} to {this_said}, and a counter of {digits} digits that rolled "
        "over would have counted half its range or more",
        "Check both readings; if the meter was exchanged, give each meter its row.",
    ),
    Check(
        "quantity IS NULL",
        "this",
        "from {last_said} to {this_said}, times {multiplier_said}, is more than 64 bits of Wh hold",
        "Check the readings and the multiplier.",
    ),
    Check(
        "is_demand AND at_said IS NOT NULL AND moment IS NULL",
        "at",
        "{at_said!r} is not a date and time",
        "Write it as 2026-05-31 10:15.",
    ),
    # A meter that was read during a day has some hours of it beyond the day at whose beginning the reading counts.
    Check(
        "is_demand AND (moment < from_day OR moment >= to_day + INTERVAL 1 DAY)",
        "at",
        "the maximum of {at_said} is not between {from_said} and {to_said}",
        "Check the dates; a demand that was not reset is of an earlier span.",
    ),
]
"""In the order in which the first of a row's faults is told."""
