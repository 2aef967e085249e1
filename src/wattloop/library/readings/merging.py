"""New readings against those already there: what is new, what changes, what says nothing new.

A later reading of a slot takes the place of an earlier one; a slot it leaves empty
keeps what was there. What arrived as an estimate gives way to a reading, before or after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Merged:
    """Arriving rows laid over earlier ones of the same point and day.

    Args:
        values, valid: [rows, slots], the outcome.
        known: bool[rows], the day was there before.
        changed: bool[rows], the day was there and says something else now.
        guessed: [rows, slots], what arrived as an estimate; None where nothing did.
    """

    values: Values
    valid: Mask
    known: Mask
    changed: Mask
    guessed: Mask | None = None


def lay_over(
    keys: npt.NDArray[np.int64],
    values: Values,
    valid: Mask,
    old_keys: npt.NDArray[np.int64],
    old_revision: npt.NDArray[np.int64],
    old_values: Values,
    old_valid: Mask,
    guessed: Mask | None = None,
    old_guessed: Mask | None = None,
) -> Merged:
    """Lay arriving rows over all earlier revisions of them.

    Args:
        keys: int64[rows], what names a row's point and day; each once.
        values, valid: [rows, slots].
        old_keys: int64[old], keys of earlier rows, each in `keys`; one may stand several times.
        old_revision: int64[old], which of those came later.
        old_values, old_valid: [old, slots].
        guessed, old_guessed: [rows, slots] and [old, slots], what arrived as an estimate, of what is valid; None where
            nothing did.
    """
    if not len(old_keys):
        return Merged(values, valid, np.zeros(len(keys), bool), np.zeros(len(keys), bool), guessed)
    if guessed is not None or old_guessed is not None:
        guessed = np.zeros(values.shape, bool) if guessed is None else guessed
        old_guessed = np.zeros(old_values.shape, bool) if old_guessed is None else old_guessed
    order = np.lexsort((old_revision, old_keys))
    sorted_keys = old_keys[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = sorted_keys[1:] != sorted_keys[:-1]
    group = np.cumsum(fresh) - 1
    before_values = np.zeros((group[-1] + 1, values.shape[1]), np.int32)
    before_valid = np.zeros(before_values.shape, bool)
    before_guessed = None if old_guessed is None else np.zeros(before_values.shape, bool)
    position = np.arange(len(order)) - np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    for turn in range(int(position.max()) + 1):  # as many turns as the most revised day has revisions
        at = np.flatnonzero(position == turn)
        here = old_valid[order][at]
        where = group[at]
        if old_guessed is not None and before_guessed is not None:
            mere = old_guessed[order][at]
            here = here & _takes(mere, before_valid[where], before_guessed[where])
            before_guessed[where] = np.where(here, mere, before_guessed[where])
        before_values[where] = np.where(here, old_values[order][at], before_values[where])
        before_valid[where] |= here
    sorter = np.argsort(keys)
    row = sorter[np.searchsorted(keys[sorter], sorted_keys[fresh])]
    known = np.zeros(len(keys), bool)
    known[row] = True
    changed = np.zeros(len(keys), bool)
    taken = valid[row]
    differs = (values[row] != before_values) | ~before_valid
    out_guessed = None
    if guessed is not None and before_guessed is not None:
        taken = taken & _takes(guessed[row], before_valid, before_guessed)
        differs |= guessed[row] != before_guessed
        out_guessed = guessed.copy()
        out_guessed[row] = np.where(taken, guessed[row], before_guessed)
    changed[row] = (taken & differs).any(axis=1)
    out_values, out_valid = values.copy(), valid.copy()
    out_values[row] = np.where(taken, values[row], before_values)
    out_valid[row] = valid[row] | before_valid
    return Merged(out_values, out_valid, known, changed, out_guessed)


def _takes(guessed: Mask, before_valid: Mask, before_guessed: Mask) -> Mask:
    """Whether a later slot takes an earlier one's place: a reading always, an estimate unless a reading is there."""
    return ~guessed | ~before_valid | before_guessed
