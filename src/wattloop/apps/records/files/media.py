"""What a file is, judged by its content: names and what browsers say are not asked."""

from __future__ import annotations

import codecs
import re
import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from wattloop.library.quantity.refusal import Refused

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
XLSX, ZIP = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"
PARQUET, JSON, XML = "application/vnd.apache.parquet", "application/json", "application/xml"
CSV, TEXT = "text/csv", "text/plain"

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG, b"%PDF-": PDF}
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
# What an archive may unpack to; a month of a county in one sheet is some hundred megabytes.
UNPACKED, RATIO, MEMBERS = 1024**3, 200, 10_000
_PIECE = 1024 * 1024
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_DELIMITED = re.compile("[,;\t|]")


def judge(file: Path) -> str:
    """A file's media type.

    Raises:
        Refused: for what is none of those that are taken, is cut short, or unpacks to too much.
    """
    with file.open("rb") as opened:
        head = opened.read(8)
        if not head:
            raise Refused(_("the file is empty"), _("Choose another one."))
        opened.seek(max(file.stat().st_size - 4, 0))
        tail = opened.read(4)
    for beginning, media in _BEGINNINGS.items():
        if head.startswith(beginning):
            return media
    if head.startswith(b"PAR1") and tail == b"PAR1":
        return PARQUET
    return _archive(file) if head.startswith(_ZIPS) else _text(file, head)


def _archive(file: Path) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Refused(_("the archive cannot be read"), _("Save it again, or send it again.")) from error
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED or len(members) > MEMBERS or unpacked > RATIO * max(file.stat().st_size, 1024):
        raise Refused(
            _("the archive unpacks to %(bytes)s bytes in %(files)s files, which is too much")
            % {"bytes": f"{unpacked:,}", "files": f"{len(members):,}"},
            _("Send its parts one by one."),
        )
    names = {member.filename for member in members}
    return XLSX if {"[Content_Types].xml", "xl/workbook.xml"} <= names else ZIP


def _text(file: Path, head: bytes) -> str:
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        found = _decoded(file, encoding)
        if found is not None:
            return _kind(*found)
    raise Refused(
        _("the file is neither text in UTF-8 or GB18030 nor a PDF, PNG, JPEG, XLSX, ZIP or Parquet file"),
        _("Save it as one of these."),
    )


def _decoded(file: Path, encoding: str) -> tuple[str, str] | None:
    """The first and the last characters of a text; None for what is none in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    first = last = ""
    try:
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE):
                text = decoder.decode(piece)
                if _CONTROL.search(text):
                    return None
                first, last = (first + text)[:4096], (last + text)[-64:]
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return first.lstrip(), last.rstrip()


def _kind(first: str, last: str) -> str:
    if first.startswith("<"):
        return XML if first.startswith(("<?xml", "<feed")) else TEXT
    if first[:1] + last[-1:] in {"{}", "[]"}:
        return JSON
    return CSV if _DELIMITED.search(first.split("\n", 1)[0]) else TEXT
