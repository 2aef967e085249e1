"""Names in the language of whoever reads."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language


def chinese() -> bool:
    """Whether whoever reads now reads Chinese."""
    return (get_language() or "").startswith("zh")


def named(thing: Any) -> str:
    """The `name_zh` or `name_en` of a thing, the other where one is empty."""
    first, second = (thing.name_zh, thing.name_en) if chinese() else (thing.name_en, thing.name_zh)
    return str(first or second)


def in_words(names: dict[str, str] | str) -> str:
    """The same of a rule's `{zh: …, en: …}`, or of one name for both."""
    if isinstance(names, str):
        return names
    first, second = ("zh", "en") if chinese() else ("en", "zh")
    return str(names.get(first) or names.get(second) or "")
