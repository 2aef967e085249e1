"""Exact money: integers and Decimal, whole columns at a time, bounds checked before anything is multiplied."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Whole = npt.NDArray[np.int64]

_LIMIT = 2**63 - 1
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}


def currency_digits(currency: str) -> int:
    """Decimals of a currency's smallest unit (ISO 4217)."""
    return _DIGITS.get(currency, 2)


def round_money(value: Decimal, step: Decimal, half: str = "up") -> Decimal:
    """Round to whole steps; `half` is "up" (away from zero) or "even"."""
    rounding = ROUND_HALF_EVEN if half == "even" else ROUND_HALF_UP
    return (value / step).quantize(Decimal(1), rounding) * step


def times(
    quantity: Whole,
    quantity_scale: int,
    price: Decimal | Whole,
    amount_scale: int,
    half: str = "up",
    *,
    price_scale: int | None = None,
) -> Whole:
    """quantity × price, rounded once, exactly.

    Args:
        quantity: int64[n] in 10^-quantity_scale of its unit.
        quantity_scale: its decimals.
        price: one Decimal, or int64[n] in 10^-price_scale of the currency.
        amount_scale: decimals of the result.
        half: "up" (away from zero) or "even".
        price_scale: decimals of an integer price.

    Returns:
        int64[n] in 10^-amount_scale of the currency.

    Raises:
        OverflowError: where a result does not fit 64 bits. Where only the product
            would not, Python's integers carry it, so nothing ever wraps.
    """
    if isinstance(price, Decimal):
        exponent = price.as_tuple().exponent
        price_scale = max(0, -exponent) if isinstance(exponent, int) else 0
        single = int(price.scaleb(price_scale))
        factor: int | Whole = single
        largest = abs(single)
    else:
        factor = price
        price_scale = price_scale or 0
        largest = _largest(price)
    drop = quantity_scale + price_scale - amount_scale
    bound = _largest(quantity) * largest
    grown = bound * 10 ** max(0, -drop)
    if grown + 10 ** max(0, drop) > _LIMIT:
        return _by_python(quantity, factor, drop, half)
    product: Whole = np.multiply(quantity, np.asarray(factor, np.int64))
    if drop <= 0:
        return np.asarray(product * 10 ** (-drop), np.int64)
    return _divided(product, 10**drop, half)


def _divided(product: Whole, by: int, half: str) -> Whole:
    whole, rest = np.divmod(np.abs(product), by)
    twice = 2 * rest if by < _LIMIT // 2 else rest - (by - rest) + by
    up = twice > by if half == "even" else twice >= by
    if half == "even":
        up = up | ((twice == by) & (whole % 2 == 1))
    return np.asarray(np.sign(product) * (whole + up), np.int64)


def _by_python(quantity: Whole, factor: int | Whole, drop: int, half: str) -> Whole:
    factors = [factor] * len(quantity) if isinstance(factor, int) else factor.tolist()
    rounding = ROUND_HALF_EVEN if half == "even" else ROUND_HALF_UP
    found = []
    for q, f in zip(quantity.tolist(), factors, strict=True):
        product = q * f
        if drop <= 0:
            found.append(product * 10 ** (-drop))
        else:
            whole, rest = divmod(abs(product), 10**drop)
            tie = 2 * rest == 10**drop
            up = 2 * rest > 10**drop or (tie and (rounding == ROUND_HALF_UP or whole % 2 == 1))
            found.append((1 if product >= 0 else -1) * (whole + up))
        if abs(found[-1]) > _LIMIT:
            msg = f"{q} × {f} is more than an amount can hold"
            raise OverflowError(msg)
    return np.array(found, np.int64)


def _largest(values: Whole) -> int:
    return max(abs(int(values.min())), abs(int(values.max()))) if values.size else 0


def split(total: Whole, weights: Whole) -> Whole:
    """Split integers in proportion to weights so that the parts add up exactly (largest remainder).

    Args:
        total: int64[n], not negative.
        weights: int64[n, k], not negative; a part with weight zero gets nothing.

    Returns:
        int64[n, k].

    Raises:
        ValueError: where there is something to split and no weight.
        OverflowError: where a product would pass 128 bits' worth of care; see `times`.
    """
    of = weights.sum(axis=1)
    if ((of == 0) & (total != 0)).any():
        msg = "there is something to split over weights that are all zero"
        raise ValueError(msg)
    safe = np.where(of == 0, 1, of)[:, None]
    if _largest(total) * _largest(weights) > _LIMIT:
        exact = total.astype(object)[:, None] * weights.astype(object)
        parts = (exact // safe.astype(object)).astype(np.int64)
        rest = (exact % safe.astype(object)).astype(np.int64)
    else:
        parts, rest = np.divmod(total[:, None] * weights, safe)
    lacking = total - parts.sum(axis=1)
    # The largest remainders get one more each; the earlier part wins a tie.
    order = np.argsort(-rest, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(weights.shape[1])[None, :], axis=1)
    return np.asarray(parts + (rank < lacking[:, None]), np.int64)


def decimal_array(values: Whole, precision: int, scale: int) -> pa.Array:
    """int64[n] in 10^-scale as an Arrow decimal128(precision, scale) array, without a loop."""
    words = np.empty((len(values), 2), np.int64)
    words[:, 0] = values
    words[:, 1] = values >> 63
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(values), [None, pa.py_buffer(words)])
