"""What is wrong a quarter of a million rows into a file is found and said as it is in its first rows."""

import datetime as dt
from unittest import mock

import pytest

from wattloop.library import readings
from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings import long_pass

POINTS, DAYS = 90, 30
FAR = 250_000


@pytest.fixture(scope="module")
def lines():
    first = dt.datetime(2026, 9, 1)
    stamps = [str(first + dt.timedelta(minutes=15 * i)) for i in range(DAYS * 96)]
    rows = (f"P{p:03d},{stamp},0.{p + i % 10:03d}" for p in range(POINTS) for i, stamp in enumerate(stamps))
    return ["point,start,kwh", *rows]


def import_with(lines, tmp_path, edit):
    """Import the lines with the one far in edited, in batches so small that many come before it."""
    lines = list(lines)
    lines[FAR] = edit(*lines[FAR].split(","))
    path = tmp_path / "long.csv"
    path.write_text("\n".join(lines) + "\n")
    with mock.patch.object(long_pass, "BATCH", 10_000):
        return readings.import_file(readings.open_lake(tmp_path / "lake"), path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda p, t, v: f"{p},{t.replace(' ', 'T')},{v}",
        lambda p, t, v: f"{p},{t[:-3]},{v}",
        lambda p, t, v: f"{p},{t.replace('-', '/')}.000,{v}",
        lambda p, t, v: f'"{p}", {t} ,{v}',
    ],
    ids=["T", "no seconds", "slashes and a fraction", "quoted and spaced"],
)
def test_a_stamp_written_another_way_is_read_all_the_same(lines, tmp_path, edit):
    same = import_with(lines, tmp_path, lambda *cells: ",".join(cells))
    (tmp_path / "other").mkdir()
    other = import_with(lines, tmp_path / "other", edit)
    assert (other.rows, other.wh, other.new_days, other.missing) == (same.rows, same.wh, same.new_days, 0)
    assert other.notes == same.notes


@pytest.mark.parametrize("nothing", ["", "NA", "--"])
def test_a_word_for_no_reading_is_no_reading(lines, tmp_path, nothing):
    assert import_with(lines, tmp_path, lambda p, t, v: f"{p},{t},{nothing}").missing == 1


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (lambda p, t, v: f"{p},{t},abc", "'abc' is not a number"),
        (lambda p, t, v: f"{p},{t}Z,{v}", "carries an offset, and other stamps do not"),
        (lambda p, t, v: f"{p},{t.replace('-09-', '-19-')},{v}", "is not a date and time"),
        (lambda p, t, v: f"{p},,{v}", "there is no start"),
        (lambda p, t, v: f",{t},{v}", "there is no point"),
        (lambda p, t, v: f"NA,{t},{v}", "there is no point"),
        (lambda p, t, v: f"{p},{t}", "does not have the header's columns"),
        (lambda p, t, v: f"{p},{t},{v},{v}", "does not have the header's columns"),
        (lambda p, t, v: f"{p},{t},1e300", "more than one interval can hold"),
    ],
    ids=["number", "offset", "month 19", "no stamp", "no point", "point NA", "short", "long", "huge"],
)
def test_what_cannot_be_read_is_refused_with_its_row(lines, tmp_path, edit, what):
    with pytest.raises(Refused, match=what) as refused:
        import_with(lines, tmp_path, edit)
    assert refused.value.row == FAR + 1
    assert readings.open_lake(tmp_path / "lake").snapshot().version == 0
