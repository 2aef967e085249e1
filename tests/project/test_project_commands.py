"""What holds for every command: quick to start, plain about what it does, and a refusal is a sentence."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wattloop import __version__
from wattloop.library import readings
from wattloop.management.tables import wide_console

Run = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = ("deltalake", "duckdb", "ibis", "numpy", "pandas", "pyarrow", "pydantic", "rich")
GOOD = "point,start,kwh\n" + "".join(f"P1,2024-01-01T{hour:02}:00,{hour}.5\n" for hour in range(24))


def wattloop(*told: str, at: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """One command, in a process of its own, as a user starts it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WATTLOOP_")}
    return subprocess.run(
        [sys.executable, "-m", "wattloop", *told],
        cwd=at, capture_output=True, text=True, check=False, env={**clean, **env}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "good.csv").write_text(GOOD, encoding="utf-8")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "bad.csv").write_text(GOOD.replace("3.5", "three"), encoding="utf-8")
    (tmp_path / "tariff.yaml").write_text("id: [", encoding="utf-8")
    return tmp_path


def test_the_help_tells_our_commands_first_each_in_a_line(tmp_path: Path) -> None:
    said = wattloop("--help", at=tmp_path)
    assert said.returncode == 0
    ours, django = said.stdout.split("Django's own:")
    for name in ("rate", "readings", "tariff"):
        (line,) = [line for line in ours.splitlines() if line.startswith(f"  {name} ")]
        assert len(line.split()) > 3
    assert "migrate" in django
    assert "migrate" not in ours
    assert max(map(len, said.stdout.splitlines())) <= 80
    assert wattloop(at=tmp_path).stdout == said.stdout
    assert wattloop("help", at=tmp_path).stdout == said.stdout


def test_the_version_is_ours(tmp_path: Path) -> None:
    for told in (["--version"], ["version"], ["readings", "--version"]):
        assert wattloop(*told, at=tmp_path).stdout.startswith(f"wattloop {__version__} ")


def test_an_unknown_command_is_named(tmp_path: Path) -> None:
    said = wattloop("reading", at=tmp_path)
    assert said.returncode != 0
    assert "readings" in said.stderr


