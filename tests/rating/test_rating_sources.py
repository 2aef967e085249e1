"""Day-rows given as an Arrow table are billed as they are, or refused by name."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from wattloop.library import rating, tariffs
from wattloop.library.quantity.dayrows import from_matrix
from wattloop.library.quantity.refusal import Refused

START, END = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
FLAT = tariffs.from_plain(
    {"id": "flat", "name": "Flat", "valid_from": "always", "currency": "CNY", "calendar": {"periods": {"all": "all"},
     "days": [{"when": "always", "rest": "all"}]}, "energy": {"prices": {"all": "0.5"}}}
)  # fmt: skip


def october(points=("P2", "P1"), first="2026-10-01", days=31, channel="active_in"):
    """A kWh an hour; the points in the order given."""
    day = np.tile(np.arange(np.datetime64(first), np.datetime64(first) + days), len(points))
    names = np.repeat(np.array(points, object), days)
    return from_matrix(names.tolist(), day, np.full((len(day), 24), 1000, np.int32), channel=channel)


def billed(table):
    lines = rating.rate(table, FLAT, START, END)
    return dict(zip(lines["agreement"].to_pylist(), lines["quantity"].to_pylist(), strict=True))


def test_points_come_out_in_order_whatever_their_order_in_the_table():
    assert list(billed(october())) == ["P1", "P2"]


def test_rows_outside_the_span_are_not_billed():
    assert billed(october(first="2026-09-20", days=60)) == {"P1": Decimal(744), "P2": Decimal(744)}


def test_a_table_in_several_pieces_is_one_table():
    whole = october()
    pieces = pa.concat_tables([whole.slice(0, 7), whole.slice(7, 31), whole.slice(38)])
    assert billed(pieces) == billed(whole)


def test_other_channels_are_not_billed():
    mixed = pa.concat_tables([october(), october(channel="active_out"), october(channel="voltage")])
    assert billed(mixed) == {"P1": Decimal(744), "P2": Decimal(744)}


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_a_day_given_twice_is_refused_by_point_and_day(order):
    table = pa.concat_tables([october(), october(points=("P1",), first="2026-10-09", days=1)])
    table = table.take(pa.array(np.arange(len(table))[order]))
    with pytest.raises(Refused, match="point P1 has 2026-10-09 more than once"):
        billed(table)


@pytest.mark.parametrize("column", ["point", "day"])
def test_a_row_without_point_or_day_is_refused_with_its_row(column):
    table = october()
    holed = pa.array([None if i == 4 else v for i, v in enumerate(table[column].to_pylist())], table[column].type)
    with pytest.raises(Refused, match=f"there is no {column}") as refused:
        billed(table.set_column(table.column_names.index(column), column, holed))
    assert refused.value.row == 5


def test_a_missing_reading_is_refused_by_point_day_and_slot():
    table = october()
    holed = pa.array([None if i == 33 else 1000 for i in range(len(table))], pa.int32())
    with pytest.raises(Refused, match="point P1, 2026-10-03, slot v07"):
        billed(table.set_column(table.column_names.index("v07"), "v07", holed))


def test_a_table_without_the_slots_of_a_day_is_refused():
    with pytest.raises(Refused, match="no slot columns"):
        billed(october().drop_columns(["v23"]))
