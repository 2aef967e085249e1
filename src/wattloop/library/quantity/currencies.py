"""How many decimals a currency has; apart from `money`, so that who only shows an amount loads no NumPy."""

from __future__ import annotations

_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}


def currency_digits(currency: str) -> int:
    """Decimals of a currency's smallest unit (ISO 4217)."""
    return _DIGITS.get(currency, 2)
