"""Rows that are alike: the same as sorting all of them would say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wattloop.library.quantity.grouping import groups

numbers = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1))


@given(st.integers(1, 3), st.data())
def test_the_distinct_rows_are_those_that_sorting_finds_in_the_same_order(width, data):
    rows = np.array(data.draw(st.lists(st.lists(numbers, min_size=width, max_size=width))), np.int64).reshape(-1, width)
    distinct, of_row = groups(*rows.T)
    expected, places = np.unique(rows, axis=0, return_inverse=True)
    assert distinct.tolist() == expected.tolist()
    assert of_row.tolist() == places.reshape(-1).tolist()


def test_nothing_has_no_groups():
    distinct, of_row = groups(np.empty(0, np.int64), np.empty(0, np.int32))
    assert distinct.shape == (0, 2)
    assert len(of_row) == 0
