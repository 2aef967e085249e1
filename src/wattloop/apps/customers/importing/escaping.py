"""Cells that no spreadsheet takes for a formula, and that come back as they were.

A cell that could begin a formula gets an apostrophe before it, and so does one that begins with an apostrophe:
taking one apostrophe away before either gives back what was there, +86 phone numbers included.
"""

from __future__ import annotations

import re

_RISKY = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"-\d+(\.\d+)?")


def escaped(cell: str) -> str:
    """A cell as a file for spreadsheets has it."""
    risky = cell.startswith((*_RISKY, "'")) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if risky else cell


def unescaped(cell: str) -> str:
    """The cell that was written so."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_RISKY, "'")) else cell
