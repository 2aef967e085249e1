"""Writes a tariff document as YAML that people like to read: short things on one line, long ones on several.

What is written loads to the same document; texts that YAML could take for something else
are quoted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from wattloop.library.tariffs.document import Document

WIDTH = 110
_SECTIONS = frozenset({"calendar", "energy", "tiers", "demand", "fixed", "source", "examples"})
_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=][^\n]*")
_TAKEN = re.compile(
    r"[-+.]?[0-9][0-9_.,eE+-]*|0[xo][0-9a-fA-F]+|[0-9]+(:[0-9]+)+(\.[0-9]*)?|~|null|true|false|yes|no|on|off|y|n",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def dump(document: Document | Mapping[str, Any]) -> str:
    """Write a document, or plain values in its grammar, as YAML text.

    Raises:
        TypeError: a value that YAML documents of tariffs do not hold, a float for instance.
    """
    plain = document.plain if isinstance(document, Document) else document
    lines: list[str] = []
    for key, value in plain.items():
        entry = _entry(_scalar(key), value, 0)
        if key in _SECTIONS and lines:
            lines.append("")
        lines += entry
    return "\n".join(lines) + "\n"


def _entry(head: str, value: Any, indent: int) -> list[str]:
    """`head: value`, on one line where it fits."""
    margin = " " * indent
    one_line = f"{margin}{head}: {_flow(value)}"
    if not isinstance(value, Mapping | list) or not value or (len(one_line) <= WIDTH and not _deep(value)):
        return [one_line]
    return [f"{margin}{head}:", *_block(value, indent + 2)]


def _block(value: Mapping[str, Any] | list[Any], indent: int) -> list[str]:
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            lines += _entry(_scalar(key), inner, indent)
        return lines
    margin = " " * indent
    for item in value:
        one_line = f"{margin}- {_flow(item)}"
        if not isinstance(item, Mapping | list) or not item or len(one_line) <= WIDTH:
            lines.append(one_line)
        else:
            inner_lines = _block(item, indent + 2)
            lines += [f"{margin}- {inner_lines[0].lstrip()}", *inner_lines[1:]]
    return lines


def _deep(value: Any) -> bool:
    """Whether a value reads badly on one line though it fits: a list of mappings, or three levels."""
    if isinstance(value, list):
        return any(isinstance(item, Mapping) for item in value)
    inner = [item for item in value.values() if isinstance(item, Mapping | list)]
    return any(_deep(item) or any(isinstance(deeper, Mapping | list) for deeper in _values(item)) for item in inner)


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, Mapping) else list(value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if not isinstance(value, str):
        raise TypeError(f"a tariff document holds no {type(value).__name__}")
    return value if _is_plain(value) else _quoted(value)


def _is_plain(text: str) -> bool:
    if _DATE.fullmatch(text):
        return True
    return (
        _PLAIN.fullmatch(text) is not None
        and _TAKEN.fullmatch(text) is None
        and text == text.strip()
        and text.isprintable()
        and not re.search(r"[,\[\]{}?]|: |:$| #|\ufeff", text)
    )


def _quoted(text: str) -> str:
    """A text in double quotes, what cannot be printed as escapes."""
    signs = []
    for sign in text:
        code = ord(sign)
        if sign in '"\\':
            signs.append(f"\\{sign}")
        elif sign.isprintable() and code != 0xFEFF:
            signs.append(sign)
        elif sign == "\n":
            signs.append("\\n")
        else:
            signs.append(f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return '"' + "".join(signs) + '"'
