"""What a file is, found where unambiguous and said; else refused with what would settle it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.columns import slot_columns
from wattloop.library.readings.recognise import recognise
from wattloop.library.readings.stamps import carries_offset, shape

ROW = "A,2026-01-01 00:00,1"


def file_of(folder, text, encoding="utf-8", name="f.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def recognised(folder, header, row=ROW, encoding="utf-8", **told):
    return recognise(file_of(folder, f"{header}\n{row}\n", encoding), **told)


def refused(path, **told):
    with pytest.raises(Refused) as caught:
        recognise(path, **told)
    return caught.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_plain_long_form_needs_no_options(tmp_path, delimiter):
    found = recognised(tmp_path, delimiter.join(["point", "start", "kwh"]), ROW.replace(",", delimiter))
    assert (found.shape, found.unit, found.stamp, found.delimiter) == ("long", "kWh", "start", delimiter)
    assert found.columns == {"point": "point", "start": "start", "value": "kwh"}


@pytest.mark.parametrize(
    ("header", "unit", "stamp"),
    [
        ("户号,数据时间,电量(kWh)", "kWh", "start"),
        ("表号,时间,功率（kW）", "kW", "start"),
        ("计量点编号,结束时间,有功功率", "kW", "end"),
        ("计量点,采集时间,用电量", "kWh", "start"),
        ("meter_id,interval_end,energy_wh", "Wh", "end"),
        ("Meter,Timestamp,kWh", "kWh", "start"),
        ("LCLid,tstp,energy (kWh)", "kWh", "start"),
        ("nmi,time,consumption [Wh]", "Wh", "start"),
    ],
)
def test_obvious_names_are_known_in_english_and_chinese(tmp_path, header, unit, stamp):
    found = recognised(tmp_path, header)
    assert (found.unit, found.stamp) == (unit, stamp)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_told_apart(tmp_path, encoding):
    found = recognised(tmp_path, "户号,数据时间,电量(kWh)", encoding=encoding)
    assert found.encoding == encoding
    assert found.columns["point"] == "户号"
    assert ("the text is GB18030" in found.notes) == (encoding == "gb18030")


def test_what_is_assumed_of_stamps_is_said(tmp_path):
    assert "'timestamp' is taken as the start of the interval" in recognised(tmp_path, "meter,timestamp,kwh").notes


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("meter,customer,timestamp,kwh", ("meter", "customer", "point=")),
        ("point,start,kwh,kw", ("kwh", "kw", "value=")),
        ("point,timestamp,time,kwh", ("timestamp", "time", "start=")),
        ("thing,start,kwh", ("point=",)),
    ],
)
def test_what_is_ambiguous_is_refused_with_the_candidates_and_the_option(tmp_path, header, named):
    row = ",".join(["A", "2026-01-01 00:00", "1", "2"][: header.count(",") + 1])
    problem = refused(file_of(tmp_path, f"{header}\n{row}\n"))
    assert all(word in str(problem) for word in named)


def test_the_option_settles_it(tmp_path):
    found = recognised(
        tmp_path, "meter,customer,timestamp,kwh", "A,B,2026-01-01 00:00,1", columns={"point": "customer"}
    )
    assert found.columns["point"] == "customer"


def test_of_both_edges_of_an_interval_its_start_is_taken(tmp_path):
    found = recognised(tmp_path, "meter,start,end,kwh", "A,2026-01-01 00:00,2026-01-01 00:15,1")
    assert (found.columns["start"], found.stamp) == ("start", "start")


@pytest.mark.parametrize("header", ["point,start,value", "point,start,value (MWh)", "point,start,reading"])
def test_an_unknown_unit_is_refused_with_the_ones_there_are(tmp_path, header):
    assert "kWh, Wh or kW" in refused(file_of(tmp_path, f"{header}\n{ROW}\n")).mend


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"unit": "MWh"}, "unit"),
        ({"stamp": "middle"}, "stamp"),
        ({"slots": 95}, "slots"),
        ({"delimiter": "::"}, "delimiter"),
        ({"encoding": "klingon"}, "encoding"),
        ({"columns": {"colour": "point"}}, "columns"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused_by_name(tmp_path, told, field):
    assert refused(file_of(tmp_path, f"point,start,kwh\n{ROW}\n"), **told).field == field


@pytest.mark.parametrize(
    ("content", "said", "row"),
    [
        (b"", "empty", None),
        (b"\n \n\n", "empty", None),
        (b"point,start,kwh\n", "no reading", 1),
        (b"point,start,kwh", "no reading", 1),
        (b"point,kwh\nA,1\n", "2 column(s)", 1),
        (b"point:start:kwh\nA:1:2\n", "none of the delimiters", 1),
        (b"A,2026-01-01 00:00,1\n1,2,3\n", "no header", 1),
        (b"1,2026-01-01 00:00,1\n1,2,3\n", "no header", 1),
        (b"point,start,start\nA,1,2\n", "stands there twice", 1),
        (b"PK\x03\x04rest", "XLSX", None),
        (b"\x1f\x8brest", "gzip", None),
        (b"point,start,kwh\nA,2026-01-01 00:00,1\nB\0,2026-01-01 00:00,1\n", "NUL bytes", 3),
        (b"point,start,kwh\nA,2026-01-01 00:00,1\n\xff\xfe,2026-01-01 00:00,1\n", "neither UTF-8", 3),
        (b"point,start,kwh\nA,2026-01-01 00:00,1\nA,2026-01-01 00:15,", "cut short", 3),
        (b"x" * 1_100_000, "million characters", 1),
    ],
)
def test_what_is_no_table_of_readings_is_refused(tmp_path, content, said, row):
    problem = refused(file_of(tmp_path, content))
    assert said in problem.what
    assert problem.row == row
    assert problem.file


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert "no such file" in refused(tmp_path / "nothing.csv").what
    assert "folder" in refused(tmp_path).what


def test_a_wrong_delimiter_is_refused_with_the_header(tmp_path):
    assert "point,start,kwh" in refused(file_of(tmp_path, f"point,start,kwh\n{ROW}\n"), delimiter=";").what


def test_a_broken_byte_after_many_blocks_is_found_in_its_row(tmp_path, monkeypatch):
    from wattloop.library.readings import encodings

    monkeypatch.setattr(encodings, "_BLOCK", 64)
    good = "户号,数据时间,电量(kWh)\n" + "甲,2026-01-01 00:00,1\n" * 300
    problem = refused(file_of(tmp_path, good.encode() + b"\xff\xff\n"))
    assert problem.row == 302
    for encoding in ("utf-8", "gb18030"):  # characters parted between blocks are whole again
        assert recognise(file_of(tmp_path, good, encoding)).encoding == encoding


def test_a_last_line_without_its_end_is_said(tmp_path):
    found = recognise(file_of(tmp_path, f"point,start,kwh\n{ROW}"))
    assert any("cut short" in note for note in found.notes)
    assert found.rows == 1


CLOCK = [f"{m // 60:02}:{m % 60:02}" for m in range(0, 1440, 15)]
ENDS = [*CLOCK[1:], "24:00"]


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (CLOCK, "start"),
        (ENDS, "end"),
        ([*CLOCK[1:], "00:00"], "end"),
        ([f"{a}-{b}" for a, b in zip(CLOCK, ENDS, strict=True)], "start"),
        ([f"{c}:00" for c in ENDS], "end"),
        ([f"{c}(kWh)" for c in CLOCK], "start"),
        ([f"P{i}" for i in range(1, 97)], None),
        ([f"点{i}" for i in range(1, 97)], None),
        ([str(i) for i in range(1, 97)], None),
        ([f"v{i:02}" for i in range(96)], "start"),
        ([f"{h}:00" for h in range(1, 25)], "end"),
        ([f"v{i:03}" for i in range(288)], "start"),
    ],
)
def test_the_slots_of_a_day_are_known_by_their_names(names, kind):
    assert slot_columns(["户号", "日期", *names]) == (names, kind)


def test_slot_columns_in_another_order_are_put_in_the_days():
    shuffled = CLOCK[48:] + CLOCK[:48]
    assert slot_columns(["point", "day", *shuffled]) == (CLOCK, "start")


@pytest.mark.parametrize("names", [CLOCK[:-1], [f"P{i}" for i in range(2, 98)], [f"P{i}" for i in range(95)]])
def test_columns_that_do_not_make_a_day_are_none(names):
    assert slot_columns(names) is None


def test_a_header_that_almost_makes_a_day_is_refused_with_the_count(tmp_path):
    header = ",".join(["户号", "日期(kWh)", *CLOCK[:-1]])
    problem = refused(file_of(tmp_path, header + "\n" + ",".join(["A", "2026-01-01", *["1"] * 95]) + "\n"))
    assert "95 columns" in problem.what


def test_the_unit_of_a_total_is_not_taken_for_that_of_the_curve(tmp_path):
    header = ",".join(["户号", "日期", "总电量(kWh)", *(f"P{i}" for i in range(1, 97))])
    row = ",".join(["A", "2026-01-01", "24", *["1"] * 96])
    assert "does not say the unit" in refused(file_of(tmp_path, f"{header}\n{row}\n")).what
    assert recognised(tmp_path, header, row, unit="kW").unit == "kW"


@pytest.mark.parametrize(
    "text", ["2026-01-01 00:15:00+08:00", "2026-01-01T00:15Z", "2026/1/1 0:15-5", "2026-01-01 00:15 UTC"]
)
def test_an_offset_is_seen_in_every_way_of_writing_it(text):
    assert carries_offset(text)
    assert shape(text, zoned=False) is None


@given(
    st.from_regex(r"\A\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d\d(:\d\d)?\Z"),
    st.sampled_from(["Z", "+08:00", "-05", "+8"]),
)
def test_no_stamp_with_an_offset_has_the_shape_of_one_without(plain, offset):
    pattern = shape(plain, zoned=False)
    like = re.compile(re.escape(pattern).replace("_", "."))
    assert like.fullmatch(plain)
    assert not like.fullmatch(plain + offset)
