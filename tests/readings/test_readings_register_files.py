"""Register files as meters' keepers write them: long and wide, English and Chinese, CSV, XLSX and Parquet."""

import datetime as dt
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from readings_registers import file_of, held, said

from wattloop.library import readings
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.register_names import register_of, side_of

MAY, JUNE = dt.date(2026, 5, 1), dt.date(2026, 6, 1)
LONG = "户号,户名,电能表资产号,示数类型,上次抄表日期,本次抄表日期,上次示数,本次示数,综合倍率,位数,需量发生时间"
LONG_ROWS = (
    "310000001,某厂,A1,有功（总）,2026-04-30 24:00,2026-05-31 24:00,1000.00,1100.50,40,6.2,",
    "310000001,某厂,A1,有功（峰）,2026-04-30 24:00,2026-05-31 24:00,400.00,440.25,40,6.2,",
    "310000001,某厂,A1,无功（总）,2026-04-30 24:00,2026-05-31 24:00,300.00,320.00,40,6.2,",
    "310000001,某厂,A1,最大需量,2026-04-30 24:00,2026-05-31 24:00,0.3511,0.4321,40,,2026/5/12 10:15",
)
WIDE = (
    "计量点编号,表号,上次抄表日期,本次抄表日期,倍率,位数,上次有功总,本次有功总,上次峰,本次峰,上次无功总,本次无功总,"
    "最大需量,需量发生时间"
)
WIDE_ROW = "310000001,A1,2026-05-01,2026-06-01,40,6,1000.00,1100.50,400.00,440.25,300.00,320.00,0.4321,2026-05-12 10:15"
ENGLISH = (
    "point,meter,from,to,multiplier,digits,last_active_in,this_active_in,last_active_in:peak,this_active_in:peak,"
    "last_reactive_in,this_reactive_in,this_demand,at_demand"
)
QUANTITIES = {"active_in": 4_020_000, "active_in:peak": 1_610_000, "demand": 17_284, "reactive_in": 800_000}


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "Asia/Shanghai")


def taken(lake, path, **told):
    readings.import_file(lake, path, **told)
    return held(lake)


def quantities(rows):
    return {r["register"]: r["quantity"] for r in rows}


