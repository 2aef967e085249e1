"""Writes a new enterprise folder from the answers to a few questions: one that works, to be made one's own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattloop.example import ENTERPRISE
from wattloop.library.quantity import clock
from wattloop.library.quantity.currencies import currency_digits
from wattloop.library.quantity.refusal import Refused

QUESTIONS = {
    "name": ("What is the enterprise called?", "Example Power Supply"),
    "currency": ("Its currency, in three letters?", "CNY"),
    "zone": ("Its time zone?", "Asia/Shanghai"),
    "country": ("Whose holidays does it keep (CN, DE, none)?", "CN"),
    "stations": ("Its stations, with commas between?", "First station"),
    "languages": ("Which languages do its people read (zh-hans, en), with commas between?", "zh-hans, en"),
    "admin": ("User name of who loads the folder?", "admin"),
    "chief": ("User name of who decides tariffs?", "chief"),
}
TAKEN = ("roles.yaml", "posts.yaml", "numbering.yaml", "notices")
"""What a new folder has from the example as it is."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a new folder is written from."""

    name: str
    currency: str
    zone: str
    country: str
    stations: tuple[str, ...]
    languages: tuple[str, ...]
    admin: str
    chief: str


def ask(options: dict[str, Any], *, asking: bool, say: Callable[[str], None]) -> Answers:
    """The answers: those given as options, asked for on a terminal, else as they most often are.

    Raises:
        Refused: for an answer that no folder can have.
    """
    told = {}
    for key, (question, usual) in QUESTIONS.items():
        given = options.get(key)
        if given is None and asking:
            say(f"{question} [{usual}]")
            given = input().strip()
        told[key] = given or usual
    answers = Answers(
        told["name"], told["currency"].upper(), told["zone"], told["country"], _words(told["stations"]),
        _words(told["languages"]), told["admin"], told["chief"],
    )  # fmt: skip
    if answers.admin.casefold() == answers.chief.casefold():
        raise Refused("two people are needed to put a tariff in force", "Name two.", field="--chief")
    return answers


def write(folder: Path, answers: Answers) -> None:
    """Write the folder, whole or not at all.

    Raises:
        Refused: where something is there already.
        FolderRefused: where the answers make no folder that can be loaded.
    """
    from wattloop.apps.enterprise.folder.checking import check_folder

    if folder.exists():
        raise Refused(f"{folder} is there already", "Name a folder that is not.", file=str(folder))
    made = folder.with_name(f".{folder.name}.incoming")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    try:
        for name, text in _files(answers).items():
            (made / name).parent.mkdir(exist_ok=True)
            (made / name).write_text(text, encoding="utf-8")
        for name in TAKEN:
            source = ENTERPRISE / name
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, made / name)
        check_folder(made, clock.today()).refuse_if_any()
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in re.split("[,，、]", text)) if word)


def _label(name: str) -> str:
    """A name as a file writes it, under its language."""
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{'zh' if re.search('[一-鿿]', name) else 'en'}: {quoted}"


def _codes(stations: tuple[str, ...]) -> list[str]:
    """An id for each station: of its name where that can be written in small letters, else by its place."""
    found: list[str] = []
    for place, name in enumerate(stations, 1):
        code = re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:30] if name.isascii() else ""
        code = code if code[:1].isalpha() and code not in {*found, "company"} else f"station-{place}"
        found.append(code)
    return found


def _employee(number: int, user: str, post: str, role: str) -> str:
    return f"  {number}: {{name: {user}, unit: company, post: {post}, user: {user}, roles: [{role}]}}\n"


def _files(answers: Answers) -> dict[str, str]:
    year = clock.today(None).year
    codes = _codes(answers.stations)
    units = "".join(
        f"  {code}: {{kind: station, {_label(name)}, parent: company}}\n"
        for code, name in zip(codes, answers.stations, strict=True)
    )
    price = "0.60" if currency_digits(answers.currency) else "20"
    total = "60.00" if currency_digits(answers.currency) else "2000"
    return {
        "enterprise.yaml": (
            "# Who the enterprise is. Everything else stands in the files beside this one.\n"
            f"name: {{{_label(answers.name)}}}\nvalid_from: {year}-01-01\ncurrency: {answers.currency}\n"
            f"zone: {answers.zone}\nlanguages: [{', '.join(answers.languages)}]\n"
            f"calendar: {answers.country}        # or a file: calendars/own.yaml\n"
        ),
        "units.yaml": (
            "# The company, its stations, their teams (kind: team).\n"
            f"units:\n  company: {{kind: company, {_label(answers.name)}}}\n{units}"
        ),
        "employees.yaml": (
            "# Who works here, by number: their unit, post, user name, and the roles they have for their unit,\n"
            "# or for others: roles: {clerk: UNIT}. No password ever stands here.\n"
            "employees:\n"
            + _employee(1001, answers.admin, "administrator", "admin")
            + _employee(1002, answers.chief, "marketing-chief", "chief")
        ),
        "offers.yaml": (
            "# Which tariffs a new agreement may have: for which class and voltage, and from which day.\n"
            f"offers:\n  household: {{class: residential, voltage: <1kV, from: {year}-01-01}}\n"
        ),
        "tariffs/household.yaml": (
            "# A tariff to begin with: one price. Put yours here; `wattloop tariff check` says what is wrong with it.\n"
            "id: household\nname: {zh: 居民生活用电, en: Household}\n"
            f"valid_from: {year}-01-01\ncurrency: {answers.currency}\n"
            "for: {class: residential, voltage: <1kV}\n"
            f"calendar: {{zone: {answers.zone}}}\n"
            f"energy: {{price: {price}}}             # {answers.currency} per kWh\n"
            "examples:                              # worked by hand, checked whenever the folder is\n"
            f"  - given: {{month: {year}-01, energy: 100 kWh}}\n    expect: {{total: {total}}}\n"
        ),
    }
