"""How ready a folder is to go live: what is there, what is missing, what to mind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wattloop.apps.enterprise import gate
from wattloop.apps.enterprise.actions import every_action
from wattloop.apps.enterprise.folder.reading import Folder
from wattloop.apps.enterprise.wording import in_words

MONTHS_AHEAD = 3
HALL = "receivables.payment.take"


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the list: `ready`, to `mind`, or `missing`."""

    level: Literal["ready", "mind", "missing"]
    said: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.said}. {self.mend}" if self.mend else self.said


def readiness(folder: Folder, today: dt.date) -> list[Point]:
    """What a folder without errors has and lacks, the worst first.

    Args:
        folder: as it was checked.
        today: in the enterprise's zone.
    """
    if folder.errors:
        count = len(folder.errors)
        said = ngettext("{count} thing is wrong with the folder", "{count} things are wrong with the folder", count)
        return [Point("missing", said.format(count=count), _("Mend them first."))]
    points = [*_people(folder), *_deciders(folder), *_tariffs(folder), *_calendar(folder, today), *_notices(folder)]
    order = {"missing": 0, "mind": 1, "ready": 2}
    return sorted(points, key=lambda point: order[point.level])


def _people(folder: Folder) -> Iterator[Point]:
    people, roles = folder.content["employees"].employees.values(), folder.content["roles"].roles
    users = [one for one in people if one.user]
    yield Point("ready", _("{users} of {people} employees may sign in").format(users=len(users), people=len(people)))
    held = {role for one in users for role in one.roles}
    for code, role in roles.items():
        if code not in held:
            said = _("Nobody has the role {role}").format(role=in_words(role.labels))
            yield Point("mind", said, _("Give it to somebody in employees.yaml, or take it out of roles.yaml."))
    ungranted = [str(told) for action, told in every_action().items() if not _granted(action, roles)]
    if ungranted:
        said = _("No role lets anybody {actions}").format(actions=", ".join(ungranted))
        yield Point("mind", said, _("Add it to a role in roles.yaml, if it is to be done."))
    units = folder.content["units"].units
    for code, unit in units.items():
        if unit.kind == "station" and not _who_may(folder, HALL, code):
            said = _("At {unit} nobody may take a payment").format(unit=in_words(unit.labels))
            yield Point("mind", said, _("Give somebody there the cashier's role."))


def _granted(action: str, roles: dict[str, Any]) -> bool:
    return any(gate.covers(pattern, action) for role in roles.values() for pattern in role.may)


def _deciders(folder: Folder) -> Iterator[Point]:
    company = next(code for code, unit in folder.content["units"].units.items() if unit.kind == "company")
    deciding = _who_may(folder, "enterprise.tariff.decide", company)
    proposing = _who_may(folder, "enterprise.tariff.propose", None) | _who_may(folder, "enterprise.folder.load", None)
    if not deciding:
        yield Point("missing", _("Nobody may put a tariff in force"), _("Give somebody enterprise.tariff.decide."))
    elif not any(proposing - {one} for one in deciding):
        yield Point("missing", _("Nobody may propose a tariff that somebody else decides"), _("Two people are needed."))
    elif len(deciding) == 1:
        said = _("{person} alone may put tariffs in force").format(person=next(iter(deciding)))
        yield Point("mind", said, _("Name a second, for days when they are away."))
    else:
        yield Point("ready", _("{count} people may put tariffs in force").format(count=len(deciding)))
    loading = _who_may(folder, "enterprise.folder.load", company)
    if len(loading) < 2:
        who = next(iter(loading), _("nobody"))
        yield Point("mind", _("{person} alone may load the folder").format(person=who), _("Name a second."))


def _who_may(folder: Folder, action: str, unit: str | None) -> set[str]:
    """The names of those who may do something for a unit; for any without one."""
    units, roles = folder.content["units"].units, folder.content["roles"].roles
    found = set()
    for one in folder.content["employees"].employees.values():
        for role, places in one.roles.items() if one.user else ():
            if not any(gate.covers(pattern, action) for pattern in roles[role].may):
                continue
            if unit is None or any(_covers(place, unit, units) for place in places or (one.unit,)):
                found.add(one.name)
    return found


def _covers(place: str, unit: str, units: dict[str, Any]) -> bool:
    """Whether a unit is another or below it. A team of a station counts for the station's hall."""
    at: str | None = unit
    while at is not None:
        if at == place:
            return True
        at = units[at].parent
    return bool(units[place].parent == unit)


def _tariffs(folder: Folder) -> Iterator[Point]:
    if not folder.tariffs:
        yield Point("missing", _("There is no tariff"), _("Write one into tariffs/."))
        return
    count = len(folder.tariffs)
    said = ngettext("{count} tariff can be priced", "{count} tariffs can be priced", count).format(count=count)
    yield Point("ready", said)
    for tariff in folder.tariffs.values():
        name = in_words(tariff.name)
        if not tariff.versions[0].document.plain.get("examples"):
            said = _("{tariff} carries no worked example").format(tariff=name)
            yield Point("mind", said, _("Add one that was worked by hand, from a real bill if there is one."))
        if tariff.id not in folder.content["offers"].offers:
            said = _("{tariff} is on offer to nobody").format(tariff=name)
            yield Point("mind", said, _("Add it to offers.yaml, or take it out of tariffs/."))


def _calendar(folder: Folder, today: dt.date) -> Iterator[Point]:
    from wattloop.library.quantity.calendars import business_calendar

    told = folder.content["enterprise"].calendar
    days = business_calendar(folder.path / told if told in folder.digests else told)
    last = next(
        year for year in range(today.year, today.year + 3) if year == today.year + 2 or not days.knows(year + 1)
    )
    months = (last - today.year) * 12 + 12 - today.month
    if months >= 24 - today.month:
        yield Point("ready", _("The working days are known to the end of {year}").format(year=last))
        return
    said = ngettext(
        "The calendar of working days ends in {count} month",
        "The calendar of working days ends in {count} months",
        months,
    ).format(count=months)
    level: Literal["mind", "ready"] = "mind" if months <= MONTHS_AHEAD else "ready"
    yield Point(level, said, _("Add {year} when its holidays are announced.").format(year=last + 1))


def _notices(folder: Folder) -> Iterator[Point]:
    if not folder.notices:
        yield Point("mind", _("There are no texts of notices"), _("Write them into notices/."))
        return
    count = len(folder.notices)
    said = ngettext("{count} notice has its text", "{count} notices have their texts", count).format(count=count)
    yield Point("ready", said)
