"""Exact money: integers and Decimal, whole columns at a time, bounds checked before anything is multiplied."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LIMIT = 2**63 - 1
_ROUNDING = {"up": ROUND_HALF_UP, "even": ROUND_HALF_EVEN}


def round_money(value: Decimal, step: Decimal, half: str = "up") -> Decimal:
    """Round to whole steps; `half` is "up" (away from zero) or "even".

    Raises:
        ValueError: for another `half`.
    """
    return (value / step).quantize(Decimal(1), _rounding(half)) * step


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
            would not, Python's integers carry that row, so nothing ever wraps.
        ValueError: for another `half`, or a price that is no number.
    """
    _rounding(half)
    factor: int | Whole
    if isinstance(price, Decimal):
        factor, price_scale = _whole_price(price)
    else:
        factor, price_scale = price, price_scale or 0
    drop = quantity_scale + price_scale - amount_scale
    grow, by = 10 ** max(0, -drop), 10 ** max(0, drop)
    largest = abs(factor) if isinstance(factor, int) else largest_of(factor)
    if max(largest, grow) > LIMIT or by > LIMIT // 2:
        return _by_python(quantity, factor, drop, half)
    if largest_of(quantity) * largest * grow <= LIMIT:
        return _fast(quantity, np.asarray(factor, np.int64), grow, by, half)
    # A few monsters among many: they alone go the slow way.
    quantity, factors = np.broadcast_arrays(quantity, np.asarray(factor, np.int64))
    room = np.uint64(LIMIT // grow) // np.maximum(_magnitude(factors), np.uint64(1))
    plain = _magnitude(quantity) <= room
    found = _fast(np.where(plain, quantity, 0), factors, grow, by, half)
    found[~plain] = _by_python(quantity[~plain], factors[~plain], drop, half)
    return found


def times_share(quantity: Whole, price: Decimal, share: Whole, of: int, half: str = "up") -> Whole:
    """quantity × price × share / of, rounded to a whole number exactly, with no rounding on the way.

    Args:
        quantity, share: int64[n].
        price: any Decimal.
        of: above zero.
        half: where a half goes, "up" (away from zero) or "even".

    Raises:
        OverflowError: where a result does not fit 64 bits.
    """
    _rounding(half)
    top, bottom = price.as_integer_ratio()
    by = bottom * of
    if largest_of(quantity) * largest_of(share) * abs(top) <= LIMIT and by <= LIMIT // 2:
        return _divided(quantity * share * top, by, half)
    found = []
    for q, part in zip(quantity.tolist(), share.tolist(), strict=True):
        whole, rest = divmod(abs(q * part * top), by)
        whole += 2 * rest > by or (2 * rest == by and (half == "up" or whole % 2 == 1))
        if whole > LIMIT:
            msg = f"{q} × {price} × {part} / {of} is more than an amount can hold"
            raise OverflowError(msg)
        found.append(whole if q * part * top >= 0 else -whole)
    return np.array(found, np.int64)


def _rounding(half: str) -> str:
    if half not in _ROUNDING:
        msg = f"a half is rounded {' or '.join(_ROUNDING)}, not {half!r}"
        raise ValueError(msg)
    return _ROUNDING[half]


def _whole_price(price: Decimal) -> tuple[int, int]:
    """A price as an integer and its decimals, whatever the decimal context's precision."""
    sign, digits, exponent = price.as_tuple()
    if not isinstance(exponent, int):
        msg = f"{price} is not a price"
        raise ValueError(msg)  # noqa: TRY004 - the value is amiss, not its type
    whole = int("".join(map(str, digits))) * 10 ** max(0, exponent)
    return (-whole if sign else whole), max(0, -exponent)


def _fast(quantity: Whole, factor: Whole, grow: int, by: int, half: str) -> Whole:
    product: Whole = np.multiply(quantity, factor)
    return np.asarray(product * grow if by == 1 else _divided(product, by, half), np.int64)


def _divided(product: Whole, by: int, half: str) -> Whole:
    whole, rest = np.divmod(np.abs(product), by)
    twice = 2 * rest
    up = (twice > by) | ((twice == by) & (whole % 2 == 1)) if half == "even" else twice >= by
    return np.asarray(np.sign(product) * (whole + up), np.int64)


def _by_python(quantity: Whole, factor: int | Whole, drop: int, half: str) -> Whole:
    factors = [factor] * len(quantity) if isinstance(factor, int) else factor.tolist()
    grow, by = 10 ** max(0, -drop), 10 ** max(0, drop)
    found = []
    for q, f in zip(quantity.tolist(), factors, strict=True):
        whole, rest = divmod(abs(q * f) * grow, by)
        whole += 2 * rest > by or (2 * rest == by and (half == "up" or whole % 2 == 1))
        if whole > LIMIT:
            msg = f"{q} × {f} is more than an amount can hold"
            raise OverflowError(msg)
        found.append(whole if q * f >= 0 else -whole)
    return np.array(found, np.int64)


def largest_of(values: Whole) -> int:
    """The largest absolute value; 0 of none."""
    return max(abs(int(values.min())), abs(int(values.max()))) if values.size else 0


def _magnitude(values: Whole) -> npt.NDArray[np.uint64]:
    """Absolute values; the view keeps even the lowest integer's."""
    return np.abs(values).view(np.uint64)


def split(total: Whole, weights: Whole) -> Whole:
    """Split integers in proportion to weights so that the parts add up exactly (largest remainder).

    Args:
        total: int64[n]; a credit splits as the charge that it takes back.
        weights: int64[n, k], not negative; a part with weight zero gets nothing.

    Returns:
        int64[n, k], of the total's sign, none larger than its exact share rounded up.

    Raises:
        ValueError: where there is something to split and no weight, or a weight is below zero.
    """
    total, weights = np.asarray(total, np.int64), np.asarray(weights, np.int64)
    if weights.size and int(weights.min()) < 0:
        msg = "a weight is below zero"
        raise ValueError(msg)
    if (~weights.any(axis=1) & (total != 0)).any():
        msg = "there is something to split over weights that are all zero"
        raise ValueError(msg)
    most, parts = largest_of(weights), max(weights.shape[1], 1)
    if max(largest_of(total), parts) * most <= LIMIT:
        return _split_fast(total, weights)
    row_most = weights.max(axis=1)
    plain = _magnitude(total) <= np.uint64(LIMIT) // np.maximum(_magnitude(row_most), np.uint64(1))
    plain &= row_most <= LIMIT // parts
    found = _split_fast(np.where(plain, total, 0), np.where(plain[:, None], weights, 0))
    monsters = _split_fast(total[~plain].astype(object), weights[~plain].astype(object))
    found[~plain] = monsters
    return found


def _split_fast(total: npt.NDArray[Any], weights: npt.NDArray[Any]) -> Whole:
    """Split where no product can wrap: 64-bit integers within their bounds, or Python's own."""
    of = weights.sum(axis=1)
    safe = np.where(of == 0, 1, of)[:, None]
    exact = abs(total)[:, None] * weights
    parts, rest = exact // safe, exact % safe
    lacking = abs(total) - parts.sum(axis=1)
    # The largest remainders get one more each; the earlier part wins a tie.
    order = np.argsort(-rest, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(weights.shape[1])[None, :], axis=1)
    parts = parts + (rank < lacking[:, None])
    return np.asarray(np.where(total < 0, -1, 1)[:, None] * parts, np.int64)


def decimal_array(values: Whole, precision: int, scale: int) -> pa.Array:
    """int64[n] in 10^-scale as an Arrow decimal128(precision, scale) array, without a loop.

    Raises:
        OverflowError: where a value has more digits than `precision`.
    """
    if largest_of(values) >= 10**precision:
        msg = f"{largest_of(values)} has more than {precision} digits"
        raise OverflowError(msg)
    words = np.empty((len(values), 2), np.int64)
    words[:, 0] = values
    words[:, 1] = values >> 63
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(values), [None, pa.py_buffer(words)])