@pytest.mark.parametrize("told", [["--help"], ["readings", "import", "--help"], ["rate", "--help"], ["check"]])
def test_a_command_loads_nothing_heavy_before_it_works(told: list[str], tmp_path: Path) -> None:
    program = (
        "import atexit, sys\n"
        f"sys.argv = ['wattloop', *{told!r}]\n"
        f"atexit.register(lambda: print('loaded:', sorted(set({HEAVY!r}) & set(sys.modules))))\n"
        "from wattloop.__main__ import main\n"
        "main()"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.stdout.splitlines()[-1] == "loaded: []", said.stderr


def test_check_finds_nothing_wrong(tmp_path: Path) -> None:
    said = wattloop("check", at=tmp_path)
    assert said.returncode == 0
    assert "no issues" in said.stdout


def test_a_deployment_without_a_key_of_its_own_is_told(tmp_path: Path) -> None:
    assert "SECRET_KEY" in wattloop("check", "--deploy", at=tmp_path).stderr
    told = wattloop("check", "--deploy", at=tmp_path, WATTLOOP_SECRET_KEY="0123456789abcdefghij" * 3)
    assert "SECRET_KEY" not in told.stderr
    assert "SECRET_KEY" not in wattloop("check", "--deploy", at=tmp_path, WATTLOOP_DEBUG="1").stderr


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (["readings", "import", "absent.csv"], "absent.csv"),
        (["readings", "import", "empty.csv"], "empty.csv"),
        (["readings", "import", "folder"], "folder"),
        (["readings", "import", "noise.csv"], "noise.csv"),
        (["readings", "import", "bad.csv"], "row 5"),
        (["readings", "import", "good.csv", "--columns", "point"], "--columns"),
        (["readings", "import", "good.csv", "--columns", "point=meter"], "meter"),
        (["readings", "import", "good.csv", "--unit", "furlong"], "furlong"),
        (["readings", "import", "good.csv", "--slots", "17"], "17"),
        (["readings", "import", "good.csv", "--zone", "Mars/Olympus"], "Mars/Olympus"),
        (["readings", "import", "good.csv", "--lake-zone", "Mars/Olympus"], "Mars/Olympus"),
        (["readings", "import", "good.csv", "--encoding", "klingon"], "klingon"),
        (["readings", "import", "good.csv", "--channel", "gossip"], "gossip"),
        (["readings", "import", "good.csv", "--lake", "good.csv"], "good.csv"),
        (["readings", "export", "out.csv"], "no lake"),
        (["readings", "export", "nowhere/out.csv"], "no lake"),
        (["readings", "show"], "no lake"),
        (["readings", "show", "P1", "--lake", "folder"], "no lake"),
        (["rate", "--tariff", "absent.yaml", "--from", "2024-01", "--to", "2024-02"], "absent.yaml"),
        (["rate", "--tariff", "tariff.yaml", "--from", "2024-02", "--to", "2024-01"], "--to"),
        (["rate", "--tariff", "tariff.yaml", "--from", "2024-01", "--to", "2024-01"], "after the last one to bill"),
        (["rate", "--tariff", "tariff.yaml", "--from", "soon", "--to", "2024-01"], "soon"),
        (["tariff", "check", "absent.yaml"], "absent.yaml"),
        (["tariff", "check", "tariff.yaml"], "tariff.yaml"),
        (["tariff", "test", "absent.yaml"], "absent.yaml"),
        (["tariff", "show", "absent.yaml"], "absent.yaml"),
        (["tariff", "import-urdb", "tariff.yaml"], "tariff.yaml"),
    ],
    ids=" ".join,
)
def test_a_refused_input_is_one_message_and_exit_code_2(told: list[str], named: str, command: Run) -> None:
    said = command(*told)
    assert said.returncode == 2, said.stderr
    assert named in said.stderr
    assert "Traceback" not in said.stderr
    assert said.stdout == ""


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (["readings", "show", "P9"], "P9"),
        (["readings", "show", "--as-of", "9"], "version 9"),
        (["readings", "show", "P1", "--from", "1st of May"], "1st of May"),
        (["readings", "export", "nowhere/out.csv"], "nowhere"),
        (["readings", "export", "folder"], "folder"),
        (["readings", "export", "out.txt"], "out.txt"),
        (["readings", "export", "out.csv", "--slots", "96"], "[24]"),
        (["readings", "export", "out.csv", "--points", "P9"], "P9"),
    ],
    ids=" ".join,
)
def test_what_a_lake_does_not_have_is_refused_by_name(told: list[str], named: str, command: Run) -> None:
    assert command("readings", "import", "good.csv").returncode == 0
    said = command(*told)
    assert said.returncode == 2, said.stderr
    assert named in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    "told", [["absent.csv"], ["noise.csv"], ["good.csv", "--unit", "furlong"], ["good.csv", "--dry-run"]], ids=" ".join
)
def test_no_lake_is_made_for_a_file_refused_at_sight_or_a_dry_run(told: list[str], place: Path, command: Run) -> None:
    command("readings", "import", *told)
    assert not (place / "lake").exists()


def test_a_dry_run_tells_what_the_import_then_does(command: Run) -> None:
    would = json.loads(command("readings", "import", "good.csv", "--dry-run", "--json").stdout)
    did = json.loads(command("readings", "import", "good.csv", "--json").stdout)
    told = ("rows", "points", "first", "last", "slots", "new_days", "revisions", "wh", "notes")
    assert {name: would[name] for name in told} == {name: did[name] for name in told}
    assert (would["dry_run"], did["dry_run"]) == (True, False)


def test_columns_are_named_in_one_option_or_in_several(place: Path, command: Run) -> None:
    text = GOOD.replace("point,start,kwh", '"meter, no",when,read')
    (place / "own.csv").write_text(text, encoding="utf-8")
    for lake, told in (
        ("one", ["--columns", "point=meter, no,start=when,value=read"]),
        ("many", ["--columns", "point=meter, no", "--columns", "start=when", "--columns", "value=read"]),
    ):
        said = command("readings", "import", "own.csv", "--unit", "kWh", "--lake", lake, *told, "--json")
        assert said.returncode == 0, said.stderr
        assert json.loads(said.stdout)["rows"] == 24


def test_readings_come_out_as_they_went_in(place: Path, command: Run) -> None:
    command("readings", "import", "good.csv")
    assert command("readings", "export", "out.csv").stdout == "out.csv: 24 rows\n"
    (place / "lake").rename(place / "old")
    command("readings", "import", "out.csv")
    shown = json.loads(command("readings", "show", "P1", "--json").stdout)
    before = json.loads(command("readings", "show", "P1", "--json", "--lake", "old").stdout)
    assert shown == before


