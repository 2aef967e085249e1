"""Readings of a lake as Green Button: valid, complete, and read again to the same readings."""

import datetime as dt
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from feeds import Feed, hours, house, take
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from wattloop.library import readings
from wattloop.library.quantity.dayrows import CHANNELS, SLOT_COUNTS
from wattloop.library.quantity.refusal import Refused
from wattloop.library.quantity.zones import standard_offset
from wattloop.library.readings.espi_clock import local_time

SHARED = Path(__file__).resolve().parents[3] / "shared"
SAMPLES = {
    "TestGBDataHourlyNineDaysBinnedDaily.xml": "America/New_York",
    "Coastal_Multi_Family_Jan_1_2011_to_Jan_1_2012_RetailCustomer_5.xml": "America/Los_Angeles",
}
ESPI = "{http://naesb.org/espi}"
NO_CHANGES = ["FFFFFFFF", "0", "FFFFFFFF"]


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "UTC")


@pytest.fixture(scope="module")
def schema():
    path = SHARED / "specs" / "espi_4.0.xsd"
    if not path.exists():
        pytest.skip("the ESPI schema is not beside the project")
    document = etree.parse(path)
    # It imports a schema of Atom that is not there, and names nothing of it.
    for imported in document.getroot().findall("{*}import"):
        document.getroot().remove(imported)
    return etree.XMLSchema(document)


def faults(schema, path):
    """What the schema says against the resources of a feed, by resource; Atom around them is not its matter."""
    found = {}
    resources = etree.parse(path).getroot().findall("{*}entry/{*}content/{http://naesb.org/espi}*")
    assert resources
    for resource in resources:
        if not schema.validate(etree.fromstring(etree.tostring(resource))):
            found[etree.QName(resource).localname] = str(schema.error_log.last_error.message)
    return found


def held(lake):
    """Everything final in a lake."""
    snapshot = lake.snapshot()
    return {
        (slots, channel): snapshot.to_arrow(slots, channel=channel, quality=True).to_pylist()
        for channel in CHANNELS
        for slots in snapshot.slot_counts(channel)
    }


def again(lake, path, **chosen):
    """A new lake that took in what this one gave."""
    readings.export(lake, path, **chosen)
    other = readings.open_lake(path.parent / f"{path.stem}-lake", lake.zone)
    readings.import_file(other, path)
    return other


@pytest.mark.data
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_read_written_and_read_is_the_same_and_valid(schema, tmp_path, sample):
    lake = readings.open_lake(tmp_path / "lake", SAMPLES[sample])
    readings.import_file(lake, SHARED / "data" / "greenbutton" / sample)
    other = again(lake, tmp_path / "out.xml")
    assert held(other) == held(lake)
    assert faults(schema, tmp_path / "out.xml") == {}


@pytest.mark.data
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_rules_of_the_clock_are_those_that_the_sample_has(sample):
    tree = ElementTree.parse(SHARED / "data" / "greenbutton" / sample)
    theirs = {e.tag.removeprefix(ESPI): e.text for e in tree.find(f".//{ESPI}LocalTimeParameters")}
    assert local_time(SAMPLES[sample], 2014) == theirs


@pytest.mark.data
def test_one_sample_is_valid_and_the_other_writes_an_element_of_its_usage_point_as_the_schema_does_not(schema):
    said = {sample: faults(schema, SHARED / "data" / "greenbutton" / sample) for sample in SAMPLES}
    first, second = said.values()
    assert set(first) == {"UsagePoint"}
    assert "ServiceDeliveryPoint" in first["UsagePoint"]
    assert second == {}


def test_every_channel_and_interval_of_all_points_is_in_the_file(schema, lake, tmp_path):
    feed = house(list(range(24))).series(hours([3] * 24), meter="2", uom=73)
    feed.series(hours([2301] * 24), meter="3", uom=29, powerOfTenMultiplier=-1, accumulationBehaviour=6)
    feed.point("2", "B &amp; &lt;C>").series(
        hours([7] * 96, seconds=900), point="2", flowDirection=19, intervalLength=900
    )
    take(lake, feed, columns={"point": "title"})
    other = again(lake, tmp_path / "out.xml")
    assert held(other) == held(lake)
    assert set(held(other)) == {(24, "active_in"), (24, "reactive_in"), (24, "voltage"), (96, "active_out")}
    assert held(other)[96, "active_out"][0]["point"] == "B & <C>"
    assert faults(schema, tmp_path / "out.xml") == {}
    readings.export(lake, tmp_path / "some.xml", points=["A house"], channel="voltage")
    some = readings.open_lake(tmp_path / "some", "UTC")
    assert readings.import_file(some, tmp_path / "some.xml").rows == 24
    assert set(held(some)) == {(24, "voltage")}


