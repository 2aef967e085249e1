"""New readings against those already there: what is new, what changes, what says nothing new.

A later reading of a slot takes the place of an earlier one; a slot it leaves empty
keeps what was there. What arrived as an estimate gives way to a reading, before or after; one that was edited is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
How = npt.NDArray[np.uint8]

READ, GUESSED, EDITED = 0, 1, 2
"""How the source came by what stands in a slot: it was read, estimated, or edited by hand."""


@dataclass(frozen=True, eq=False)
class Merged:
    """Arriving rows laid over earlier ones of the same point and day.

    Args:
        values, valid: [rows, slots], the outcome.
        known: bool[rows], the day was there before.
        changed: bool[rows], the day was there and says something else now.
        how: [rows, slots], READ, GUESSED or EDITED; None where all were read.
    """

    values: Values
    valid: Mask
    known: Mask
    changed: Mask
    how: How | None = None


def lay_over(
    keys: npt.NDArray[np.int64],
    values: Values,
    valid: Mask,
    old_keys: npt.NDArray[np.int64],
    old_revision: npt.NDArray[np.int64],
    old_values: Values,
    old_valid: Mask,
    how: How | None = None,
    old_how: How | None = None,
) -> Merged:
    """Lay arriving rows over all earlier revisions of them.

    Args:
        keys: int64[rows], what names a row's point and day; each once.
        values, valid: [rows, slots].
        old_keys: int64[old], keys of earlier rows, each in `keys`; one may stand several times.
        old_revision: int64[old], which of those came later.
        old_values, old_valid: [old, slots].
        how, old_how: [rows, slots] and [old, slots], READ, GUESSED or EDITED, of what is valid; None where all were
            read.
    """
    if not len(old_keys):
        return Merged(values, valid, np.zeros(len(keys), bool), np.zeros(len(keys), bool), how)
    if how is not None or old_how is not None:
        how = np.full(values.shape, READ, np.uint8) if how is None else how
        old_how = np.full(old_values.shape, READ, np.uint8) if old_how is None else old_how
    order = np.lexsort((old_revision, old_keys))
    sorted_keys = old_keys[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = sorted_keys[1:] != sorted_keys[:-1]
    group = np.cumsum(fresh) - 1
    before_values = np.zeros((group[-1] + 1, values.shape[1]), np.int32)
    before_valid = np.zeros(before_values.shape, bool)
    before_how = None if old_how is None else np.full(before_values.shape, READ, np.uint8)
    position = np.arange(len(order)) - np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    for turn in range(int(position.max()) + 1):  # as many turns as the most revised day has revisions
        at = np.flatnonzero(position == turn)
        here = old_valid[order][at]
        where = group[at]
        if old_how is not None and before_how is not None:
            came = old_how[order][at]
            here = here & _takes(came, before_valid[where], before_how[where])
            before_how[where] = np.where(here, came, before_how[where])
        before_values[where] = np.where(here, old_values[order][at], before_values[where])
        before_valid[where] |= here
    sorter = np.argsort(keys)
    row = sorter[np.searchsorted(keys[sorter], sorted_keys[fresh])]
    known = np.zeros(len(keys), bool)
    known[row] = True
    changed = np.zeros(len(keys), bool)
    taken = valid[row]
    differs = (values[row] != before_values) | ~before_valid
    out_how = None
    if how is not None and before_how is not None:
        taken = taken & _takes(how[row], before_valid, before_how)
        differs |= how[row] != before_how
        out_how = how.copy()
        out_how[row] = np.where(taken, how[row], before_how)
    changed[row] = (taken & differs).any(axis=1)
    out_values, out_valid = values.copy(), valid.copy()
    out_values[row] = np.where(taken, values[row], before_values)
    out_valid[row] = valid[row] | before_valid
    return Merged(out_values, out_valid, known, changed, out_how)


def _takes(how: How, before_valid: Mask, before_how: How) -> Mask:
    """Whether a later slot takes an earlier one's place: a reading always, an estimate unless a reading is there."""
    takes: Mask = (how != GUESSED) | ~before_valid | (before_how == GUESSED)
    return takes
