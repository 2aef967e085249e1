"""Voltage and reactive energy by the interval: known by their units, kept in their own, checked as what they are."""

import datetime as dt

import numpy as np
import pytest

from wattloop.library import readings
from wattloop.library.quantity.dayrows import slot_names
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import showing, showing_point

DAY = dt.date(2026, 5, 1)


VOLTS = [("V", 230.1), ("电压(V)", 230.1), ("voltage (kV)", 0.2301), ("电压（伏）", 230.1)]


def long_file(path, column, values, point="P", first="2026-05-01"):
    """A file of hours."""
    stamps = np.datetime64(first) + np.arange(len(values)) * np.timedelta64(60, "m")
    rows = [f"{point},{stamp},{value}" for stamp, value in zip(stamps, values, strict=True)]
    path.write_text("\n".join([f"point,start,{column}", *rows]) + "\n", encoding="utf-8")
    return path


def wide_file(path, values, header="户号,数据日期", day="2026-05-01"):
    hours = ",".join(f"{hour:02}:00" for hour in range(24))
    path.write_text(f"{header},{hours}\nP,{day},{','.join(map(str, values))}\n", encoding="utf-8")
    return path


@pytest.fixture
def lake(tmp_path):
    return readings.open_lake(tmp_path / "lake", "Asia/Shanghai")


def held(lake, channel):
    return [[row[n] for n in slot_names(24)] for row in lake.snapshot().to_arrow(24, channel=channel).to_pylist()]


@pytest.mark.parametrize(("column", "value"), VOLTS)
def test_a_voltage_is_known_by_its_unit_and_kept_in_tenths_of_a_volt(lake, tmp_path, column, value):
    report = readings.import_file(lake, long_file(tmp_path / "u.csv", column, [value] * 24))
    assert held(lake, "voltage") == [[2301] * 24]
    assert "the channel is voltage" in report.notes
    assert "kWh" not in str(report)


def test_wide_files_of_voltage_and_reactive_energy_are_taken_by_their_unit(lake, tmp_path):
    readings.import_file(lake, wide_file(tmp_path / "u.csv", [10.53] * 24), unit="kV")
    readings.import_file(lake, wide_file(tmp_path / "q.csv", [1.5] * 24), unit="kvarh", channel="reactive_out")
    readings.import_file(lake, wide_file(tmp_path / "p.csv", [2] * 24), unit="kvar", channel="reactive_in")
    assert held(lake, "voltage") == [[105_300] * 24]
    assert held(lake, "reactive_out") == [[1500] * 24]
    assert held(lake, "reactive_in") == [[2000] * 24]


def test_reactive_power_becomes_energy_by_the_length_of_its_interval(lake, tmp_path):
    stamps = [f"P,2026-05-01 {at // 4:02}:{at % 4 * 15:02},8" for at in range(96)]
    path = tmp_path / "q.csv"
    path.write_text("point,start,kvar\n" + "\n".join(stamps) + "\n")
    assert readings.import_file(lake, path, channel="reactive_in").wh == 192_000
    assert lake.snapshot().to_arrow(96, channel="reactive_in")["v00"].to_pylist() == [2000]


@pytest.mark.parametrize(
    ("column", "channel", "said"),
    [
        ("kvarh", None, "in or out is not said"),
        ("V", "active_in", "readings of active_in are not in V"),
        ("V", "reactive_in", "readings of reactive_in are not in V"),
        ("kWh", "voltage", "readings of voltage are not in kWh"),
        ("kvarh", "active_out", "readings of active_out are not in kvarh"),
        ("kWh", "current", "there is no channel 'current'"),
        ("voltage", None, "does not say its unit"),
    ],
)
def test_a_unit_that_is_not_the_channels_is_refused(lake, tmp_path, column, channel, said):
    with pytest.raises(Refused, match=said):
        readings.import_file(lake, long_file(tmp_path / "r.csv", column, [230] * 24), channel=channel)
    assert lake.snapshot().version == 0


def test_reactive_energy_told_as_such_may_be_headed_kwh(lake, tmp_path):
    report = readings.import_file(lake, long_file(tmp_path / "q.csv", "kWh", [1] * 24), channel="reactive_in")
    assert "kWh taken as kvarh of reactive_in" in report.notes
    assert held(lake, "reactive_in") == [[1000] * 24]


def test_no_rule_of_energy_is_put_to_a_voltage(lake, tmp_path):
    volts = [230.0] * 24 * 20
    volts[100], volts[200] = 0, 110_000  # an outage, and a meter behind a transformer
    report = readings.import_file(lake, long_file(tmp_path / "u.csv", "V", volts))
    assert (report.negative, report.absurd, report.missing) == (0, 0, 0)
    assert np.array(held(lake, "voltage")).ravel()[[100, 200]].tolist() == [0, 1_100_000]


