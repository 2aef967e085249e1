"""The demo's console: filled once, through the same services as in the console, and said how to open."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

NOW = "2026-11-25T06:00:00+00:00"
TOLD = [sys.executable, "-m", "wattloop", "demo", "--accounts", "60", "--months", "3"]


def _demo(place: Path) -> str:
    env = {**os.environ, "WATTLOOP_NOW": NOW}
    env.pop("DATABASE_URL", None)
    said = subprocess.run(TOLD, cwd=place, capture_output=True, text=True, check=False, env=env)
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_the_demo_fills_a_console_once_and_says_who_may_sign_in(tmp_path: Path) -> None:
    said = _demo(tmp_path)
    assert "Who may sign in (printed this once)" in said
    assert all(role in said for role in ("Billing analyst", "Cashier", "Tariff designer", "Head of marketing"))
    assert "WATTLOOP_HOME=out/demo" in said
    held = sqlite3.connect(tmp_path / "out/demo/wattloop.sqlite3")
    runs = held.execute("SELECT name, state, planned FROM billing_billrun ORDER BY name").fetchall()
    assert runs == [("2026-09", "issued", 60), ("2026-10", "checked", 60)]
    (bills,) = held.execute("SELECT sum(amount) FROM billing_bill WHERE state = 'issued'").fetchone()
    (charges,) = held.execute("SELECT sum(amount) FROM receivables_charge WHERE kind = 'bill'").fetchone()
    assert bills == charges > 0
    assert held.execute("SELECT count(*) FROM receivables_payment").fetchone()[0] > 40
    held.close()
    again = _demo(tmp_path)
    assert "was filled by a run before this" in again
    assert "printed this once" not in again
