"""What crash tests share: processes with a database of the test's own, and running a program among them."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of processes with a database of this test's own, of whichever kind is tested."""
    told = os.environ | {"WATTLOOP_HOME": str(tmp_path), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    told["DJANGO_SETTINGS_MODULE"] = "wattloop.settings"
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        yield told
        return
    import psycopg

    url = os.environ["DATABASE_URL"]
    name = f"crash_{os.getpid()}_{random.randrange(10**9)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield told | {"DATABASE_URL": url.rsplit("/", 1)[0] + f"/{name}"}
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def program(place: dict[str, str]) -> Callable[..., Any]:
    """A module run to its end; what it printed, where that is JSON. The tables are there."""

    def run(*args: str) -> Any:
        said = subprocess.run(
            [sys.executable, "-m", *args], env=place, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        return json.loads(said) if said.startswith("{") else None

    run("wattloop", "migrate", "--verbosity", "0")
    return run