def test_registers_come_out_as_they_went_in(place: Path, command: Run) -> None:
    header = "户号,表号,示数类型,上次抄表日期,本次抄表日期,上次示数,本次示数,倍率,位数"
    rows = "P8,M,有功（总）,2024-01-01,2024-01-31 24:00,999990,12,40,6\nP8,M,最大需量,2024-01-01,2024-02-01,,0.5,40,"
    (place / "示数.csv").write_text(f"{header}\n{rows}\n", encoding="gb18030")
    told = command("readings", "import", "示数.csv")
    assert "2 register readings, 1 point, 1 meter, 2024-01-01 to 2024-01-31" in told.stdout
    assert "2 new, 0 revised, 0 as they were, 1 rolled over" in told.stdout
    assert command("readings", "export", "out.csv", "--registers").stdout == "out.csv: 2 rows\n"
    (place / "lake").rename(place / "old")
    report = json.loads(command("readings", "import", "out.csv", "--json").stdout)
    assert (report["new"], report["rolled"], report["quantities"]["active_in"]) == (2, 1, 880_000)
    shown = json.loads(command("readings", "show", "P8", "--json").stdout)
    assert shown == json.loads(command("readings", "show", "P8", "--json", "--lake", "old").stdout)
    assert "register demand: 1 point, 1 reading" in command("readings", "show").stdout
    assert "nothing changed" in command("readings", "import", "out.csv").stdout


@pytest.mark.parametrize("option", ["--shape=wide", "--slots=24", "--channel=voltage"])
def test_what_only_intervals_have_is_refused_of_exported_registers(place: Path, command: Run, option: str) -> None:
    command("readings", "import", "good.csv")
    told = command("readings", "export", "out.csv", "--registers", option)
    assert told.returncode == 2
    assert option.split("=")[0] in told.stderr


@pytest.mark.parametrize(
    ("happens", "code", "named"),
    [
        (KeyboardInterrupt(), 130, "stopped"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "No space left"),
        (PermissionError(errno.EACCES, "Permission denied", "lake/secret"), 2, "lake/secret: Permission denied"),
    ],
    ids=["interrupt", "full disk", "forbidden file"],
)
def test_what_the_system_does_to_a_command_is_told_in_a_line(
    happens: BaseException, code: int, named: str, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise happens

    monkeypatch.setattr(readings, "import_file", stop)
    said = command("readings", "import", "good.csv")
    assert said.returncode == code
    assert named in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error(place: Path, command: Run) -> None:
    command("readings", "import", "good.csv")
    started = subprocess.Popen(
        [sys.executable, "-m", "wattloop", "readings", "show"],
        cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    assert started.stderr is not None
    started.stdout.close()
    assert started.stderr.read() == ""
    started.stderr.close()
    assert started.wait() == 0


def test_a_table_whose_reader_goes_away_is_the_commands_to_pass_over() -> None:
    read, write = os.pipe()
    os.close(read)
    console = wide_console()
    with os.fdopen(write, "w", encoding="utf-8") as console.file:
        with pytest.raises(BrokenPipeError):
            console.print("a row\n" * 100_000)
        os.dup2(os.open(os.devnull, os.O_WRONLY), write)


def test_a_month_is_closed_and_old_versions_let_go_from_the_command_line(command: Run, place: Path) -> None:
    command("readings", "import", "good.csv")
    (place / "late.csv").write_text(GOOD.replace("3.5", "9.5"), encoding="utf-8")
    command("readings", "import", "late.csv")
    told = command("readings", "fold", "2024-01")
    assert (told.returncode, told.stdout) == (0, "2024-01: 1 correction folded in, version 3 of lake\n")
    assert "no corrections" in command("readings", "fold", "2024-01").stdout
    would = json.loads(command("readings", "retain", "--keep", "2", "--dry-run", "--json").stdout)
    assert (would["kept"], would["forgotten"]) == ([2, 3], [0, 1])
    assert "2 versions kept, 2 forgotten" in command("readings", "retain", "--keep", "2").stdout
    assert "9.5" in command("readings", "export", "out.csv").stdout + (place / "out.csv").read_text(encoding="utf-8")
    for wrong in (
        ["fold", "2024-13"],
        ["fold", "2023-05"],
        ["retain", "--keep", "9"],
        ["fold", "2024-01", "--lake", "x"],
    ):
        refused = command("readings", *wrong)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert len(refused.stderr.strip().splitlines()) == 1
