"""What others read of the room: who the enterprise is, its rules on a day, the tariffs in force."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.db.models import Q
from django.utils.translation import gettext as _

from wattloop.apps.enterprise.folder import sections
from wattloop.apps.enterprise.models import FolderVersion, Rule, TariffOffer, Unit, User
from wattloop.apps.enterprise.remembering import once
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from wattloop.library.quantity.calendars import BusinessCalendar
    from wattloop.library.tariffs import Tariff

FOLDER = "enterprise"


@dataclass(frozen=True, slots=True)
class Settings:
    """Who the enterprise is: money, clock, languages, names."""

    currency: str = "CNY"
    minor_digits: int = 2
    zone: str = "Asia/Shanghai"
    languages: tuple[str, ...] = ("zh-hans", "en")
    name_zh: str = ""
    name_en: str = ""


UNTOLD = Settings()
"""What holds until a folder is loaded."""


def current() -> FolderVersion | None:
    """The version of the folder loaded last, None before the first."""
    found: FolderVersion | None = once("current", FolderVersion.objects.defer("files").first)
    return found


def settings() -> Settings:
    """Who the enterprise is, as the folder loaded last says it."""
    version = current()
    if version is None:
        return UNTOLD
    told = version.rules["enterprise"]
    return Settings(**{**told, "languages": tuple(told["languages"])})


def today() -> dt.date:
    """The present day in the enterprise's zone."""
    return clock.today(settings().zone)


def company() -> Unit:
    """The company, which all units are below.

    Raises:
        Refused: before an enterprise folder is loaded.
    """
    found: Unit | None = Unit.objects.filter(kind=Unit.Kind.COMPANY, active=True).first()
    if found is None:
        raise Refused("there is no company yet", "Load an enterprise folder: wattloop enterprise load FOLDER.")
    return found


def version_folder(number: int) -> Path:
    """Where the files of a version of the folder lie.

    Raises:
        Refused: where they are gone.
    """
    path: Path = django_settings.HOME / FOLDER / str(number)
    if not path.is_dir():
        mend = f"Restore {path} from a backup of WATTLOOP_HOME."
        raise Refused(f"the files of version {number} of the enterprise folder are gone", mend)
    return path


def rule(name: str, on: dt.date | None = None) -> Any:
    """What a section of the folder says.

    Args:
        name: of the section, as its room declared it.
        on: a day on which it holds; today without one. A section without dates says always what it says now.

    Returns:
        Its pydantic model; one of defaults where the folder has no such file.

    Raises:
        Refused: where it says nothing for that day, or has no defaults.
        LookupError: where no room declared it.
    """
    section = sections.section(name)
    rows = Rule.objects.filter(section=name)
    day = on or (today() if section.dated else None)
    if day is not None:
        rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day))
    row = once(("rule", name, day), rows.order_by("-version").values_list("version", "file", "digest").first)
    if row is None or not row[1]:
        if section.required:
            when = f" for {day}" if day is not None else ""
            raise Refused(f"the enterprise folder says nothing of {name}{when}", f"Add {section.file} and load it.")
        return section.model()
    return _read(section, version_folder(row[0]), row[2])


@lru_cache(maxsize=256)
def _read(section: sections.Section, path: Path, digest: str) -> Any:
    """What a file says, once for each content."""
    from wattloop.apps.enterprise.folder.reading import read_section
    from wattloop.library.tariffs.problems import Findings

    findings = Findings(file=str(path / section.file))
    found = read_section(path / section.file, section, findings)
    findings.refuse_if_any()
    return found


def calendar() -> BusinessCalendar:
    """The enterprise's working days.

    Raises:
        Refused: before a folder is loaded.
    """
    from wattloop.library.quantity.calendars import business_calendar

    told, version = rule("enterprise").calendar, current()
    assert version is not None
    is_file = told.endswith((".yaml", ".yml"))
    return business_calendar(version_folder(version.number) / told if is_file else told)


def tariffs_in_force() -> list[Tariff]:
    """Every version of every tariff that was put in force, as bills are priced by.

    The newest file of a tariff holds from its first day on; those before it for the days before.

    Raises:
        Refused: where the files of a version are gone.
    """
    states = (TariffOffer.State.IN_FORCE, TariffOffer.State.REPLACED)
    rows = TariffOffer.objects.filter(state__in=states).order_by("tariff", "-id")
    by_id: dict[str, list[tuple[str, str]]] = {}
    for tariff, number, file, digest in rows.values_list("tariff", "version", "file", "digest"):
        by_id.setdefault(tariff, []).append((str(version_folder(number) / file), digest))
    return [version for files in by_id.values() for version in _in_order(tuple(files))]


@lru_cache(maxsize=512)
def _in_order(files: tuple[tuple[str, str], ...]) -> tuple[Tariff, ...]:
    """The versions of one tariff from several files, the newest file first."""
    from dataclasses import replace

    from wattloop.library import tariffs

    found: list[Tariff] = []
    for path, _digest in files:
        begun = found[0].valid_from if found else None
        if found and begun is None:
            break
        older = []
        for one in tariffs.load_versions(path):
            if begun is None:
                older.append(one)
            elif one.valid_from is None or one.valid_from < begun:
                last = begun - dt.timedelta(days=1)
                older.append(replace(one, valid_to=min(one.valid_to or last, last)))
        found = [*older, *found]
    return tuple(found)


def tariff_names() -> dict[str, tuple[str, str]]:
    """{id: (Chinese, English name)} of the tariffs in force."""
    rows = TariffOffer.objects.filter(state=TariffOffer.State.IN_FORCE)
    return {tariff: (zh, en) for tariff, zh, en in rows.values_list("tariff", "name_zh", "name_en")}


def notice(name: str) -> Any:
    """The text of a notice.

    Raises:
        Refused: where the folder has no such notice.
    """
    version = current()
    file = f"notices/{name}.yaml"
    digest = FolderVersion.objects.get(pk=version.pk).files.get(file) if version is not None else None
    if version is None or digest is None:
        raise Refused(f"the enterprise folder has no notice {name}", f"Add {file} and load it.")
    section = sections.Section(f"notice {name}", file, "wattloop.apps.enterprise.folder.schemas:Notice")
    return _read(section, version_folder(version.number), digest)


def people_points() -> list[Any]:
    """What is to be minded about users as they are now: who has no password yet, what waits to be decided."""
    from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
    from django.utils.translation import ngettext

    from wattloop.apps.enterprise.folder.readiness import Point

    points = []
    without = User.objects.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX).count()
    if without:
        said = ngettext("{count} user has no password yet", "{count} users have no password yet", without)
        mend = _("Give them one on their pages, or with wattloop enterprise users --passwords.")
        points.append(Point("mind", said.format(count=without), mend))
    waiting = TariffOffer.objects.filter(state=TariffOffer.State.PROPOSED).count()
    if waiting:
        said = ngettext("{count} tariff waits to be decided", "{count} tariffs wait to be decided", waiting)
        points.append(Point("mind", said.format(count=waiting), _("Bills are priced by what is in force.")))
    return points
