"""Whether a file is text, in which encoding and with which line ends, and a plain copy of it for the engine.

The engine reads UTF-8 with one kind of line end, and nothing else.
"""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
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
_PLAIN = ("utf-8", "utf-8-sig")
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class Text:
    """What a text file is.

    Args:
        encoding: Python's name of it.
        lines: line ends in the file, the header's among them.
        mixed: some lines end in CR LF and some in LF alone.
        last: the last character, in UTF-8: a line end, where the last line has one.
    """

    encoding: str
    lines: int
    mixed: bool
    last: bytes

    @property
    def finished(self) -> bool:
        """Whether the last line has its end."""
        return self.last in (b"\n", b"\r")


def text_of(path: Path, told: str | None = None) -> Text:
    """Look through a whole text file, in blocks.

    All of it, because one wrong byte in the last line would else surface in the middle of an import.

    Args:
        path: the file.
        told: its encoding; where not told, UTF-8 with or without BOM, UTF-16 with one, or else GB18030.

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
    first = told or next((name for bom, name in _BOMS.items() if head.startswith(bom)), "utf-8")
    found = _scan(path, first)
    if isinstance(found, Text):
        return found
    if first != "utf-8" or told:
        raise Refused(f"the text is not {first}", "Name its encoding, or save it as UTF-8.", file=str(path), row=found)
    chinese = _scan(path, "gb18030")
    if isinstance(chinese, Text):
        return chinese
    raise Refused(
        f"the text is neither UTF-8 (it breaks in row {found}) nor GB18030",
        "Name its encoding, or save it as UTF-8.",
        file=str(path),
        row=max(found, chinese),  # the encoding that went further is the one that was meant
    )


def _scan(path: Path, encoding: str) -> Text | int:
    """What the file is in that encoding; the row at which it stops making sense where it is not."""
    decoder = _decoder(encoding)
    ascii_stays = encoding in (*_PLAIN, "gb18030")
    # Where a line end is not one byte of its own, lines are counted in the text itself.
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    lines = both = 0
    last = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                if wide:
                    block = decoder.decode(block).encode()
                _refuse_nul(path, block, lines)
                if not wide and not (ascii_stays and block.isascii() and not decoder.getstate()[0]):
                    decoder.decode(block)
            except UnicodeError as error:
                good = block[: error.start] if isinstance(error, UnicodeDecodeError) else b""
                return lines + (good.decode(encoding, "ignore").encode() if wide else good).count(b"\n") + 1
            lines += block.count(b"\n")
            if b"\r" in block or last == b"\r":
                both += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
            last = block[-1:] or last
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        return lines + 1
    return Text(encoding, lines, 0 < both < lines, last)


def _refuse_nul(path: Path, block: bytes, lines: int) -> None:
    nul = block.find(b"\0")
    if nul >= 0:
        raise Refused(
            "the file holds NUL bytes: it is binary or was damaged",
            "Export it again as text.",
            file=str(path),
            row=lines + block[:nul].count(b"\n") + 1,
        )


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding)  # knows texts from `hex` and its kind
        return codecs.getincrementaldecoder(encoding)("strict")
    except LookupError:
        raise Refused(
            f"there is no encoding {encoding!r}", "Name one such as utf-8 or gb18030.", field="encoding"
        ) from None


def plain_copy(path: Path, text: Text, folder: Path) -> Path:
    """The file itself where the engine can read it, else a copy in `folder`: UTF-8, every line ending in LF.

    Made block by block, so that the file may be of any size.
    """
    if text.encoding in _PLAIN and not text.mixed:
        return path
    copy = folder / "plain.csv"
    decoder = codecs.getincrementaldecoder(text.encoding)("strict")
    carry = ""
    with path.open("rb") as source, copy.open("wb") as target:
        while block := source.read(_BLOCK):
            piece = carry + decoder.decode(block)
            # A CR at a block's end may have its LF in the next.
            carry = "\r" if text.mixed and piece.endswith("\r") else ""
            piece = piece[: len(piece) - len(carry)]
            target.write((piece.replace("\r\n", "\n") if text.mixed else piece).encode())
        target.write((carry + decoder.decode(b"", final=True)).encode())
    return copy
