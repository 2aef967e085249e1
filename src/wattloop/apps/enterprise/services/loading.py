"""Loads the enterprise folder: nothing of it is taken unless all of it is right."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Max

from wattloop.apps.enterprise import gate, queries
from wattloop.apps.enterprise.models import FolderVersion, TariffOffer
from wattloop.apps.records.actors import Actor
from wattloop.apps.records.services import audit, service
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from wattloop.apps.enterprise.folder.applying import Changes
    from wattloop.apps.enterprise.folder.reading import Folder


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a loading came to.

    Args:
        version: the version that holds now.
        changes: what it changed; None where the folder is what was loaded already.
    """

    version: FolderVersion
    changes: Changes | None


def load_folder(path: Path, *, by: Actor, note: str = "") -> Loaded:
    """Check a folder and take it as the version that holds from now on. Loading the same again changes nothing.

    Tariffs that are new or changed become proposals, which somebody else decides.

    Args:
        path: of the folder.
        by: who loads it.
        note: why, in their words.

    Raises:
        FolderRefused: with everything that is wrong, by file and line.
        NotAllowed: where they may not.
    """
    gate.require(by, "enterprise.folder.load")
    folder = _checked(path)
    return _take(folder, by=by, note=note, action="enterprise.folder.load")


def propose_tariff(tariff: str, text: bytes | None = None, *, by: Actor, note: str = "") -> TariffOffer:
    """Propose one tariff, in the place of the one of that id in the folder loaded last.

    Args:
        tariff: its id.
        text: the file as it shall be; without one, as the folder has it, once more after it was sent back.
        by: who proposes it, and so may not decide it.
        note: why.

    Raises:
        FolderRefused: with everything that is wrong with it, by line.
        Refused: where the tariff is in force as it stands, or waits already.
    """
    gate.require(by, "enterprise.tariff.propose")
    version = queries.current()
    if version is None:
        raise Refused("no enterprise folder is loaded", "Load one first: wattloop enterprise load FOLDER.")
    path = queries.version_folder(version.number)
    if text is not None:
        with tempfile.TemporaryDirectory() as scratch:
            edited = Path(scratch) / "folder"
            shutil.copytree(path, edited)
            (edited / _file_of(tariff)).write_bytes(text)
            folder = _checked(edited)
            if tariff not in folder.tariffs:
                raise Refused(f"the file is not of {tariff}", f"Let it say `id: {tariff}`.", field="id")
            _take(folder, by=by, note=note, action="enterprise.tariff.propose")
            return _proposed(tariff)
    return _propose_again(tariff, _checked(path), version, by=by, note=note)


def _checked(path: Path) -> Folder:
    from wattloop.apps.enterprise.folder.checking import check_folder

    folder = check_folder(path, clock.today(queries.settings().zone))
    folder.refuse_if_any()
    return folder


def _file_of(tariff: str) -> str:
    last = TariffOffer.objects.filter(tariff=tariff).order_by("-id").values_list("file", flat=True).first()
    return last or f"tariffs/{tariff}.yaml"


def _proposed(tariff: str) -> TariffOffer:
    found: TariffOffer | None = TariffOffer.objects.filter(tariff=tariff, state=TariffOffer.State.PROPOSED).first()
    if found is None:
        raise Refused(f"{tariff} is in force as it stands", "Change something in it.")
    return found


def _take(folder: Folder, *, by: Actor, note: str, action: str) -> Loaded:
    from wattloop.apps.enterprise.folder.keeping import copied

    held = queries.current()
    if held is not None and held.digest == folder.digest:
        return Loaded(held, None)
    with copied(folder, settings.HOME / queries.FOLDER) as copy:
        return _take_copy(folder, copy, by=by, note=note, action=action)


@service
def _take_copy(folder: Folder, copy: Path, *, by: Actor, note: str, action: str) -> Loaded:
    from wattloop.apps.enterprise.folder import applying
    from wattloop.apps.enterprise.folder.keeping import keep

    gate.require(by, action)
    enterprise = folder.content["enterprise"]
    told = {
        "currency": enterprise.currency, "minor_digits": _digits(enterprise.currency), "zone": enterprise.zone,
        "languages": list(enterprise.languages), "name_zh": enterprise.name.get("zh", ""),
        "name_en": enterprise.name.get("en", ""),
    }  # fmt: skip
    version = FolderVersion.objects.create(
        number=(FolderVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1, loaded_at=clock.now(),
        loaded_by=by.actor, digest=folder.digest, files=folder.digests, rules={"enterprise": told}, note=note[:500],
    )  # fmt: skip
    changes = applying.apply(folder, version, by.actor, clock.today(enterprise.zone))
    audit(action, version, by=by, after=changes.plain, unit_path=queries.company().path, note=note)
    # Last of all: a version whose files are in place but which is undone here is overwritten by the next.
    keep(copy, settings.HOME / queries.FOLDER, version.number)
    return Loaded(version, changes)


@service
def _propose_again(tariff: str, folder: Folder, version: FolderVersion, *, by: Actor, note: str) -> TariffOffer:
    gate.require(by, "enterprise.tariff.propose")
    found = folder.tariffs.get(tariff)
    if found is None:
        raise Refused(f"the folder has no tariff {tariff}", "Propose it with its file.")
    held = TariffOffer.objects.filter(tariff=tariff, digest=found.digest)
    if held.filter(state__in=[TariffOffer.State.IN_FORCE, TariffOffer.State.PROPOSED]).exists():
        raise Refused(f"{tariff} is in force as it stands, or waits to be decided", "Change something in it.")
    offer: TariffOffer = TariffOffer.objects.create(
        tariff=tariff, name_zh=found.name.get("zh", ""), name_en=found.name.get("en", ""), file=found.file,
        digest=found.digest, version=version, proposed_by=by.actor, proposed_at=clock.now(), note=note[:500],
    )  # fmt: skip
    audit(
        "enterprise.tariff.propose", offer, by=by, after={"tariff": tariff}, unit_path=queries.company().path, note=note
    )
    return offer


def _digits(currency: str) -> int:
    from wattloop.library.quantity.money import currency_digits

    return currency_digits(currency)
