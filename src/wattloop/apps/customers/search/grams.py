"""The pieces of a text that it is found by.

Of words in Chinese every two characters that follow each other (张伟 is found in 张伟东), of letters and digits every
three. A customer's text is a line for each thing that may be asked for; digits of telephone numbers stand together
there. Who has all pieces of what is asked has, nearly always, all of it; the text itself is looked at for certainty.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

_PLAIN = re.compile(r"[a-z0-9]+")
_BREAK = re.compile(r"[\s　]+")
_NO_WORD = re.compile(r"[^\w]+")


def folded(text: str) -> str:
    """A text as it is compared: small letters, full-width signs as plain ones."""
    return unicodedata.normalize("NFKC", text).lower()


def digits(phone: str) -> str:
    """A telephone number without what people put between its digits."""
    return re.sub(r"\D", "", phone)


def grams(text: str) -> set[str]:
    """The pieces of a folded text: of the index, and of what is asked, alike."""
    found: set[str] = set()
    for word in _BREAK.split(text):
        bare = _NO_WORD.sub("", word)
        found.update(pair for pair in map("".join, pairwise(bare)) if not pair.isascii())
        for run in _PLAIN.findall(bare):
            found.update(run[i : i + 3] for i in range(len(run) - 2))
    return found


def lines(parts: Iterable[str]) -> str:
    """A customer's text, of the things that may be asked for."""
    return "\n".join(dict.fromkeys(part for part in map(_line, parts) if part))


def _line(part: str) -> str:
    return _NO_WORD.sub("", folded(part).replace("\n", " "))


def asked(text: str) -> list[str]:
    """The words of what is asked, as lines hold them."""
    words = [_NO_WORD.sub("", word) for word in _BREAK.split(folded(text))]
    return [word for word in words if word]


def unit_gram(unit: int) -> str:
    """The piece that says whose a customer is, so that somebody's own are found without looking at the others."""
    return f"u{unit}"
