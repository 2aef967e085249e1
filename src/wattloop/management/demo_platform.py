"""The demo's console: the county's enterprise in a database, its last months billed, somebody of each role to sign in.

It is done by a process of its own, because a process has one home folder and the demo's is its own.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from wattloop.library.quantity.refusal import Refused

OPTION = "--founding"
BILLED = 4
"""Months that are billed: the last waits for somebody to approve it, those before are issued and paid."""


def environment_of(home: Path) -> dict[str, str]:
    """What a process that fills or serves a demo is told: by HTTP, and a second factor only for whoever wants one."""
    told = {"WATTLOOP_HOME": str(home.absolute()), "WATTLOOP_PLAIN_HTTP": "1", "WATTLOOP_SECOND_FACTOR": "optional"}
    return {**os.environ, **told}


def found_in_child(home: Path, first: dt.date, month: dt.date) -> None:
    """Fill the console of a demo, unless it is filled already.

    Args:
        home: the demo's folder.
        first: the first day of its readings.
        month: the month that is billed last.

    Raises:
        Refused: where that ends badly.
    """
    told = [OPTION, "--out", str(home), "--month", f"{month:%Y-%m}", "--first", first.isoformat()]
    sys.stdout.flush()
    done = subprocess.run([sys.executable, "-m", "wattloop", "demo", *told], env=environment_of(home), check=False)
    if done.returncode:
        raise Refused("the console could not be filled", "Its own message stands above.")


def found(home: Path, first: dt.date, month: dt.date, console: Any) -> None:
    """Fill the console, in a process whose home folder is the demo's.

    Args:
        home, first, month: as for `found_in_child`.
        console: of rich.

    Raises:
        Refused: where the database holds another enterprise.
    """
    from django.core.management import call_command

    from wattloop.apps.billing.models import BillRun
    from wattloop.apps.enterprise.services import give_passwords
    from wattloop.apps.records.actors import System
    from wattloop.environment import make_secret_key
    from wattloop.example import year

    make_secret_key()
    call_command("migrate", verbosity=0, interactive=False)
    if BillRun.objects.exists():
        console.print(
            "The console was filled by a run before this, which printed who may sign in. Lost? --anew makes all of it "
            "again.",
            soft_wrap=True,
        )
        return
    _refuse_filled()
    months = _months(first, month)
    with console.status("filling the console") as status:
        year.found(home, first, status.update)
        year.bill_months(months, status.update)
        passwords = give_passwords(by=System("demo"))
    _say_people(console, passwords)


def serving(home: Path) -> str:
    """The command that opens a demo's console."""
    return f"WATTLOOP_HOME={home} WATTLOOP_PLAIN_HTTP=1 WATTLOOP_SECOND_FACTOR=optional wattloop serve"


def _months(first: dt.date, month: dt.date) -> list[dt.date]:
    found = [month]
    while len(found) < BILLED and found[0] > first:
        found.insert(0, (found[0] - dt.timedelta(days=1)).replace(day=1))
    return [one for one in found if one >= first]


def _refuse_filled() -> None:
    from wattloop.apps.enterprise.models import FolderVersion

    if FolderVersion.objects.exists():
        raise Refused(
            "the database holds an enterprise already, and no demo's",
            "Empty it, or take DATABASE_URL out of the environment: the demo then has a database of its own.",
        )


def _say_people(console: Any, passwords: dict[str, str]) -> None:
    from rich.table import Table

    from wattloop.apps.enterprise.models import Assignment

    table = Table("role", "unit", "name", "user", "password", title="Who may sign in (printed this once)", box=None)
    table.title_justify = "left"
    everyone = Assignment.objects.filter(user__username__in=passwords, user__employee__isnull=False)
    held = list(everyone.select_related("role", "unit", "user__employee").order_by("role__code", "unit__path"))
    roles = Counter(one.user_id for one in held)
    of_role: dict[int, Any] = {}
    for one in sorted(held, key=lambda one: roles[one.user_id]):  # rather somebody who has that role alone
        of_role.setdefault(one.role_id, one)
    for one in of_role.values():
        user = one.user
        table.add_row(one.role.name_en, one.unit.name_en, user.employee.name, user.username, passwords[user.username])
    console.print(table)
