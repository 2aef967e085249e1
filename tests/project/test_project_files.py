"""Files that set the project up and check it: the Makefile, the pins, the stages of CI."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = dict(
    line.split("==")
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
PINNED = {canonicalize_name(name): version for name, version in PINS.items()}


def run(*command: str, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=at, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project's set-up files alone, where nothing is set up."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    return tmp_path


def test_every_library_asked_for_is_pinned_to_a_version_that_will_do() -> None:
    asked = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    wrong = []
    for text in asked:
        requirement = Requirement(text)
        pin = PINNED.get(canonicalize_name(requirement.name))
        if pin is None or not requirement.specifier.contains(pin):
            wrong.append(f"{text}: pinned to {pin}")
    assert wrong == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    said = run(".ci/names-no-registry")
    assert said.returncode == 0, said.stdout


def test_a_file_that_names_one_is_found(copy: Path) -> None:
    assert run(".ci/names-no-registry", at=copy).returncode == 0
    copy.joinpath("pip.conf").write_text("index-url = https://" + "py" + "pi.org/simple\n", encoding="utf-8")
    said = run(".ci/names-no-registry", at=copy)
    assert said.returncode == 1
    assert "pip.conf:1" in said.stdout


@pytest.mark.parametrize(
    "target",
    ["demo", "test", "setup", "lint", "format", "bench", "peers", "spark", "engines", "coverage", "clean", "help"],
)
def test_the_makefile_knows(target: str) -> None:
    assert run("make", "--dry-run", target).returncode == 0


def test_help_names_every_target_and_fits_eighty_columns() -> None:
    said = run("make", "help").stdout
    phony = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[0].split()
    parts = {"help", "style", "types", "floors", "registries", "spark"}  # of other targets
    assert set(re.findall(r"^make (\w+)", said, re.MULTILINE)) == set(phony) - parts
    assert max(map(len, said.splitlines())) <= 80


def test_the_demo_takes_a_file_of_the_users_own() -> None:
    said = run("make", "--dry-run", "demo", "SERVE=0", "READINGS=my readings.csv", "READINGS_OPTIONS=--unit kW")
    assert '--readings "my readings.csv" --unit kW' in said.stdout


def test_the_demo_installs_no_development_tools(copy: Path) -> None:
    installing = [line for line in run("make", "--dry-run", "demo", at=copy).stdout.splitlines() if "pip" in line]
    assert len(installing) == 1
    assert "[" not in installing[0]


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("exit 1", "needs Python 3.11 or newer"),
        ('[ "$1" = -m ] && exit 1; exit 0', "install python3-venv"),
    ],
)
def test_a_python_that_will_not_do_is_told_and_leaves_no_mark(copy: Path, python: str, said: str) -> None:
    fake = copy / "python"
    fake.write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
    fake.chmod(0o755)
    tried = run("make", "test", f"PYTHON={fake}", at=copy)
    assert tried.returncode != 0
    assert said in tried.stdout
    assert not (copy / ".venv" / ".runs").exists()


def test_ci_runs_every_kind_of_test_once() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    chosen = re.findall(r"MARKED='([^']*)'", text)
    assert chosen == ["data and not spark and not crash", "crash and not spark"]
    assert all(
        f"--no-print-directory {kind}" in text for kind in ("ground", "sqlite", "engines", "postgresql", "browser")
    )


def test_a_stage_that_fails_fails_ci_and_stops_no_other(copy: Path) -> None:
    # Without a Makefile no stage but the last can run; the one that looks outside finds nothing and says so.
    (copy / "Makefile").unlink()
    said = run("bash", ".ci/run", "lint", "unit", "outside", at=copy)
    assert said.returncode == 1
    assert "stage lint FAILED" in said.stdout
    assert "stage unit FAILED" in said.stdout
    assert "stage outside went well" in said.stdout
    assert "not well: lint unit\n" in said.stdout
    # A line of this form closes every run, so that whoever reads it from outside finds the tests counted.
    assert said.stdout.endswith("0 passed, 0 failed\n")


@pytest.mark.parametrize(("urdb", "passes"), [("ok      ", True), ("not yet ", False)])
def test_what_was_met_once_may_not_be_unbuilt_again(urdb: str, *, passes: bool, tmp_path: Path, copy: Path) -> None:
    place = tmp_path / "inside"
    place.mkdir()
    shutil.copytree(copy / ".ci", place / ".ci")
    check = tmp_path / "shared" / "checks" / "run"
    check.parent.mkdir(parents=True)
    lines = (
        f"echo 'ok       check_energy_conserved: yes'\necho '{urdb} check_urdb: 207'\necho 'not yet  check_ledger: no'"
    )
    check.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    check.chmod(0o755)
    said = run("bash", ".ci/run", "outside", at=place)
    assert (said.returncode == 0) is passes, said.stdout


def test_the_licence_is_the_one_named() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text(encoding="utf-8")
