"""How money, energy, days and states are shown: once, for filters, tables and exports alike."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from wattloop.library.quantity.currencies import currency_digits

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
SIGNS = {"CNY": "\N{YEN SIGN}", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "\N{YEN SIGN}", "AUD": "A$"}
TONES = ("good", "warn", "bad", "info", "quiet")


def number(value: Any, digits: int | None = None) -> str:
    """A number with thousands, a true minus, and so many decimals (as it has, without)."""
    if value is None or value == "":
        return DASH
    exact = value if isinstance(value, (int, Decimal)) else Decimal(str(value))
    shown = f"{exact:,}" if digits is None else f"{exact:,.{digits}f}"
    return shown.replace("-", MINUS)


def as_decimal(minor: int, currency: str) -> Decimal:
    """An amount in the smallest unit as a Decimal of the currency."""
    return Decimal(minor).scaleb(-currency_digits(currency))


def amount(minor: int | None, currency: str) -> str:
    """An amount in the smallest unit, without its currency."""
    return DASH if minor is None else number(as_decimal(minor, currency), currency_digits(currency))


def money(minor: int | None, currency: str) -> str:
    """An amount in the smallest unit with its currency's sign, or its code where it has none."""
    if minor is None:
        return DASH
    sign = SIGNS.get(currency, f"{currency} ")
    shown = amount(abs(minor), currency)
    return f"{MINUS if minor < 0 else ''}{sign}{shown}"


def as_kwh(wh: int) -> Decimal:
    """Wh as kWh."""
    return Decimal(wh).scaleb(-3)


def kwh(wh: int | None, digits: int = 0) -> str:
    """Wh as kWh, without the unit."""
    return DASH if wh is None else number(as_kwh(wh), digits)


def energy(wh: int | None) -> str:
    """Wh with the unit that reads best: kWh, MWh from 10,000 kWh, GWh from 10,000 MWh."""
    if wh is None:
        return DASH
    if abs(wh) < 10_000_000:
        return f"{kwh(wh)} kWh"
    power, unit = (-6, "MWh") if abs(wh) < 10_000_000_000 else (-9, "GWh")
    return f"{number(Decimal(wh).scaleb(power), 1)} {unit}"


def day(value: dt.date | None) -> str:
    """A day, as 2026-11-25."""
    if value is None:
        return DASH
    return (timezone.localtime(value) if isinstance(value, dt.datetime) else value).strftime("%Y-%m-%d")


def moment(value: dt.datetime | None) -> str:
    """A moment in the zone of the page, to the minute."""
    return DASH if value is None else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


def span(seconds: float | None) -> str:
    """How long something took: 0.4 s, 12 s, 3 min 20 s, 2 h 05 min."""
    if seconds is None:
        return DASH
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def share(part: Any, whole: Any, digits: int = 1) -> str:
    """A part of a whole in per cent; a dash where the whole is nothing."""
    return f"{number(Decimal(part) * 100 / Decimal(whole), digits)} %" if whole else DASH


def badge(tone: str, label: Any) -> SafeString:
    """A state in a word, coloured by its tone.

    Raises:
        ValueError: for a tone that there is not.
    """
    if tone not in TONES:
        msg = f"a badge is {', '.join(TONES)}, not {tone!r}"
        raise ValueError(msg)
    return format_html('<span class="badge tone-{}">{}</span>', tone, label)