def test_estimates_are_marked_and_come_back_as_estimates(schema, lake, tmp_path):
    values, qualities = [100, None, None, *range(50, 71)], [None, None, None, 8, 9, *[None] * 19]
    take(lake, Feed().point().series(hours(values, qualities=qualities)))
    other = again(lake, tmp_path / "out.xml")
    assert held(other) == held(lake)
    assert held(other)[24, "active_in"][0]["estimated"] == bytes([0b00011110, 0, 0])
    assert (tmp_path / "out.xml").read_text().count("<quality>8</quality>") == 4
    assert faults(schema, tmp_path / "out.xml") == {}


def test_edited_readings_are_marked_and_come_back_as_edited(schema, lake, tmp_path):
    take(lake, Feed().point().series(hours([5] * 24, qualities=[7, 8, 7, *[None] * 21])))
    other = again(lake, tmp_path / "out.xml")
    assert held(other) == held(lake)
    assert held(other)[24, "active_in"][0]["edited"] == bytes([0b101, 0, 0])
    assert faults(schema, tmp_path / "out.xml") == {}


def test_a_shape_and_a_channel_that_there_is_not_are_refused(lake, tmp_path):
    take(lake, house([1] * 24))
    for told, field in (({"shape": "wide"}, "shape"), ({"channel": "heat"}, "channel")):
        with pytest.raises(Refused) as refused:
            readings.export(lake, tmp_path / "out.xml", **told)
        assert refused.value.field == field


def test_a_point_known_by_a_uuid_keeps_it_as_its_id(lake, tmp_path):
    uuid = "6d8be83a-4b44-414c-b828-20809acf30d1"
    take(lake, Feed().point("1", "House", id_=f"urn:uuid:{uuid.upper()}").series(hours([1] * 24)))
    readings.export(lake, tmp_path / "out.xml")
    assert f"<id>urn:uuid:{uuid}</id>" in (tmp_path / "out.xml").read_text()


def test_the_same_readings_are_written_alike_but_for_the_moment(lake, tmp_path, monkeypatch):
    monkeypatch.setenv("WATTLOOP_NOW", "2026-11-01T12:00:00+00:00")
    take(lake, house([1] * 24))
    for name in ("a", "b"):
        readings.export(lake, tmp_path / f"{name}.xml")
    assert (tmp_path / "a.xml").read_bytes() == (tmp_path / "b.xml").read_bytes()
    assert b"<updated>2026-11-01T12:00:00Z</updated>" in (tmp_path / "a.xml").read_bytes()


@pytest.mark.parametrize(
    ("chosen", "what"),
    [
        ({"points": ["nobody"]}, "no reading of point nobody"),
        ({"channel": "voltage"}, "no reading in that span"),
        ({"slots": 96}, "no reading in that span"),
        ({"first": dt.date(2027, 1, 1)}, "no reading in that span"),
    ],
)
def test_nothing_to_write_is_refused_and_leaves_no_file(lake, tmp_path, chosen, what):
    take(lake, house([1] * 24))
    with pytest.raises(Refused, match=what):
        readings.export(lake, tmp_path / "out.xml", **chosen)
    assert not [p for p in tmp_path.iterdir() if "out" in p.name]


def test_a_lake_of_no_named_zone_and_a_name_that_is_no_xml_are_refused(lake, tmp_path):
    bare = readings.open_lake(tmp_path / "bare")
    table = tmp_path / "t.csv"
    table.write_text("point,start,kwh\nA\uffff,2026-03-02 00:00,1\nA\uffff,2026-03-02 01:00,1\n", encoding="utf-8")
    readings.import_file(bare, table)
    with pytest.raises(Refused, match="of no named zone"):
        readings.export(bare, tmp_path / "out.xml")
    readings.import_file(lake, table)
    with pytest.raises(Refused, match="cannot stand in XML"):
        readings.export(lake, tmp_path / "out.xml")


