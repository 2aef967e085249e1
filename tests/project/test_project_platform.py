"""What holds for every room of the first floor."""

from __future__ import annotations

import inspect
import io
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from django.core.management import call_command

import wattloop
from wattloop import apps

ROOT = Path(wattloop.__file__).parent
ROOMS = sorted(path.name for path in Path(apps.__file__).parent.iterdir() if (path / "apps.py").exists())
MODULES = sorted(
    found.name
    for room in ROOMS
    for found in walk_packages([str(ROOT / "apps" / room)], f"wattloop.apps.{room}.")
    if ".services" in found.name
)


@pytest.mark.parametrize("name", [name for name in MODULES if name != "wattloop.apps.records.services"])
def test_whatever_changes_state_is_a_service(name: str) -> None:
    """A public function of a services module runs in a transaction of its own."""
    module = import_module(name)
    loose = [
        one
        for one, thing in vars(module).items()
        if inspect.isfunction(thing)
        and thing.__module__ == name
        and not one.startswith("_")
        and not getattr(thing, "is_service", False)
    ]
    assert loose == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    said = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert "No changes" in said.getvalue()


def test_setting_up_the_platform_loads_no_data_library() -> None:
    """Pages and commands start fast: what computes is loaded when something is computed."""
    heavy = ["duckdb", "pyarrow", "pandas", "ibis", "deltalake", "openpyxl", "numpy"]
    program = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'wattloop.settings'; django.setup(); "
        "from django.urls import get_resolver; get_resolver().url_patterns; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