def test_a_gap_in_a_voltage_is_estimated_from_its_neighbours_and_never_zero(lake, tmp_path):
    volts = [230.0] * 72
    volts[10] = ""
    volts[30:42] = [""] * 12
    report = readings.import_file(lake, long_file(tmp_path / "u.csv", "V", volts))
    assert report.missing == 13
    assert (np.array(held(lake, "voltage")) == 2300).all()


def test_an_hour_in_which_a_voltage_was_never_read_has_the_points_mean(lake, tmp_path):
    volts = [""] * 4 + [230, 240] * 10
    readings.import_file(lake, wide_file(tmp_path / "u.csv", volts), unit="V")
    [row] = held(lake, "voltage")
    assert row[:4] == [2350] * 4


def test_a_voltage_that_was_never_read_is_no_reading(lake, tmp_path):
    nothing = wide_file(tmp_path / "none.csv", [""] * 24)
    readings.import_file(lake, nothing, unit="V")
    assert held(lake, "voltage") == []
    readings.import_file(lake, wide_file(tmp_path / "some.csv", [231] * 24), unit="V")
    assert held(lake, "voltage") == [[2310] * 24]


def test_no_use_is_still_zero_energy_where_nothing_was_ever_read(lake, tmp_path):
    readings.import_file(lake, wide_file(tmp_path / "q.csv", [1] * 20 + [""] * 4), unit="kvarh", channel="reactive_in")
    assert held(lake, "reactive_in") == [[1000] * 20 + [0] * 4]


def test_of_several_columns_the_channels_own_is_read(tmp_path):
    path = tmp_path / "r.csv"
    rows = [f"P,2026-05-01 {hour:02}:00,1,2,230" for hour in range(24)]
    path.write_text("\n".join(["point,start,kwh,kvarh,voltage (V)", *rows]) + "\n")
    for channel, kept in ((None, 1000), ("active_out", 1000), ("reactive_in", 2000), ("voltage", 2300)):
        lake = readings.open_lake(tmp_path / f"lake-{channel}")
        readings.import_file(lake, path, channel=channel)
        assert held(lake, channel or "active_in") == [[kept] * 24]


@pytest.mark.parametrize("shape", ["long", "wide"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize(("channel", "column", "value"), [("voltage", "V", 230.1), ("reactive_out", "kvarh", 0.123)])
def test_every_channel_comes_out_in_its_unit_and_goes_in_again(lake, tmp_path, channel, column, value, shape, ending):
    readings.import_file(lake, long_file(tmp_path / "r.csv", column, [value] * 48), channel=channel)
    file = tmp_path / f"out.{ending}"
    readings.export(lake, file, channel=channel, shape=shape)
    other = readings.open_lake(tmp_path / "other", "Asia/Shanghai")
    readings.import_file(other, file, channel=channel)
    assert other.snapshot().to_arrow(24, channel=channel).equals(lake.snapshot().to_arrow(24, channel=channel))


def test_a_point_is_shown_in_all_its_channels(lake, tmp_path):
    readings.import_file(lake, long_file(tmp_path / "a.csv", "kWh", range(24)))
    readings.import_file(lake, long_file(tmp_path / "q.csv", "kvarh", [2] * 24), channel="reactive_in")
    readings.import_file(lake, long_file(tmp_path / "u.csv", "V", [229.5] * 12 + [230.5] * 12))
    shown = showing_point.point(lake.snapshot(), "P")
    assert [d["channel"] for d in shown.days] == ["active_in", "reactive_in", "voltage"]
    lines = str(shown).splitlines()
    assert "276.000 kWh  peak     23.000 kW" in lines[1]
    assert lines[2] == "  reactive_in"
    assert "48.000 kvarh  peak      2.000 kvar" in lines[3]
    assert "229.5 to 230.5 V, mean 230.0 V" in lines[5]
    whole = str(showing.overview(lake.snapshot()))
    for said in ("276.000 kWh;", "48.000 kvarh;", "mean 230.0 V;"):
        assert said in whole


def test_corrected_days_are_told_of_their_own_channel(lake, tmp_path):
    for number, (column, value) in enumerate([("kWh", 1), ("kWh", 2), ("V", 230)]):
        readings.import_file(lake, long_file(tmp_path / f"{number}.csv", column, [value] * 24))
    corrected = {h.channel: h.corrected_days for h in showing.overview(lake.snapshot()).held}
    assert corrected == {"active_in": 1, "voltage": 0}