@pytest.mark.parametrize(
    ("zone", "year", "said"),
    [
        ("Asia/Shanghai", 2026, [*NO_CHANGES, "28800"]),
        ("America/Phoenix", 2026, [*NO_CHANGES, "-25200"]),
        # Last Sundays: of October from 3:00, of March from 2:00.
        ("Europe/Zurich", 2026, ["AE0E3000", "3600", "3E0E2000", "3600"]),
        ("Europe/London", 2025, ["AE0E2000", "3600", "3E0E1000", "0"]),
        # First Sundays of April and October, half an hour on Lord Howe Island.
        ("Australia/Sydney", 2026, ["440E3000", "3600", "A40E2000", "36000"]),
        ("Australia/Lord_Howe", 2026, ["440E2000", "1800", "A40E2000", "37800"]),
        # Friday before the last Sunday, which no rule says: the Friday on or after the 23rd.
        ("Asia/Jerusalem", 2026, ["AE0E2000", "3600", "337A2000", "7200"]),
    ],
)
def test_the_rules_of_clock_changes_are_written_as_the_standard_has_them(zone, year, said):
    assert list(local_time(zone, year).values()) == said


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Dublin", "Australia/Adelaide", "America/Santiago"])
def test_a_rule_gives_the_day_and_hour_that_the_zone_has(zone):
    rule = int(local_time(zone, 2026)["dstStartRule"], 16)
    month, operator, day, weekday, hour = rule >> 28, rule >> 25 & 7, rule >> 20 & 31, rule >> 17 & 7, rule >> 12 & 31
    of_month = [dt.date(2026, month, 1) + dt.timedelta(days=n) for n in range(28)]
    of_month += [d for n in range(28, 31) if (d := of_month[0] + dt.timedelta(days=n)).month == month]
    weekdays = [d for d in of_month if d.isoweekday() == weekday]
    found = {1: next((d for d in weekdays if d.day >= day), None), 7: weekdays[-1]}.get(operator) or weekdays[
        operator - 2
    ]
    shown = dt.datetime.combine(found, dt.time(hour), ZoneInfo(zone))
    east = [(shown + dt.timedelta(hours=h)).utcoffset() for h in (-3, 3)]
    assert east[0] < east[1]


ZONES = ["UTC", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Zurich"]


@st.composite
def lakes(draw):
    """A zone and series around its clock changes, with gaps and estimates."""
    zone = draw(st.sampled_from(ZONES))
    slots = draw(st.sampled_from(SLOT_COUNTS[:3]))
    first = draw(
        st.sampled_from([dt.date(2026, 3, 7), dt.date(2026, 3, 28), dt.date(2026, 4, 4), dt.date(2026, 10, 31)])
    )
    midnight = int(np.datetime64(first, "s").astype(int)) - standard_offset(zone) * 60
    series = []
    for channel in draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True)):
        count = draw(st.integers(1, 2 * slots))
        values = draw(st.lists(st.none() | st.integers(0, 5000), min_size=count, max_size=count).filter(any))
        guesses = draw(st.lists(st.sampled_from([None, None, "7", "8", "9", "17"]), min_size=count, max_size=count))
        begin = midnight + draw(st.integers(0, slots)) * 86400 // slots
        series.append((channel, hours(values, begin, 86400 // slots, guesses)))
    return zone, slots, series


CODES = {
    "active_in": {}, "active_out": {"flowDirection": 19}, "reactive_in": {"uom": 73},
    "reactive_out": {"uom": 73, "flowDirection": 19}, "voltage": {"uom": 29, "powerOfTenMultiplier": -1},
}  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(drawn=lakes())
def test_what_is_read_written_and_read_is_the_same_in_every_zone(tmp_path_factory, drawn):
    zone, slots, series = drawn
    home = tmp_path_factory.mktemp("turn")
    lake = readings.open_lake(home / "lake", zone)
    feed = Feed().point()
    for channel, rows in series:
        feed.series(rows, meter=channel, intervalLength=86400 // slots, **CODES[channel])
    take(lake, feed)
    assume(any(held(lake).values()))  # of a voltage that was never measured there is no day
    other = again(lake, home / "out.xml")
    assert held(other) == held(lake)
    assert held(again(other, home / "twice.xml")) == held(lake)
