"""Brings units, posts, roles, people and tariffs into line with a folder, inside the loading's transaction.

What vanished from the folder becomes inactive; nothing is deleted but roles that the folder gave.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from wattloop.apps.enterprise import keyholders
from wattloop.apps.enterprise.folder import sections
from wattloop.apps.enterprise.folder.reading import Folder, FolderRefused
from wattloop.apps.enterprise.models import (
    Assignment,
    Employee,
    FolderVersion,
    Post,
    Role,
    Rule,
    TariffOffer,
    Unit,
    User,
)
from wattloop.apps.records.services import changed
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.problems import Problem


@dataclass
class Changes:
    """What a loading changed: the codes of what was made, changed, and made inactive, by kind."""

    made: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, list[str]] = field(default_factory=dict)
    gone: dict[str, list[str]] = field(default_factory=dict)

    def note(self, how: str, kind: str, code: str) -> None:
        """Note one."""
        getattr(self, how).setdefault(kind, []).append(code)

    @property
    def plain(self) -> dict[str, Any]:
        """As the audit entry keeps it: what there is of it, long lists as their length."""
        told = {"made": self.made, "changed": self.changed, "gone": self.gone}
        return {
            how: {kind: codes if len(codes) <= 20 else len(codes) for kind, codes in kinds.items()}
            for how, kinds in told.items()
            if kinds
        }


def apply(folder: Folder, version: FolderVersion, by: str, today: dt.date) -> Changes:
    """Bring the database into line with a folder that has no errors.

    Raises:
        FolderRefused: where nobody could load a folder or decide tariffs any more, or a rule of days gone by changes.
    """
    changes = Changes()
    units = _units(folder, changes)
    posts = _named(Post, "post", folder.content["posts"].posts, changes, lambda _: {})
    roles = _named(
        Role, "role", folder.content["roles"].roles, changes,
        lambda role: {"grants": list(role.may), "home": role.home or ""},
    )  # fmt: skip
    _people(folder, units, posts, roles, changes)
    _nobody_locked_out()
    _rules(folder, version, today, changes)
    _offers(folder, version, by, changes)
    return changes


def _named(model: Any, kind: str, told: dict[str, Any], changes: Changes, more: Any) -> dict[str, Any]:
    """Rows of things that have a code and names."""
    rows = {row.code: row for row in model.objects.all()}
    for code, one in told.items():
        names = {"name_zh": one.zh or "", "name_en": one.en or "", "active": True, **more(one)}
        if code not in rows:
            rows[code] = model.objects.create(code=code, **names)
            changes.note("made", kind, code)
        elif changed(rows[code], **names)[1]:
            changes.note("changed", kind, code)
    _retire([row for code, row in rows.items() if code not in told], kind, changes)
    return rows


def _retire(rows: list[Any], kind: str, changes: Changes) -> None:
    for row in rows:
        if changed(row, active=False)[1]:
            changes.note("gone", kind, getattr(row, "code", None) or row.number)


def _units(folder: Folder, changes: Changes) -> dict[str, Unit]:
    told = folder.content["units"].units
    rows = {row.code: row for row in Unit.objects.all()}
    paths = {code: _path(code, told) for code in told}
    # A path is unique, and units may change places: those that move step aside first.
    for code in [code for code in told if code in rows and rows[code].path != paths[code]]:
        Unit.objects.filter(pk=rows[code].pk).update(path=f"~{rows[code].pk}")
    for code in sorted(told, key=lambda one: paths[one].count("/")):
        one = told[code]
        new = {
            "kind": one.kind, "name_zh": one.zh or "", "name_en": one.en or "", "path": paths[code], "active": True,
            "parent": rows[one.parent] if one.parent else None,
        }  # fmt: skip
        if code not in rows:
            rows[code] = Unit.objects.create(code=code, **new)
            changes.note("made", "unit", code)
        elif changed(rows[code], **new)[1]:
            changes.note("changed", "unit", code)
    _retire([row for code, row in rows.items() if code not in told], "unit", changes)
    return rows


def _path(code: str, told: dict[str, Any]) -> str:
    above = told[code].parent
    return f"{_path(above, told) if above else '/'}{code}/"


def _people(
    folder: Folder, units: dict[str, Unit], posts: dict[str, Post], roles: dict[str, Role], changes: Changes
) -> None:
    told = folder.content["employees"].employees
    rows = {row.number: row for row in Employee.objects.select_related("user")}
    users = {user.username.casefold(): user for user in User.objects.all()}
    wanted: dict[tuple[int, int, int], None] = {}
    _free_users(told, rows)
    for number, one in told.items():
        user = _user(one.user, one.name, users, changes) if one.user else None
        new = {"name": one.name, "unit": units[one.unit], "post": posts[one.post], "user": user, "active": True}
        row = rows.get(number)
        if row is None:
            rows[number] = Employee.objects.create(number=number, **new)
            changes.note("made", "employee", number)
        else:
            returned = not row.active
            if changed(row, **new)[1]:
                changes.note("changed", "employee", number)
            if returned and user is not None:
                changed(user, is_active=True)
        for role, places in one.roles.items():
            for place in places or (one.unit,):
                assert user is not None
                wanted[user.pk, roles[role].pk, units[place].pk] = None
    gone = [row for number, row in rows.items() if number not in told]
    for row in gone:
        if row.active and row.user is not None:
            changed(row.user, is_active=False)
    _retire(gone, "employee", changes)
    _assignments(list(wanted), changes)


def _free_users(told: dict[str, Any], rows: dict[str, Employee]) -> None:
    """A user belongs to one employee: those that change hands are let go of first."""
    for number, row in rows.items():
        name = told[number].user if number in told else None
        if row.user is not None and number in told and (name or "").casefold() != row.user.username.casefold():
            held = any((one.user or "").casefold() == row.user.username.casefold() for one in told.values())
            if not held:
                changed(row.user, is_active=False)
            changed(row, user=None)


def _user(name: str, called: str, users: dict[str, User], changes: Changes) -> User:
    user = users.get(name.casefold())
    if user is None:
        user = users[name.casefold()] = User(username=name, first_name=called)
        user.set_unusable_password()
        user.save()
        changes.note("made", "user", name)
    changed(user, first_name=called)
    return user


def _assignments(wanted: list[tuple[int, int, int]], changes: Changes) -> None:
    """The roles that the folder gives; those given in the console stay."""
    held = {(row.user_id, row.role_id, row.unit_id): row for row in Assignment.objects.all()}
    new = [key for key in wanted if key not in held]
    Assignment.objects.bulk_create(
        [Assignment(user_id=user, role_id=role, unit_id=unit, by_folder=True) for user, role, unit in new],
        batch_size=500,
    )
    keep = set(wanted)
    gone = [row for key, row in held.items() if row.by_folder and key not in keep]
    Assignment.objects.filter(pk__in=[row.pk for row in gone]).delete()
    for how, count in (("made", len(new)), ("gone", len(gone))):
        if count:
            changes.note(how, "assignment", str(count))


def _nobody_locked_out() -> None:
    try:
        keyholders.require_somebody()
    except Refused as refused:
        what = f"{refused.what[:1].upper()}{refused.what[1:]}."
        raise FolderRefused([Problem("employees.yaml", None, "", what, refused.mend)]) from None


def _rules(folder: Folder, version: FolderVersion, today: dt.date, changes: Changes) -> None:
    problems = []
    for section in (*sections.OWN, *sections.declared()):
        file = section.file if section.file in folder.digests else ""
        digest = folder.digests.get(section.file, "")
        rows = list(Rule.objects.filter(section=section.name).order_by("-version"))
        if (rows[0].file, rows[0].digest) == (file, digest) if rows else not file:
            continue
        first = folder.content[section.name].valid_from if section.name in _dated_names() and file else None
        if first is None and section.name in _dated_names():
            first = today
        begun = [row for row in rows if row.valid_from is None or row.valid_from <= today]
        if first is not None and begun and first < today:
            since = begun[0].valid_from
            what = f"This file changed, but says that it holds from {first}; days gone by keep what held on them."
            mend = f"Let valid_from be {today} or later. What was loaded holds from {since}."
            line = folder.of(section.file).line_of(("valid_from",))
            problems.append(Problem(section.file, line, "valid_from", what, mend))
            continue
        if first is not None:
            Rule.objects.filter(section=section.name, valid_from__gt=today).delete()
        Rule.objects.create(section=section.name, valid_from=first, version=version, file=file, digest=digest)
        changes.note("changed" if rows else "made", "rule", section.name)
    if problems:
        raise FolderRefused(problems)


def _dated_names() -> set[str]:
    """The declared sections that say from which day they hold."""
    return {section.name for section in sections.declared() if section.dated}


def _offers(folder: Folder, version: FolderVersion, by: str, changes: Changes) -> None:
    """New and changed tariffs become proposals; one that waits is replaced, one that is gone is withdrawn."""
    waiting = {row.tariff: row for row in TariffOffer.objects.filter(state=TariffOffer.State.PROPOSED)}
    in_force = dict(TariffOffer.objects.filter(state=TariffOffer.State.IN_FORCE).values_list("tariff", "digest"))
    sent_back = set(TariffOffer.objects.filter(state=TariffOffer.State.REFUSED).values_list("tariff", "digest"))
    now = clock.now()
    for name, tariff in folder.tariffs.items():
        if name in waiting and waiting[name].digest == tariff.digest:
            waiting.pop(name)
            continue
        if in_force.get(name) == tariff.digest or (name, tariff.digest) in sent_back:
            continue
        if name in waiting:
            _withdraw(waiting.pop(name), by, now)
        TariffOffer.objects.create(
            tariff=name, name_zh=tariff.name.get("zh", ""), name_en=tariff.name.get("en", ""), file=tariff.file,
            digest=tariff.digest, version=version, proposed_by=by, proposed_at=now,
        )  # fmt: skip
        changes.note("changed" if name in in_force else "made", "tariff", name)
    for row in waiting.values():
        _withdraw(row, by, now)
        changes.note("gone", "tariff", row.tariff)


def _withdraw(row: models.Model, by: str, now: dt.datetime) -> None:
    changed(row, state=TariffOffer.State.WITHDRAWN, decided_by=by, decided_at=now)
