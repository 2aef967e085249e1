"""Watched folders: what lies there is taken into the lake once, or refused with its reason; killed anywhere."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest

from wattloop.apps.metering import coverage, curves, queries, services, watching
from wattloop.apps.metering.lake import open_lake
from wattloop.apps.metering.models import ReadingFile, Source
from wattloop.apps.records.actors import System
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

pytestmark = pytest.mark.django_db
SYSTEM = System("test")


@pytest.fixture
def source(home: Path, tmp_path: Path) -> Source:
    """A folder that is watched."""
    folder = tmp_path / "in"
    folder.mkdir()
    return services.set_source(
        name="采集", folder=str(folder), options={"unit": "kWh", "zone": "Asia/Shanghai"}, by=SYSTEM
    )


def put(source: Source, name: str, text: str, *, still: bool = True) -> Path:
    """A file in the folder, which nobody writes to any more."""
    path = Path(source.folder) / name
    path.write_text(text, encoding="utf-8")
    if still:
        old = clock.now().timestamp() - 60
        os.utime(path, (old, old))
    return path


def readings(point: str = "P1", day: str = "2026-10-01", hours: int = 24) -> str:
    rows = [f"{point},{day} {hour:02}:00,{hour + 0.5}" for hour in range(hours)]
    return "\n".join(["point,start,kwh", *rows]) + "\n"


def test_a_file_is_taken_and_moved_and_noted(source: Source) -> None:
    put(source, "a.csv", readings())
    assert watching.look(source) == 1
    file = ReadingFile.objects.get()
    assert (file.state, file.points, file.readings, str(file.first_day)) == ("taken", 1, 24, "2026-10-01")
    assert file.lake_version == open_lake().snapshot().version == 1
    assert [p.name for p in Path(source.folder).iterdir()] == ["taken"]
    source.refresh_from_db()
    assert queries.health(queries.sources().get()) == "well"
    assert curves.day_curve(["P1"], dt.date(2026, 10, 1)).values[0] == 500


def test_a_file_that_still_grows_waits(source: Source) -> None:
    put(source, "a.csv", readings(), still=False)
    put(source, ".hidden.csv", readings())
    put(source, "b.csv.part", readings())
    assert watching.look(source) == 0
    assert not ReadingFile.objects.exists()


def test_a_refused_file_lies_apart_with_its_reason_and_the_next_one_is_taken(source: Source) -> None:
    put(source, "bad.csv", "hello\nworld\n")
    put(source, "good.csv", readings())
    assert watching.look(source) == 2
    refused = Path(source.folder) / "refused"
    assert sorted(p.name for p in refused.iterdir()) == ["bad.csv", "bad.csv.reason.txt"]
    assert (refused / "bad.csv.reason.txt").read_text(encoding="utf-8").strip()
    assert sorted(ReadingFile.objects.values_list("name", "state")) == [("bad.csv", "refused"), ("good.csv", "taken")]
    assert queries.health(queries.sources().get()) == "refusing"


def test_the_same_content_under_another_name_is_taken_once(source: Source) -> None:
    put(source, "a.csv", readings())
    watching.look(source)
    put(source, "b.csv", readings())
    watching.look(source)
    assert ReadingFile.objects.count() == 1
    assert open_lake().snapshot().version == 1


def test_the_same_name_with_other_content_keeps_both(source: Source) -> None:
    for day in ("2026-10-01", "2026-10-02"):
        put(source, "a.csv", readings(day=day))
        watching.look(source)
    assert len(list((Path(source.folder) / "taken").iterdir())) == 2
    assert ReadingFile.objects.count() == 2


@pytest.mark.parametrize("killed_in", ["note_arrival", "import_file", "note_outcome", "_move"])
def test_killed_anywhere_the_next_look_takes_the_file_once(
    source: Source, killed_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    put(source, "a.csv", readings())
    with monkeypatch.context() as patched:
        if killed_in == "import_file":
            patched.setattr("wattloop.library.readings.import_file", die)
        else:
            patched.setattr(watching, killed_in, die)
        with pytest.raises(Killed):
            watching.look(source)
    watching.look(source)
    file = ReadingFile.objects.get()
    assert (file.state, file.readings, file.points) == ("taken", 24, 1)
    assert open_lake().snapshot().version == 1
    assert [p.name for p in (Path(source.folder) / "taken").iterdir()] == ["a.csv"]


def test_a_folder_that_is_gone_is_told_and_not_taken_for_a_quiet_one(source: Source) -> None:
    Path(source.folder).rmdir()
    assert watching.look(source) == 0
    assert queries.health(queries.sources().get()) == "problem"


def test_a_source_without_a_file_for_longer_than_it_should_is_late(source: Source) -> None:
    put(source, "a.csv", readings())
    watching.look(source)
    with clock.frozen(clock.now() + dt.timedelta(hours=25)):
        assert queries.health(queries.sources().get()) == "late"


def test_two_sources_cannot_watch_one_folder_nor_one_that_is_not_there(source: Source) -> None:
    with pytest.raises(Refused, match="another source"):
        services.set_source(name="other", folder=source.folder, by=SYSTEM)
    with pytest.raises(Refused, match="no folder"):
        services.set_source(name="other", folder="/no/such", by=SYSTEM)


def test_coverage_tells_read_estimated_and_missing_days_apart(source: Source) -> None:
    put(source, "a.csv", readings() + "\n".join(f"P1,2026-10-02 {h:02}:00,1" for h in range(12)) + "\n")
    put(source, "b.csv", readings("P2"))
    watching.look(source)
    first, last = dt.date(2026, 10, 1), dt.date(2026, 10, 3)
    grid = coverage.of_points(["P1", "P2", "P3"], first, last)
    assert grid.states[0][0] == coverage.WHOLE
    assert grid.states[0][1] == coverage.ESTIMATED
    assert (grid.states[0][2], grid.states[2]) == (coverage.NOTHING, [coverage.NOTHING] * 3)
    assert grid.shares[0] == [100, 50, 0]
    shares = coverage.of_groups([("P1", "T1"), ("P2", "T1"), ("P3", "T2")], first, last)
    assert (shares.expected, shares.there) == ({"T1": 2, "T2": 1}, {"T1": [2, 1, 0], "T2": [0, 0, 0]})


def test_an_empty_lake_covers_nothing(home: Path) -> None:
    day = dt.date(2026, 10, 1)
    assert coverage.of_points(["P1"], day, day).states == [[coverage.NOTHING]]
    assert curves.day_curve(["P1"], day).slots == 0
    assert curves.last_day(["P1"]) is None
