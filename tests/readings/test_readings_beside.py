"""What is handed over is used beside, in order, to its end or not at all."""

import datetime as dt
import threading

import pytest

from wattloop.library.quantity import clock
from wattloop.library.readings.beside import Beside


def threads():
    return [t for t in threading.enumerate() if t.name == "working beside"]


@pytest.mark.parametrize("count", [1, 3, 50])
def test_everything_handed_over_is_used_in_its_order_before_the_block_is_left(count):
    used = []
    with Beside(used.extend) as beside:
        for item in range(count):
            beside.put(item)
    assert used == list(range(count))
    assert threads() == []


def test_where_nothing_is_handed_over_nothing_is_begun():
    begun = []
    with Beside(begun.append):
        pass
    assert begun == []


def test_who_hands_over_waits_for_one_who_is_slow():
    go, used = threading.Event(), []

    def slow(items):
        go.wait(10)
        used.extend(items)

    with Beside(slow) as beside:
        threading.Timer(0.2, go.set).start()
        for item in range(20):  # more than may wait
            beside.put(item)
        assert go.is_set()
    assert used == list(range(20))


def test_a_failure_of_the_user_is_raised_where_it_is_next_spoken_to():
    def breaking(items):
        next(items)
        raise OSError("the disk is full")

    def hand_over():
        with Beside(breaking) as beside:
            while True:
                beside.put(0)

    with pytest.raises(OSError, match="the disk is full"):
        hand_over()
    assert threads() == []


def test_a_failure_on_the_last_item_is_raised_on_leaving():
    def breaking(items):
        list(items)
        raise OSError("the disk is full")

    def hand_over():
        with Beside(breaking) as beside:
            beside.put(0)

    with pytest.raises(OSError, match="the disk is full"):
        hand_over()


def test_what_was_begun_is_not_finished_where_the_one_who_hands_over_fails():
    finished = []

    def use(items):
        list(items)
        finished.append(True)

    def hand_over():
        with Beside(use) as beside:
            beside.put(0)
            raise KeyError("a bad row")

    with pytest.raises(KeyError, match="a bad row"):
        hand_over()
    assert finished == []
    assert threads() == []


def test_a_held_clock_is_held_there_too():
    noon, seen = dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC), []
    with clock.frozen(noon), Beside(lambda items: seen.extend(clock.now() for _ in items)) as beside:
        beside.put(0)
    assert seen == [noon]
