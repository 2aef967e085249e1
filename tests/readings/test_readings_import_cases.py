"""Files into a lake: what is taken as it is, what becomes a revision, what is refused with its row."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloop.library import readings
from wattloop.library.quantity.dayrows import matrix, slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.quantity.zones import utc_to_local

PLAIN = "point,start,kwh\n"


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake")


def long(points=("A",), days=2, minutes=60, value=lambda i: 0.5 + i % 7 / 10, first="2026-03-02"):
    rows = []
    for p in points:
        stamps = np.arange(np.datetime64(first), np.datetime64(first) + days, np.timedelta64(minutes, "m"))
        rows += [f"{p},{s},{value(i):.3f}" for i, s in enumerate(stamps)]
    return rows


def put(tmp_path, text, name="r.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def kwh(lake, slots=24, **chosen):
    table = lake.snapshot(chosen.pop("version", None)).to_arrow(slots, **chosen)
    return {(r["point"], r["day"]): [r[n] for n in slot_names(slots)] for r in table.to_pylist()}


def test_the_plain_long_form_needs_no_options(lake, tmp_path):
    report = readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(("A", "B")))))
    assert (report.rows, report.points, report.slots, report.new_days) == (96, 2, 24, 4)
    assert report.span == (dt.date(2026, 3, 2), dt.date(2026, 3, 3))
    assert "stamps without a zone, taken as the lake's standard time" in str(report)
    assert kwh(lake)["A", dt.date(2026, 3, 2)][:3] == [500, 600, 700]


@pytest.mark.parametrize("minutes", [60, 30, 15, 10, 5])
def test_every_interval_is_told_from_the_stamps(lake, tmp_path, minutes):
    report = readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(minutes=minutes))))
    assert report.slots == 24 * 60 // minutes


@pytest.mark.parametrize(
    ("encoding", "header"),
    [("utf-8", "表号,时间,电量(kWh)"), ("utf-8-sig", "表号,时间,电量(kWh)"), ("gb18030", "户号,数据时间,电量(kWh)")],
)
def test_chinese_headers_are_read_in_every_encoding(lake, tmp_path, encoding, header):
    path = put(tmp_path, header + "\n" + "\n".join(long(("张三",))), encoding=encoding)
    readings.import_file(lake, path)
    assert ("张三", dt.date(2026, 3, 2)) in kwh(lake)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_recognised(lake, tmp_path, delimiter):
    text = (PLAIN + "\n".join(long())).replace(",", delimiter)
    assert readings.import_file(lake, put(tmp_path, text)).new_days == 2


@pytest.mark.parametrize(("unit", "factor"), [("kWh", 1000), ("Wh", 1), ("kW", 250)])
def test_units_become_watt_hours(lake, tmp_path, unit, factor):
    text = "point,start,value\n" + "\n".join(long(minutes=15, value=lambda _: 8))
    readings.import_file(lake, put(tmp_path, text), unit=unit)
    assert kwh(lake, 96)["A", dt.date(2026, 3, 2)][0] == 8 * factor


def test_the_end_of_an_interval_is_put_back_to_its_start(lake, tmp_path):
    rows = [f"A,{np.datetime64('2026-03-02T00:00') + np.timedelta64(h + 1, 'h')},{h}" for h in range(24)]
    readings.import_file(lake, put(tmp_path, "point,end,kwh\n" + "\n".join(rows)))
    assert kwh(lake)["A", dt.date(2026, 3, 2)] == [h * 1000 for h in range(24)]


def test_stamps_with_an_offset_come_into_the_lakes_standard_time(tmp_path):
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    rows = [f"A,{np.datetime64('2026-03-01T16:00') + np.timedelta64(h, 'h')}:00+00:00,{h}" for h in range(24)]
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows)))
    assert kwh(lake) == {("A", dt.date(2026, 3, 2)): [h * 1000 for h in range(24)]}


def test_a_local_clock_is_followed_over_both_changes(tmp_path):
    for day, hours in ((dt.date(2026, 3, 29), 23), (dt.date(2026, 10, 25), 25)):
        lake = readings.open_lake(tmp_path / f"lake-{day}", "Europe/Zurich")
        utc = (
            np.datetime64(day)
            - np.timedelta64(1 if hours == 23 else 2, "h")
            + np.arange(hours).astype("timedelta64[h]")
        )
        rows = [f"A,{s},{i}" for i, s in enumerate(utc_to_local(utc.astype("datetime64[m]"), "Europe/Zurich"))]
        readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows), f"{day}.csv"), zone="Europe/Zurich", slots=24)
        total = sum(sum(v) for (_, d), v in kwh(lake, first_day=day, last_day=day).items())
        assert total >= 1000 * sum(range(hours - 1))


def test_the_same_file_twice_changes_nothing(lake, tmp_path):
    path = put(tmp_path, PLAIN + "\n".join(long()))
    readings.import_file(lake, path)
    again = readings.import_file(lake, path)
    assert (again.version, again.new_days, again.revisions) == (1, 0, 0)
    anew = readings.import_file(lake, path, again=True)
    assert (anew.version, anew.new_days, anew.revisions, anew.unchanged) == (1, 0, 0, 2)


def test_other_values_are_a_revision_and_both_stay_readable(lake, tmp_path):
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(days=3)), "a.csv"))
    first = kwh(lake)
    report = readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(days=2, value=lambda _: 2)), "b.csv"))
    assert (report.revisions, report.version) == (2, 2)
    assert kwh(lake)["A", dt.date(2026, 3, 3)] == [2000] * 24
    assert kwh(lake)["A", dt.date(2026, 3, 4)] == first["A", dt.date(2026, 3, 4)]
    assert kwh(lake, version=1) == first


def test_the_rest_of_a_day_joins_what_was_there(lake, tmp_path):
    rows = long(days=1)
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows[:10]), "a.csv"), slots=24)
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows[10:]), "b.csv"), slots=24)
    assert kwh(lake)["A", dt.date(2026, 3, 2)] == [500 + i % 7 * 100 for i in range(24)]
    table = lake.snapshot().to_arrow(24, quality=True)
    assert table["estimated"].to_pylist() == [None]


def test_a_day_without_readings_between_two_others_is_estimated_whole(lake, tmp_path):
    rows = [r for r in long(days=15) if "2026-03-10" not in r]
    report = readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows)))
    assert (report.new_days, report.added_days) == (14, 1)
    table = lake.snapshot().to_arrow(24, quality=True)
    marked = {r["day"]: r["estimated"] for r in table.to_pylist() if r["estimated"]}
    assert marked == {dt.date(2026, 3, 10): b"\xff\xff\xff"}


def test_negative_and_absurd_readings_are_estimated_and_what_arrived_is_kept(lake, tmp_path):
    rows = long(days=10)
    rows[30], rows[100] = "A,2026-03-03T06:00,-3", "A,2026-03-06T04:00,900"
    report = readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows)))
    assert (report.negative, report.absurd) == (1, 1)
    values, _ = matrix(lake.snapshot().to_arrow(24), 24)
    assert values.min() >= 0
    assert values.max() < 2000
    raw = pq.read_table(lake.snapshot().files("raw", 24)[0], columns=["v06", "v04"])
    assert -3000 in raw["v06"].to_pylist()
    assert 900_000 in raw["v04"].to_pylist()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(tmp_path_factory, random):
    home = tmp_path_factory.mktemp("order")
    rows = long(("A", "B", "C"), days=3)
    straight, mixed = readings.open_lake(home / "a"), readings.open_lake(home / "b")
    readings.import_file(straight, put(home, PLAIN + "\n".join(rows), "a.csv"))
    random.shuffle(rows)
    readings.import_file(mixed, put(home, PLAIN + "\n".join(rows), "b.csv"))
    assert kwh(straight) == kwh(mixed)


@pytest.mark.parametrize("shape", ["long", "wide"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_what_is_exported_is_imported_unchanged(lake, tmp_path, shape, suffix):
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(("A", "B"), days=3, minutes=15))))
    readings.export(lake, tmp_path / f"out.{suffix}", shape=shape)
    other = readings.open_lake(tmp_path / "other")
    readings.import_file(other, tmp_path / f"out.{suffix}")
    assert kwh(other, 96) == kwh(lake, 96)


@pytest.mark.parametrize(
    "header",
    [
        [f"{(i + 1) * 15 // 60:02d}:{(i + 1) * 15 % 60:02d}" for i in range(96)],
        [f"{i * 15 // 60:02d}:{i * 15 % 60:02d}" for i in range(96)],
        [f"P{i + 1}" for i in range(96)],
        slot_names(96),
    ],
    ids=["ends", "starts", "numbered", "slots"],
)
def test_wide_files_of_collection_systems_are_read(lake, tmp_path, header):
    values = ",".join(f"{i / 100:.2f}" for i in range(96))
    text = "户号,数据日期," + ",".join(header) + f"\n1001,2026-03-02,{values}\n1002,2026-03-02,{values}\n"
    report = readings.import_file(lake, put(tmp_path, text, encoding="gb18030"), unit="kWh")
    assert (report.rows, report.new_days) == (2, 2)
    assert kwh(lake, 96)["1001", dt.date(2026, 3, 2)] == [i * 10 for i in range(96)]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(lake, tmp_path):
    report = readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long())), dry_run=True)
    assert report.new_days == 2
    assert "would change" in str(report)
    assert lake.snapshot().version == 0
    assert lake.snapshot().slot_counts() == []


GOOD = long()
BAD = {
    "an empty file": ("", None, "empty"),
    "a header alone": (PLAIN, 1, "no reading"),
    "a binary file": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), None, "picture"),
    "NUL bytes": ((PLAIN + "\n".join(GOOD)).encode() + b"\0\0\0\n", 49, "NUL"),
    "a wrong byte": (
        (PLAIN + "\n".join(GOOD[:5])).encode() + b"\n\xff\xfe\xfa,2026-03-03T00:00,1\n",
        None,
        "neither UTF-8",
    ),
    "a row cut short": (PLAIN + "\n".join(GOOD) + "\nA,2026-03-04T0", 50, ""),
    "no delimiter": ((PLAIN + "\n".join(GOOD)).replace(",", " "), 1, "delimiter"),
    "a missing column": ("point,kwh,note\n" + "\n".join(GOOD), 1, ""),
    "text for a number": (PLAIN + "\n".join([*GOOD[:7], "A,2026-03-02T07:00,much", *GOOD[8:]]), 9, "much"),
    "no date": (PLAIN + "\n".join([*GOOD[:7], "A,yesterday,1", *GOOD[8:]]), 9, "yesterday"),
    "a stamp off the grid": (PLAIN + "\n".join([*GOOD, "A,2026-03-04T00:20,1"]), 50, ""),
    "two values for one reading": (PLAIN + "\n".join([*GOOD, GOOD[-1].rsplit(",", 1)[0] + ",9.9"]), 50, "twice"),
    "no point": (PLAIN + "\n".join([*GOOD[:3], ",2026-03-02T03:00,1", *GOOD[4:]]), 5, ""),
    "two intervals": (PLAIN + "\n".join([*long(minutes=15), *long(("B",), minutes=60)]), 194, "two intervals"),
    "more than a slot holds": (PLAIN + "\n".join([*GOOD[:3], "A,2026-03-02T03:00,99999999", *GOOD[4:]]), 5, ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_its_row_and_changes_nothing(lake, tmp_path, case):
    text, row, what = BAD[case]
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(("Z",))), "z.csv"))
    before = lake.snapshot().version, kwh(lake)
    with pytest.raises(Refused) as refused:
        readings.import_file(lake, put(tmp_path, text, "bad.csv"))
    assert refused.value.file.endswith("bad.csv")
    assert what in str(refused.value)
    if row is not None:
        assert refused.value.row == row
    assert (lake.snapshot().version, kwh(lake)) == before


def test_a_stamp_that_the_clock_never_showed_is_refused_with_its_row(tmp_path):
    lake = readings.open_lake(tmp_path / "lake", "Europe/Zurich")
    rows = [f"A,2026-03-29T{h:02d}:00,1" for h in range(24)]
    with pytest.raises(Refused, match=r"row 4.*2026-03-29.*02:00"):
        readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(rows)), zone="Europe/Zurich")


def test_a_truncated_parquet_file_is_refused(lake, tmp_path):
    pq.write_table(
        pa.table(
            {
                "point": ["A"] * 48,
                "start": pa.array(np.arange(48).astype("datetime64[h]").astype("datetime64[s]")),
                "kwh": [1.0] * 48,
            }
        ),
        tmp_path / "r.parquet",
    )
    whole = (tmp_path / "r.parquet").read_bytes()
    with pytest.raises(Refused, match=r"damaged|cut short"):
        readings.import_file(lake, put(tmp_path, whole[: len(whole) // 2], "cut.parquet"))


def test_a_leap_day_is_a_day(lake, tmp_path):
    readings.import_file(lake, put(tmp_path, PLAIN + "\n".join(long(days=3, first="2028-02-28"))))
    assert [d for _, d in sorted(kwh(lake))] == [dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2028, 3, 1)]


def test_a_lake_left_empty_by_a_refusal_may_still_be_given_its_zone(tmp_path):
    readings.open_lake(tmp_path / "lake")
    lake = readings.open_lake(tmp_path / "lake", "Asia/Shanghai")
    assert (lake.zone, lake.offset, lake.snapshot().version) == ("Asia/Shanghai", 480, 0)
    with pytest.raises(Refused, match="keeps the standard time of Asia/Shanghai"):
        readings.open_lake(tmp_path / "lake", "Europe/Zurich")
