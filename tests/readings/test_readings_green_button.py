"""Green Button (ESPI) files into a lake: what their series mean, and what is refused with its line."""

import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest
from feeds import MARCH_2, Feed, days, estimated, hours, house, take

from wattloop.library import readings
from wattloop.library.quantity.refusal import Refused

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "greenbutton"
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "UTC")


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "zone", "point", "count", "wh", "span"),
    [
        ("TestGBDataHourlyNineDaysBinnedDaily.xml", "America/New_York", "e2dcf5f0-810b-443f-9a2e-805bfa52d897", 216,
         199_563, (dt.date(2014, 1, 1), dt.date(2014, 1, 9))),
        ("Coastal_Multi_Family_Jan_1_2011_to_Jan_1_2012_RetailCustomer_5.xml", "America/Los_Angeles",
         "dae2a527-3662-4066-85a8-c073762a1790", 8760, 4_425_305, (dt.date(2011, 1, 1), dt.date(2011, 12, 31))),
    ],
)  # fmt: skip
def test_the_samples_are_read_whole_each_day_of_its_own_zone(tmp_path, file, zone, point, count, wh, span):
    lake = readings.open_lake(tmp_path / "lake", zone)
    report = readings.import_file(lake, DATA / file)
    assert (report.rows, report.points, report.slots, report.wh, report.span) == (count, 1, 24, wh, span)
    assert (report.missing, report.duplicates, report.negative, report.absurd) == (0, 0, 0, 0)
    held = days(lake)
    assert {p for p, _ in held} == {point}
    assert sum(map(sum, held.values())) == wh
    assert readings.import_file(lake, DATA / file, again=True).version == 1  # nothing new is said


def test_a_feed_of_one_channel_sums_up_that_and_a_voltage_has_no_sum(lake):
    reactive = Feed().point().series(hours([1500] * 24), uom=73)
    said = str(take(lake, reactive))
    assert "36.000 kvarh as read" in said
    volts = Feed().point().series(hours([230] * 24), uom=29, flowDirection=0, accumulationBehaviour=6)
    report = take(lake, volts, "u.xml")
    assert (report.channel, report.wh, "as read" in str(report)) == ("voltage", 0, False)


def test_the_channel_is_told_by_unit_and_direction(lake):
    feed = Feed().point()
    said = {
        "active_in": {}, "active_out": {"flowDirection": 19}, "reactive_in": {"uom": 73},
        "reactive_out": {"uom": 73, "flowDirection": 13},
        "voltage": {"uom": 29, "flowDirection": 0, "accumulationBehaviour": 6, "powerOfTenMultiplier": -1},
    }  # fmt: skip
    for n, codes in enumerate(said.values()):
        feed.series(hours([2300 + n] * 24), meter=str(n), **codes)
    report = take(lake, feed)
    assert (report.points, report.rows, report.new_days) == (1, 120, 5)
    assert report.wh == 2300 * 24  # of energy drawn
    for n, channel in enumerate(said):
        assert days(lake, channel=channel) == {("usagepoint/1", DAY): [2300 + n] * 24}


@pytest.mark.parametrize(
    ("codes", "value", "wh"),
    [
        ({"powerOfTenMultiplier": 3}, 2, 2000),
        ({"powerOfTenMultiplier": -3}, 1500, 2),  # a half goes up
        ({"powerOfTenMultiplier": -3}, 1499, 1),
        ({"commodity": 2}, 7, 7),
        ({"commodity": 0}, 7, 7),
        ({"flowDirection": None}, 7, 7),
        ({"uom": 38, "kind": 37}, 400, 400),
        ({"uom": 38, "kind": 8, "accumulationBehaviour": 6, "dataQualifier": 2}, 400, 400),
        ({"uom": 38, "powerOfTenMultiplier": 3}, 4, 4000),
    ],
)
def test_multiplier_and_unit_make_watt_hours(lake, codes, value, wh):
    take(lake, house([value] * 24, **codes))
    assert list(days(lake).values()) == [[wh] * 24]


