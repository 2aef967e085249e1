"""The outside of an XML file: whether it is a Green Button feed, what is refused at sight, and lines for messages.

A document type declaration is refused before anything is parsed: nothing else can declare entities, so none is ever
expanded or fetched, however the parser is built.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from wattloop.library.quantity.refusal import Refused
from wattloop.library.readings.espi_words import ATOM, FORMAT
from wattloop.library.readings.recognised import Recognised

_BLOCK = 1 << 16
_MARKUP = re.compile(rb"\s*<(\?xml|!--|!DOCTYPE|[\w.-]+[\s:>/])")
_NAMED_BY = ("id", "title")
_CUT_SHORT = (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)


class _Enough(Exception):
    """What was looked for is found."""


def is_xml(path: Path) -> bool:
    """Whether a file looks like XML rather than a table: by its ending, or by how it begins."""
    with path.open("rb") as file:
        start = file.read(256)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start[2:].replace(b"\0", b"")
    start = start.removeprefix(b"\xef\xbb\xbf")
    found = _MARKUP.match(start)
    # A table's header may stand in angle brackets too: <DATE>,<TIME>.
    return found is not None and (path.suffix.lower() == ".xml" or found[1][:1] in b"?!" or b"xmlns" in start)


def recognise_feed(path: Path, columns: dict[str, str] | None, slots: int | None, **told: str | None) -> Recognised:
    """Understand an XML file as a Green Button feed, as far as its first element shows.

    Args:
        path: the file.
        columns: `{"point": "title"}` names points by the usage points' titles instead of their ids.
        slots: take only series of so many readings a day.
        told: options that tell how a table is written.

    Raises:
        Refused: for other XML, a document type declaration, and options that a feed has no use for.
    """
    for option, value in told.items():
        if value is not None:
            raise Refused("a Green Button file says this itself", "Leave it out.", file=str(path), field=option)
    named_by = (columns or {}).get("point", "id")
    if named_by not in _NAMED_BY or set(columns or {}) - {"point"}:
        raise Refused(
            "in a Green Button file only the point can be told, and it is named by id or by title",
            "Leave columns out, or write point=title.", file=str(path), field="columns",
        )  # fmt: skip
    root = _root(path)
    if root != f"{ATOM} feed":
        raise Refused(
            f"this is XML, but no Green Button feed: it begins with {root.rpartition(' ')[2]!r}",
            "Give an Atom feed of ESPI resources, as Green Button downloads are.", file=str(path),
        )  # fmt: skip
    return Recognised(
        path, FORMAT, "feed", {"point": named_by}, [], [], "", "start", True, slots or 0,
        notes=["Green Button", f"points named by their {named_by}"],
    )  # fmt: skip


def _root(path: Path) -> str:
    """Namespace and name of the first element.

    Raises:
        Refused: for a document type declaration, and for what is no XML.
    """
    found: list[str] = []

    def declared(*_: Any) -> None:
        raise Refused(
            "the file declares a document type, through which XML can be made to swell or to read other files",
            "Take the line that begins with <!DOCTYPE out; Green Button has none.",
            file=str(path), row=parser.CurrentLineNumber,
        )  # fmt: skip

    def started(name: str, _: Any) -> NoReturn:
        found.append(name)
        raise _Enough

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = declared, started
    _parse(parser, path)
    return found[0]


def refuse_broken(path: Path, code: int, line: int) -> NoReturn:
    """Refuse what the parser stumbled over, told by its code of the error.

    Raises:
        Refused: always, with the line.
    """
    said = expat.ErrorString(code)
    if said in _CUT_SHORT:
        what, mend = f"the XML ends too early ({said}): the file is cut short", "Export it again."
    else:
        what, mend = f"the XML is broken: {said}", "Export it again, or mend this line."
    raise Refused(what, mend, file=str(path), row=line) from None


def line_of(path: Path, name: str, nth: int, child: str | None = None) -> int | None:
    """The line of the nth element of a name (from 0), or of the first such child in it, for a message.

    Args:
        path: a file that was parsed before.
        name, child: names without namespace.
        nth: counted in the file's order.
    """
    seen, lines = -1, [0]

    def started(full: str, _: Any) -> None:
        nonlocal seen
        local = full.rpartition(" ")[2]
        if local == name:
            seen += 1
            if seen > nth:
                raise _Enough
            if seen == nth:
                lines.append(parser.CurrentLineNumber)
        elif seen == nth and local == child:
            lines.append(parser.CurrentLineNumber)
            raise _Enough

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = started
    _parse(parser, path)
    return lines[-1] or None


def _parse(parser: Any, path: Path) -> None:
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
            parser.Parse(b"", True)
    except _Enough:
        return
    except expat.ExpatError as error:
        refuse_broken(path, error.code, error.lineno)
    except (LookupError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(
            f"the file names an encoding that cannot be read ({error})", "Save it in UTF-8.", file=str(path), row=1
        ) from None
