"""A command as a user starts it, in this process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wattloop.__main__ import main

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder that commands run in."""
    return tmp_path


@pytest.fixture
def command(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command in this process, in `place`: the libraries are loaded once for many commands."""
    monkeypatch.chdir(place)

    def run(*told: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["wattloop", *told])
        code = 0
        try:
            main()
        except SystemExit as exiting:
            code = int(exiting.code or 0)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(told, code, said.out, said.err)

    return run