@pytest.mark.parametrize(("seconds", "slots"), [(3600, 24), (1800, 48), (900, 96), (600, 144), (300, 288)])
def test_every_interval_of_a_day_row_is_read_and_power_becomes_energy_by_it(lake, seconds, slots):
    feed = Feed().point().series(hours([1200] * slots, seconds=seconds), uom=38, intervalLength=seconds)
    assert take(lake, feed).slots == slots
    assert list(days(lake, slots).values()) == [[1200 * seconds // 3600] * slots]


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        ({"commodity": 7}, "not electricity"),
        ({"uom": 42}, "no channel has"),
        ({"uom": 71}, "no channel has"),
        ({"accumulationBehaviour": 1}, "a register"),
        ({"accumulationBehaviour": 3}, "a register"),
        ({"accumulationBehaviour": 12, "uom": 38}, "of a moment"),
        ({"accumulationBehaviour": 6}, "of a moment"),
        ({"dataQualifier": 8, "uom": 38}, "neither sums nor means"),
        ({"flowDirection": 4}, "neither drawn nor given back"),
        ({"flowDirection": 20}, "neither drawn nor given back"),
        ({"tou": 2}, "time-of-use"),
    ],
)
def test_what_a_lake_has_no_channel_for_is_left_out_by_name_and_refused_alone(lake, codes, why):
    feed = house([1] * 24).series(hours([9] * 24), meter="2", title="The other", **codes)
    report = take(lake, feed)
    assert [n for n in report.notes if "left out: 24 readings of usagepoint/1 (The other)" in n and why in n]
    assert list(days(lake).values()) == [[1] * 24]
    with pytest.raises(Refused, match=why):
        take(lake, house([9] * 24, **codes), "alone.xml")


def test_a_gas_meter_and_daily_sums_are_left_out(lake):
    feed = house([1] * 24).point("2", kind=1).series(hours([5] * 24), point="2", commodity=None)
    feed.series(hours([24], seconds=86400), meter="2", intervalLength=86400)
    report = take(lake, feed)
    assert report.points == 1
    assert any("usagepoint/2: gas" in n for n in report.notes)
    assert any("every 86,400 seconds" in n for n in report.notes)


def test_power_is_left_out_where_the_energy_is_there(lake):
    feed = house([500] * 24).series(hours([9000] * 96, seconds=900), meter="2", uom=38, intervalLength=900)
    assert any("of which the file has the energy too" in n for n in take(lake, feed).notes)
    assert list(days(lake).values()) == [[500] * 24]


def test_several_points_stand_in_one_file_and_entries_in_any_order(lake):
    feed = Feed().point("1").point("2").series(hours(range(24)), point="2", blocks=4)
    feed.series(hours(range(100, 124)), point="1", blocks=3)
    feed.entries.reverse()
    take(lake, feed)
    assert days(lake) == {("usagepoint/1", DAY): list(range(100, 124)), ("usagepoint/2", DAY): list(range(24))}


def test_two_intervals_in_one_file_are_two_tables_unless_of_one_day(lake):
    feed = house([10] * 24).series(
        hours([5] * 96, MARCH_2 + 86400, 900), meter="2", intervalLength=900
    )  # fmt: skip
    report = take(lake, feed)
    assert (report.points, report.slots, report.new_days) == (1, 96, 2)
    assert sum(map(sum, [*days(lake, 24).values(), *days(lake, 96).values()])) == 240 + 480
    twice = house([10] * 24).series(hours([5] * 96, seconds=900), meter="2", intervalLength=900)
    with pytest.raises(Refused, match="every 60 minutes and every 15") as refused:
        take(lake, twice, "twice.xml")
    assert refused.value.row
    other = readings.open_lake(lake.path.parent / "chosen", "UTC")
    assert take(other, twice, slots=96).slots == 96


def test_readings_without_a_time_follow_each_other_from_their_blocks_start(lake):
    bare = "".join(f"<IntervalReading><value>{v}</value></IntervalReading>" for v in range(24))
    interval = f"<interval><duration>86400</duration><start>{MARCH_2}</start></interval>"
    take(lake, Feed().point().series([interval + bare]))
    assert list(days(lake).values()) == [list(range(24))]


