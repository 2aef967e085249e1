"""Bills that a run holds back: who asks for their explanation is told why there is none."""

import re

import pytest
from hypothesis import event

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.exceptions import NOT_HELD


def is_held_back(run, name, explain):
    """Whether a bill of an agreement is held back, in which case `explain()` says one of the run's reasons."""
    mine = [row["what"] for row in run.exceptions.to_pylist() if row["agreement"] == name]
    why = [what for what in mine if what not in NOT_HELD]
    if not why:
        return False
    event(f"held back: {why[0][:50]}")
    with pytest.raises(Refused) as refused:
        explain()
    assert re.match(f"the bill of {name} from .* is held back: ({'|'.join(map(re.escape, why))})", refused.value.what)
    return True
