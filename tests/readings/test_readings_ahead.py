"""Working ahead gives the same batches in the same order, hands errors on in their place, and leaves no thread."""

import datetime as dt
import threading

import pytest

from wattloop.library.quantity import clock
from wattloop.library.readings.ahead import ahead


def threads():
    return [t for t in threading.enumerate() if t.name == "working ahead"]


@pytest.mark.parametrize("count", [0, 1, 3, 50])
def test_the_batches_come_in_their_order_and_all_of_them(count):
    assert list(ahead(range(count))) == list(range(count))
    assert threads() == []


def test_nothing_that_looks_like_an_end_ends_it():
    assert list(ahead([None, 0, None])) == [None, 0, None]


def test_an_error_comes_after_what_was_made_before_it():
    def breaking():
        yield 1
        yield 2
        raise OSError("the disk is gone")

    seen = []

    def use():
        for item in ahead(breaking()):
            seen.append(item)  # noqa: PERF402 - what came before the error counts

    with pytest.raises(OSError, match="the disk is gone"):
        use()
    assert seen == [1, 2]
    assert threads() == []


def test_who_stops_early_closes_the_source():
    closed = []

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.append(True)

    made = ahead(endless())
    assert next(made) == 0
    made.close()
    assert closed == [True]
    assert threads() == []


def test_a_held_clock_is_held_there_too():
    noon = dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC)
    with clock.frozen(noon):
        assert list(ahead(clock.now() for _ in range(2))) == [noon, noon]
