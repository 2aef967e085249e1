"""Day-rows as tables and as arrays: nothing is lost, moved or wrapped on the way."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattloop.library.quantity.dayrows import (
    ACTIVE_IN,
    CHANNELS,
    SLOT_COUNTS,
    bitmap_bytes,
    final_schema,
    from_matrix,
    matrix,
    raw_schema,
    slot_names,
    with_zone,
    zone_of,
)

DAY = np.datetime64("2026-10-25")


def table_of(values, valid=None, **options):
    """Day-rows of points p0, p1, ... on following days."""
    rows = len(values)
    return from_matrix([f"p{i}" for i in range(rows)], DAY + np.arange(rows), values, valid, **options)


@st.composite
def readings(draw):
    slots, rows = draw(st.sampled_from(SLOT_COUNTS)), draw(st.integers(0, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = rng.integers(-(2**31), 2**31, (rows, slots)).astype(np.int32)
    valid = rng.random((rows, slots)) < draw(st.sampled_from([0, 0.5, 0.99, 1]))
    return slots, values, valid


@settings(deadline=None)  # the first call loads Arrow's kernels
@given(readings())
def test_readings_and_gaps_come_back_as_they_went_in(case):
    slots, values, valid = case
    found, stands = matrix(table_of(values, valid), slots)
    assert found.dtype == np.int32
    assert (stands == valid).all()
    assert (found == np.where(valid, values, 0)).all()


@given(readings(), st.integers(0, 5), st.integers(0, 5))
def test_a_slice_or_several_chunks_of_a_table_read_the_same(case, begin, length):
    slots, values, valid = case
    table = table_of(values, valid)
    found, stands = matrix(table.slice(begin, length), slots)
    assert (found == np.where(valid, values, 0)[begin : begin + length]).all()
    assert (stands == valid[begin : begin + length]).all()
    twice = pa.concat_tables([table.slice(begin), table])
    found, stands = matrix(twice, slots)
    assert (found == np.concatenate([np.where(valid, values, 0)[begin:], np.where(valid, values, 0)])).all()
    assert (stands == np.concatenate([valid[begin:], valid])).all()


def test_a_record_batch_reads_like_a_table():
    values = np.arange(48, dtype=np.int32).reshape(2, 24)
    batch = table_of(values).to_batches()[0]
    assert (matrix(batch, 24)[0] == values).all()


@pytest.mark.parametrize("slots", SLOT_COUNTS)
def test_slots_are_named_so_that_their_names_sort_by_time(slots):
    names = slot_names(slots)
    assert len(names) == len(set(names)) == slots
    assert names == sorted(names)
    assert names[0] == ("v000" if slots > 100 else "v00")
    assert names[-1] == f"v{slots - 1}"


@pytest.mark.parametrize("slots", [0, 1, 25, 95, 97, 1440])
def test_a_day_of_another_number_of_slots_is_an_error_that_lists_the_right_ones(slots):
    with pytest.raises(ValueError, match="24, 48, 96, 144, 288"):
        slot_names(slots)


@pytest.mark.parametrize("slots", SLOT_COUNTS)
def test_raw_rows_may_hold_gaps_and_final_rows_may_not(slots):
    raw, final = raw_schema(slots), final_schema(slots)
    assert raw.names == ["point", "channel", "day", *slot_names(slots)]
    assert final.names == [*raw.names, "estimated", "edited"]
    assert all(raw.field(name).nullable and not final.field(name).nullable for name in slot_names(slots))
    assert {raw.field(name).type for name in slot_names(slots)} == {pa.int32()}


@pytest.mark.parametrize("slots", SLOT_COUNTS)
def test_a_quality_bitmap_has_one_bit_a_slot_lowest_first(slots):
    marked = np.zeros(slots, bool)
    marked[9] = True
    packed = np.packbits(marked, bitorder="little").tobytes()
    assert len(packed) == bitmap_bytes(slots)
    assert packed[1] == 0b10


def test_rows_carry_whose_standard_time_they_are_in():
    table = table_of(np.zeros((1, 24), np.int32))
    assert zone_of(table) == (None, None)
    placed = with_zone(table, "Australia/Lord_Howe", 630)
    assert zone_of(placed) == ("Australia/Lord_Howe", 630)
    assert zone_of(placed.slice(0, 1).select(["point", "day", "v00"])) == ("Australia/Lord_Howe", 630)
    assert zone_of(with_zone(placed, None, 0)) == (None, 0)
    assert zone_of(with_zone(placed, "America/New_York", -300)) == ("America/New_York", -300)


def test_saying_a_zone_keeps_what_else_the_table_says():
    table = table_of(np.zeros((1, 24), np.int32)).replace_schema_metadata({b"source": b"head-end"})
    assert with_zone(table, "Asia/Shanghai", 480).schema.metadata[b"source"] == b"head-end"


def test_points_may_come_as_arrow_text_of_any_kind():
    values = np.zeros((2, 24), np.int32)
    for points in (
        pa.array(["甲", "乙"]),
        pa.array(["甲", "乙"]).dictionary_encode(),
        pa.chunked_array([["甲"], ["乙"]]),
        np.array(["甲", "乙"]),
    ):
        table = from_matrix(points, np.array([DAY, DAY]), values)
        assert table["point"].to_pylist() == ["甲", "乙"]
        assert table.schema == raw_schema(24)


def test_rows_are_of_active_energy_bought_unless_they_say_otherwise():
    values = np.zeros((1, 24), np.int32)
    assert table_of(values)["channel"].to_pylist() == [ACTIVE_IN]
    assert table_of(values, channel="voltage")["channel"].to_pylist() == ["voltage"]
    assert ACTIVE_IN in CHANNELS


@pytest.mark.parametrize("reading", [2**31, -(2**31) - 1, 2**40])
def test_a_reading_too_large_for_32_bits_is_an_error_and_never_wraps(reading):
    values = np.zeros((1, 24), np.int64)
    values[0, 3] = reading
    with pytest.raises(OverflowError, match="32 bits"):
        table_of(values)
    wide = table_of(np.zeros((1, 24), np.int32)).set_column(6, "v03", pa.array([reading]))
    with pytest.raises(pa.ArrowInvalid):
        matrix(wide, 24)


def test_a_number_under_a_gap_does_not_matter():
    values, valid = np.full((1, 24), 2**40), np.zeros((1, 24), bool)
    assert matrix(table_of(values, valid), 24)[1].sum() == 0


def test_fractions_of_a_unit_are_an_error_and_never_cut_off():
    with pytest.raises(TypeError, match="whole numbers"):
        table_of(np.full((1, 24), 0.7))


def test_sums_that_an_engine_widened_read_back_as_readings():
    table = table_of(np.full((2, 24), 7, np.int32)).set_column(3, "v00", pa.array([8, None], pa.int64()))
    values, valid = matrix(table, 24)
    assert values[:, 0].tolist() == [8, 0]
    assert valid[:, 0].tolist() == [True, False]
