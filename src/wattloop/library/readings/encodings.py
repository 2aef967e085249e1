"""Which encoding a text file is in, and a UTF-8 copy of it for engines that read nothing else."""

from __future__ import annotations

import codecs
from pathlib import Path

from wattloop.library.quantity.refusal import Refused

_BLOCK = 4 * 1024 * 1024
_MAGIC = {
    b"PK\x03\x04": "a ZIP or XLSX file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"\x89PNG": "a picture",
}


def encoding_of(path: Path, told: str | None = None) -> str:
    """The encoding of a text file: what the caller told, or UTF-8 (with or without BOM), or GB18030.

    The whole file is read, in blocks: one wrong byte in the last line would else
    surface in the middle of an import.

    Raises:
        Refused: for an empty, binary or otherwise encoded file, with the row.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise Refused("the file is empty", "Give a file with a header line and readings.", file=str(path))
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise Refused(f"this is {what}, not a text file", "Give CSV or Parquet.", file=str(path))
    if told:
        bad = _first_bad_row(path, told)
    elif head.startswith(codecs.BOM_UTF8):
        told, bad = "utf-8-sig", _first_bad_row(path, "utf-8-sig")
    elif (bad := _first_bad_row(path, "utf-8")) is None:
        told = "utf-8"
    else:
        as_chinese = _first_bad_row(path, "gb18030")
        if as_chinese is not None:
            raise Refused(
                f"the text is neither UTF-8 (it breaks in row {bad}) nor GB18030",
                "Name its encoding, or save it as UTF-8.",
                file=str(path),
                row=as_chinese,
            )
        return "gb18030"
    if bad is not None:
        raise Refused(f"the text is not {told}", "Name its encoding, or save it as UTF-8.", file=str(path), row=bad)
    return told


def _first_bad_row(path: Path, encoding: str) -> int | None:
    """The row (from 1) at which the text stops making sense; None where it does throughout."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
    except LookupError:
        raise Refused(f"there is no encoding {encoding!r}", "Name one such as utf-8 or gb18030.") from None
    rows = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            nul = block.find(b"\0")
            if nul >= 0 and not encoding.startswith("utf-16"):
                raise Refused(
                    "the file holds NUL bytes: it is binary or was damaged",
                    "Export it again as text.",
                    file=str(path),
                    row=rows + block[:nul].count(b"\n"),
                )
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return rows + block[: error.start].count(b"\n")
            rows += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return rows
    return None


def as_utf8(path: Path, encoding: str, folder: Path) -> Path:
    """The file itself where it is UTF-8, else a UTF-8 copy in `folder`, made block by block."""
    if encoding in ("utf-8", "utf-8-sig"):
        return path
    copy = folder / f"{path.stem}.utf8.csv"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as source, copy.open("wb") as target:
        while block := source.read(_BLOCK):
            target.write(decoder.decode(block).encode())
        target.write(decoder.decode(b"", final=True).encode())
    return copy
