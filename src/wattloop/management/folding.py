"""Folds Chinese text into lines: it may break between any two characters, and never inside a number or a word."""

from __future__ import annotations

import re

from rich.cells import cell_len

_PIECE = re.compile(r"[!-~\u2212]+|.", re.DOTALL)
_NEVER_FIRST, _NEVER_LAST = "，。；：、）》”！？", "（《“"


def folded(text: str, width: int) -> str:
    """The text with line breaks, no line wider than so many cells unless one word is.

    Args:
        text: Chinese with numbers, words and spaces.
        width: cells; a Chinese character takes two.
    """
    lines: list[str] = []
    line: list[str] = []
    for piece in _PIECE.findall(text):
        if piece != "\n" and (cell_len("".join([*line, piece])) <= width or not line):
            line += [piece] if line or piece != " " else []
            continue
        after: list[str] = [] if piece in "\n " else [piece]
        while len(line) > 1 and ((after[:1] and after[0] in _NEVER_FIRST) or line[-1] in _NEVER_LAST):
            after.insert(0, line.pop())
        lines.append("".join(line).rstrip())
        line = after
    return "\n".join([*lines, "".join(line)])
