"""Words of pages and messages in two languages: found in the sources, kept in catalogs beside them, compiled.

English stands in the sources, Chinese in `locale/zh_Hans/LC_MESSAGES/django.po` of the room or area
that says it. GNU's gettext need not be installed: Babel reads and writes the files.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import wattloop

ROOT = Path(wattloop.__file__).parent
LOCALE = "zh_Hans"
KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
_KEPT = ("Language:", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")


def owners(root: Path = ROOT) -> list[Path]:
    """The folders that have a catalog: every room, every face, every area of the console, and the rest as one."""
    rooms = [path for path in (root / "apps").iterdir() if (path / "apps.py").is_file()]
    faces = [path for path in (root / "faces").iterdir() if (path / "apps.py").is_file()]
    areas = [path for path in (root / "faces" / "console").iterdir() if (path / "__init__.py").is_file()]
    return [root, *sorted(rooms), *sorted(faces), *sorted(areas)]


def file_of(owner: Path) -> Path:
    """An owner's catalog."""
    return owner / "locale" / LOCALE / "LC_MESSAGES" / "django.po"


def sources(owner: Path, everyone: list[Path]) -> Iterator[Path]:
    """An owner's Python files and templates, without those of owners within it; the library speaks for itself."""
    others = {other for other in everyone if other != owner} | {owner / "library"}
    for folder, inner, files in os.walk(owner):
        inner[:] = sorted(name for name in inner if Path(folder, name) not in others and name not in _SKIPPED)
        for name in sorted(files):
            if name.endswith((".py", ".html", ".txt")):
                yield Path(folder, name)


_SKIPPED = {"__pycache__", "static", "locale", "migrations", "example", "bench"}


def found(owner: Path, everyone: list[Path]) -> Any:
    """A catalog of everything that an owner's sources say, without translations."""
    from babel.messages.catalog import Catalog

    catalog = Catalog(locale=LOCALE, project="Wattloop", fuzzy=False)
    for path in sources(owner, everyone):
        for _line, message, comments, context in _said(path):
            catalog.add(message, context=context, auto_comments=comments)
    return catalog


def _said(path: Path) -> Any:
    from babel.messages.extract import extract

    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # What is not said is blanked out; each call stands on one line, so its indent may go.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    return extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))


def read(owner: Path) -> Any:
    """An owner's catalog as it is kept; an empty one where there is none."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    file = file_of(owner)
    if not file.is_file():
        return Catalog(locale=LOCALE, project="Wattloop", fuzzy=False)
    with file.open("rb") as held:
        return read_po(held, locale=LOCALE)


def renewed(owner: Path, everyone: list[Path]) -> Any:
    """The kept catalog with what is said now: translations stay, what nobody says any more goes."""
    kept = read(owner)
    kept.update(found(owner, everyone), no_fuzzy_matching=True)
    kept.obsolete.clear()
    return kept


def lacking(catalog: Any) -> list[str]:
    """What has no whole translation."""
    return [str(message.id) for message in catalog if message.id and (message.fuzzy or not all(strings(message)))]


def strings(message: Any) -> list[str]:
    """A message's translation; of one that counts, its forms."""
    return [message.string or ""] if isinstance(message.string, str | None) else list(message.string)


def written(catalog: Any) -> bytes:
    """A catalog as text: sorted, without places and dates, so that two people's changes meet without a quarrel."""
    from babel.messages.pofile import write_po

    out = io.BytesIO()
    catalog.header_comment = "# Wattloop in Chinese."
    write_po(out, catalog, width=110, no_location=True, sort_output=True, ignore_obsolete=True)
    head, blank, rest = out.getvalue().decode().partition("\n\n")
    lines = [line for line in head.splitlines() if not line.startswith('"') or line[1:].startswith(_KEPT)]
    return ("\n".join(lines) + blank + rest).encode()


def compile_catalog(owner: Path) -> bool:
    """Compile an owner's catalog where it is newer than what was compiled; whether it was."""
    from babel.messages.mofile import write_mo

    file = file_of(owner)
    made = file.with_suffix(".mo")
    if not file.is_file() or (made.is_file() and made.stat().st_mtime_ns >= file.stat().st_mtime_ns):
        return False
    fresh = made.with_suffix(f".{os.getpid()}.new")
    with fresh.open("wb") as out:
        write_mo(out, read(owner))
    fresh.replace(made)
    return True
