"""`wattloop rate`: lines to CSV and Parquet, one bill in full, and what is refused with exit code 2."""

import csv
import os

import numpy as np
import pyarrow.parquet as pq
import pytest

from wattloop.library import readings
from wattloop.library.quantity.dayrows import from_matrix

TARIFF = "id: t\nname: T\nvalid_from: 2026-01-01\ncurrency: CNY\nenergy: {price: 0.5}\n"
SPAN = ("--from", "2026-01", "--to", "2026-02")


@pytest.fixture
def rate(tmp_path, capsys, monkeypatch):
    """Run the command beside a lake of two points and a tariff."""
    monkeypatch.chdir(tmp_path)
    days = np.arange(np.datetime64("2026-01-01"), np.datetime64("2026-02-01"))
    rows = from_matrix(["P1"] * 31 + ["户2"] * 31, np.tile(days, 2), np.full((62, 24), 1000, np.int32))
    pq.write_table(rows.drop_columns(["channel"]), "rows.parquet")
    readings.import_file(readings.open_lake("lake"), "rows.parquet")
    (tmp_path / "t.yaml").write_text(TARIFF)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wattloop.settings")
    import django
    from django.core.management import call_command

    django.setup()

    def call(*words, tariff="t.yaml"):
        code = 0
        try:
            call_command("rate", "--lake", "lake", "--tariff", tariff, *words)
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_csv_and_parquet_hold_the_same_lines(rate):
    assert rate(*SPAN, "--out", "lines.csv")[0] == 0
    assert rate(*SPAN, "--out", "lines.parquet")[0] == 0
    table = pq.read_table("lines.parquet")
    with open("lines.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == table.column_names
    assert rows[1][:3] == ["P1", "", "1"]
    plain = [["" if value is None else str(value) for value in row.values()] for row in table.to_pylist()]
    assert sorted(rows[1:]) == sorted(plain)


@pytest.mark.parametrize(("encoding", "comma"), [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t")])
def test_agreements_are_read_from_csv_as_it_is_saved_and_one_bill_is_shown(rate, tmp_path, encoding, comma):
    rows = [("agreement", "point", "tariff"), ("合同1", "户2", "t"), ("007", "P1", "t")]
    (tmp_path / "a.csv").write_bytes("\n".join(comma.join(row) for row in rows).encode(encoding))
    code, out, _ = rate(*SPAN, "--agreements", "a.csv", "--show", "合同1", "--out", "lines.csv")
    assert code == 0
    assert "合同1, t, 2026-01-01 to 2026-01-31" in out
    assert "372.00" in out
    assert (tmp_path / "lines.csv").read_text(encoding="utf-8").splitlines()[1].startswith("007,")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*SPAN, "--out", "none/lines.csv"], "--out: none is no folder to write into"),
        ([*SPAN, "--out", "folder.csv"], "--out: folder.csv is a folder"),
        ([*SPAN, "--out", "lines.txt"], "tells no format"),
        ([*SPAN, "--agreements", "none.csv"], "none.csv: the agreements cannot be read: No such file"),
        ([*SPAN, "--agreements", "empty.csv"], "empty.csv: the agreements cannot be read: Empty CSV file"),
        ([*SPAN, "--agreements", "noise.csv"], "noise.csv: the agreements cannot be read"),
        ([*SPAN, "--agreements", "t.yaml"], "t.yaml:1: This is no agreement"),
        ([*SPAN, "--show", "P9"], "there is no bill of P9"),
        (["--from", "2027-01", "--to", "2027-02"], "there are no readings of active energy"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_exit_code_2(rate, tmp_path, words, said):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "empty.csv").touch()
    (tmp_path / "noise.csv").write_bytes(b"\xff\xff\xff\xff")
    before = sorted(tmp_path.iterdir())
    code, _, err = rate(*words)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_tariff_that_does_not_meet_its_own_example_is_not_billed(rate, tmp_path):
    example = "examples: [{given: {month: 2026-01, energy: 10 kWh}, expect: {total: 6}}]\n"
    (tmp_path / "wrong.yaml").write_text(TARIFF + example)
    code, _, err = rate(*SPAN, tariff="wrong.yaml")
    assert (code, err) == (
        2,
        "wrong.yaml:6: examples[0].expect.total: expects 6, the tariff gives 5.00. Mend the price or the example.\n",
    )
