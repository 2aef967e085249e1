"""Imports and folds in any order, against a plain dictionary of what was last read of each interval."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattloop.library import readings
from wattloop.library.lake.snapshot import INTERVALS
from wattloop.library.quantity.dayrows import slot_names

FIRST, DAYS, SLOTS = dt.date(2026, 3, 26), 14, 24  # over the end of a month
MONTHS = ("2026-03", "2026-04")

chunks = st.tuples(
    st.sampled_from(["A", "B"]), st.integers(0, DAYS * SLOTS - 1), st.integers(1, 60),
    st.one_of(st.integers(0, 900), st.just(-7), st.none()),
)  # fmt: skip
files = st.lists(chunks, min_size=1, max_size=4)
deeds = st.one_of(files, files, st.sampled_from(MONTHS))


def spread(chunks):
    """{(point, day, slot): Wh or None} of some runs of readings; a later run lies over an earlier one."""
    found = {}
    for point, first, length, wh in chunks:
        for at in range(first, min(first + length, DAYS * SLOTS)):
            value = wh if wh is None or wh < 0 else wh + at % 7
            found[point, FIRST + dt.timedelta(days=at // SLOTS), at % SLOTS] = value
    return found


def written(path, of):
    kwh = {at: "" if wh is None else f"{wh / 1000:.3f}" for at, wh in of.items()}
    rows = [f"{point},{day}T{slot:02}:00,{text}" for (point, day, slot), text in kwh.items()]
    path.write_text("point,start,kwh\n" + "\n".join(rows) + "\n")
    return path


def held(lake, version=None):
    """{(point, day): [(Wh, estimated) of each slot]}."""
    snapshot = lake.snapshot(version)
    if not snapshot.has(INTERVALS, SLOTS):
        return {}
    rows = snapshot.to_arrow(SLOTS, quality=True).to_pylist()
    found = {
        (r["point"], r["day"]): [
            (r[name], bool(int.from_bytes(r["estimated"] or b"", "little") >> i & 1))
            for i, name in enumerate(slot_names(SLOTS))
        ]
        for r in rows
    }
    assert len(found) == len(rows)
    return found


def check(lake, known):
    """Every interval with a good reading has it, every other one is estimated, and no day is left out."""
    now = held(lake)
    days = {}
    for point, day, _ in known:
        days.setdefault(point, set()).add(day)
    spans = {point: [min(its) + dt.timedelta(days=i) for i in range((max(its) - min(its)).days + 1)]
             for point, its in days.items()}  # fmt: skip
    assert now.keys() == {(point, day) for point, its in spans.items() for day in its}
    for (point, day), slots in now.items():
        for slot, (wh, estimated) in enumerate(slots):
            read = known.get((point, day, slot))
            good = read is not None and read >= 0
            assert estimated is not good
            assert wh == read if good else wh >= 0
    return now


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(deeds, min_size=2, max_size=6))
def test_the_last_reading_of_each_interval_counts_in_every_version(tmp_path_factory, deeds):
    home = tmp_path_factory.mktemp("history")
    lake = readings.open_lake(home / "lake")
    known, taken, versions, now = {}, set(), {0: {}}, {}
    for number, deed in enumerate(deeds):
        before = now
        if deed in MONTHS:
            if any(f"{day:%Y-%m}" == deed for _, day in now):
                readings.fold(lake, deed)
            assert held(lake) == before
        else:
            arriving = spread(deed)
            file = written(home / f"{number}.csv", arriving)
            if file.read_text() in taken:  # what came after it stays
                assert "imported before" in str(readings.import_file(lake, file, slots=SLOTS))
                assert held(lake) == now
                continue
            taken.add(file.read_text())
            report = readings.import_file(lake, file, slots=SLOTS)
            assert report.rows == len(arriving)
            known.update({k: wh for k, wh in arriving.items() if wh is not None or k not in known})
            now = check(lake, known)
            touched = {(point, day) for point, day, _ in arriving}
            assert all(now[k] == before[k] for k in before.keys() - touched)
            again = readings.import_file(lake, file, slots=SLOTS, again=True)
            assert (again.new_days, again.revisions, again.added_days, again.version) == (0, 0, 0, report.version)
        versions[lake.snapshot().version] = now
        assert all(held(lake, version) == then for version, then in versions.items())


def test_an_estimate_does_not_rest_on_an_earlier_one(tmp_path):
    lake = readings.open_lake(tmp_path / "lake")

    def take(name, of):
        lines = {("A", FIRST + dt.timedelta(days=d), slot): wh for d, wh in of.items() for slot in range(SLOTS)}
        readings.import_file(lake, written(tmp_path / name, lines), slots=SLOTS)

    take("first.csv", {4: 100, 6: 100, 7: None})  # a Monday and a Wednesday; Tuesday is estimated from them
    take("corrected.csv", {4: 300, 6: 300})
    take("later.csv", {11: 300, 12: None})
    now = held(lake)
    assert now["A", FIRST + dt.timedelta(days=5)][0] == (100, True)  # nothing was read of it since
    assert now["A", FIRST + dt.timedelta(days=12)][0] == (300, True)
