"""Loads a folder: it is read and checked first, without a transaction, and taken in one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from wattloop.apps.enterprise import gate, queries
from wattloop.apps.enterprise.models import TariffOffer
from wattloop.apps.records.actors import Actor
from wattloop.library.quantity import clock
from wattloop.library.quantity.refusal import Refused

if TYPE_CHECKING:
    from wattloop.apps.enterprise.folder.reading import Folder
    from wattloop.apps.enterprise.services.folder import Loaded


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
    return _take(_checked(path), by=by, note=note, action="enterprise.folder.load")


def propose_tariff(tariff: str, text: bytes | None = None, *, by: Actor, note: str = "") -> TariffOffer:
    """Propose one tariff, in the place of the one of that id in the folder loaded last.

    Args:
        tariff: its id.
        text: the file as it shall be; without one, as the folder has it, once more after it was sent back.
        by: who proposes it, and so may not decide it.
        note: why.

    Raises:
        FolderRefused: with everything that is wrong with it, by line.
        Refused: where the tariff is in force as it stands, or somebody else loaded or proposed something
            meanwhile. The same text sent twice is one proposal.
    """
    from wattloop.apps.enterprise.services.folder import propose_again

    gate.require(by, "enterprise.tariff.propose")
    version = queries.current()
    if version is None:
        raise Refused("no enterprise folder is loaded", "Load one first: wattloop enterprise load FOLDER.")
    path = queries.version_folder(version.number)
    if text is None:
        return propose_again(tariff, _checked(path), version, by=by, note=note)
    with tempfile.TemporaryDirectory() as scratch:
        edited = Path(scratch) / "folder"
        shutil.copytree(path, edited)
        file = edited / _file_of(tariff)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text)
        folder = _checked(edited)
        if tariff not in folder.tariffs:
            raise Refused(f"the file is not of {tariff}", f"Let it say `id: {tariff}`.", field="id")
        _take(folder, by=by, note=note, action="enterprise.tariff.propose", upon=version.number)
    found: TariffOffer | None = TariffOffer.objects.filter(tariff=tariff, state=TariffOffer.State.PROPOSED).first()
    if found is None:
        raise Refused(f"{tariff} is in force as it stands, or was sent back as it stands", "Change something in it.")
    return found


def _checked(path: Path) -> Folder:
    from wattloop.apps.enterprise.folder.checking import check_folder

    folder = check_folder(path, clock.today(queries.settings().zone))
    folder.refuse_if_any()
    return folder


def _file_of(tariff: str) -> str:
    from wattloop.library.tariffs.values import parse_name

    last = TariffOffer.objects.filter(tariff=tariff).order_by("-id").values_list("file", flat=True).first()
    if last is not None:
        return str(last)
    try:
        return f"tariffs/{parse_name(tariff)}.yaml"
    except ValueError as error:
        raise Refused(str(error), field="id") from None


def _take(folder: Folder, *, by: Actor, note: str, action: str, upon: int | None = None) -> Loaded:
    from wattloop.apps.enterprise.folder.keeping import copied
    from wattloop.apps.enterprise.services.folder import Loaded, take_folder

    held = queries.current()
    if held is not None and held.digest == folder.digest:
        return Loaded(held, None)
    with copied(folder, settings.HOME / queries.FOLDER) as copy:
        return take_folder(folder, copy, by=by, note=note, action=action, upon=upon)
