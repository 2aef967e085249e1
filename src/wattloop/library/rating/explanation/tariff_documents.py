"""The documents of a bill's tariffs, carried in its file with the files they name, and compiled again from there."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from wattloop.library.quantity.refusal import Refused
from wattloop.library.rating.agreements.model import Kind
from wattloop.library.rating.agreements.variants import Variants
from wattloop.library.rating.chunks import version_name
from wattloop.library.rating.explanation.bill_document import as_text
from wattloop.library.tariffs.beside import find_beside
from wattloop.library.tariffs.compiled import Tariff
from wattloop.library.tariffs.loading import from_plain

SUFFIXES = (".yaml", ".yml", ".csv")


def carried(tariffs: list[Tariff], used: list[Tariff], end: dt.date) -> list[dict[str, Any]]:
    """The versions that a bill needs: `tariff, valid_from, document, files`.

    Args:
        tariffs: all that were given.
        used: the variants that price the bill; one may go on over several versions of the same rules.
        end: the day after the bill's last.
    """
    first = {one.id: min(t.valid_from or dt.date.min for t in used if t.id == one.id) for one in used}
    found = [t for t in tariffs if t.id in first and first[t.id] <= (t.valid_from or dt.date.min) < end]
    return [_carried(one) for one in sorted(found, key=lambda t: (t.id, t.valid_from or dt.date.min))]


def _carried(tariff: Tariff) -> dict[str, Any]:
    document = tariff.document
    if document is None:
        return {"tariff": tariff.id, "valid_from": as_text(tariff.valid_from), "document": None, "files": {}}
    files: dict[str, str] = {}
    plain = _with_files(as_text(document.plain), document.file, files)
    return {"tariff": tariff.id, "valid_from": as_text(tariff.valid_from), "document": plain, "files": files}


def _with_files(plain: Any, file: str | None, files: dict[str, str]) -> Any:
    """The same values; what they name as a file is put into `files`, one that lies elsewhere under its bare name."""
    if isinstance(plain, dict):
        return {key: _with_files(value, file, files) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_with_files(value, file, files) for value in plain]
    if not isinstance(plain, str) or not plain.endswith(SUFFIXES):
        return plain
    found = find_beside(file, plain) or Path(plain)
    if not found.is_file():
        return plain
    name = plain if _is_within(plain) else found.name
    files[name] = found.read_text(encoding="utf-8-sig")
    return name


def _is_within(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name


def compiled(held: list[Mapping[str, Any]]) -> list[Tariff]:
    """What was carried, compiled.

    Raises:
        Refused: where a document is missing, or names a file outside of its own folder.
        TariffRefused: where one cannot be compiled.
    """
    return [_compiled(one) for one in held]


def _compiled(held: Mapping[str, Any]) -> Tariff:
    if held["document"] is None:
        raise Refused(f"the bill does not carry the document of tariff {held['tariff']}", "Rate with one that has it.")
    day = dt.date.fromisoformat(held["valid_from"]) if held["valid_from"] else None
    with tempfile.TemporaryDirectory(prefix="wattloop-") as folder:
        for name, text in held["files"].items():
            if not _is_within(name):
                raise Refused(f"the bill carries a file called {name}, which lies outside of it")
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return from_plain(held["document"], file=str(Path(folder) / "tariff.yaml"), on=day)


def variant_of(tariffs: list[Tariff], name: str, kind: Kind) -> Tariff:
    """The variant that terms of a kind make of the version of a name, going on over versions of the same rules.

    Raises:
        Refused: where there is none.
    """
    every = Variants(tariffs)
    for tariff in _ids(name, every):
        for _, _, number in every.stretches(tariff, kind, 0):
            if version_name(every.list[number]) == name:
                return every.list[number]
    raise Refused(f"the bill does not carry the version {name}")


def _ids(name: str, every: Variants) -> Iterator[str]:
    return (tariff for tariff in every.ids if name.partition("@")[0] == tariff)