def test_the_clock_change_makes_days_of_23_and_25_hours_but_not_in_standard_time(tmp_path):
    lake = readings.open_lake(tmp_path / "lake", "America/New_York")
    start = 1_772_946_000  # 2026-03-08T00:00 in New York, the day the clock is put forward
    take(lake, Feed().point().series(hours(range(48), start)))
    assert [day.day for _, day in days(lake)] == [8, 9]
    assert [v for row in days(lake).values() for v in row] == list(range(48))


def test_gaps_are_estimated_and_order_and_repetition_change_nothing(lake):
    values = [*range(10), None, None, *range(12, 24)]
    given = hours(values)
    report = take(lake, Feed().point().series([*reversed(given), *given[:5]], blocks=2))
    assert (report.rows, report.duplicates, report.missing) == (27, 5, 2)
    assert list(days(lake).values()) == [list(range(24))]
    assert estimated(lake)[0].nonzero()[0].tolist() == [10, 11]


def test_points_are_named_by_id_or_if_told_by_title(lake):
    feed = Feed().point("1", "House", id_="urn:uuid:6D8BE83A-4B44-414C-B828-20809ACF30D1").series(hours([1] * 24))
    take(lake, feed)
    assert [p for p, _ in days(lake)] == ["6d8be83a-4b44-414c-b828-20809acf30d1"]
    take(lake, feed, columns={"point": "title"})
    assert "House" in {p for p, _ in days(lake)}
    same = Feed().point("1", "House").point("2", "House").series(hours([1] * 24))
    with pytest.raises(Refused, match="both called 'House'"):
        take(lake, same, "same.xml", columns={"point": "title"})


def test_links_may_differ_in_host_and_closing_slash_or_be_left_to_what_refers_to_them(lake):
    text = house(list(range(24))).text()
    text = text.replace("https://meter.example/espi", "http://other.example/espi", 3).replace(
        'MeterReading"/>', 'MeterReading/"/>'
    )
    path = lake.path.parent / "links.xml"
    path.write_text(text)
    readings.import_file(lake, path)
    assert list(days(lake).values()) == [list(range(24))]
    bare = readings.open_lake(lake.path.parent / "bare", "UTC")
    path.write_text(re.sub(r'<link rel="(up|related|self)"[^>]*/>', "", text))  # one of each kind: no link is needed
    readings.import_file(bare, path)
    assert list(days(bare).values()) == [list(range(24))]


def test_comments_prefixes_and_other_encodings_are_read(lake):
    text = house([7] * 24).text().replace("<value>7<", "<value><!-- kept low -->7<")
    text = text.replace('encoding="UTF-8"', 'encoding="UTF-16"')
    path = lake.path.parent / "f.dat"
    path.write_bytes(text.encode("utf-16"))
    readings.import_file(lake, path)
    assert list(days(lake).values()) == [[7] * 24]


def test_a_table_whose_header_stands_in_angle_brackets_is_no_feed(lake):
    path = lake.path.parent / "t.csv"
    path.write_text("<POINT>,<START>,<KWH>\nA,2026-03-02 00:00,1\nA,2026-03-02 01:00,1\n")
    assert (
        readings.recognise(path, columns={"point": "<POINT>", "start": "<START>", "value": "<KWH>"}, unit="kWh").shape
        == "long"
    )


def test_a_long_feed_is_read_in_little_memory(tmp_path):
    path = tmp_path / "long.xml"
    size = 0
    with path.open("w") as file:
        head, foot = house([1]).text().split(hours([1])[0])
        file.write(head)
        for day in range(365):
            size += file.write("\n".join(hours([250] * 288, 1_735_689_600 + day * 86400, 300)))
        file.write(foot)
    code = (
        "import resource, sys; from pathlib import Path; from wattloop.library.readings import espi_feed as f\n"
        "start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"feed = f.read_feed(Path({str(path)!r})); assert len(feed.value) == 365 * 288\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(said.stdout) * 1024 < 4 * size
