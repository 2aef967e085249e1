"""Takes a folder that was checked, in one transaction: all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from wattloop.apps.enterprise import gate, queries
from wattloop.apps.enterprise.models import FolderVersion, Number, TariffOffer
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


@service
def take_folder(folder: Folder, copy: Path, *, by: Actor, note: str, action: str, upon: int | None = None) -> Loaded:
    """Take a folder that was checked: its files, its people, its rules; its tariffs as proposals.

    Args:
        folder: as it was read, without errors.
        copy: its files beside those kept; they move to their place when all else is done.
        by: who.
        note: why.
        action: what they do: load a folder, or propose a tariff of it.
        upon: the version that it was made from, where it must be the last one still.
    """
    from wattloop.apps.enterprise.folder import applying
    from wattloop.apps.enterprise.folder.keeping import keep

    gate.require(by, action)
    number = _next_number(upon)
    enterprise = folder.content["enterprise"]
    told = {
        "currency": enterprise.currency, "minor_digits": _digits(enterprise.currency), "zone": enterprise.zone,
        "languages": list(enterprise.languages), "name_zh": enterprise.name.get("zh", ""),
        "name_en": enterprise.name.get("en", ""),
    }  # fmt: skip
    version = FolderVersion.objects.create(
        number=number, loaded_at=clock.now(),
        loaded_by=by.actor, digest=folder.digest, files=folder.digests, rules={"enterprise": told}, note=note[:500],
    )  # fmt: skip
    changes = applying.apply(folder, version, by.actor, clock.today(enterprise.zone))
    audit(action, version, by=by, after=changes.plain, unit_path=queries.company().path, note=note)
    # Last of all: a version whose files are in place but which is undone here is overwritten by the next.
    keep(copy, settings.HOME / queries.FOLDER, version.number)
    return Loaded(version, changes)


def _next_number(upon: int | None) -> int:
    """The number of the next version; whoever takes another folder waits until this one is taken."""
    Number.objects.bulk_create([Number(series="folder")], ignore_conflicts=True)
    row = Number.objects.select_for_update().get(series="folder")
    if upon is not None and row.next != upon + 1:
        raise Refused("somebody else loaded or proposed something meanwhile", "Look at it, and propose yours again.")
    row.next += 1
    row.save(update_fields=["next"])
    return int(row.next - 1)


@service
def propose_again(tariff: str, folder: Folder, version: FolderVersion, *, by: Actor, note: str) -> TariffOffer:
    """Propose a tariff as a version of the folder has it, once more after it was sent back."""
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
    from wattloop.library.quantity.currencies import currency_digits

    return int(currency_digits(currency))
