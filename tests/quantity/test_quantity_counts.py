"""One bill is one bill, and two are two bills."""

import pytest

from wattloop.library.quantity.counts import counted


@pytest.mark.parametrize(("count", "said"), [(0, "0 bills"), (1, "1 bill"), (2, "2 bills"), (2000, "2,000 bills")])
def test_a_count_agrees_with_its_word(count, said):
    assert counted(count, "bill") == said


def test_a_plural_of_its_own_is_given():
    assert counted(2, "factory", "factories") == "2 factories"
