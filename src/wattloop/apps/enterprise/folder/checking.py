"""Checks a folder as a whole: what one file says of things that stand in another."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any

from wattloop.apps.enterprise.folder import sections
from wattloop.apps.enterprise.folder.reading import Folder, read_folder
from wattloop.library.quantity.refusal import Refused
from wattloop.library.tariffs.problems import Findings, Path, nearest

NOTICE_FIELDS = (
    "customer",
    "agreement",
    "address",
    "bill",
    "period",
    "amount",
    "balance",
    "due_on",
    "day",
    "unit",
    "phone",
)
"""What may be filled into a notice."""
SERIES = ("bill", "receipt", "agreement", "customer")
LONGEST_NUMBER = 40
_ABOVE = {"station": ("company",), "team": ("station", "company")}


def check_folder(path: FilePath, today: dt.date) -> Folder:
    """Read a folder and check it as a whole; everything wrong is in its `findings`.

    Args:
        path: the folder.
        today: the day from which the working days must be known.

    Raises:
        FolderRefused: where there is no folder, or it holds more than any enterprise needs.
    """
    folder = read_folder(path)
    _units(folder)
    _roles(folder)
    _employees(folder)
    _tariffs(folder)
    _offers(folder)
    _numbering(folder)
    _notices(folder)
    _calendar(folder, today)
    for section in sections.declared():
        found = folder.content.get(section.name)
        check = getattr(found, "findings", None)
        for where, what, mend in check(folder) if check is not None else ():
            folder.of(section.file).error(where, what, mend)
    return folder


def _units(folder: Folder) -> None:
    said = folder.content.get("units")
    if said is None:
        return
    findings, units = folder.of("units.yaml"), said.units
    companies = [code for code, unit in units.items() if unit.kind == "company"]
    if len(companies) != 1:
        told = " and ".join(companies) or "none"
        findings.error(("units",), f"There is one company; here it is {told}.", "Let one unit be `kind: company`.")
    for code, unit in units.items():
        at = ("units", code)
        _needs_name(findings, at, unit)
        if unit.kind == "company":
            if unit.parent is not None:
                findings.error((*at, "parent"), "The company is below nothing.", "Take `parent` out.")
        elif unit.parent is None:
            findings.error(at, f"`{code}` is below nothing.", f"Add `parent: {companies[0] if companies else 'UNIT'}`.")
        elif unit.parent not in units:
            findings.error((*at, "parent"), f"There is no unit `{unit.parent}`.", nearest(unit.parent, units))
        elif units[unit.parent].kind not in _ABOVE[unit.kind]:
            what = f"`{code}` is a {unit.kind} below `{unit.parent}`, a {units[unit.parent].kind}."
            findings.error((*at, "parent"), what, f"A {unit.kind} is below a {' or '.join(_ABOVE[unit.kind])}.")


def _needs_name(findings: Findings, at: tuple[str, ...], thing: Any) -> None:
    if not thing.labels:
        findings.error(at, f"`{at[-1]}` has no name.", "Add `zh` or `en`, or both.")


def _roles(folder: Folder) -> None:
    from wattloop.apps.enterprise import gate
    from wattloop.apps.enterprise.actions import every_action

    for code, post in getattr(folder.content.get("posts"), "posts", {}).items():
        _needs_name(folder.of("posts.yaml"), ("posts", code), post)
    findings, actions = folder.of("roles.yaml"), every_action()
    for code, role in getattr(folder.content.get("roles"), "roles", {}).items():
        _needs_name(findings, ("roles", code), role)
        for index, pattern in enumerate(role.may):
            if not any(gate.covers(pattern, action) for action in actions):
                what = f"`{pattern}` is nothing that anybody can do."
                findings.error(("roles", code, "may", index), what, nearest(pattern, _near(pattern, actions)))


def _near(pattern: str, actions: Iterable[str]) -> list[str]:
    """The actions of the same room, else all rooms."""
    room = pattern.split(".", maxsplit=1)[0]
    return [one for one in actions if one.startswith(f"{room}.")] or sorted(
        {f"{one.split('.')[0]}.*" for one in actions}
    )


def _employees(folder: Folder) -> None:
    findings, users = folder.of("employees.yaml"), set[str]()
    known = {
        name: getattr(folder.content.get(f"{name}s"), f"{name}s", None) for name in ("unit", "post", "role")
    }  # None where the file is broken, which is told there
    for number, one in getattr(folder.content.get("employees"), "employees", {}).items():
        at = ("employees", number)
        places: list[tuple[str, str, Path]] = [("unit", one.unit, ("unit",)), ("post", one.post, ("post",))]
        for role, units in one.roles.items():
            places += [("role", role, ("roles", role)), *(("unit", unit, ("roles", role)) for unit in units)]
        for kind, name, where in places:
            there = known[kind]
            if there is not None and name not in there:
                findings.error((*at, *where), f"There is no {kind} `{name}`.", nearest(name, there))
        if one.roles and one.user is None:
            findings.error((*at, "roles"), f"{one.name} has a role but no user.", "Add `user`, or take `roles` out.")
        if one.user is not None and one.user.casefold() in users:
            findings.error((*at, "user"), f"The user `{one.user}` is somebody else too.", "Give each their own.")
        users |= {(one.user or "").casefold()}


def _tariffs(folder: Folder) -> None:
    enterprise = folder.content.get("enterprise")
    if not folder.tariffs and not any(name.startswith("tariffs/") for name in folder.digests):
        folder.of("tariffs").warn((), "The folder has no tariff.", "Nothing can be billed until it has one.")
    for tariff in folder.tariffs.values():
        currency = tariff.versions[0].currency
        if enterprise is not None and currency != enterprise.currency:
            what = f"The tariff is in {currency}, the enterprise in {enterprise.currency}."
            folder.of(tariff.file).error(("currency",), what, "One enterprise has one currency.")


def _offers(folder: Folder) -> None:
    findings = folder.of("offers.yaml")
    for name, offer in getattr(folder.content.get("offers"), "offers", {}).items():
        tariff = folder.tariffs.get(name)
        if tariff is None:
            if not _is_broken(folder):
                findings.error(("offers", name), f"There is no tariff `{name}`.", nearest(name, folder.tariffs))
            continue
        scope, first = tariff.versions[0].scope, tariff.versions[0].valid_from
        told = {"class": offer.customer_class, "voltage": offer.voltage, "market": offer.market}
        for key, words in told.items():
            if key in scope and words and scope[key] not in words:
                what = f"`{name}` is for {key} {scope[key]}, not {', '.join(words)}."
                findings.error(("offers", name, key), what, f"Write {scope[key]}, or mend `for` in {tariff.file}.")
        if first is not None and offer.first < first:
            what = f"`{name}` is on offer from {offer.first}, but its file begins on {first}."
            findings.warn(("offers", name, "from"), what, "The days before need the file that is in force until then.")
        if offer.last is not None and offer.last < offer.first:
            findings.error(("offers", name, "until"), "The offer ends before it begins.", "Mend one of the days.")


def _is_broken(folder: Folder) -> bool:
    """Whether a tariff file could not be read, so that a missing id says nothing."""
    return any(name.startswith("tariffs/") and one.errors for name, one in folder.findings.items())


def _numbering(folder: Folder) -> None:
    said = folder.content.get("numbering")
    if said is None:
        return
    findings = folder.of("numbering.yaml")
    for series in SERIES:
        if series not in said.numbers:
            findings.error(("numbers",), f"The numbers of a {series} are not told.", f"Add `{series}: {{digits: 8}}`.")
    begun: dict[tuple[str, str], str] = {}
    for series, part in said.numbers.items():
        at = ("numbers", series)
        length = len(part.prefix) + len(part.date if part.date != "none" else "") + part.digits + (part.check == "luhn")
        if length > LONGEST_NUMBER or part.digits > 15:
            findings.error((*at, "digits"), f"A number of {length} signs is too long.", "Write at most 15 digits.")
        elif part.first >= 10**part.digits:
            findings.error((*at, "first"), f"{part.first} does not fit {part.digits} digits.", "Add digits.")
        if any(sign.isspace() or not sign.isprintable() for sign in part.prefix):
            findings.error((*at, "prefix"), "A number has no space in it.", "Use letters, digits and - only.")
        other = begun.setdefault((part.prefix, str(length)), series)
        if other != series:
            what = f"Numbers of {series} and {other} look the same."
            findings.warn(at, what, "Give one another prefix, so that nobody takes one for the other.")


def _notices(folder: Folder) -> None:
    languages = getattr(folder.content.get("enterprise"), "languages", ())
    for notice in folder.notices.values():
        findings = folder.of(f"notices/{notice.id}.yaml")
        texts = {("text", key): text for key, text in notice.text.items()}
        texts |= {("subject", key): text for key, text in (notice.subject or {}).items()}
        fields = {at: _fields(findings, at, text) for at, text in texts.items()}
        for language in languages:
            if language[:2] not in notice.text:
                findings.error(
                    ("text",), f"The text has no `{language[:2]}`.", "The enterprise writes in that language."
                )
        found = [names for (part, _), names in fields.items() if part == "text" and names is not None]
        if any(names != found[0] for names in found[1:]):
            findings.warn(("text",), "The languages do not fill in the same.", "Let each tell all.")


def _fields(findings: Findings, at: tuple[str, str], text: str) -> set[str] | None:
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
    except ValueError:
        findings.error(at, "A brace stands alone.", "Write {field} for what is filled in, {{ and }} for braces.")
        return None
    for name in sorted(names - set(NOTICE_FIELDS)):
        findings.error(at, f"`{{{name}}}` is nothing that can be filled in.", nearest(name, NOTICE_FIELDS))
    return names


def _calendar(folder: Folder, today: dt.date) -> None:
    from wattloop.library.quantity.calendars import business_calendar

    enterprise = folder.content.get("enterprise")
    for name in folder.digests:
        if name.startswith("calendars/") and name.endswith((".yaml", ".yml")):
            _calendar_file(folder, name)
    if enterprise is None:
        return
    told, findings = enterprise.calendar, folder.of("enterprise.yaml")
    is_file = told.endswith((".yaml", ".yml"))
    if is_file and told not in folder.digests:
        known = [name for name in folder.digests if name.startswith("calendars/")]
        findings.error(("calendar",), f"There is no file `{told}`.", nearest(told, known))
        return
    if is_file and folder.of(told).errors:
        return
    try:
        days = business_calendar(folder.path / told if is_file else told)
    except Refused as refused:
        findings.error(("calendar",), _sentence(refused.what), refused.mend)
        return
    at = folder.of(told) if is_file else findings
    where = () if is_file else ("calendar",)
    if not days.knows(today.year):
        at.error(where, f"The holidays of {today.year} are not known.", "Add the year to the calendar's file.")
    elif not days.knows(today.year + 1):
        at.warn(where, f"The holidays of {today.year + 1} are not known yet.", "Add the year when they are announced.")


def _calendar_file(folder: Folder, name: str) -> None:
    from wattloop.library.quantity.calendars import business_calendar

    try:
        business_calendar(folder.path / name)
    except Refused as refused:
        findings = folder.of(name)
        if refused.row is not None:
            findings.lines[()] = refused.row
        findings.error(
            tuple((refused.field or "").split(".")) if refused.field else (), _sentence(refused.what), refused.mend
        )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