def check_same(rows):
    assert quantities(rows) == QUANTITIES
    assert {(r["point"], r["meter"], r["from"], r["to"]) for r in rows} == {("310000001", "A1", MAY, JUNE)}
    assert [r["at"] for r in rows if r["at"]] == [dt.datetime(2026, 5, 12, 10, 15)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_file_of_a_register_a_row_is_known_by_its_headings(lake, tmp_path, encoding):
    path = tmp_path / "示数.csv"
    path.write_text("\n".join([LONG, *LONG_ROWS]) + "\n", encoding=encoding)
    check_same(taken(lake, path))


@pytest.mark.parametrize("header", [WIDE, ENGLISH])
def test_a_file_of_a_meter_a_row_holds_all_its_registers(lake, tmp_path, header):
    check_same(taken(lake, file_of(tmp_path / "wide.csv", WIDE_ROW, header=header)))


def test_long_and_wide_say_the_same(lake, tmp_path):
    readings.import_file(lake, file_of(tmp_path / "long.csv", *(r.replace("6.2", "6") for r in LONG_ROWS), header=LONG))
    report = readings.import_file(lake, file_of(tmp_path / "wide.csv", WIDE_ROW, header=WIDE))
    assert (report.unchanged, report.revisions) == (3, 1)  # the demand's digits


def test_a_meter_without_a_register_has_an_empty_cell(lake, tmp_path):
    row = "B,M,2026-05-01,2026-06-01,1,,10,20,,,,,,"
    rows = taken(lake, file_of(tmp_path / "wide.csv", WIDE_ROW, row, header=WIDE))
    assert [r["register"] for r in rows if r["point"] == "B"] == ["active_in"]
    half = "B,M,2026-05-01,2026-06-01,1,,10,20,5,,,,,"
    with pytest.raises(Refused, match="there is no this") as refused:
        taken(lake, file_of(tmp_path / "half.csv", WIDE_ROW, half, header=WIDE))
    assert (refused.value.row, refused.value.field) == (3, "本次峰")


def test_without_names_of_registers_a_reading_is_of_all_active_energy(lake, tmp_path):
    header = "户号,表号,上次抄表日期,本次抄表日期,起码,止码,倍率"
    rows = taken(lake, file_of(tmp_path / "r.csv", "1,M,2026-05-01,2026-06-01,5,7,1", header=header))
    assert quantities(rows) == {"active_in": 2000}


def test_a_measuring_point_comes_before_a_customer(lake, tmp_path):
    header = "户号,计量点编号,表号,上次抄表日期,本次抄表日期,上次示数,本次示数,倍率"
    [row] = taken(lake, file_of(tmp_path / "r.csv", "C1,P1,M,2026-05-01,2026-06-01,5,7,1", header=header))
    assert row["point"] == "P1"


def test_a_meter_stands_for_its_point_where_there_is_no_other(lake, tmp_path):
    header = "表号,上次抄表日期,本次抄表日期,上次示数,本次示数,倍率"
    path = file_of(tmp_path / "r.csv", "M,2026-05-01,2026-06-01,5,7,1", header=header)
    [row] = taken(lake, path)
    assert (row["point"], row["meter"]) == ("M", "M")
    assert "'表号' names the point as well as the meter" in readings.recognise(path).notes


def test_decimal_commas_are_read(lake, tmp_path):
    header = "point;meter;register;from;to;last;this;multiplier"
    row = "P;M;active_in;1.5.2026;1.6.2026;1000,5;1001,25;1,5"
    [row] = taken(lake, file_of(tmp_path / "r.csv", row, header=header))
    assert (row["quantity"], row["multiplier"], row["from"]) == (1125, Decimal("1.5"), MAY)
    mixed = file_of(tmp_path / "mixed.csv", "P;M;active_in;1.5.2026;1.6.2026;1000,5;1001.25;1", header=header)
    with pytest.raises(Refused, match=r"'1001\.25' is not a number"):
        taken(lake, mixed, decimal=",")


def workbook(path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_spaces_around_cells_are_no_part_of_them(lake, tmp_path):
    row = " P\u3000,\tM ,\u00a0active_in , 2026-05-01 ,2026-05-31 24:00 , 1.5,2.5 , 1 ,6 , "
    [row] = taken(lake, file_of(tmp_path / "r.csv", row))
    assert (row["point"], row["meter"], row["register"], row["quantity"]) == ("P", "M", "active_in", 1000)


def test_a_reading_that_is_nan_in_parquet_is_missing(lake, tmp_path):
    header = ["point", "meter", "from", "to", "multiplier", "last_active_in", "this_active_in", "this_demand"]
    values = [["P"], ["M"], [MAY], [JUNE], [1.0], [1.5], [2.5], [float("nan")]]
    pq.write_table(pa.table(dict(zip(header, values, strict=True))), tmp_path / "r.parquet")
    assert quantities(taken(lake, tmp_path / "r.parquet")) == {"active_in": 1000}


def test_a_workbook_is_read_with_dates_and_numbers_as_excel_keeps_them(lake, tmp_path):
    path = workbook(
        tmp_path / "示数.xlsx", LONG.split(","),
        [310000001, "某厂", "A1", "有功（总）", MAY, dt.datetime(2026, 6, 1), 1000, 1100.5, 40, 6, None],
        [310000001, "某厂", "A1", "有功（峰）", MAY, "2026-05-31 24:00", 0.1 + 0.2, 40.55, 40, "6.2", "--"],
        [],
        [310000001, "某厂", "A1", "最大需量", MAY, JUNE, None, 0.4321, 40.0, None, dt.datetime(2026, 5, 12, 10, 15)],
    )  # fmt: skip
    rows = taken(lake, path)
    assert quantities(rows) == {"active_in": 4_020_000, "active_in:peak": 1_610_000, "demand": 17_284}
    assert {r["point"] for r in rows} == {"310000001"}


def test_a_bad_cell_of_a_workbook_is_refused_with_its_row(lake, tmp_path):
    good = ["1", "某厂", "A1", "有功（总）", MAY, JUNE, 1, 2, 1, 6]
    path = workbook(tmp_path / "r.xlsx", LONG.split(","), good, [], [*good[:3], "有功（峰）", *good[4:8], 0, 6])
    with pytest.raises(Refused, match="the multiplier is zero") as refused:
        taken(lake, path)
    assert (refused.value.row, refused.value.field) == (4, "综合倍率")


@pytest.mark.parametrize(
    "rows", [[["户号", "日期", "kWh"], ["1", "2026-05-01", 3]], [["户号"]], [[]], [LONG.split(",")]]
)
def test_a_workbook_without_register_readings_is_refused(lake, tmp_path, rows):
    with pytest.raises(Refused) as refused:
        taken(lake, workbook(tmp_path / "r.xlsx", *rows))
    assert refused.value.mend


def test_a_damaged_workbook_is_refused(lake, tmp_path):
    path = tmp_path / "r.xlsx"
    path.write_bytes(workbook(tmp_path / "whole.xlsx", LONG.split(","), LONG_ROWS[0].split(",")).read_bytes()[:3000])
    with pytest.raises(Refused, match="damaged"):
        taken(lake, path)


def test_parquet_keeps_numbers_exact_and_clears_doubles_of_noise(lake, tmp_path):
    table = pa.table(
        {
            "point": ["P", "Q"], "meter": ["M", "M"], "register": ["active_in", "active_in"],
            "from": pa.array([MAY, MAY], pa.date32()),
            "to": pa.array([dt.datetime(2026, 6, 1)] * 2, pa.timestamp("us")),
            "last": pa.array([Decimal("12345678901234.0001"), Decimal(0)], pa.decimal128(18, 4)),
            "this": pa.array([Decimal("12345678901234.0003"), Decimal(1)], pa.decimal128(18, 4)),
            "multiplier": pa.array([0.1 + 0.2, 1.0]),
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "r.parquet")
    rows = taken(lake, tmp_path / "r.parquet")
    assert [(r["last"], r["multiplier"]) for r in rows] == [
        (Decimal("12345678901234.0001"), Decimal("0.3")), (Decimal(0), Decimal(1)),
    ]  # fmt: skip
    pq.write_table(table.set_column(7, "multiplier", pa.array([1.0, 0.0])), tmp_path / "bad.parquet")
    with pytest.raises(Refused, match="multiplier is zero") as refused:
        taken(lake, tmp_path / "bad.parquet")
    assert refused.value.row == 2


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (LONG.replace("综合倍率", "x"), "known as the multiplier"),
        (LONG.replace("电能表资产号", "x"), "known as the meter"),
        (LONG.replace("上次抄表日期", "x"), "known as the from"),
        (LONG.replace("本次抄表日期", "x"), "known as the to"),
        (LONG.replace("本次示数", "x").replace("上次示数", "起码"), None),
        (LONG.replace("户名", "表号"), "more than one column could be the meter"),
        (WIDE.replace("上次峰", "x"), "none for the last reading of active_in:peak"),
        (WIDE.replace("本次峰", "x"), "none for the this reading of active_in:peak"),
        (WIDE.replace("上次峰", "上次有功总示数"), "are both the last reading of active_in"),
    ],
)
def test_what_is_not_recognised_is_refused_with_what_would_be(lake, tmp_path, header, said):
    rows = [WIDE_ROW] if header.startswith("计量点") else LONG_ROWS
    with pytest.raises(Refused) as refused:
        taken(lake, file_of(tmp_path / "r.csv", *rows, header=header))
    assert refused.value.mend
    assert said is None or said in refused.value.what


def test_columns_may_be_told(lake, tmp_path):
    header = "a,b,c,d,e,f,g,h"
    roles = ["point", "meter", "register", "from", "to", "last", "this", "multiplier"]
    told = dict(zip(roles, header.split(","), strict=True))
    path = file_of(tmp_path / "r.csv", "P,M,active_out,2026-05-01,2026-06-01,5,7,1", header=header)
    assert quantities(taken(lake, path, columns=told)) == {"active_out": 2000}
    with pytest.raises(Refused, match="'value' is no column of register readings"):
        taken(lake, path, columns=told | {"value": "z"})
    with pytest.raises(Refused, match="there is no column 'z'"):
        taken(lake, path, columns=told | {"digits": "z"})


@pytest.mark.parametrize("told", [{"unit": "kWh"}, {"stamp": "end"}, {"slots": 96}, {"channel": "active_in"}])
def test_what_only_intervals_have_is_refused_beside_registers(lake, tmp_path, told):
    with pytest.raises(Refused, match="registers") as refused:
        taken(lake, file_of(tmp_path / "r.csv", *LONG_ROWS, header=LONG), **told)
    assert refused.value.field == next(iter(told))


def test_a_curve_beside_a_demand_is_no_register_file(lake, tmp_path):
    hours = ",".join(f"{hour:02}:00" for hour in range(24))
    path = file_of(tmp_path / "r.csv", "P,2026-05-01,9," + ",".join("1" * 24), header=f"point,day,demand,{hours}")
    assert readings.import_file(lake, path, unit="kWh").wh == 24_000


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("active_in", "active_in"), ("ACTIVE_IN:deep-valley", "active_in:deep-valley"), ("demand:day", "demand:day"),
        ("reactive_q3", "reactive_q3"), ("正向有功（总）", "active_in"), ("正向有功总电能示值", "active_in"),
        ("有功（尖峰）", "active_in:sharp"), ("有功(谷)", "active_in:valley"), ("深谷", "active_in:deep-valley"),
        ("反向有功平", "active_out:flat"), ("总", "active_in"), ("正向无功总", "reactive_in"),
        ("反向无功", "reactive_out"),
        ("一象限无功", "reactive_q1"), ("无功(Q2)", "reactive_q2"), ("第四象限无功总", "reactive_q4"),
        ("正向有功总最大需量", "demand"), ("最大需量(峰)", "demand:peak"), ("最大需量 (kW)", "demand"),
        ("reactive_in:peak", None), ("active_in:", None), ("反向有功最大需量", None), ("无功（峰）", None),
        ("电压", None), ("有功总峰", None), ("五象限无功", None), ("示数", None), ("", None), ("本次峰电量", None),
    ],
)  # fmt: skip
def test_a_register_is_known_by_its_name(text, register):
    assert register_of(text) == register


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("本次示数(kWh)", ("this", "active_in")), ("峰止码", ("this", "active_in:peak")),
        ("上期谷", ("last", "active_in:valley")),
        ("最大需量(峰)发生时间", ("at", "demand:peak")), ("this_demand:peak(kW)", ("this", "demand:peak")),
        ("本次峰电量", None), ("本次电量", None), ("本次抄表日期", None), ("current_read_date", None), ("kwh", None),
    ],
)  # fmt: skip
def test_a_column_of_a_wide_file_is_known_by_its_side_and_register(name, found):
    assert side_of(name) == found


def test_a_lake_without_a_zone_takes_the_one_that_is_told(tmp_path):
    lake = readings.open_lake(tmp_path / "bare")
    readings.import_file(lake, file_of(tmp_path / "r.csv", *LONG_ROWS, header=LONG), zone="Asia/Shanghai")
    assert lake.zone == "Asia/Shanghai"
    assert len(said(held(lake))) == 4
